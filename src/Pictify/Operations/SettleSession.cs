using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>An operation's changes whose outcome is not known, and what reading the service shows about each.</summary>
public sealed class SettleSession : IDisposable
{
    private readonly PictifyConnection _connection;
    private readonly PictifyClient _client;
    private readonly HistoryCache _cache;
    private readonly Settler _settler;
    private readonly LedgerEntry[] _creations;
    private readonly Lazy<Task<Dictionary<string, Experiment>>> _bySlug;

    private SettleSession(
        PictifyConnection connection,
        PictifyClient client,
        ILedger ledger,
        HistoryCache cache,
        LedgerEntry[] open,
        LedgerEntry[] creations,
        bool record
    )
    {
        _connection = connection;
        _client = client;
        _cache = cache;
        _settler = new Settler(connection, ledger, cache, record);
        Open = open;
        _creations = creations;
        _bySlug = new(ReadSlugsAsync);
    }

    /// <summary>The changes whose outcome is not known.</summary>
    public LedgerEntry[] Open { get; }

    /// <summary>Finds out the outcome of one of them, and records it.</summary>
    /// <exception cref="PictifyException">The service could not be read, or its state does not show the outcome.</exception>
    /// <exception cref="LedgerException">It cannot be recorded.</exception>
    public async Task<LedgerEntry> SettleAsync(LedgerEntry entry, CancellationToken cancellationToken = default)
    {
        if (!PictifyOperations.IsHere(_connection)(entry))
        {
            throw NotSettled($"it was at {entry.BaseUrl}, and this connection is to {_connection.BaseUri}");
        }

        if (!Settlement.CanSettle(entry))
        {
            throw NotSettled("reading the experiment does not show whether such a change was made");
        }

        Experiment? present;
        LastChange last;
        if (entry.Uid is { } uid)
        {
            present = await FindAsync(uid, cancellationToken).ConfigureAwait(false);
            last = _cache.Of(uid).WhoMade(entry, present);
        }
        else
        {
            Dictionary<string, Experiment> bySlug = await _bySlug.Value.ConfigureAwait(false);
            present = bySlug.TryGetValue(entry.Slug!, out Experiment? found) ? found : null;
            last =
                present is not null && _creations.Any(other => IsOther(other, entry, present))
                    ? LastChange.Claimed
                    : LastChange.Unclaimed;
        }

        (LedgerEntry? settled, string reason) = await _settler
            .SettleAsync(entry, present, last, cancellationToken)
            .ConfigureAwait(false);
        return settled ?? throw NotSettled(reason);
    }

    internal static async Task<SettleSession?> OpenAsync(
        PictifyConnection connection,
        PictifyClient client,
        ILedger ledger,
        string operationId,
        bool record,
        CancellationToken cancellationToken
    )
    {
        LedgerEntry[] entries = await ledger.EntriesOfAsync(operationId, cancellationToken).ConfigureAwait(false);
        if (entries.Length == 0)
        {
            return null;
        }

        LedgerEntry[] open = [.. entries.Where(static entry => entry.Outcome == ChangeOutcome.Unknown)];
        var cache = new HistoryCache(ledger, PictifyOperations.IsHere(connection));
        foreach (LedgerEntry entry in open)
        {
            if (entry.Uid is { } uid)
            {
                cache.Follow(uid);
            }
        }

        var slugs = new HashSet<string>(
            open.Where(static entry => entry.Uid is null).Select(static entry => entry.Slug ?? ""),
            StringComparer.Ordinal
        );
        var creations = new Dictionary<(string?, int?), LedgerEntry>();
        if (open.Length > 0)
        {
            await cache.RefreshAsync(cancellationToken).ConfigureAwait(false);
        }

        if (slugs.Count > 0)
        {
            _ = await ledger
                .ReadAsync(
                    LedgerQuery.All,
                    line =>
                    {
                        if (line.Change == ChangeKind.Create && line.Slug is { } slug && slugs.Contains(slug))
                        {
                            creations[(line.OperationId, line.Number)] = line;
                        }
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        return new SettleSession(connection, client, ledger, cache, open, [.. creations.Values], record);
    }

    /// <summary>Whether another operation created the experiment that was read, or may have.</summary>
    private static bool IsOther(LedgerEntry other, LedgerEntry own, Experiment present) =>
        (other.OperationId, other.Number) != (own.OperationId, own.Number)
        && other.Slug == own.Slug
        && (
            other.Outcome == ChangeOutcome.Changed
                ? other.Uid == present.Uid
                : other.Outcome == ChangeOutcome.Unknown
                    && present.CreatedAtMoment is { } created
                    && ExperimentHistory.Window(other) is var window
                    && !ChangeRules.IsBefore(created, window.From)
                    && created <= window.To
        );

    private async Task<Experiment?> FindAsync(string uid, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.GetAsync(uid, cancellationToken).ConfigureAwait(false);
        }
        catch (PictifyException exception) when (exception.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            return null;
        }
    }

    /// <summary>The whole list, read once, at the first use; it is not used before it is complete.</summary>
    private async Task<Dictionary<string, Experiment>> ReadSlugsAsync()
    {
        var bySlug = new Dictionary<string, Experiment>(StringComparer.Ordinal);
        await foreach (ExperimentPage page in _client.ListAsync().ConfigureAwait(false))
        {
            foreach (Experiment experiment in page.Experiments)
            {
                if (experiment.Slug is { } slug)
                {
                    bySlug[slug] = experiment;
                }
            }
        }

        return bySlug;
    }

    private static PictifyException NotSettled(string reason) =>
        new(PictifyErrorKind.NotSettled, $"The outcome is still not known: {reason}.");

    /// <summary>Releases what reading the ledger needs.</summary>
    public void Dispose() => _cache.Dispose();
}
