namespace Pictify;

/// <summary>Files and folders that only their owner may read, and the comparison of paths.</summary>
internal static class FileSystem
{
    /// <summary>Compares paths as the file system does by default: without case on Windows.</summary>
    public static StringComparer PathComparer =>
        Platform.IsWindows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>Opens a file for reading and appending; creates it, readable by its owner only, if it does not exist.</summary>
    public static FileStream OpenPrivate(string path) =>
#if !NET
        new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
#else
        new(path, OperatingSystem.IsWindows() ? Shared() : Private());

    private static FileStreamOptions Shared() =>
        new()
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static FileStreamOptions Private()
    {
        FileStreamOptions options = Shared();
        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
#endif

    /// <summary>Creates a folder and its missing parents; outside Windows only their owner has access.</summary>
    public static void CreatePrivateFolder(string path)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return;
        }
#endif
        Directory.CreateDirectory(path);
    }

    /// <summary>
    /// Whether the file's mode lets others than its owner write; false on Windows, where the folder's permissions decide.
    /// </summary>
    public static bool MayOthersWrite(string path)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            return (File.GetUnixFileMode(path) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;
        }
#endif
        return false;
    }
}
