namespace Pictify.Ledger;

/// <summary>Which lines of a ledger. What is given has to hold all at once.</summary>
public sealed record LedgerQuery
{
    /// <summary>Every line.</summary>
    public static LedgerQuery All { get; } = new();

    /// <summary>Lines of this operation.</summary>
    public string? OperationId { get; init; }

    /// <summary>Lines of these experiments, by their uids; with none in it, no line matches.</summary>
    public string[]? Uids { get; init; }

    /// <summary>Lines that were written then or later, by their machine's clock.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Lines that say when a pause is to end.</summary>
    public bool WithEnd { get; init; }

    /// <summary>Lines behind this position, which an earlier reading returned.</summary>
    public long From { get; init; }

    /// <summary>Only the last 256 KB, for suggestions: the first operation among them may be incomplete.</summary>
    public bool Recent { get; init; }

    /// <summary>
    /// Called for each line that cannot be read, whether it would have matched or not; the reading goes on behind it. A line
    /// that was cut off and marked so by the next writer is none.
    /// </summary>
    public Action<LedgerProblem>? Skipped { get; init; }
}
