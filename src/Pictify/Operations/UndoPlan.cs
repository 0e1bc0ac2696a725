using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>What taking operations back comes to for one experiment.</summary>
public sealed record UndoPlan
{
    /// <summary>The experiment's uid.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The last of the entries that are taken back: names the experiment.</summary>
    public LedgerEntry Entry { get; init; } = new();

    /// <summary>The operations, of those that were given, that concern this experiment.</summary>
    public string[] OperationIds { get; init; } = [];

    /// <summary>The experiment as it is; null where it was not read.</summary>
    public Experiment? Present { get; init; }

    /// <summary>The status to restore.</summary>
    public ExperimentStatus Target { get; init; }

    /// <summary>The end that the restored pause has; null where it has none, and where nothing is paused.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>True where the experiment is as it was before already, and nothing is to be sent or recorded.</summary>
    public bool IsRestored { get; init; }

    /// <summary>True where only the end of the pause changes, which the ledger alone knows.</summary>
    public bool IsEndOnly { get; init; }

    /// <summary>True where nothing is to be sent, because the experiment shows what is to be restored.</summary>
    internal bool NeedsNoRequest =>
        IsRestored || (!IsEndOnly && Present is not null && ChangeRules.Reaches(Present.Status, Target));

    /// <summary>How many changes of the experiment the ledger had when this was planned.</summary>
    internal int ChangeCount { get; init; }

    /// <summary>Why the experiment is left alone; null where it is not.</summary>
    public string? Conflict { get; init; }

    /// <summary>What restoring it does, for a prompt.</summary>
    public string Action =>
        !IsEndOnly ? $"Restore '{ApiName.Of(Target)}'"
        : Until is { } end ? $"Restore the end {end.LocalDateTime:g} of the pause"
        : "Restore the pause without an end";
}
