namespace Pictify;

/// <summary>
/// When the requests of a change were under way that may have been carried out, by the service's clock: from the earliest moment
/// that the first may have been sent to the latest that the last may have ended.
/// </summary>
public readonly record struct SendWindow(DateTimeOffset From, DateTimeOffset To);

/// <summary>The decision about a change whose answers did not show its outcome, and the reason, as the end of a sentence.</summary>
internal readonly record struct ChangeDecision(ChangeOutcome Outcome, string Reason);

/// <summary>Who made the last change that the service shows, by the ledger's entries of other operations.</summary>
internal enum LastChange
{
    /// <summary>No other operation is known to have made it.</summary>
    Unclaimed,

    /// <summary>An operation that ended before this one began: so nothing was changed since.</summary>
    Earlier,

    /// <summary>Another operation made it, or may have made it.</summary>
    Claimed,

    /// <summary>An operation that began after this one, so that the effect of this one can no longer be seen.</summary>
    Later,
}

/// <summary>
/// The one place that decides, from the state that the service shows, the outcome of a change that no answer showed.
/// The client uses it right after sending; the settlement of the ledger, undo and the end of pauses use it later.
/// </summary>
internal static class ChangeRules
{
    /// <param name="wanted">The status that the change sets.</param>
    /// <param name="window">When requests were under way that may have been carried out.</param>
    /// <param name="seen">The experiment as it is now; null if it could not be read.</param>
    /// <param name="last">Who made the change that is seen, as far as the ledger shows.</param>
    /// <param name="isLater">
    /// True if the requests ended long ago. Right after sending, one of them may still be carried out, so that an experiment
    /// that shows no change yet proves nothing.
    /// </param>
    public static ChangeDecision Decide(
        ExperimentStatus wanted,
        SendWindow window,
        Experiment? seen,
        LastChange last,
        bool isLater
    )
    {
        if (seen is null)
        {
            return new(ChangeOutcome.Unknown, "the experiment could not be read");
        }

        bool isReached = Reaches(seen.Status, wanted);
        string status = SafeText.Clean(seen.StatusText);
        if (seen.UpdatedAtMoment is not { } updated)
        {
            return new(
                ChangeOutcome.Unknown,
                $"it shows '{status}', and the service does not report when it was changed"
            );
        }

        if (last == LastChange.Later)
        {
            return new(ChangeOutcome.Unknown, $"it shows '{status}', which is the result of a later operation");
        }

        if (last == LastChange.Earlier || IsBefore(updated, window.From))
        {
            return isReached ? new(ChangeOutcome.Unchanged, $"it was '{status}' before")
                : isLater ? new(ChangeOutcome.Failed, $"it is '{status}', and was not changed since")
                : new(ChangeOutcome.Unknown, $"it shows '{status}' now");
        }

        if (!isReached)
        {
            return new(ChangeOutcome.Unknown, $"it shows '{status}' now, and was changed since");
        }

        if (updated > window.To)
        {
            return new(ChangeOutcome.Unknown, $"it is '{status}', and was changed after the request was over");
        }

        return last == LastChange.Claimed
            ? new(
                ChangeOutcome.Unknown,
                $"it is '{status}', but another operation made that change, or may have made it"
            )
            : new(ChangeOutcome.Changed, $"it is '{status}', changed while the request was under way");
    }

    /// <summary>Whether a time of the service is before another; some of its times have whole seconds only.</summary>
    public static bool IsBefore(DateTimeOffset updated, DateTimeOffset from) =>
        (updated.Ticks % TimeSpan.TicksPerSecond == 0 ? updated.AddSeconds(1) : updated) <= from;

    /// <summary>After a start, an experiment may have the status rendering before it runs.</summary>
    public static bool Reaches(ExperimentStatus status, ExperimentStatus wanted) =>
        status == wanted || status.AfterRendering() == wanted;
}
