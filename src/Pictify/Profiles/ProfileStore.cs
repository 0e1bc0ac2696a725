using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Profiles;

/// <summary>The profiles of one user: a file that only its owner may read and write, and that never contains a key.</summary>
internal sealed class ProfileStore
{
    private const int Version = 1;
    private const int LongestFile = 1024 * 1024;

    private static readonly TimeSpan _lockTimeout = TimeSpan.FromSeconds(10);

    /// <param name="path">The file's full path; saving the first profile creates it.</param>
    public ProfileStore(string path) => Location = path;

    /// <summary>The file.</summary>
    public string Location { get; }

    /// <summary>The profiles, by name; none if there is no file.</summary>
    /// <exception cref="ProfileException">The file cannot be read, or cannot be trusted.</exception>
    public PictifyProfile[] Read()
    {
        try
        {
            return ReadText() is { } text ? Parse(text) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(Directory.Exists(Location) ? "it is a folder" : exception.Message, exception);
        }
    }

    /// <summary>The profile with this name; null if there is none.</summary>
    /// <exception cref="ProfileException">The file cannot be read, or cannot be trusted.</exception>
    public PictifyProfile? Find(string name) => Read().FirstOrDefault(profile => IsSame(profile, name));

    /// <summary>Saves a profile, in place of one with its name.</summary>
    /// <exception cref="ProfileException">The file cannot be read or written.</exception>
    public void Save(PictifyProfile profile) =>
        Change(profiles => [.. profiles.Where(other => !IsSame(other, profile.Name)), profile]);

    /// <summary>Removes the profile with this name.</summary>
    /// <exception cref="ProfileException">The file cannot be read or written.</exception>
    public void Remove(string name) => Change(profiles => [.. profiles.Where(other => !IsSame(other, name))]);

    private static bool IsSame(PictifyProfile profile, string name) =>
        ConnectionName.Comparer.Equals(profile.Name, name);

    /// <summary>Reads, changes and writes the file while no other process does.</summary>
    private void Change(Func<PictifyProfile[], PictifyProfile[]> change)
    {
        try
        {
            if (!Directory.Exists(Path.GetDirectoryName(Location)))
            {
                FileSystem.CreatePrivateFolder(Path.GetDirectoryName(Location)!);
            }

            // The lock is on another file: the file itself is replaced, and a process that waited for its lock would have the old file.
            using FileStream file = Lock();
            var all = new ProfileFile
            {
                Version = Version,
                Profiles = [.. change(Read()).OrderBy(static profile => profile.Name, ConnectionName.Comparer)],
            };
            string text = JsonSerializer.Serialize(all, ProfileJson.Default.ProfileFile) + "\n";
            WholeFile.Write(
                Location,
                new ArraySegment<byte>(Encoding.UTF8.GetBytes(text)),
                replaces: true,
                FileSystem.OpenPrivate
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ProfileException(
                ProfileFailure.Unwritable,
                $"The profiles '{Location}' cannot be written: {exception.Message.TrimEnd('.')}. The file is as it was before.",
                exception
            );
        }
    }

    private FileStream Lock()
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            FileStream? file = null;
            try
            {
                file = FileSystem.OpenPrivate(Location + ".lock");
                if (LedgerLock.TryTake(file))
                {
                    FileStream taken = file;
                    file = null;
                    return taken;
                }
            }
            catch (IOException exception) when (LedgerLock.IsBusy(exception)) { }
            finally
            {
                file?.Dispose();
            }

            if (clock.Elapsed > _lockTimeout)
            {
                throw new IOException("another process keeps them locked");
            }

            Thread.Sleep(20);
        }
    }

    private string? ReadText()
    {
        try
        {
            using var stream = new FileStream(
                Location,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            if (FileSystem.MayOthersWrite(Location))
            {
                // A user who can write it can decide where a key is sent.
                throw Unreadable(
                    "others may write it, and could have keys sent elsewhere; 'chmod 600' gives access to its owner only"
                );
            }

            if (stream.Length > LongestFile)
            {
                throw Unreadable("it is longer than any file that Save-PictifyConnection writes");
            }

            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private PictifyProfile[] Parse(string text)
    {
        ProfileFile? file;
        try
        {
            file = JsonSerializer.Deserialize(text, ProfileJson.Default.ProfileFile);
            CheckFields(text);
        }
        catch (JsonException exception)
        {
            // Its own message may repeat a part of the text, which may be a key that somebody wrote there.
            throw Unreadable(
                $"it is not as Save-PictifyConnection writes it, at {exception.Path ?? "$"} (line {exception.LineNumber + 1 ?? 1})"
            );
        }

        if (file?.Profiles is not { } profiles || profiles.Any(static profile => profile is null))
        {
            throw Unreadable("it has no list of profiles");
        }

        if (file.Version != Version)
        {
            throw Unreadable($"it is of version {file.Version}, and this module supports version {Version}");
        }

        var names = new HashSet<string>(ConnectionName.Comparer);
        foreach (PictifyProfile profile in profiles)
        {
            if (profile.GetProblem() is { } why)
            {
                throw Unreadable($"profile '{SafeText.Clean(profile.Name, SafeText.LongestName)}': {why}");
            }

            if (!names.Add(profile.Name))
            {
                throw Unreadable($"there are two profiles with the name '{profile.Name}'");
            }
        }

        return profiles;
    }

    /// <summary>Refuses what the JSON reader accepts: a field named as the computed property Key, and a field that occurs twice.</summary>
    private void CheckFields(string text)
    {
        using JsonDocument file = JsonDocument.Parse(text);
        if (
            file.RootElement.ValueKind != JsonValueKind.Object
            || !file.RootElement.TryGetProperty("profiles", out JsonElement profiles)
            || profiles.ValueKind != JsonValueKind.Array
        )
        {
            return;
        }

        foreach (JsonElement profile in profiles.EnumerateArray())
        {
            var names = new HashSet<string>(StringComparer.Ordinal) { "key" };
            if (
                profile.ValueKind == JsonValueKind.Object
                && !profile.EnumerateObject().All(field => names.Add(field.Name))
            )
            {
                throw Unreadable("a profile has a field twice, or one with the name 'key'");
            }
        }
    }

    private ProfileException Unreadable(string why, Exception? cause = null) =>
        new(
            ProfileFailure.Unreadable,
            $"The profiles '{Location}' cannot be used: {why.TrimEnd('.')}. Fix the file, or delete it and save the profiles again.",
            cause
        );
}
