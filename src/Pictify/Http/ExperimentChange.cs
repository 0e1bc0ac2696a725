namespace Pictify.Http;

/// <summary>The outcome of a change. A refusal and an unknown outcome are values here, not exceptions.</summary>
public sealed record ExperimentChange
{
    /// <summary>Whether it was made.</summary>
    public ChangeOutcome Outcome { get; init; }

    /// <summary>The experiment afterwards; null once it is removed, and if it was not read.</summary>
    public Experiment? Experiment { get; init; }

    /// <summary>The status before; null if it is not known.</summary>
    public ExperimentStatus? Before { get; init; }

    /// <summary>Why it failed, or why its outcome is not known; null otherwise.</summary>
    public PictifyException? Error { get; init; }

    /// <summary>Further details for the ledger.</summary>
    internal string? Detail { get; init; }

    /// <summary>True if this call made it.</summary>
    public bool Changed => Outcome == ChangeOutcome.Changed;

    /// <summary>True if no answer showed the outcome, but reading the experiment did.</summary>
    internal bool IsInferred { get; init; }

    /// <summary>When the first request was sent that may have been carried out without an answer, by this machine's clock.</summary>
    internal DateTimeOffset? SentFrom { get; init; }

    /// <summary>When the last such request ended, by this machine's clock.</summary>
    internal DateTimeOffset? SentTo { get; init; }

    /// <summary>Throws the error if there is one; else returns this outcome.</summary>
    /// <exception cref="PictifyException">It failed, or its outcome is not known.</exception>
    public ExperimentChange EnsureDone() => Error is null ? this : throw Error;

    internal static ExperimentChange Made(Experiment? experiment, ExperimentStatus? before) =>
        new()
        {
            Outcome = ChangeOutcome.Changed,
            Experiment = experiment,
            Before = before,
        };

    internal static ExperimentChange Unchanged(Experiment seen) =>
        new()
        {
            Outcome = ChangeOutcome.Unchanged,
            Experiment = seen,
            Before = seen.Status,
        };

    internal static ExperimentChange Failed(PictifyException error) =>
        new() { Outcome = ChangeOutcome.Failed, Error = error };

    /// <param name="kind">The request's intent.</param>
    /// <param name="error">Why no answer shows the outcome.</param>
    /// <param name="sends">The attempts.</param>
    /// <param name="seen">What reading showed, as the end of a sentence; null if nothing was read.</param>
    internal static ExperimentChange Unknown(RequestKind kind, PictifyException error, Sends sends, string? seen)
    {
        string message = error.OutcomeUnknown ? error.Message : $"{error.Message} {Transport.OpenOutcome}";
        return new ExperimentChange
        {
            Outcome = ChangeOutcome.Unknown,
            Error = error.AsUnknownOutcome(seen is null ? message : $"{message} Read afterwards: {seen}.", kind),
            SentFrom = sends.OpenFrom,
            SentTo = sends.OpenTo,
        };
    }
}
