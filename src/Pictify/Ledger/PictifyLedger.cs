using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Pictify.Ledger;

/// <summary>
/// Who changed what, when, why and until when: lines that are only ever added, by any number of processes at once.
/// </summary>
public sealed class PictifyLedger : ILedger
{
    /// <summary>As far back as the end of the ledger is read for its last line.</summary>
    private const int TailLimit = 1024 * 1024;

    private static readonly ConcurrentDictionary<string, PictifyLedger> _open = new(Platform.PathComparer);

    private readonly LedgerStore _store;
    private readonly object _sync = new();
    private readonly SHA256 _sha = SHA256.Create();
    private List<Waiting> _waiting = [];
    private bool _isWriting;

    // The end of the ledger as this process left it; another process may have written since.
    private long _length = -1;
    private long _sequence;
    private string _hash = LedgerLine.NoHash;

    private PictifyLedger(LedgerStore store) => _store = store;

    /// <summary>The ledger in a file; always the same object for the same file, so that its writers take turns.</summary>
    public static PictifyLedger Open(string path) =>
        _open.GetOrAdd(Path.GetFullPath(path), static full => new PictifyLedger(new LedgerStore.InFile(full)));

    /// <summary>A ledger that lives as long as this process.</summary>
    public static PictifyLedger InMemory() => new(new LedgerStore.InMemory());

    /// <inheritdoc/>
    public LedgerLocation Location => _store.Location;

    /// <summary>The file; null where it is in memory.</summary>
    public string? FilePath => Location.Path;

    /// <summary>Reads as its path.</summary>
    public override string ToString() => FilePath ?? "the sandbox's memory";

    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken = default)
    {
        var waiting = new Waiting([.. entries ?? throw new ArgumentNullException(nameof(entries))]);
        lock (_sync)
        {
            _waiting.Add(waiting);
            if (!_isWriting)
            {
                _isWriting = true;
                _ = Task.Run(WriteAllAsync, CancellationToken.None);
            }
        }

        return waiting.Done.Task;
    }

    /// <inheritdoc/>
    public async Task ProbeAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            using IDisposable? turn = await _store.LockAsync().ConfigureAwait(false);
            _store.Append([], 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(exception);
        }
    }

    /// <inheritdoc/>
    public Task<long> ReadAsync(
        LedgerQuery query,
        Action<LedgerEntry> onLine,
        CancellationToken cancellationToken = default
    ) =>
        Task.Run(
            () =>
            {
                HashSet<string>? uids = query.Uids is null ? null : new HashSet<string>(query.Uids);
                long from = query.Recent ? Math.Max(0, _store.Length - (256 * 1024)) : query.From;
                long position = from;
                foreach (RawLine raw in LedgerReader.Lines(_store, from))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (raw.IsWhole)
                    {
                        position = raw.Offset + raw.Bytes.Count + 1;
                    }

                    if (LedgerLine.Parse(raw.Bytes.AsSpan()) is not { } line)
                    {
                        continue;
                    }

                    bool isWanted =
                        (query.OperationId is null || query.OperationId == line.OperationId)
                        && (uids is null || (line.Uid is { } uid && uids.Contains(uid)))
                        && !(line.Time < query.Since)
                        && (!query.WithEnd || line.Until is not null);
                    if (isWanted)
                    {
                        onLine(line);
                    }
                }
                return position;
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<LedgerReport> VerifyAsync(string? contains = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Verify(contains), cancellationToken);

    private LedgerException Unwritable(Exception cause) =>
        new(LedgerFailure.Unwritable, Location, $"The ledger '{this}' cannot be written: {cause.Message}", cause);

    /// <summary>Every line that is one, in the order of writing, as it is read from the ledger.</summary>
    public IEnumerable<LedgerEntry> ReadLines() => Parse(LedgerReader.Lines(_store));

    /// <summary>The lines that hold a text, such as an operation's id; much faster than reading all.</summary>
    internal IEnumerable<LedgerEntry> ReadLinesWith(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Parse(LedgerReader.Lines(_store).Where(line => line.Bytes.AsSpan().IndexOf(bytes) >= 0));
    }

    private static IEnumerable<LedgerEntry> Parse(IEnumerable<RawLine> lines)
    {
        foreach (RawLine line in lines)
        {
            if (LedgerLine.Parse(line.Bytes.AsSpan()) is { } entry)
            {
                yield return entry;
            }
        }
    }

    /// <summary>Whether every line is there, in its place, as it was written.</summary>
    /// <param name="contains">The hash of a line that must be among them, in lower case.</param>
    public LedgerReport Verify(string? contains = null) => LedgerVerifier.Verify(_store, contains);

    private async Task WriteAllAsync()
    {
        while (true)
        {
            List<Waiting> batch;
            lock (_sync)
            {
                if (_waiting.Count == 0)
                {
                    _isWriting = false;
                    return;
                }

                batch = _waiting;
                _waiting = [];
            }

            try
            {
                await WriteAsync(batch).ConfigureAwait(false);
                batch.ForEach(static waiting => waiting.Done.SetResult(true));
            }
            catch (Exception exception)
            {
                // Whatever it was: somebody waits for each of these, and part of a line may be there now.
                _length = -1;
                batch.ForEach(waiting => waiting.Done.SetException(Unwritable(exception)));
            }
        }
    }

    private async Task WriteAsync(List<Waiting> batch)
    {
        using IDisposable? turn = await _store.LockAsync().ConfigureAwait(false);
        var bytes = new MemoryStream(batch.Count * 1024);
        if (_store.Length != _length)
        {
            ReadTail(bytes, batch[0].Entries[0]);
        }

        foreach (Waiting waiting in batch)
        {
            foreach (LedgerEntry entry in waiting.Entries)
            {
                Add(bytes, entry);
            }
        }

        _store.Append(bytes.GetBuffer(), (int)bytes.Length);
        _length += bytes.Length;
    }

    private void Add(MemoryStream bytes, LedgerEntry entry) =>
        _hash = LedgerLine.Write(bytes, entry with { Sequence = ++_sequence }, _hash, _sha);

    /// <summary>
    /// Finds the line to go on from. Where a process died while it wrote, what it left of a line is ended, and marked.
    /// </summary>
    private void ReadTail(MemoryStream bytes, LedgerEntry first)
    {
        _length = _store.Length;
        _sequence = 0;
        _hash = LedgerLine.NoHash;
        byte[]? torn = null;
        foreach (RawLine line in LedgerReader.Lines(_store, TailStart()))
        {
            if (!line.IsWhole)
            {
                torn = line.Bytes.ToArray();
            }
            else if (LedgerLine.Parse(line.Bytes.AsSpan()) is { } entry)
            {
                _sequence = entry.Sequence;
                _hash = entry.Hash!;
            }
        }

        if (torn is not null)
        {
            bytes.WriteByte((byte)'\n');
            Add(
                bytes,
                new LedgerEntry
                {
                    Kind = LedgerKind.Torn,
                    Time = first.Time,
                    Bytes = torn.Length,
                    Sha256 = LedgerLine.Hash(_sha, torn, 0, torn.Length),
                }
            );
        }
    }

    private long TailStart()
    {
        // Where a tail is not enough, because a line in it is not ours, the whole is read.
        for (long from = Math.Max(0, _length - (16 * 1024)); ; from = Math.Max(0, _length - TailLimit))
        {
            bool found = LedgerReader
                .Lines(_store, from)
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

    private sealed record Waiting(LedgerEntry[] Entries)
    {
        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
