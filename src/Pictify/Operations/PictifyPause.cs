namespace Pictify.Operations;

/// <summary>A paused experiment, and what the ledger records of its pause. Times are this machine's local time.</summary>
public sealed record PictifyPause
{
    /// <summary>
    /// A pause is overdue that long after its end: three runs of a schedule of every five minutes. Then probably nothing ends pauses.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    /// <summary>The experiment's uid.</summary>
    public string Uid { get; internal init; } = "";

    /// <summary>Its name.</summary>
    public string? Name { get; internal init; }

    /// <summary>Its slug.</summary>
    public string? Slug { get; internal init; }

    /// <summary>
    /// Since when. For a pause that is not ours: when the service last changed the experiment, by the pause or by an edit after it.
    /// </summary>
    public DateTime? Since { get; internal init; }

    /// <summary>The end that applies; null if there is none.</summary>
    public DateTime? Until { get; internal init; }

    /// <summary>True if the end was reached: 'Resume-PictifyExperiment -Due' is to end the pause.</summary>
    public bool IsDue { get; internal init; }

    /// <summary>True if the end was reached <see cref="Grace"/> ago or earlier, and nothing ended the pause.</summary>
    public bool IsOverdue { get; internal init; }

    /// <summary>True if the ledger records the pause, and nobody else changed the experiment since; null if that is not known.</summary>
    public bool? IsOurs { get; internal init; }

    /// <summary>Who paused it, by the name in the operating system; null if it is not ours.</summary>
    public string? User { get; internal init; }

    /// <summary>On which machine.</summary>
    public string? Host { get; internal init; }

    /// <summary>The command that paused it.</summary>
    public string? Command { get; internal init; }

    /// <summary>Why, in the words of the person who ran it.</summary>
    public string? Reason { get; internal init; }

    /// <summary>Where the pause is requested or explained.</summary>
    public string? Ticket { get; internal init; }

    /// <summary>The operation that paused it, for Undo-PictifyOperation.</summary>
    public string? OperationId { get; internal init; }

    /// <summary>Why it is not ours although the ledger records a pause of it, or why that is not known; else null.</summary>
    public string? Note { get; internal init; }

    /// <summary>The experiment as it was read.</summary>
    internal Experiment? Source { get; init; }

    /// <summary>Reads as the experiment does.</summary>
    public override string ToString() => Source?.ToString() ?? Uid;
}
