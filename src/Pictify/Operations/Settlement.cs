using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>What the service's present state shows of a change whose outcome the ledger records as unknown.</summary>
internal static class Settlement
{
    /// <summary>True if reading the experiment can settle the entry.</summary>
    public static bool CanSettle(LedgerEntry entry) =>
        entry.Outcome == ChangeOutcome.Unknown
        && (entry.Uid ?? entry.Slug) is not null
        && entry.KindOfChange
            is ChangeKind.Pause
                or ChangeKind.Resume
                or ChangeKind.Start
                or ChangeKind.Complete
                or ChangeKind.Create
                or ChangeKind.Remove;

    /// <summary>The entry as it is settled, or null with the reason if the present state does not show the outcome.</summary>
    /// <param name="entry">What was tried.</param>
    /// <param name="present">The experiment as it is; null if there is none.</param>
    /// <param name="isOwnKey">True if the experiment was read with the entry's own key: if another key does not see it, it may be
    /// another team's.</param>
    /// <param name="last">Who made the last change that the service shows, as far as the ledger shows it.</param>
    public static (LedgerEntry? Settled, string Reason) Classify(
        LedgerEntry entry,
        Experiment? present,
        bool isOwnKey,
        LastChange last
    )
    {
        ChangeDecision decision = Decide(entry, present, isOwnKey, last);
        if (decision.Outcome == ChangeOutcome.Unknown)
        {
            return (null, decision.Reason);
        }

        LedgerEntry settled = entry with
        {
            Kind = LedgerKind.Settled,
            Outcome = decision.Outcome,
            Uid = entry.Uid ?? present?.Uid,
            BeforeText =
                decision.Outcome == ChangeOutcome.Unchanged ? present?.StatusText
                : decision.Outcome == ChangeOutcome.Changed ? BeforeOf(entry)
                : entry.BeforeText,
            AfterText =
                decision.Outcome == ChangeOutcome.Failed ? entry.AfterText : present?.StatusText ?? entry.AfterText,
            UpdatedAtMoment = decision.Outcome == ChangeOutcome.Failed ? null : present?.UpdatedAtMoment,
            Error = decision.Outcome == ChangeOutcome.Failed ? entry.Error : null,
            Previous = null,
            Hash = null,
        };
        return (settled, decision.Reason);
    }

    private static ChangeDecision Decide(LedgerEntry entry, Experiment? present, bool isOwnKey, LastChange last)
    {
        SendWindow window = ExperimentHistory.Window(entry);
        if (present is null && !isOwnKey)
        {
            return new(
                ChangeOutcome.Unknown,
                $"this connection's key does not see it, and another key (fingerprint {entry.Key}) changed it"
            );
        }

        switch (entry.KindOfChange)
        {
            case ChangeKind.Remove:
                return present is null || present.Status == ExperimentStatus.Archived
                    ? new(ChangeOutcome.Changed, "it is gone")
                    : new(ChangeOutcome.Failed, "it is still there");
            case ChangeKind.Create:
                return present is null ? new(ChangeOutcome.Failed, "no experiment has the slug")
                    : present.CreatedAtMoment is not { } created
                        ? new(ChangeOutcome.Unknown, "the service does not show when it was created")
                    : ChangeRules.IsBefore(created, window.From)
                        ? new(ChangeOutcome.Failed, "the slug belongs to an older experiment")
                    : created > window.To
                        ? new(ChangeOutcome.Unknown, "the slug belongs to an experiment that was created later")
                    : last == LastChange.Claimed
                        ? new(ChangeOutcome.Unknown, "another operation created it, or may have")
                    : new(ChangeOutcome.Changed, "it was created then");
            default:
                return present is null
                    ? new(ChangeOutcome.Unknown, "the service has no such experiment now")
                    : ChangeRules.Decide(entry.After, window, present, last, isLater: true);
        }
    }

    /// <summary>The recorded status before may be out of date. Only a running experiment can be paused, and a resume reads first.</summary>
    private static string? BeforeOf(LedgerEntry entry) =>
        entry.KindOfChange switch
        {
            ChangeKind.Pause => ApiName.Of(ExperimentStatus.Running),
            ChangeKind.Resume => ApiName.Of(ExperimentStatus.Paused),
            _ => entry.BeforeText,
        };
}
