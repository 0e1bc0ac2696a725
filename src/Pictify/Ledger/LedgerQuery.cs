namespace Pictify.Ledger;

/// <summary>Which lines of a ledger. A line must match all the conditions that are set.</summary>
public sealed record LedgerQuery
{
    /// <summary>Every line.</summary>
    public static LedgerQuery All { get; } = new();

    /// <summary>Lines of this operation.</summary>
    public string? OperationId { get; init; }

    /// <summary>Lines of these experiments, by their uids; with an empty list, no line matches.</summary>
    public string[]? Uids { get; init; }

    /// <summary>Lines that were written then or later, by their machine's clock.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Lines that contain the end of a pause.</summary>
    public bool WithEnd { get; init; }

    /// <summary>Lines after this position, which an earlier reading returned.</summary>
    public long From { get; init; }

    /// <summary>Only the last 256 KB, for suggestions: the first operation among them may be incomplete.</summary>
    public bool Recent { get; init; }

    /// <summary>
    /// True if the reading is to fail at a line that a newer version of this module wrote: for callers that change something according to
    /// what they read, or show what is in force. Otherwise such a line is skipped.
    /// </summary>
    public bool RefuseNewer { get; init; }

    /// <summary>
    /// Called for each line that cannot be read, whether it would have matched or not; the reading continues after it. A line
    /// that was cut off and marked so by the next writer is not reported.
    /// </summary>
    public Action<LedgerProblem>? Skipped { get; init; }
}
