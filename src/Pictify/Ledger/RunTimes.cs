namespace Pictify.Ledger;

/// <summary>
/// When experiments started, paused and resumed, as a ledger records it; changes that were not recorded are not included. Built from the
/// lines of one reading; it keeps a few words for each start, pause and resume.
/// </summary>
internal sealed class RunTimes
{
    private readonly Dictionary<string, List<TimedChange>> _changes = new(StringComparer.Ordinal);

    /// <param name="lines">The ledger's lines, in the order of writing.</param>
    /// <param name="isHere">Whether a line is about the place whose experiments are meant.</param>
    public RunTimes(IEnumerable<LedgerEntry> lines, Func<LedgerEntry, bool> isHere)
    {
        // A settled line is written later than the change that it is about.
        var intents = new Dictionary<(string, int), DateTimeOffset>();
        foreach (LedgerEntry line in lines)
        {
            if (line is not { Uid: { } uid, OperationId: { } id, Number: { } number } || !isHere(line))
            {
                continue;
            }

            if (line.Kind == LedgerKind.Intent)
            {
                intents[(id, number)] = line.Moment;
                continue;
            }

            DateTimeOffset at =
                line.Kind == LedgerKind.Settled && intents.TryGetValue((id, number), out DateTimeOffset tried)
                    ? tried
                    : line.Moment;
            if (line.Outcome != ChangeOutcome.Unknown)
            {
                intents.Remove((id, number));
            }

            if (line.Outcome == ChangeOutcome.Changed && KindOf(line) is { } kind)
            {
                if (!_changes.TryGetValue(uid, out List<TimedChange>? changes))
                {
                    _changes.Add(uid, changes = []);
                }

                changes.Add(new TimedChange(at, kind));
            }
        }
    }

    private enum Kind
    {
        Started,
        Paused,
        Resumed,
        VariantsChanged,
    }

    /// <summary>How long an experiment has run; since it was created, if the ledger has no start of it.</summary>
    public RunTime Of(Experiment experiment, DateTimeOffset now)
    {
        List<TimedChange> changes = _changes.TryGetValue(experiment.Uid, out List<TimedChange>? recorded)
            ? [.. recorded.OrderBy(static change => change.At)]
            : [];
        TimedChange? started = changes.Find(static change => change.Kind == Kind.Started);
        DateTimeOffset? from = started?.At ?? experiment.StartAtMoment ?? experiment.CreatedAtMoment;
        TimedChange? changed = changes.FindLast(static change => change.Kind == Kind.VariantsChanged);
        var time = new RunTime
        {
            HasLedger = true,
            VariantsChangedAt = started is not null && changed?.At > started.At ? changed.At : null,
        };
        return from is { } start ? Add(time, experiment, changes, start, End(experiment, changes, now)) : time;
    }

    /// <summary>The same without a ledger.</summary>
    public static RunTime Without(Experiment experiment, DateTimeOffset now) =>
        (experiment.StartAtMoment ?? experiment.CreatedAtMoment) is { } from
            ? Add(new RunTime(), experiment, [], from, End(experiment, [], now))
            : new RunTime();

    private static RunTime Add(
        RunTime time,
        Experiment experiment,
        List<TimedChange> changes,
        DateTimeOffset from,
        DateTimeOffset to
    )
    {
        TimeSpan paused = TimeSpan.Zero;
        DateTimeOffset? since = null;
        foreach (TimedChange change in changes)
        {
            DateTimeOffset at = change.At < from ? from : change.At;
            if (change.Kind == Kind.Paused)
            {
                since ??= at;
            }
            else if (change.Kind == Kind.Resumed && since is { } began)
            {
                paused += at - began;
                since = null;
            }
        }

        // If it runs although its last recorded change is a pause, somebody else resumed it, at its last change at the latest.
        DateTimeOffset? end = experiment.Status == ExperimentStatus.Running ? experiment.UpdatedAtMoment : to;
        if (since is { } pausedAt && pausedAt < end && pausedAt < to)
        {
            paused += (end < to ? end.Value : to) - pausedAt;
        }

        TimeSpan run = to - from - paused;
        return time with { Days = run > TimeSpan.Zero ? run.TotalDays : 0, PausedDays = paused.TotalDays };
    }

    /// <summary>
    /// Now, for one that runs. One that was completed, or paused without a record in the ledger, ended at its last change at the latest; a
    /// draft has not begun.
    /// </summary>
    private static DateTimeOffset End(Experiment experiment, List<TimedChange> changes, DateTimeOffset now)
    {
        bool isPauseKnown =
            changes.Count > 0 && changes.FindLast(static t => t.Kind != Kind.VariantsChanged)?.Kind == Kind.Paused;
        DateTimeOffset? end = experiment.Status switch
        {
            ExperimentStatus.Completed => experiment.WinnerDeclaredAtMoment ?? experiment.UpdatedAtMoment,
            ExperimentStatus.Paused when !isPauseKnown => experiment.UpdatedAtMoment,
            ExperimentStatus.Draft => DateTimeOffset.MinValue,
            _ => null,
        };
        return end < now ? end.Value : now;
    }

    private static Kind? KindOf(LedgerEntry line) =>
        // A change of fields contains the status too, and does not change it. Its detail contains the fields.
        line.KindOfChange == ChangeKind.Edit
            ? line.Detail?.Split(',').Contains("variants") == true
                ? Kind.VariantsChanged
                : null
            : line.After.AfterRendering() switch
            {
                ExperimentStatus.Paused => Kind.Paused,
                ExperimentStatus.Running => line.Before == ExperimentStatus.Draft ? Kind.Started : Kind.Resumed,
                _ => null,
            };

    private sealed record TimedChange(DateTimeOffset At, Kind Kind);
}
