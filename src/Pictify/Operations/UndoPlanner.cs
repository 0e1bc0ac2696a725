using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// Works out the result of undoing operations for one experiment: they must be the last of its live changes, and the service must show
/// the status after the last one. The target is the status before the earliest of them.
/// </summary>
internal sealed class UndoPlanner
{
    private readonly ChangeStack _stack;
    private readonly Experiment _present;

    /// <summary>Which changes are live now, and which would be without the operations.</summary>
    private readonly bool[] _before;
    private readonly bool[] _after;

    /// <summary>When the pause in force would end without the operations.</summary>
    private readonly DateTimeOffset? _end;

    /// <summary>The places of the changes that are undone, of those that become live again, and of those of the operations.</summary>
    private readonly int[] _undone;
    private readonly int[] _reinstated;
    private readonly int[] _given;

    public UndoPlanner(ChangeStack stack, Experiment present, string[] operations)
    {
        _stack = stack;
        _present = present;
        int count = stack.Changes.Count;
        _before = [.. Enumerable.Range(0, count).Select(stack.IsLive)];
        (_after, _end) = stack.Without(
            operations,
            () => (Enumerable.Range(0, count).Select(stack.IsLive).ToArray(), stack.PauseInForce()?.End)
        );
        _undone = [.. Places(place => !stack.Changes[place].IsUndo && _before[place] && !_after[place])];
        _reinstated = [.. Places(place => !stack.Changes[place].IsUndo && !_before[place] && _after[place])];
        _given = [.. Places(place => operations.Contains(stack.Changes[place].OperationId))];
    }

    /// <summary>The last change of the operations.</summary>
    public LedgerEntry LastGiven => _stack.Changes[_given[_given.Length - 1]].Entry;

    private bool IsAnythingUndone => _undone.Length + _reinstated.Length > 0;

    /// <summary>The service shows the status that the last change left.</summary>
    private bool IsAsLeft =>
        _stack.LastStatus == ExperimentStatus.Unknown
        || _present.Status.AfterRendering() == _stack.LastStatus.AfterRendering();

    /// <summary>The plan with its target, or with the conflict that keeps the experiment as it is.</summary>
    public UndoPlan Complete(UndoPlan plan)
    {
        plan = plan with { Present = _present, ChangeCount = _stack.Changes.Count };
        int lowest = IsAnythingUndone ? _undone.Concat(Places(IsReinstatingUndo)).Min() : _given.Min();
        if ((GetOrderProblem(lowest) ?? GetOutcomeProblem(lowest)) is { } why)
        {
            return plan with { Conflict = why };
        }

        plan = plan with { Until = _present.Status == ExperimentStatus.Paused ? _end : null, Target = _present.Status };
        if (!IsAnythingUndone)
        {
            return IsAsLeft
                ? plan with
                {
                    IsRestored = true,
                }
                : plan with
                {
                    Conflict = $"it was undone already, and it is '{SafeText.Clean(_present.StatusText)}' again",
                };
        }

        if (_undone.Concat(_reinstated).All(place => _stack.Changes[place].Kind == ChangeKind.End))
        {
            return _present.Status == ExperimentStatus.Paused
                ? plan with
                {
                    IsEndOnly = true,
                }
                : plan with
                {
                    Conflict =
                        $"the operation changed the end of a pause, and it is '{SafeText.Clean(_present.StatusText)}' now",
                };
        }

        return WithTarget(plan);
    }

    /// <summary>The problem that another change that counts was made after those that are undone; null if there is none.</summary>
    private string? GetOrderProblem(int lowest)
    {
        int blocking = Places(place =>
                place > lowest
                && !_stack.Changes[place].IsUndo
                && (_before[place] || _after[place])
                && !_undone.Contains(place)
                && !_reinstated.Contains(place)
            )
            .DefaultIfEmpty(-1)
            .Last();
        if (blocking >= 0)
        {
            LedgerEntry other = _stack.Changes[blocking].Entry;
            return $"operation {other.OperationId} ({other.Command}) changed it after this one, or may have";
        }

        return _reinstated.Any(place => _undone.Any(other => other < place))
            ? "undoing these operations would put a change back into effect that was made after another change that they undo"
            : null;
    }

    /// <summary>The problem that the outcome of a change, from the earliest one on, is not known; null if there is none.</summary>
    private string? GetOutcomeProblem(int lowest)
    {
        // An undo that is open may hide one of the given operations, which is then not among those that are undone.
        int first = Math.Min(lowest, _given[0]);
        int unknown = Places(place => place >= first && _stack.Changes[place].Entry.Outcome == ChangeOutcome.Unknown)
            .DefaultIfEmpty(-1)
            .Last();
        return unknown >= 0 ? $"it is not known what operation {_stack.Changes[unknown].OperationId} did to it" : null;
    }

    private UndoPlan WithTarget(UndoPlan plan)
    {
        if (GetReversalProblem() is { } why)
        {
            return plan with { Conflict = why };
        }

        // A change of an end does not show the status: somebody else may have ended that pause before the next of these changes.
        ExperimentStatus target =
            _reinstated.Length > 0
                ? _stack.Changes[_reinstated.Max()].Entry.After.AfterRendering()
                : _stack
                    .Changes[_undone.Where(place => _stack.Changes[place].Kind != ChangeKind.End).Min()]
                    .Entry
                    .Before;
        if (target is not (ExperimentStatus.Running or ExperimentStatus.Paused))
        {
            return plan with { Conflict = "the ledger does not record its status before" };
        }

        plan = plan with { Target = target, Until = target == ExperimentStatus.Paused ? _end : null };
        if (ChangeRules.Reaches(_present.Status, target))
        {
            return plan;
        }

        if (!IsAsLeft)
        {
            return plan with
            {
                Conflict =
                    $"the operation left it '{ApiName.Of(_stack.LastStatus)}', and it is '{SafeText.Clean(_present.StatusText)}' now",
            };
        }

        return _present.Status == _stack.LastStatus && _stack.IsChangedSince(_present)
            ? plan with
            {
                Conflict = $"somebody else changed it since, at {_present.UpdatedAtMoment?.UtcDateTime:u}",
            }
            : plan;
    }

    private string? GetReversalProblem()
    {
        foreach (int place in _undone)
        {
            StackedChange change = _stack.Changes[place];
            if (change.Entry.Before == ExperimentStatus.Draft)
            {
                return "it was a draft before, and no API turns an experiment back into a draft";
            }

            if (change.Kind is not (ChangeKind.Pause or ChangeKind.Resume or ChangeKind.Start or ChangeKind.End))
            {
                return $"it was '{SafeText.Clean(change.Entry.BeforeText ?? "unknown")}' before, and no API changes it back to that status";
            }
        }

        return null;
    }

    /// <summary>Whether undoing this undo makes a change live again. It does not if that change is undone too; then later changes do not matter.</summary>
    private bool IsReinstatingUndo(int place) =>
        _before[place]
        && !_after[place]
        && _stack.Changes[place].Undoes.Any(id => _reinstated.Any(other => _stack.Changes[other].OperationId == id));

    private IEnumerable<int> Places(Func<int, bool> isWanted) =>
        Enumerable.Range(0, _stack.Changes.Count).Where(isWanted);
}
