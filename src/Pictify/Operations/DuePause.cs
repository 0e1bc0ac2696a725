using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>A recorded pause that is due, from the ledger.</summary>
/// <param name="Uid">The experiment's uid.</param>
/// <param name="Entry">The change that paused it.</param>
/// <param name="Until">The end that applies to it.</param>
public sealed record DuePause(string Uid, LedgerEntry Entry, DateTimeOffset Until);

/// <summary>What was done about a pause that was due.</summary>
public sealed record DueResult
{
    /// <summary>The result of resuming it; null if it is not changed.</summary>
    public ExperimentChange? Change { get; init; }

    /// <summary>Why it is not changed; null if it is.</summary>
    public string? Note { get; init; }

    /// <summary>True if its recorded end no longer applies: the experiment was read as completed, archived, or changed by somebody else.</summary>
    public bool IsOver { get; init; }
}

/// <summary>What is to be done about a pause that is due, decided right before anything is sent.</summary>
internal sealed record DueDecision
{
    /// <summary>The paused experiment, which is to be resumed; null if it is not changed.</summary>
    public Experiment? Resume { get; init; }

    /// <summary>The experiment, if it already runs.</summary>
    public Experiment? Running { get; init; }

    /// <summary>Why it is not changed, or null.</summary>
    public string? Note { get; init; }

    /// <summary>True if its recorded end no longer applies: the experiment was read as completed, archived, or changed by somebody else.</summary>
    public bool IsOver { get; init; }

    /// <summary>Why it is not known what to do; null if it is known.</summary>
    public PictifyException? Error { get; init; }
}
