using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>An experiment's changes, and which of them are live. A change is live if no live undo undoes it.</summary>
internal sealed class ChangeStack
{
    private readonly List<StackedChange> _changes = [];

    /// <summary>For each change, how many live undos undo it.</summary>
    private readonly List<int> _undoCounts = [];
    private readonly Dictionary<string, List<int>> _byOperation = new(StringComparer.Ordinal);
    private readonly SortedSet<int> _live = [];

    /// <summary>The keys that were seen to reach the experiment.</summary>
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);

    public ChangeStack(IEnumerable<HistoryLine> lines)
    {
        foreach (HistoryLine line in lines)
        {
            Push(line);
        }
    }

    /// <summary>The changes in ledger order.</summary>
    public IReadOnlyList<StackedChange> Changes => _changes;

    /// <summary>The status after the ledger's last change, or at its last read of the experiment; Unknown if it has neither.</summary>
    public ExperimentStatus LastStatus { get; private set; }

    /// <summary>When the service last changed the experiment for one of these changes, if its answer contained that time.</summary>
    public DateTimeOffset? LastUpdatedAt { get; private set; }

    /// <summary>The latest time at which the last change was over; used when the service's answer has no time for it.</summary>
    private DateTimeOffset? _lastOver;

    /// <summary>The place of the change that a later read of the experiment contradicts; the changes before it no longer apply.</summary>
    public int SupersededBefore { get; private set; }

    /// <summary>The last failed attempt to end the pause; null if something was changed since.</summary>
    public LedgerEntry? LastFailure { get; private set; }

    /// <summary>Whether a key was seen to reach the experiment: a key of another team cannot change it.</summary>
    public bool IsSeenWith(string? key) => key is not null && _keys.Contains(key);

    /// <summary>Whether the service shows a change that was made after the last one of these.</summary>
    public bool IsChangedSince(Experiment present) =>
        present.UpdatedAtMoment is { } updated && (LastUpdatedAt is { } left ? updated != left : updated > _lastOver);

    public bool IsLive(int place) => _undoCounts[place] == 0;

    /// <summary>Reads the stack as it would be if these operations were undone; afterwards the stack is as before.</summary>
    public T Without<T>(IReadOnlyCollection<string> operations, Func<T> read)
    {
        int[] places = [.. operations.Where(_byOperation.ContainsKey).SelectMany(id => _byOperation[id])];
        foreach (int place in places)
        {
            CountUndo(place, 1);
        }

        try
        {
            return read();
        }
        finally
        {
            foreach (int place in places)
            {
                CountUndo(place, -1);
            }
        }
    }

    /// <summary>The recorded pause that is in effect, with the end that applies to it; null if the last live change is not a pause.</summary>
    public (StackedChange Pause, DateTimeOffset? End)? PauseInForce()
    {
        int top = -1;
        (StackedChange, DateTimeOffset?)? unseen = null;
        foreach (int place in _live.Reverse().TakeWhile(place => place >= SupersededBefore))
        {
            StackedChange change = _changes[place];
            bool isOpen = change.Entry.Outcome == ChangeOutcome.Unknown;
            if (isOpen && change.Kind != ChangeKind.Pause)
            {
                // A change that may have ended the pause is tried again, which is safe.
                continue;
            }

            if (isOpen && !IsSeenWith(change.Entry.Key))
            {
                // Its key may be another team's, which cannot have changed an earlier pause.
                unseen ??= (change, change.Entry.UntilMoment);
                continue;
            }

            top = Math.Max(top, place);
            if (change.Kind != ChangeKind.End)
            {
                return change.Kind == ChangeKind.Pause ? (change, _changes[top].Entry.UntilMoment) : unseen;
            }
        }

        return unseen;
    }

    /// <summary>
    /// The last live pause that is due and of which it is not known whether it was made. It is found even if a later change with an
    /// unknown outcome hides it, and even if it is itself an undo.
    /// </summary>
    public StackedChange? OpenPause(DateTimeOffset now) =>
        Enumerable
            .Range(SupersededBefore, _changes.Count - SupersededBefore)
            .Reverse()
            .Where(place => IsLive(place))
            .Select(place => _changes[place])
            .FirstOrDefault(change =>
                change is { Kind: ChangeKind.Pause, Entry.Outcome: ChangeOutcome.Unknown }
                && change.Entry.UntilMoment <= now
            );

    /// <summary>Who made the last change that the service shows, as far as the other changes in the ledger show it.</summary>
    /// <param name="own">The change in question.</param>
    /// <param name="seen">The experiment as the service shows it.</param>
    public LastChange WhoMade(LedgerEntry own, Experiment? seen)
    {
        if (seen?.UpdatedAtMoment is not { } updated)
        {
            return LastChange.Unclaimed;
        }

        StackedChange[] others = [.. _changes.Where(change => !IsSame(change.Entry, own))];
        int began = _changes.Find(change => IsSame(change.Entry, own))?.Line.Began ?? int.MaxValue;
        foreach (
            StackedChange maker in others.Where(change =>
                change.Entry.Outcome == ChangeOutcome.Changed && change.Entry.UpdatedAtMoment == updated
            )
        )
        {
            if (maker.Line.Began > began)
            {
                return LastChange.Later;
            }

            // Two changes may be made in the same second, and some services give times in whole seconds only.
            bool isExact = updated.Ticks % TimeSpan.TicksPerSecond != 0;
            bool isAnswered = maker.Entry.Kind == LedgerKind.Outcome && maker.Line.Ended < began;
            if (isExact && isAnswered && ChangeRules.Reaches(seen.Status, maker.Entry.After))
            {
                return LastChange.Earlier;
            }
        }

        return others.Any(change => ChangeRules.Reaches(change.Entry.After, own.After) && Claims(change.Entry, updated))
            ? LastChange.Claimed
            : LastChange.Unclaimed;
    }

    private static bool IsSame(LedgerEntry one, LedgerEntry other) =>
        (one.OperationId, one.Number) == (other.OperationId, other.Number);

    private static bool Claims(LedgerEntry entry, DateTimeOffset updated)
    {
        if (entry.Outcome == ChangeOutcome.Changed && entry.UpdatedAtMoment is { } own)
        {
            return own == updated;
        }

        SendWindow window = ExperimentHistory.Window(entry);
        return !ChangeRules.IsBefore(updated, window.From) && updated <= window.To;
    }

    private void Push(HistoryLine line)
    {
        LedgerEntry entry = line.Entry;
        ChangeKind kind = entry.KindOfChange;
        bool isUndo = entry.Undoes is not null;
        bool isAnswered =
            entry is { Kind: LedgerKind.Outcome, Outcome: ChangeOutcome.Changed or ChangeOutcome.Unchanged };
        if (isAnswered && entry.Key is { } key)
        {
            _ = _keys.Add(key);
        }

        switch (entry.Outcome)
        {
            case ChangeOutcome.Failed:
                LastFailure = entry;
                return;
            case ChangeOutcome.Unchanged when !isUndo:
                if (!IsEndOf(entry, kind))
                {
                    NoteSeen(entry);
                    return;
                }

                kind = ChangeKind.End;
                break;
        }

        LastFailure = null;
        var change = new StackedChange(line, kind);
        int place = Add(change);
        if (!isUndo)
        {
            _live.Add(place);
        }
        else if (entry.Outcome != ChangeOutcome.Unknown)
        {
            // Until it is known that the undo was made, the changes that it undoes stay live.
            foreach (int target in Targets(change, place))
            {
                CountUndo(target, 1);
            }
        }

        if (entry.Outcome != ChangeOutcome.Unknown && entry.After != ExperimentStatus.Unknown)
        {
            LastStatus = entry.After;
        }

        if (entry.Outcome == ChangeOutcome.Changed)
        {
            LastUpdatedAt = entry.UpdatedAtMoment;
            _lastOver = ExperimentHistory.Window(entry).To;
        }
    }

    private int Add(StackedChange change)
    {
        int place = _changes.Count;
        _changes.Add(change);
        _undoCounts.Add(0);
        if (!_byOperation.TryGetValue(change.OperationId, out List<int>? ofOperation))
        {
            _byOperation.Add(change.OperationId, ofOperation = []);
        }

        ofOperation.Add(place);
        return place;
    }

    /// <summary>
    /// A pause of an experiment that a recorded pause already paused, with another end, is a change of the end. One that was settled
    /// later may have been another team's, which could not have changed it: its key must have been seen to reach the experiment.
    /// </summary>
    private bool IsEndOf(LedgerEntry entry, ChangeKind kind) =>
        kind is ChangeKind.Pause or ChangeKind.End
        && entry.Error is null
        && (entry.Kind != LedgerKind.Settled || IsSeenWith(entry.Key))
        && PauseInForce() is { } held
        && held.End != entry.UntilMoment
        && (entry.UpdatedAtMoment is null || LastUpdatedAt is null || entry.UpdatedAtMoment == LastUpdatedAt);

    /// <summary>Nothing was changed, but the experiment was read: if that contradicts the stack, somebody else changed it.</summary>
    private void NoteSeen(LedgerEntry entry)
    {
        bool isOther =
            entry.After != LastStatus
            || entry.Error is not null
            || (entry.UpdatedAtMoment is { } seen && LastUpdatedAt is { } left && seen != left);
        if (entry.After != ExperimentStatus.Unknown && isOther)
        {
            SupersededBefore = _changes.Count;
            LastStatus = entry.After;
        }
    }

    private IEnumerable<int> Targets(StackedChange undo, int place) =>
        undo.Undoes.Where(_byOperation.ContainsKey).SelectMany(id => _byOperation[id]).Where(target => target < place);

    /// <summary>Counts one undo more, or one less, for a change; if that changes whether an undo is live, the changes that it undoes are counted again.</summary>
    private void CountUndo(int place, int by)
    {
        bool wasLive = IsLive(place);
        _undoCounts[place] += by;
        if (IsLive(place) == wasLive)
        {
            return;
        }

        if (_changes[place] is { IsUndo: true, Entry.Outcome: ChangeOutcome.Unknown })
        {
            return;
        }

        if (!_changes[place].IsUndo)
        {
            _ = wasLive ? _live.Remove(place) : _live.Add(place);
            return;
        }

        foreach (int target in Targets(_changes[place], place))
        {
            CountUndo(target, wasLive ? -1 : 1);
        }
    }
}
