using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// The histories of some experiments at one address. A refresh reads only what was added to the ledger since the last one, so reading
/// again right before each request costs next to nothing.
/// </summary>
internal sealed class HistoryCache(ILedger ledger, Func<LedgerEntry, bool> isHere) : IDisposable
{
    private readonly Dictionary<string, ExperimentHistory> _histories = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _lock = new(1, 1);
    private long _position;

    /// <summary>Whether a refresh fails if the ledger has lines of a newer version, as it must before something is changed.</summary>
    public bool RefuseNewer { get; init; } = true;

    /// <summary>Adds an experiment whose lines are to be kept; to be called before the first refresh.</summary>
    public void Follow(string uid) => _histories[uid] = new ExperimentHistory();

    public bool Follows(string uid) => _histories.ContainsKey(uid);

    /// <summary>Adds a line that was just appended to the ledger, or one that is only assumed and not recorded.</summary>
    public void Add(LedgerEntry line)
    {
        if (line.Uid is { } uid && _histories.TryGetValue(uid, out ExperimentHistory? history))
        {
            lock (history)
            {
                history.Add(line);
            }
        }
    }

    /// <summary>Reads what was added to the ledger since the last time; nothing if no experiment is followed.</summary>
    /// <exception cref="LedgerException">It cannot be read.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (_histories.Count == 0)
        {
            return;
        }

        await _lock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // The lines of one experiment are found by their bytes, and the others are not parsed.
            var query = new LedgerQuery
            {
                From = _position,
                RefuseNewer = RefuseNewer,
                Uids = _histories.Count == 1 ? [.. _histories.Keys] : null,
            };
            _position = await ledger
                .ReadAsync(
                    query,
                    line =>
                    {
                        if (isHere(line))
                        {
                            Add(line);
                        }
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        finally
        {
            _ = _lock.Release();
        }
    }

    /// <summary>An experiment's changes as they are known now.</summary>
    /// <param name="uid">The experiment.</param>
    /// <param name="withOpen">False for the changes as they would be if none had been made whose outcome is not known.</param>
    public ChangeStack Of(string uid, bool withOpen = true)
    {
        ExperimentHistory history = _histories[uid];
        lock (history)
        {
            return history.Read(withOpen);
        }
    }

    public void Dispose() => _lock.Dispose();
}
