using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Pictify.Ledger;

/// <summary>
/// Who changed what, when, why and until when: lines that are only ever added, by any number of processes at once.
/// </summary>
public sealed class PictifyLedger
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

    /// <summary>The file; null where it is in memory.</summary>
    public string? FilePath => _store.Path;

    /// <summary>Reads as its path.</summary>
    public override string ToString() => FilePath ?? "the sandbox's memory";

    /// <summary>
    /// Adds a line; done once the operating system has it, so that it outlasts this process. Lines that are added at the
    /// same time go out together.
    /// </summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public Task AppendAsync(LedgerEntry entry)
    {
        var waiting = new Waiting(entry ?? throw new ArgumentNullException(nameof(entry)));
        lock (_sync)
        {
            _waiting.Add(waiting);
            if (!_isWriting)
            {
                _isWriting = true;
                _ = Task.Run(WriteAllAsync);
            }
        }

        return waiting.Done.Task;
    }

    /// <summary>Fails where a line could not be written now.</summary>
    /// <inheritdoc cref="AppendAsync" path="/exception"/>
    public async Task ProbeAsync()
    {
        using IDisposable? turn = await _store.LockAsync().ConfigureAwait(false);
        _store.Append([], 0);
    }

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

    /// <summary>Every operation, the oldest first; what it holds does not grow with the number of experiments.</summary>
    public IEnumerable<PictifyOperation> ReadOperations() => OperationReader.Read(this, ReadLines());

    /// <summary>The operations of the last lines, for suggestions; the first of them may be incomplete.</summary>
    internal IEnumerable<PictifyOperation> ReadRecentOperations() =>
        OperationReader.Read(this, Parse(LedgerReader.Lines(_store, Math.Max(0, _store.Length - (256 * 1024)))));

    /// <summary>One operation; null where there is none with this id.</summary>
    public PictifyOperation? FindOperation(string id) =>
        OperationReader.Read(this, LinesOf(id ?? throw new ArgumentNullException(nameof(id)))).FirstOrDefault();

    /// <summary>One entry for each experiment of an operation.</summary>
    internal IReadOnlyList<LedgerEntry> EntriesOf(string id) => OperationReader.Merge(LinesOf(id));

    private IEnumerable<LedgerEntry> LinesOf(string id) =>
        ReadLinesWith($"\"{id}\"").Where(line => line.OperationId == id);

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
                batch.ForEach(waiting => waiting.Done.SetException(exception));
            }
        }
    }

    private async Task WriteAsync(List<Waiting> batch)
    {
        using IDisposable? turn = await _store.LockAsync().ConfigureAwait(false);
        var bytes = new MemoryStream(batch.Count * 1024);
        if (_store.Length != _length)
        {
            ReadTail(bytes, batch[0].Entry);
        }

        foreach (Waiting waiting in batch)
        {
            Add(bytes, waiting.Entry);
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

    private sealed record Waiting(LedgerEntry Entry)
    {
        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
