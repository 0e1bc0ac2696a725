using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>A pause of ours whose end has come, as the ledger tells it.</summary>
/// <param name="Uid">The experiment's uid.</param>
/// <param name="Entry">The change that paused it.</param>
/// <param name="Until">The end that holds for it.</param>
public sealed record DuePause(string Uid, LedgerEntry Entry, DateTimeOffset Until);

/// <summary>What became of a pause whose end had come.</summary>
public sealed record DueResult
{
    /// <summary>What resuming it came to; null where it is left alone.</summary>
    public ExperimentChange? Change { get; init; }

    /// <summary>Why it is left alone; null where it is not.</summary>
    public string? Note { get; init; }

    /// <summary>True where its end no longer holds, because the experiment was read as completed, archived, or changed by somebody else.</summary>
    public bool IsOver { get; init; }
}

/// <summary>What is to be done about a pause whose end has come, decided right before anything is sent.</summary>
internal sealed record DueDecision
{
    /// <summary>The paused experiment, which is to be resumed; null where it is left alone.</summary>
    public Experiment? Resume { get; init; }

    /// <summary>The experiment, where it runs already.</summary>
    public Experiment? Running { get; init; }

    /// <summary>Why it is left alone, or null.</summary>
    public string? Note { get; init; }

    /// <summary>True where its end no longer holds, because the experiment was read as completed, archived, or changed by somebody else.</summary>
    public bool IsOver { get; init; }

    /// <summary>Why that is not known; null where it is.</summary>
    public PictifyException? Error { get; init; }
}
