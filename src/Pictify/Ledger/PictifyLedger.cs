using System.Collections.Concurrent;

namespace Pictify.Ledger;

/// <summary>A ledger in a file that any number of processes may write at the same time, or in the memory of this one.</summary>
public sealed class PictifyLedger : ILedger
{
    private static readonly TimeSpan _defaultLockTimeout = TimeSpan.FromSeconds(10);
    private static readonly ConcurrentDictionary<string, PictifyLedger> _byPath = new(FileSystem.PathComparer);

    private readonly LedgerStore _store;
    private readonly TimeSpan _lockTimeout;
    private readonly TimeProvider _time;
    private readonly LedgerWriter _writer;

    /// <param name="store">Where the lines are.</param>
    /// <param name="lockTimeout">How long lines wait while another writer keeps the store locked.</param>
    /// <param name="time">Measures the waits.</param>
    internal PictifyLedger(LedgerStore store, TimeSpan? lockTimeout = null, TimeProvider? time = null)
    {
        _store = store;
        _lockTimeout = lockTimeout ?? _defaultLockTimeout;
        _time = time ?? TimeProvider.System;
        _writer = new LedgerWriter(store, _lockTimeout, _time);
    }

    /// <summary>The ledger in a file, which the first line creates; always the same object for the same path.</summary>
    public static PictifyLedger Open(string path) =>
        _byPath.GetOrAdd(Path.GetFullPath(path), static full => new PictifyLedger(new LedgerStore.InFile(full)));

    /// <summary>The ledger in a file that must exist already: for callers that only read.</summary>
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
                    $"There is no ledger '{ledger.Location}'. Check the path. The first change that is recorded creates the file; if none was "
                        + "recorded yet, an empty file is a ledger as well."
                );
        }
        catch (IOException exception) when (LedgerLock.IsBusy(exception))
        {
            // It exists. Reading it waits until the lock is released.
            return ledger;
        }
        catch (Exception exception) when (LedgerStore.IsFailure(exception))
        {
            throw ledger._store.Failed(LedgerFailure.Unreadable, exception);
        }
    }

    /// <summary>A ledger in the memory of this process, which ends with it.</summary>
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
            await _writer.WriteAsync(lines, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken = default) => _writer.WriteAsync([], cancellationToken);

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
            catch (IOException exception)
                when (LedgerLock.IsBusy(exception) && _time.GetElapsedTime(since) < _lockTimeout)
            {
                await LedgerWriter.WaitAsync(_time, attempt, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (LedgerStore.IsFailure(exception))
            {
                throw _store.Failed(LedgerFailure.Unreadable, exception);
            }
        }
    }
}
