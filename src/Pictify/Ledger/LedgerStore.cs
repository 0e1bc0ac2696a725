using System.Security;
using System.Security.Cryptography;

namespace Pictify.Ledger;

/// <summary>Where the lines are: a file that many processes share, or the memory of a sandbox.</summary>
internal abstract class LedgerStore
{
    public abstract LedgerLocation Location { get; }

    /// <summary>Takes the write lock; null while another writer holds it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public abstract WriteLock? TryLock();

    /// <summary>For reading, while others may append; null if there is nothing yet.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public abstract Stream? OpenRead();

    /// <summary>
    /// Whether an exception is a failure of the place where the lines are, such as a full disk, a missing right, or a path or file that the
    /// system does not support. Any other one is a defect of this module, and is not reported as such a failure.
    /// </summary>
    public static bool IsFailure(Exception exception) =>
        exception
            is LedgerException
                or IOException
                or UnauthorizedAccessException
                or SecurityException
                or NotSupportedException
                or CryptographicException;

    /// <summary>The exception that a failure of the store becomes for users of the ledger.</summary>
    public LedgerException Failed(LedgerFailure failure, Exception cause) =>
        cause as LedgerException ?? Failed(failure, cause.Message, cause);

    /// <param name="failure">What failed.</param>
    /// <param name="why">Why, in words.</param>
    /// <param name="cause">What was thrown.</param>
    public LedgerException Failed(LedgerFailure failure, string why, Exception? cause = null) =>
        new(
            failure,
            Location,
            failure == LedgerFailure.Unwritable
                ? $"The ledger '{Location}' cannot be written: {why.TrimEnd('.')}. Make it writable, or choose another file."
                : $"The ledger '{Location}' cannot be read: {why.TrimEnd('.')}. Make it readable, or name another file.",
            cause
        );

    /// <summary>The write lock, until it is disposed.</summary>
    public abstract class WriteLock : IDisposable
    {
        /// <summary>In bytes; 0 before the first line.</summary>
        public abstract long Length { get; }

        /// <summary>The ledger's bytes; valid while the lock is held.</summary>
        public abstract Stream Read();

        /// <summary>Appends all of the bytes, or none; they have left this process when this returns.</summary>
        public abstract void Append(byte[] bytes, int count);

        public abstract void Dispose();
    }

    /// <summary>A file. The write lock is a lock of the file.</summary>
    public sealed class InFile(string path) : LedgerStore
    {
        public override LedgerLocation Location { get; } = LedgerLocation.File(path);

        public override WriteLock? TryLock()
        {
            FileStream? file = null;
            try
            {
                file = Open();
                if (LedgerLock.TryTake(file))
                {
                    var writeLock = new FileWriteLock(file);
                    file = null;
                    return writeLock;
                }

                return null;
            }
            catch (IOException exception) when (LedgerLock.IsBusy(exception))
            {
                return null;
            }
            finally
            {
                file?.Dispose();
            }
        }

        public override Stream? OpenRead()
        {
            try
            {
                return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
            catch (UnauthorizedAccessException exception) when (Directory.Exists(path))
            {
                throw Failed(LedgerFailure.Unreadable, "it is a folder", exception);
            }
        }

        private FileStream Open()
        {
            try
            {
                return FileSystem.OpenPrivate(path);
            }
            catch (DirectoryNotFoundException)
            {
                FileSystem.CreatePrivateFolder(Path.GetDirectoryName(path)!);
                return FileSystem.OpenPrivate(path);
            }
            catch (UnauthorizedAccessException exception) when (Directory.Exists(path))
            {
                throw Failed(LedgerFailure.Unwritable, "it is a folder", exception);
            }
        }

        private sealed class FileWriteLock(FileStream file) : WriteLock
        {
            public override long Length => file.Length;

            public override Stream Read() => file;

            public override void Append(byte[] bytes, int count)
            {
                long end = file.Length;
                try
                {
                    file.Seek(end, SeekOrigin.Begin);
                    file.Write(bytes, 0, count);
                    file.Flush();
                }
                catch (IOException)
                {
                    Cut(end);
                    throw;
                }
            }

            public override void Dispose()
            {
                try
                {
                    LedgerLock.Release(file);
                }
                catch (IOException)
                {
                    // Closing the file releases the lock as well.
                }
                finally
                {
                    file.Dispose();
                }
            }

            /// <summary>On a full disk only a part is written. If it cannot be removed, the next writer marks it as cut off.</summary>
            private void Cut(long end)
            {
                try
                {
                    file.SetLength(end);
                }
                catch (IOException) { }
            }
        }
    }

    /// <summary>A sandbox's memory, which ends with the sandbox. Only one ledger object uses it, and writes from one task at a time.</summary>
    public sealed class InMemory : LedgerStore
    {
        private readonly object _sync = new();
        private byte[] _bytes = new byte[4096];
        private int _count;

        public override LedgerLocation Location => LedgerLocation.Memory;

        public override WriteLock TryLock() => new MemoryWriteLock(this);

        public override Stream OpenRead()
        {
            lock (_sync)
            {
                // Written bytes are never changed, so a reader may read them while more are added.
                return new MemoryStream(_bytes, 0, _count, writable: false);
            }
        }

        private sealed class MemoryWriteLock(InMemory store) : WriteLock
        {
            public override long Length => store._count;

            public override Stream Read() => store.OpenRead();

            public override void Append(byte[] bytes, int count)
            {
                lock (store._sync)
                {
                    if (store._bytes.Length - store._count < count)
                    {
                        int size = Math.Max(checked(store._bytes.Length * 2), store._count + count);
                        Array.Resize(ref store._bytes, size);
                    }

                    Buffer.BlockCopy(bytes, 0, store._bytes, store._count, count);
                    store._count += count;
                }
            }

            public override void Dispose() { }
        }
    }
}
