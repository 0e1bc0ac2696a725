using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>Settles changes whose outcome the ledger records as unknown, by what the service shows, and records the result.</summary>
internal sealed class Settler(PictifyConnection connection, ILedger ledger, HistoryCache cache, bool record)
{
    /// <summary>Settles one entry; null, with the reason, if the service's state does not show the outcome.</summary>
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

    /// <summary>Settles an experiment's changes whose outcome is not known, as far as its present state shows it.</summary>
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
