using System.Security.Cryptography;

namespace Pictify.Ledger;

/// <summary>
/// Appends to a ledger's store, for all tasks of this process: one task writes at a time, and each line carries the hash of the one before it.
/// </summary>
/// <param name="store">Where the lines are.</param>
/// <param name="lockTimeout">How long lines wait while another writer keeps the store locked.</param>
/// <param name="time">Measures the waits.</param>
internal sealed class LedgerWriter(LedgerStore store, TimeSpan lockTimeout, TimeProvider time)
{
    /// <summary>How far back from the end the ledger is read for its last line.</summary>
    private const int TailLimit = 1024 * 1024;

    private readonly LedgerStore _store = store;
    private readonly TimeSpan _lockTimeout = lockTimeout;
    private readonly TimeProvider _time = time;
    private readonly object _sync = new();
    private readonly SHA256 _sha = SHA256.Create();
    private List<Waiting> _waiting = [];
    private bool _isWriting;

    // The end of the ledger as this process left it; another process may have written since.
    private long _length = -1;
    private long _sequence;
    private string _hash = LedgerLine.NoHash;

    /// <summary>Lines that wait at the same time are written together.</summary>
    public async Task WriteAsync(LedgerEntry[] lines, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiting = new Waiting(lines, _time.GetTimestamp());
        lock (_sync)
        {
            _waiting.Add(waiting);
            if (!_isWriting)
            {
                _isWriting = true;
                _ = Task.Run(WriteAllAsync, CancellationToken.None);
            }
        }

        using CancellationTokenRegistration registration = cancellationToken.Register(() =>
        {
            lock (_sync)
            {
                if (!_waiting.Remove(waiting))
                {
                    return;
                }
            }

            waiting.Done.TrySetCanceled(cancellationToken);
        });
        await waiting.Done.Task.ConfigureAwait(false);
    }

    /// <summary>Writes until no line waits any more. Each line waits for the lock up to the time limit.</summary>
    private async Task WriteAllAsync()
    {
        int attempt = 0;
        while (true)
        {
            bool isBusy = false;
            try
            {
                using LedgerStore.WriteLock? writeLock = _store.TryLock();
                isBusy = writeLock is null;
                if (writeLock is not null)
                {
                    WriteWaiting(writeLock);
                }
            }
            catch (Exception exception)
            {
                // For any exception: a caller waits for each of these.
                End(Dequeue(static _ => true), Failure(exception));
            }

            if (isBusy)
            {
                string why = FormattableString.Invariant(
                    $"another program has kept it locked for {_lockTimeout.TotalSeconds} seconds"
                );
                End(
                    Dequeue(waiting => _time.GetElapsedTime(waiting.Since) >= _lockTimeout),
                    _store.Failed(LedgerFailure.Unwritable, why)
                );
            }

            lock (_sync)
            {
                if (_waiting.Count == 0)
                {
                    _isWriting = false;
                    return;
                }
            }

            attempt = isBusy ? attempt + 1 : 0;
            if (isBusy)
            {
                await WaitAsync(_time, attempt, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A short random delay before the next attempt to lock the file: other processes keep the lock for less than a millisecond.</summary>
    public static Task WaitAsync(TimeProvider time, int attempt, CancellationToken cancellationToken) =>
        Platform.Delay(
            time,
            TimeSpan.FromMilliseconds(1 + (Platform.NextRandom() * Math.Min(2 + attempt, 20))),
            cancellationToken
        );

    private void WriteWaiting(LedgerStore.WriteLock writeLock)
    {
        List<Waiting> batch = Dequeue(static _ => true);
        try
        {
            Write(writeLock, [.. batch.SelectMany(static waiting => waiting.Lines)]);
            End(batch, null);
        }
        catch (Exception exception)
        {
            // For any exception, as above. Part of a line may be there now.
            _length = -1;
            End(batch, Failure(exception));
        }
    }

    /// <summary>A defect of this module is thrown to the callers as it is: no message about the file would help.</summary>
    private Exception Failure(Exception exception) =>
        LedgerStore.IsFailure(exception) ? _store.Failed(LedgerFailure.Unwritable, exception) : exception;

    private List<Waiting> Dequeue(Func<Waiting, bool> isWanted)
    {
        lock (_sync)
        {
            List<Waiting> dequeued = [.. _waiting.Where(isWanted)];
            _waiting =
                dequeued.Count == _waiting.Count ? [] : [.. _waiting.Where(waiting => !dequeued.Contains(waiting))];
            return dequeued;
        }
    }

    private static void End(List<Waiting> batch, Exception? failure)
    {
        foreach (Waiting waiting in batch)
        {
            if (failure is null)
            {
                waiting.Done.SetResult(true);
            }
            else
            {
                waiting.Done.SetException(failure);
            }
        }
    }

    private void Write(LedgerStore.WriteLock writeLock, LedgerEntry[] lines)
    {
        if (lines.Length == 0)
        {
            return;
        }

        var bytes = new MemoryStream(lines.Length * 1024);
        if (writeLock.Length != _length)
        {
            ReadTail(writeLock, bytes, lines[0]);
        }

        foreach (LedgerEntry line in lines)
        {
            Add(bytes, line);
        }

        writeLock.Append(bytes.GetBuffer(), (int)bytes.Length);
        _length += bytes.Length;
    }

    private void Add(MemoryStream bytes, LedgerEntry entry) =>
        _hash = LedgerLine.Write(bytes, entry with { Sequence = ++_sequence }, _hash, _sha);

    /// <summary>
    /// Finds the line to continue from. If a process ended while it wrote, the rest of its line is ended with a line break, and marked.
    /// </summary>
    private void ReadTail(LedgerStore.WriteLock writeLock, MemoryStream bytes, LedgerEntry first)
    {
        _length = writeLock.Length;
        _sequence = 0;
        _hash = LedgerLine.NoHash;
        bool isEnded = true;
        byte[]? torn = null;
        foreach (RawLine line in LedgerReader.Lines(_store, writeLock.Read(), TailStart(writeLock)))
        {
            isEnded = line.IsWhole;
            if (LedgerLine.Parse(line.Bytes.AsSpan()) is { } entry)
            {
                _sequence = entry.Sequence;
                _hash = entry.Hash!;
            }
            else if (!line.IsWhole && !line.IsTooLong)
            {
                torn = line.Bytes.ToArray();
            }
        }

        if (!isEnded)
        {
            bytes.WriteByte((byte)'\n');
        }

        if (torn is not null)
        {
            Add(
                bytes,
                new LedgerEntry
                {
                    Kind = LedgerKind.Torn,
                    Moment = first.Moment,
                    Bytes = torn.Length,
                    Sha256 = LedgerLine.Hash(_sha, torn, 0, torn.Length),
                }
            );
        }
    }

    private long TailStart(LedgerStore.WriteLock writeLock)
    {
        // If a tail is not enough, because no line in it is an entry, the whole ledger is read.
        for (long from = Math.Max(0, _length - (16 * 1024)); ; from = Math.Max(0, _length - TailLimit))
        {
            bool found = LedgerReader
                .Lines(_store, writeLock.Read(), from)
                .Any(static line => line.IsWhole && LedgerLine.Parse(line.Bytes.AsSpan()) is not null);
            if (found || from == 0)
            {
                return from;
            }

            if (from == _length - TailLimit)
            {
                return 0;
            }
        }
    }

    private sealed class Waiting(LedgerEntry[] lines, long since)
    {
        public LedgerEntry[] Lines { get; } = lines;

        public long Since { get; } = since;

        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
