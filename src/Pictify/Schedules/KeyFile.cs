using System.Security.AccessControl;
using System.Security.Principal;
using System.Text.RegularExpressions;

namespace Pictify.Schedules;

/// <summary>A file with a line PICTIFY_API_KEY=..., which only its owner may read.</summary>
internal static class KeyFile
{
    private static readonly Regex _line = new(
        $@"^\s*(?:export\s+)?{EnvironmentVariables.ApiKey}\s*=\s*\S",
        RegexOptions.CultureInvariant | RegexOptions.Multiline
    );

    /// <summary>Refuses a file that others may read, or that has no key. Its text is never part of a message.</summary>
    /// <exception cref="ScheduleException">The message contains what to do.</exception>
    public static void Check(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                throw Refused(
                    $"There is no file '{path}'. Create it with one line, {EnvironmentVariables.ApiKey}=..., readable only by you."
                );
            }

            if (WhoElse(path) is { } others)
            {
                throw Refused(
                    Platform.IsWindows
                        ? $"The file '{path}' can be read by {others} too. Remove that permission in its properties, or with icacls."
                        : $"The file '{path}' can be read or written by {others} too. 'chmod 600' gives access to its owner only."
                );
            }

            if (!_line.IsMatch(File.ReadAllText(path)))
            {
                throw Refused($"The file '{path}' has no line {EnvironmentVariables.ApiKey}=... with a key.");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ScheduleException(
                ScheduleFailure.KeyFile,
                $"The file '{path}' cannot be read: {exception.Message.TrimEnd('.')}.",
                exception
            );
        }
    }

    private static ScheduleException Refused(string message) => new(ScheduleFailure.KeyFile, message);

    private static string? WhoElse(string path)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode group = UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
            const UnixFileMode other = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
            UnixFileMode mode = File.GetUnixFileMode(path);
            return (mode & other) != 0 ? "everybody"
                : (mode & group) != 0 ? "its group"
                : null;
        }
#endif
        return WhoElseOnWindows(path);
    }

#if NET
    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
#endif
    private static string? WhoElseOnWindows(string path)
    {
        using WindowsIdentity user = WindowsIdentity.GetCurrent();
        SecurityIdentifier[] own =
        [
            user.User!,
            new(WellKnownSidType.LocalSystemSid, null),
            new(WellKnownSidType.BuiltinAdministratorsSid, null),
            new(WellKnownSidType.CreatorOwnerSid, null),
        ];
        return new FileInfo(path)
            .GetAccessControl()
            .GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier))
            .Cast<FileSystemAccessRule>()
            .Where(rule =>
                rule.AccessControlType == AccessControlType.Allow
                && (rule.FileSystemRights & (FileSystemRights.ReadData | FileSystemRights.WriteData)) != 0
                && !own.Contains((SecurityIdentifier)rule.IdentityReference)
            )
            .Select(static rule => rule.IdentityReference.Value)
            .FirstOrDefault();
    }
}
