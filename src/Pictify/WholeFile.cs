namespace Pictify;

/// <summary>Files that are there as they were or as they are to be, and never half written.</summary>
internal static class WholeFile
{
    /// <summary>Writes beside the file and then puts that in its place, so that a full disk leaves what was there.</summary>
    /// <param name="path">The file's full path, in a folder that is there.</param>
    /// <param name="bytes">All that it is to hold.</param>
    /// <param name="replaces">False where a file that is there is an error.</param>
    /// <param name="create">Makes the file that is written, which has another name until it is whole.</param>
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
