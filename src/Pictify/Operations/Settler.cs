using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>Settles changes whose outcome the ledger does not know, by what the service shows, and records that.</summary>
internal sealed class Settler(PictifyConnection connection, ILedger ledger, HistoryCache cache, bool record)
{
    /// <summary>Settles one entry; null, with the reason, where the service's state does not tell.</summary>
    public async Task<(LedgerEntry? Settled, string Reason)> SettleAsync(
        LedgerEntry entry,
        Experiment? present,
        LastChange last,
        CancellationToken cancellationToken
    )
    {
        bool isOwnKey = entry.Key == OperationRun.KeyOf(connection);
        (LedgerEntry? settled, string reason) = Settlement.Classify(entry, present, isOwnKey, last);
        if (settled is null)
        {
            return (null, reason);
        }

        settled = settled with { Moment = connection.Now };
        if (record)
        {
            await ledger.AppendAsync([settled], cancellationToken).ConfigureAwait(false);
        }

        cache.Add(settled);
        return (settled, reason);
    }

    /// <summary>Settles what is open of an experiment's changes, as far as its present state tells.</summary>
    public async Task<ChangeStack> SettleAllAsync(string uid, Experiment present, CancellationToken cancellationToken)
    {
        ChangeStack stack = cache.Of(uid);
        StackedChange[] open = [.. stack.Changes.Where(static change => Settlement.CanSettle(change.Entry))];
        foreach (StackedChange change in open)
        {
            _ = await SettleAsync(change.Entry, present, stack.WhoMade(change.Entry, present), cancellationToken)
                .ConfigureAwait(false);
        }

        return open.Length == 0 ? stack : cache.Of(uid);
    }
}
