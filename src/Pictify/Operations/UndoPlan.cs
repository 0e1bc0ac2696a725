using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>The result of undoing operations for one experiment.</summary>
public sealed record UndoPlan
{
    /// <summary>The experiment's uid.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The last of the entries that are undone; it names the experiment.</summary>
    public LedgerEntry Entry { get; init; } = new();

    /// <summary>The operations, of those that were given, that concern this experiment.</summary>
    public string[] OperationIds { get; init; } = [];

    /// <summary>The experiment as it is; null if it was not read.</summary>
    public Experiment? Present { get; init; }

    /// <summary>The status to restore.</summary>
    public ExperimentStatus Target { get; init; }

    /// <summary>The end that the restored pause has; null if it has none, and if nothing is paused.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>True if the experiment is already as it was before, and nothing is to be sent or recorded.</summary>
    public bool IsRestored { get; init; }

    /// <summary>True if only the end of the pause changes, which only the ledger records.</summary>
    public bool IsEndOnly { get; init; }

    /// <summary>True if nothing is to be sent, because the experiment already has the status to restore.</summary>
    internal bool NeedsNoRequest =>
        IsRestored || (!IsEndOnly && Present is not null && ChangeRules.Reaches(Present.Status, Target));

    /// <summary>How many changes of the experiment the ledger had when this was planned.</summary>
    internal int ChangeCount { get; init; }

    /// <summary>Why the experiment is not changed; null if it is.</summary>
    public string? Conflict { get; init; }

    /// <summary>What restoring it does, for a prompt.</summary>
    public string Action =>
        !IsEndOnly ? $"Restore '{ApiName.Of(Target)}'"
        : Until is { } end
            ? FormattableString.Invariant($"Restore the end {end.LocalDateTime:yyyy-MM-dd HH:mm} of the pause")
        : "Restore the pause without an end";
}
