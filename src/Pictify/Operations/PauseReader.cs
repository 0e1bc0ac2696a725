using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// Joins paused experiments with the ledger. Which pause is in effect, and with which end, is decided as <see cref="DueSession"/> decides
/// it before it ends one; nothing is written.
/// </summary>
internal static class PauseReader
{
    public static async Task<PictifyPause[]> ReadAsync(
        PictifyConnection connection,
        ILedger ledger,
        IReadOnlyCollection<Experiment> paused,
        CancellationToken cancellationToken
    )
    {
        using var cache = new HistoryCache(ledger, PictifyOperations.IsHere(connection));
        foreach (Experiment experiment in paused)
        {
            cache.Follow(experiment.Uid);
        }

        await cache.RefreshAsync(cancellationToken).ConfigureAwait(false);
        var settler = new Settler(connection, ledger, cache, record: false);
        var pauses = new List<PictifyPause>(paused.Count);
        foreach (Experiment experiment in paused)
        {
            pauses.Add(
                await DescribeAsync(connection, cache, settler, experiment, cancellationToken).ConfigureAwait(false)
            );
        }

        return [.. pauses];
    }

    private static async Task<PictifyPause> DescribeAsync(
        PictifyConnection connection,
        HistoryCache cache,
        Settler settler,
        Experiment present,
        CancellationToken cancellationToken
    )
    {
        var bare = new PictifyPause
        {
            Uid = present.Uid,
            Name = present.Name,
            Slug = present.Slug,
            Since = present.UpdatedAt,
            IsOurs = false,
            Source = present,
        };
        ChangeStack stack = await settler.SettleAllAsync(present.Uid, present, cancellationToken).ConfigureAwait(false);
        if (Held(cache, present.Uid, connection.Now) is not (var entry, var end))
        {
            return bare;
        }

        PictifyPause recorded = bare with
        {
            IsOurs = true,
            Since = entry.UpdatedAt ?? entry.SentFrom ?? entry.Time,
            Until = end?.LocalDateTime,
            IsDue = end <= connection.Now,
            IsOverdue = end <= connection.Now - PictifyPause.Grace,
            User = entry.User,
            Host = entry.Host,
            Command = entry.Command,
            Reason = entry.Reason,
            Ticket = entry.Ticket,
            OperationId = entry.OperationId,
        };
        if (DueSession.OpenChange(stack, entry, stack.PauseInForce()?.Pause.Entry, connection) is { } open)
        {
            return recorded with
            {
                IsOurs = null,
                Note =
                    $"What operation {open.OperationId} did to it is not known; Update-PictifyOperation finds it out if the service shows it.",
            };
        }

        return stack.IsChangedSince(present)
            ? bare with
            {
                Note =
                    $"Operation {entry.OperationId} paused it, and somebody else changed it since, at {present.UpdatedAtMoment?.UtcDateTime:u}: "
                    + "the pause and the end recorded in the ledger no longer apply.",
            }
            : recorded;
    }

    /// <summary>The recorded pause that is in effect, and its end: the due one, if there is one, so that this and <see cref="DueSession"/> agree.</summary>
    private static (LedgerEntry Entry, DateTimeOffset? End)? Held(HistoryCache cache, string uid, DateTimeOffset now)
    {
        if (DueSession.Due(cache, uid, now) is { } due)
        {
            return (due.Entry, due.Until);
        }

        return (cache.Of(uid).PauseInForce() ?? cache.Of(uid, withOpen: false).PauseInForce()) is (var pause, var end)
            ? (pause.Entry, end)
            : null;
    }
}
