using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>The recorded pauses that have an end, as they were when the ledger was read.</summary>
internal sealed class PauseEnds
{
    private readonly Dictionary<string, ChangeStack> _stacks;

    /// <summary>No pauses.</summary>
    public static PauseEnds None { get; } = new([]);

    private PauseEnds(Dictionary<string, ChangeStack> stacks) => _stacks = stacks;

    /// <summary>Reads the ledger.</summary>
    /// <exception cref="LedgerException">It cannot be read.</exception>
    public static async Task<PauseEnds> ReadAsync(
        PictifyConnection connection,
        ILedger ledger,
        CancellationToken cancellationToken
    )
    {
        (HistoryCache cache, HashSet<string> uids) = await FollowAsync(
                connection,
                ledger,
                DateTimeOffset.MaxValue,
                cancellationToken
            )
            .ConfigureAwait(false);
        using (cache)
        {
            return new PauseEnds(uids.ToDictionary(static uid => uid, uid => cache.Of(uid), StringComparer.Ordinal));
        }
    }

    /// <summary>When the pause of a paused experiment ends; null if it has no end, or was changed by somebody else since.</summary>
    public DateTimeOffset? Of(Experiment paused) =>
        _stacks.TryGetValue(paused.Uid, out ChangeStack? stack) && !stack.IsChangedSince(paused)
            ? stack.PauseInForce()?.End
            : null;

    /// <summary>The experiments that have a pause with an end up to this time, and their histories.</summary>
    internal static async Task<(HistoryCache Cache, HashSet<string> Uids)> FollowAsync(
        PictifyConnection connection,
        ILedger ledger,
        DateTimeOffset latest,
        CancellationToken cancellationToken
    )
    {
        Func<LedgerEntry, bool> isHere = PictifyOperations.IsHere(connection);
        var uids = new HashSet<string>(StringComparer.Ordinal);
        _ = await ledger
            .ReadAsync(
                new LedgerQuery { WithEnd = true, RefuseNewer = true },
                line =>
                {
                    if (line.Uid is { } uid && line.UntilMoment <= latest && isHere(line))
                    {
                        _ = uids.Add(uid);
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        var cache = new HistoryCache(ledger, isHere);
        foreach (string uid in uids)
        {
            cache.Follow(uid);
        }

        await cache.RefreshAsync(cancellationToken).ConfigureAwait(false);
        return (cache, uids);
    }
}
