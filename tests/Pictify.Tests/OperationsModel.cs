namespace Pictify.Tests;

/// <summary>
/// What the rules demand of one experiment's history, from what was really done to it. It shares nothing with the library: one list
/// of changes in the order in which they were made, of which an undo takes some back while it is itself not taken back.
/// </summary>
internal sealed class ExperimentModel(string status)
{
    private readonly List<Change> _changes = [];

    /// <param name="By">The operation; null for somebody without our ledger.</param>
    /// <param name="Undoes">The operations that an undo takes back; null where it is none.</param>
    internal sealed record Change(int? By, int[]? Undoes, string Before, string After, DateTimeOffset? End);

    /// <summary>The last change that was not taken back; null where there is none.</summary>
    public Change? Top => Live(null) is { Length: > 0 } live ? live[^1] : null;

    /// <summary>The end in force: that of the last live change, where it is a pause of ours.</summary>
    public DateTimeOffset? End => EndOf(Top);

    /// <summary>What taking operations back restores: what the last change left that lives again, else what stood before the first of
    /// them; with the end that was in force then.</summary>
    public (string? Status, DateTimeOffset? End) Restored(int[] operations)
    {
        Change[] before = Live(null);
        Change[] after = Live(operations);
        if (after.Except(before).LastOrDefault() is { } revived)
        {
            return (revived.After, EndOf(revived));
        }

        int lowest = Array.FindIndex(before, change => !after.Contains(change));
        if (lowest < 0)
        {
            return (null, End);
        }

        // Another end is no change of the status, which somebody else may have changed right after it.
        Change first =
            before.Skip(lowest).FirstOrDefault(change => !after.Contains(change) && change.Before != change.After)
            ?? before[lowest];
        return (first.Before, EndOf(lowest == 0 ? null : before[lowest - 1]));
    }

    private static DateTimeOffset? EndOf(Change? change) =>
        change is { By: not null, After: "paused" } pause ? pause.End : null;

    public bool WasChangedByOther => _changes.Any(static change => change.By is null);

    public bool IsOtherLast => _changes.Count > 0 && _changes[^1].By is null;

    /// <summary>How many changes were made.</summary>
    public int Count => _changes.Count;

    /// <summary>Another end for the pause that stood on top when this many changes had been made.</summary>
    public void AddEnd(int place, int by, DateTimeOffset? end)
    {
        var earlier = new ExperimentModel(status);
        earlier._changes.AddRange(_changes.Take(place));
        if (earlier.Top is { By: not null, After: "paused" } pause && pause.End != end)
        {
            _changes.Insert(place, new Change(by, null, "paused", "paused", end));
        }
    }

    /// <summary>Adds a change; what the same operation did right before becomes one with it.</summary>
    public void Add(Change change)
    {
        bool isSame = _changes.Count > 0 && change.By is not null && _changes[^1].By == change.By;
        if (isSame)
        {
            change = change with { Before = _changes[^1].Before };
            _changes.RemoveAt(_changes.Count - 1);
        }

        _changes.Add(change);
    }

    /// <summary>Whether these operations can be taken back: what they change is all on top, and ours.</summary>
    public bool CanUndo(int[] operations)
    {
        Change[] before = Live(null);
        Change[] after = Live(operations);
        Change[] taken = [.. before.Except(after)];
        Change[] revived = [.. after.Except(before)];
        return (taken.Length == 0) != (revived.Length == 0)
            && (taken.Length > 0 ? before.TakeLast(taken.Length) : after.TakeLast(revived.Length)).SequenceEqual(
                taken.Concat(revived)
            )
            && taken.Concat(revived).All(static change => change.By is not null)
            && after.Zip(after.Skip(1)).All(static pair => pair.First.After == pair.Second.Before)
            && (after.Length == 0 || after[0].Before == status);
    }

    /// <summary>Whether taking these operations back changes nothing.</summary>
    public bool IsUndone(int[] operations) => Live(null).SequenceEqual(Live(operations));

    private Change[] Live(int[]? without)
    {
        var live = new bool[_changes.Count];
        for (int i = live.Length - 1; i >= 0; i--)
        {
            live[i] =
                !(_changes[i].By is { } by && without?.Contains(by) == true)
                && !Enumerable
                    .Range(i + 1, live.Length - i - 1)
                    .Any(later =>
                        live[later] && _changes[i].By is { } taken && _changes[later].Undoes?.Contains(taken) == true
                    );
        }

        return [.. _changes.Where((change, i) => live[i] && change.Undoes is null)];
    }
}
