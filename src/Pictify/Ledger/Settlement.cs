namespace Pictify.Ledger;

/// <summary>What the service's present state says of a change whose outcome was left open.</summary>
internal static class Settlement
{
    /// <summary>The clocks are known to about a second each.</summary>
    private static readonly TimeSpan _tolerance = TimeSpan.FromSeconds(2);

    /// <summary>True where reading the experiment can settle the entry.</summary>
    public static bool CanSettle(LedgerEntry entry) =>
        entry is { Outcome: ChangeOutcome.Unknown, After: not ExperimentStatus.Unknown }
        && (entry.Uid ?? entry.Slug) is not null;

    /// <summary>The entry's settling line, or null where the present state does not tell.</summary>
    /// <param name="entry">What was tried.</param>
    /// <param name="present">The experiment as it is; null where there is none.</param>
    public static LedgerEntry? Judge(LedgerEntry entry, Experiment? present)
    {
        ChangeOutcome outcome = Outcome(entry, present);
        return outcome == ChangeOutcome.Unknown
            ? null
            : entry with
            {
                Kind = LedgerKind.Settled,
                Outcome = outcome,
                Uid = entry.Uid ?? present?.Uid,
                BeforeText = entry.BeforeText ?? BeforeOf(entry, outcome),
                AfterText = present?.StatusText ?? entry.AfterText,
                Previous = null,
                Hash = null,
            };
    }

    private static ChangeOutcome Outcome(LedgerEntry entry, Experiment? present)
    {
        if (entry.After == ExperimentStatus.Archived)
        {
            return present is null ? ChangeOutcome.Changed : ChangeOutcome.Failed;
        }

        if (present is null)
        {
            return entry.After == ExperimentStatus.Draft ? ChangeOutcome.Failed : ChangeOutcome.Unknown;
        }

        if (entry.After == ExperimentStatus.Draft)
        {
            return IsSince(present.CreatedAt, entry) switch
            {
                true => ChangeOutcome.Changed,
                false => ChangeOutcome.Failed,
                null => ChangeOutcome.Unknown,
            };
        }

        if (present.Status == entry.After)
        {
            return entry.Before == entry.After ? ChangeOutcome.Unchanged
                : entry.Before != ExperimentStatus.Unknown ? ChangeOutcome.Changed
                : IsSince(present.UpdatedAt, entry) switch
                {
                    true => ChangeOutcome.Changed,
                    false => ChangeOutcome.Unchanged,
                    null => ChangeOutcome.Unknown,
                };
        }

        // It shows what a change would have started from: there was none. Anything else may have come after one.
        return
            entry.Before == present.Status
            || (
                entry.Before == ExperimentStatus.Unknown
                && ExperimentRules.TransitionsFrom(present.Status).Contains(entry.After)
            )
            ? ChangeOutcome.Failed
            : ChangeOutcome.Unknown;
    }

    /// <summary>Only one status leads to paused; two lead to running.</summary>
    private static string? BeforeOf(LedgerEntry entry, ChangeOutcome outcome) =>
        entry.After == ExperimentStatus.Paused && outcome == ChangeOutcome.Changed
            ? ApiName.Of(ExperimentStatus.Running)
            : null;

    private static bool? IsSince(DateTimeOffset? serverTime, LedgerEntry entry) =>
        serverTime is { } time ? time >= entry.Time.AddMilliseconds(entry.SkewMilliseconds ?? 0) - _tolerance : null;
}
