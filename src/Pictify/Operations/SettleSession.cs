using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>An operation's changes whose outcome is not known, and what reading the service shows about each.</summary>
public sealed class SettleSession : IDisposable
{
    private readonly PictifyConnection _connection;
    private readonly PictifyClient _client;
    private readonly ILedger _ledger;
    private readonly string _operationId;
    private readonly OperationReading _read;
    private readonly HistoryCache _cache;
    private readonly Settler _settler;
    private readonly Lazy<Task<Dictionary<string, Experiment>>> _bySlug;

    /// <summary>The last line of each creation, by whatever operation, of an experiment whose slug an open creation has too.</summary>
    private readonly Dictionary<(string?, int?), LedgerEntry> _creations = [];

    private SettleSession(
        PictifyConnection connection,
        PictifyClient client,
        ILedger ledger,
        string operationId,
        bool record
    )
    {
        _connection = connection;
        _client = client;
        _ledger = ledger;
        _operationId = operationId;
        _read = new OperationReading(ledger, operationId);
        _cache = new HistoryCache(ledger, PictifyOperations.IsHere(connection));
        _settler = new Settler(connection, ledger, _cache, record);
        _bySlug = new(ReadSlugsAsync);
    }

    /// <summary>The changes whose outcome is not known.</summary>
    public LedgerEntry[] UnknownEntries { get; private set; } = [];

    /// <summary>Finds out the outcome of one of them, and records it.</summary>
    /// <exception cref="PictifyException">The service could not be read, or its state does not show the outcome.</exception>
    /// <exception cref="LedgerException">It cannot be recorded.</exception>
    public async Task<LedgerEntry> SettleAsync(LedgerEntry entry, CancellationToken cancellationToken = default)
    {
        if (PictifyOperations.WhyElsewhere(entry, _connection) is { } why)
        {
            throw NotSettled(why);
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
                present is not null && _creations.Values.Any(other => IsOther(other, entry, present))
                    ? LastChange.Claimed
                    : LastChange.Unclaimed;
        }

        (LedgerEntry? settled, string reason) = await _settler
            .SettleAsync(entry, present, last, cancellationToken)
            .ConfigureAwait(false);
        return settled ?? throw NotSettled(reason);
    }

    /// <summary>The operation as the ledger records it now, with what was settled; only what was added since the last reading is read.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public async Task<PictifyOperation> ReadOperationAsync(CancellationToken cancellationToken = default)
    {
        await _read.RefreshAsync(cancellationToken).ConfigureAwait(false);
        return _read.Find(_operationId)!;
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
        var session = new SettleSession(connection, client, ledger, operationId, record);
        return await session.ReadAsync(cancellationToken).ConfigureAwait(false) ? session : null;
    }

    /// <summary>Reads the operation, and what else the ledger records of its open changes; false if there is no such operation.</summary>
    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        await _read.RefreshAsync(cancellationToken).ConfigureAwait(false);
        LedgerEntry[] entries = _read.EntriesOf(_operationId);
        UnknownEntries = [.. entries.Where(static entry => entry.Outcome == ChangeOutcome.Unknown)];
        var slugs = new HashSet<string>(StringComparer.Ordinal);
        foreach (LedgerEntry entry in UnknownEntries)
        {
            if (entry.Uid is { } uid)
            {
                _cache.Follow(uid);
            }
            else
            {
                _ = slugs.Add(entry.Slug ?? "");
            }
        }

        await _cache.RefreshAsync(cancellationToken).ConfigureAwait(false);
        if (slugs.Count > 0)
        {
            _ = await _ledger
                .ReadAsync(
                    new LedgerQuery { RefuseNewer = true },
                    line =>
                    {
                        if (line.Change == ChangeKind.Create && line.Slug is { } slug && slugs.Contains(slug))
                        {
                            _creations[(line.OperationId, line.Number)] = line;
                        }
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        return entries.Length > 0;
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
        await foreach (
            ExperimentPage page in _client.ListAsync(new ExperimentQuery { PagesAhead = 1 }).ConfigureAwait(false)
        )
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
