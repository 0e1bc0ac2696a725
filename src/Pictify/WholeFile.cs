namespace Pictify;

/// <summary>Replaces files atomically: a reader sees the old content or the new, never part of it.</summary>
internal static class WholeFile
{
    /// <summary>Writes a temporary file and renames it, so that a full disk does not damage the existing file.</summary>
    /// <param name="path">The file's full path, in a folder that exists.</param>
    /// <param name="bytes">The whole content.</param>
    /// <param name="replaces">False if an existing file is an error.</param>
    /// <param name="create">Creates the temporary file.</param>
    public static void Write(string path, ArraySegment<byte> bytes, bool replaces, Func<string, FileStream> create)
    {
        string unfinished = Path.Combine(Path.GetDirectoryName(path)!, $".{Guid.NewGuid():N}.part");
        try
        {
            using (FileStream stream = create(unfinished))
            {
                stream.Write(bytes.Array!, bytes.Offset, bytes.Count);
                stream.Flush(flushToDisk: true);
            }

            if (replaces && File.Exists(path))
            {
                File.Replace(unfinished, path, destinationBackupFileName: null);
            }
            else
            {
                File.Move(unfinished, path);
            }
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
