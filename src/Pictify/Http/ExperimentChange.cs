namespace Pictify.Http;

/// <summary>What a change came to. What was refused or is not known is a value here, not an exception.</summary>
public sealed record ExperimentChange
{
    /// <summary>What became of it.</summary>
    public ChangeOutcome Outcome { get; init; }

    /// <summary>The experiment as it was seen afterwards; null once it is removed, and where it was not seen.</summary>
    public Experiment? Experiment { get; init; }

    /// <summary>The status that it left; null where it is not known.</summary>
    public ExperimentStatus? Before { get; init; }

    /// <summary>Why it failed, or is not known; null otherwise.</summary>
    public PictifyException? Error { get; init; }

    /// <summary>What else the ledger is to say of it.</summary>
    internal string? Detail { get; init; }

    /// <summary>True where it happened, by this call.</summary>
    public bool Changed => Outcome == ChangeOutcome.Changed;

    /// <summary>True where no answer told the outcome, and reading the experiment did.</summary>
    internal bool IsInferred { get; init; }

    /// <summary>When the first request was sent that may have been carried out without an answer, by this machine's clock.</summary>
    internal DateTimeOffset? SentFrom { get; init; }

    /// <summary>When the last such request ended, by this machine's clock.</summary>
    internal DateTimeOffset? SentTo { get; init; }

    /// <summary>Itself, where the experiment is as wanted; else its error is thrown.</summary>
    /// <exception cref="PictifyException">It failed, or its outcome is not known.</exception>
    public ExperimentChange EnsureDone() => Error is null ? this : throw Error;

    internal static ExperimentChange Unchanged(Experiment seen) =>
        new()
        {
            Outcome = ChangeOutcome.Unchanged,
            Experiment = seen,
            Before = seen.Status,
        };

    internal static ExperimentChange Failed(PictifyException error) =>
        new() { Outcome = ChangeOutcome.Failed, Error = error };
}
