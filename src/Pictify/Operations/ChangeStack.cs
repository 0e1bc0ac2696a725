using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>An experiment's changes, and which of them are live.</summary>
internal sealed class ChangeStack
{
    private readonly List<StackedChange> _changes = [];

    /// <summary>For each change, how many live undos take it back. A change with none is live.</summary>
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

    /// <summary>The status that the ledger's last change, or its last look, left; Unknown where it has none.</summary>
    public ExperimentStatus LastStatus { get; private set; }

    /// <summary>When the service last changed the experiment for one of these changes, where it said so.</summary>
    public DateTimeOffset? LastUpdatedAt { get; private set; }

    /// <summary>When the last change was over at the latest, where the service did not say when it made it.</summary>
    private DateTimeOffset? _lastOver;

    /// <summary>The place of the change that a look contradicts: what stands before it no longer holds.</summary>
    public int SupersededBefore { get; private set; }

    /// <summary>The last failed attempt to end the pause, where nothing was changed since.</summary>
    public LedgerEntry? LastFailure { get; private set; }

    /// <summary>Whether a key was seen to reach the experiment: one of another team has no say.</summary>
    public bool IsSeenWith(string? key) => key is not null && _keys.Contains(key);

    /// <summary>Whether the service shows a change that was made after the last one of these.</summary>
    public bool IsChangedSince(Experiment present) =>
        present.UpdatedAtMoment is { } updated && (LastUpdatedAt is { } left ? updated != left : updated > _lastOver);

    public bool IsLive(int place) => _undoCounts[place] == 0;

    /// <summary>Whether a change would be live if these operations were taken back; the stack is as before afterwards.</summary>
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

    /// <summary>The pause of ours that holds, with the end that holds for it; null where the last live change is no pause.</summary>
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
                // What may have ended the pause is tried again: that is safe.
                continue;
            }

            if (isOpen && !IsSeenWith(change.Entry.Key))
            {
                // Its key may be another team's, which has no say about a pause below it.
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
    /// A pause with an end that has come, of which it is not known whether it was made, though another one that is not known either
    /// hides it, or though it is an undo.
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

    /// <summary>Who made what the service shows as its last change, as far as the other changes of the ledger tell.</summary>
    /// <param name="own">The change that is asked for.</param>
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

            // Two changes may be made in the same second, where the service tells whole seconds only.
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
            // As long as it is not known to have happened, what it takes back is live.
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
    /// A pause that found a pause of ours and says another end for it is a change of the end. One that was settled later may have
    /// been another team's, which had no say: its key has to have been seen to reach the experiment.
    /// </summary>
    private bool IsEndOf(LedgerEntry entry, ChangeKind kind) =>
        kind is ChangeKind.Pause or ChangeKind.End
        && entry.Error is null
        && (entry.Kind != LedgerKind.Settled || IsSeenWith(entry.Key))
        && PauseInForce() is { } held
        && held.End != entry.UntilMoment
        && (entry.UpdatedAtMoment is null || LastUpdatedAt is null || entry.UpdatedAtMoment == LastUpdatedAt);

    /// <summary>Nothing was changed, but the experiment was seen: where that contradicts the stack, somebody else was there.</summary>
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

    /// <summary>Takes a change back once more, or once less; what an undo takes back follows it.</summary>
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
