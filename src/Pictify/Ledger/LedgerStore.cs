using System.Diagnostics;

namespace Pictify.Ledger;

/// <summary>Where the lines are: a file that many processes share, or the memory of a sandbox.</summary>
internal abstract class LedgerStore
{
    public abstract LedgerLocation Location { get; }

    /// <summary>In bytes; 0 before the first line.</summary>
    public abstract long Length { get; }

    /// <summary>Keeps every other writer out until it is disposed of.</summary>
    /// <exception cref="IOException">Others kept it for too long, or it cannot be made.</exception>
    public abstract Task<IDisposable?> LockAsync();

    /// <summary>Adds to the end, under the lock; it has left this process when this returns.</summary>
    public abstract void Append(byte[] bytes, int count);

    /// <summary>For reading, while others may append.</summary>
    public abstract Stream OpenRead();

    /// <summary>A file, and beside it a lock that the operating system takes back from a process that dies.</summary>
    public sealed class InFile(string path) : LedgerStore
    {
        private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
        private readonly string _lock = $"{path}.lock";

        public override LedgerLocation Location { get; } = LedgerLocation.File(path);

        public override long Length => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

        public override async Task<IDisposable?> LockAsync()
        {
            var waited = Stopwatch.StartNew();
            for (int attempt = 0; ; attempt++)
            {
                try
                {
                    return new FileStream(_lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
                }
                catch (DirectoryNotFoundException) when (attempt == 0)
                {
                    Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_lock)!);
                }
                catch (IOException) when (File.Exists(_lock) && waited.Elapsed < _patience)
                {
                    // Another process has it, for well under a millisecond. It is the system's time that it takes.
                    await Task.Delay(TimeSpan.FromMilliseconds(Platform.NextRandom() * Math.Min(2 + attempt, 20)))
                        .ConfigureAwait(false);
                }
            }
        }

        public override void Append(byte[] bytes, int count)
        {
            using FileStream file = Platform.OpenPrivate(path);
            file.Write(bytes, 0, count);
        }

        public override Stream OpenRead() =>
            File.Exists(path)
                ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1)
                : Stream.Null;
    }

    /// <summary>A sandbox's: it ends with the sandbox. Only one ledger object has it, which writes from one task at a time.</summary>
    public sealed class InMemory : LedgerStore
    {
        private readonly object _sync = new();
        private byte[] _bytes = new byte[4096];
        private int _count;

        public override LedgerLocation Location => LedgerLocation.Memory;

        public override long Length => _count;

        public override Task<IDisposable?> LockAsync() => Task.FromResult<IDisposable?>(null);

        public override void Append(byte[] bytes, int count)
        {
            lock (_sync)
            {
                if (_bytes.Length - _count < count)
                {
                    Array.Resize(ref _bytes, Math.Max(checked(_bytes.Length * 2), _count + count));
                }

                Buffer.BlockCopy(bytes, 0, _bytes, _count, count);
                _count += count;
            }
        }

        public override Stream OpenRead()
        {
            lock (_sync)
            {
                // What is written stays as it is, so that a reader may look at it while more is added.
                return new MemoryStream(_bytes, 0, _count, writable: false);
            }
        }
    }
}
