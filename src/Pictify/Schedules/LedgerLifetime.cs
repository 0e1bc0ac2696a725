using Pictify.Ledger;

namespace Pictify.Schedules;

/// <summary>What shows how long the files of this machine are kept.</summary>
/// <param name="Variable">An environment variable's value.</param>
/// <param name="TemporaryFolders">Folders that are emptied from time to time, as full paths.</param>
/// <param name="IsContainer">Whether this process runs in a container.</param>
internal sealed record HostEnvironment(
    Func<string, string?> Variable,
    IReadOnlyList<string> TemporaryFolders,
    bool IsContainer
)
{
    /// <summary>Those of this process.</summary>
    public static HostEnvironment Here()
    {
        List<string> folders = Platform.IsWindows ? [] : ["/tmp", "/var/tmp", "/dev/shm", "/run"];
        folders.Add(Path.GetTempPath());
        if (Environment.GetEnvironmentVariable("RUNNER_TEMP") is { Length: > 0 } runner)
        {
            folders.Add(runner);
        }

        return new HostEnvironment(
            Environment.GetEnvironmentVariable,
            folders,
            Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") is "true" or "1"
                || Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 }
                || (!Platform.IsWindows && (File.Exists("/.dockerenv") || File.Exists("/run/.containerenv")))
        );
    }
}

/// <summary>Whether a ledger is kept until a pause is to end: nothing ends a pause whose record is deleted.</summary>
internal static class LedgerLifetime
{
    /// <summary>Set while a job of a service for builds or runbooks runs, whose machine is deleted afterwards.</summary>
    private static readonly string[] _jobs =
    [
        "CI",
        "GITHUB_ACTIONS",
        "GITLAB_CI",
        "TF_BUILD",
        "JENKINS_URL",
        "TEAMCITY_VERSION",
        "BUILDKITE",
        "CODEBUILD_BUILD_ID",
        "APPVEYOR",
        "BITBUCKET_BUILD_NUMBER",
        "AZUREPS_HOST_ENVIRONMENT",
        "AWS_LAMBDA_FUNCTION_NAME",
        "FUNCTIONS_WORKER_RUNTIME",
    ];

    /// <summary>Why a ledger's file may be deleted before a pause is to end, to follow <c>the ledger</c>; null if nothing shows that.</summary>
    public static string? GetLossReason(LedgerLocation ledger, HostEnvironment here)
    {
        if (ledger.Path is not { } path)
        {
            return null;
        }

        if (_jobs.FirstOrDefault(name => IsSet(here.Variable(name))) is { } job)
        {
            return $"is on a machine that runs a job (the environment variable {job} is set), and may be deleted with it";
        }

        if (here.TemporaryFolders.FirstOrDefault(folder => IsBelow(path, folder)) is { } temporary)
        {
            return $"is in a temporary folder ({temporary})";
        }

        return here.IsContainer && IsEmpty(ledger)
            ? "is new in a container, and is deleted with it unless it is on a volume"
            : null;
    }

    /// <summary>Whether a ledger's file has no line, or does not exist.</summary>
    public static bool IsEmpty(LedgerLocation ledger)
    {
        try
        {
            return ledger.Path is { } path && new FileInfo(path) is not { Exists: true, Length: > 0 };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsSet(string? value) =>
        !string.IsNullOrWhiteSpace(value) && !string.Equals(value, "false", StringComparison.OrdinalIgnoreCase);

    private static bool IsBelow(string path, string folder)
    {
        string full = Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        return path.Length > full.Length + 1
            && FileSystem.PathComparer.Equals(path.Substring(0, full.Length), full)
            && (
                path[full.Length] == Path.DirectorySeparatorChar || path[full.Length] == Path.AltDirectorySeparatorChar
            );
    }
}
