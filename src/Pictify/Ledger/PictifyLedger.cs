using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Pictify.Ledger;

/// <summary>A ledger in a file that any number of processes write at once, or in the memory of this one.</summary>
public sealed class PictifyLedger : ILedger
{
    /// <summary>As far back as the end of the ledger is read for its last line.</summary>
    private const int TailLimit = 1024 * 1024;

    private static readonly TimeSpan _defaultPatience = TimeSpan.FromSeconds(10);
    private static readonly ConcurrentDictionary<string, PictifyLedger> _open = new(FileSystem.PathComparer);

    private readonly LedgerStore _store;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly object _sync = new();
    private readonly SHA256 _sha = SHA256.Create();
    private List<Waiting> _waiting = [];
    private bool _isWriting;

    // The end of the ledger as this process left it; another process may have written since.
    private long _length = -1;
    private long _sequence;
    private string _hash = LedgerLine.NoHash;

    /// <param name="store">Where the lines are.</param>
    /// <param name="patience">How long lines wait while somebody else keeps the store locked.</param>
    /// <param name="time">What the waits are measured by.</param>
    internal PictifyLedger(LedgerStore store, TimeSpan? patience = null, TimeProvider? time = null)
    {
        _store = store;
        _patience = patience ?? _defaultPatience;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The ledger in a file, which the first line makes; always the same object for the same path.</summary>
    public static PictifyLedger Open(string path) =>
        _open.GetOrAdd(Path.GetFullPath(path), static full => new PictifyLedger(new LedgerStore.InFile(full)));

    /// <summary>The ledger in a file that has to be there already: for those who only read.</summary>
    /// <exception cref="LedgerException">There is none, or it cannot be read.</exception>
    public static PictifyLedger OpenExisting(string path)
    {
        PictifyLedger ledger = Open(path);
        try
        {
            using Stream? stream = ledger._store.OpenRead();
            return stream is not null
                ? ledger
                : throw new LedgerException(
                    LedgerFailure.NotFound,
                    ledger.Location,
                    $"There is no ledger '{ledger.Location}'. Check the path. The first change that is recorded makes the file; where none was "
                        + "made yet, an empty file is a ledger as well."
                );
        }
        catch (IOException exception) when (LedgerLock.IsBusy(exception))
        {
            // It is there. Reading it waits for its turn.
            return ledger;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw ledger._store.Failed(LedgerFailure.Unreadable, exception);
        }
    }

    /// <summary>A ledger that lives as long as this process.</summary>
    public static PictifyLedger InMemory() => new(new LedgerStore.InMemory());

    /// <inheritdoc/>
    public LedgerLocation Location => _store.Location;

    /// <summary>Reads as its location.</summary>
    public override string ToString() => Location.ToString();

    /// <inheritdoc/>
    public async Task AppendAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken = default)
    {
        LedgerEntry[] lines = [.. entries ?? throw new ArgumentNullException(nameof(entries))];
        foreach (LedgerEntry line in lines)
        {
            line.CheckLengths();
        }

        if (lines.Length > 0)
        {
            await WriteAsync(lines, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken = default) => WriteAsync([], cancellationToken);

    /// <inheritdoc/>
    public Task<long> ReadAsync(
        LedgerQuery query,
        Action<LedgerEntry> onLine,
        CancellationToken cancellationToken = default
    ) =>
        ReadAsync(
            stream =>
                stream is null ? query.From : new LedgerScan(_store, query, onLine).Run(stream, cancellationToken),
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<LedgerReport> VerifyAsync(string? contains = null, CancellationToken cancellationToken = default) =>
        ReadAsync(stream => LedgerVerifier.Verify(_store, stream, contains, cancellationToken), cancellationToken);

    /// <summary>Every line; for callers that wait.</summary>
    internal IEnumerable<LedgerEntry> ReadLines() =>
        this.FindAsync(LedgerQuery.All).ConfigureAwait(false).GetAwaiter().GetResult();

    /// <summary>Reads on a thread of the pool, while others may write.</summary>
    private async Task<T> ReadAsync<T>(Func<Stream?, T> read, CancellationToken cancellationToken)
    {
        using Stream? stream = await OpenReadAsync(cancellationToken).ConfigureAwait(false);
        return await Task.Run(() => read(stream), cancellationToken).ConfigureAwait(false);
    }

    private async Task<Stream?> OpenReadAsync(CancellationToken cancellationToken)
    {
        long since = _time.GetTimestamp();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return _store.OpenRead();
            }
            catch (IOException exception) when (LedgerLock.IsBusy(exception) && _time.GetElapsedTime(since) < _patience)
            {
                await PauseAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw _store.Failed(LedgerFailure.Unreadable, exception);
            }
        }
    }

    /// <summary>Lines that wait at the same time go out together.</summary>
    private async Task WriteAsync(LedgerEntry[] lines, CancellationToken cancellationToken)
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

    /// <summary>Writes until nobody waits any more. Each line waits for the lock as long as the patience is, and no longer.</summary>
    private async Task WriteAllAsync()
    {
        int attempt = 0;
        while (true)
        {
            bool isBusy = false;
            try
            {
                using LedgerStore.Turn? turn = _store.TryBegin();
                isBusy = turn is null;
                if (turn is not null)
                {
                    WriteWaiting(turn);
                }
            }
            catch (Exception exception)
            {
                // Whatever it was: somebody waits for each of these.
                End(Take(static _ => true), _store.Failed(LedgerFailure.Unwritable, exception));
            }

            if (isBusy)
            {
                string why = FormattableString.Invariant(
                    $"another program has kept it locked for {_patience.TotalSeconds} seconds"
                );
                End(
                    Take(waiting => _time.GetElapsedTime(waiting.Since) >= _patience),
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
                await PauseAsync(attempt, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Others have the file for well under a millisecond.</summary>
    private Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
        Platform.Delay(
            _time,
            TimeSpan.FromMilliseconds(1 + (Platform.NextRandom() * Math.Min(2 + attempt, 20))),
            cancellationToken
        );

    private void WriteWaiting(LedgerStore.Turn turn)
    {
        List<Waiting> batch = Take(static _ => true);
        try
        {
            Write(turn, [.. batch.SelectMany(static waiting => waiting.Lines)]);
            End(batch, null);
        }
        catch (Exception exception)
        {
            // Part of a line may be there now.
            _length = -1;
            End(batch, _store.Failed(LedgerFailure.Unwritable, exception));
        }
    }

    private List<Waiting> Take(Func<Waiting, bool> isTaken)
    {
        lock (_sync)
        {
            List<Waiting> taken = [.. _waiting.Where(isTaken)];
            _waiting = taken.Count == _waiting.Count ? [] : [.. _waiting.Where(waiting => !taken.Contains(waiting))];
            return taken;
        }
    }

    private static void End(List<Waiting> batch, LedgerException? failure)
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

    private void Write(LedgerStore.Turn turn, LedgerEntry[] lines)
    {
        if (lines.Length == 0)
        {
            return;
        }

        var bytes = new MemoryStream(lines.Length * 1024);
        if (turn.Length != _length)
        {
            ReadTail(turn, bytes, lines[0]);
        }

        foreach (LedgerEntry line in lines)
        {
            Add(bytes, line);
        }

        turn.Append(bytes.GetBuffer(), (int)bytes.Length);
        _length += bytes.Length;
    }

    private void Add(MemoryStream bytes, LedgerEntry entry) =>
        _hash = LedgerLine.Write(bytes, entry with { Sequence = ++_sequence }, _hash, _sha);

    /// <summary>
    /// Finds the line to go on from. Where a process died while it wrote, what it left of a line is ended, and marked.
    /// </summary>
    private void ReadTail(LedgerStore.Turn turn, MemoryStream bytes, LedgerEntry first)
    {
        _length = turn.Length;
        _sequence = 0;
        _hash = LedgerLine.NoHash;
        bool isEnded = true;
        byte[]? torn = null;
        foreach (RawLine line in LedgerReader.Lines(_store, turn.Read(), TailStart(turn)))
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

    private long TailStart(LedgerStore.Turn turn)
    {
        // Where a tail is not enough, because a line in it is not ours, the whole is read.
        for (long from = Math.Max(0, _length - (16 * 1024)); ; from = Math.Max(0, _length - TailLimit))
        {
            bool found = LedgerReader
                .Lines(_store, turn.Read(), from)
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
