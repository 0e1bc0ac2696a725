namespace Pictify.Operations;

/// <summary>A paused experiment, and what the ledger knows of its pause. Times are this machine's local time.</summary>
public sealed record PictifyPause
{
    /// <summary>
    /// A pause is overdue that long after its end: three runs of a schedule of every five minutes. Then nothing seems to end pauses.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    /// <summary>The experiment's uid.</summary>
    public string Uid { get; internal init; } = "";

    /// <summary>Its name.</summary>
    public string? Name { get; internal init; }

    /// <summary>Its slug.</summary>
    public string? Slug { get; internal init; }

    /// <summary>
    /// Since when. Of a pause that is not ours: when the service last changed the experiment, which is the pause or an edit after it.
    /// </summary>
    public DateTime? Since { get; internal init; }

    /// <summary>The end that holds; null where there is none.</summary>
    public DateTime? Until { get; internal init; }

    /// <summary>True where the end has come: 'Resume-PictifyExperiment -Due' is to end it.</summary>
    public bool IsDue { get; internal init; }

    /// <summary>True where the end came <see cref="Grace"/> ago or earlier, and nothing ended the pause.</summary>
    public bool IsOverdue { get; internal init; }

    /// <summary>True where the ledger has the pause, and nobody else changed the experiment since; null where that is not known.</summary>
    public bool? IsOurs { get; internal init; }

    /// <summary>Who paused it, as the operating system calls them; null where it is not ours.</summary>
    public string? User { get; internal init; }

    /// <summary>On which machine.</summary>
    public string? Host { get; internal init; }

    /// <summary>The command that paused it.</summary>
    public string? Command { get; internal init; }

    /// <summary>Why, as the person who ran it said.</summary>
    public string? Reason { get; internal init; }

    /// <summary>Where it is asked for or explained.</summary>
    public string? Ticket { get; internal init; }

    /// <summary>The operation that paused it, for Undo-PictifyOperation.</summary>
    public string? OperationId { get; internal init; }

    /// <summary>Why it is not ours although the ledger has a pause of it, or why that is not known; else null.</summary>
    public string? Note { get; internal init; }

    /// <summary>The experiment as it was read.</summary>
    internal Experiment? Source { get; init; }

    /// <summary>Reads as the experiment does.</summary>
    public override string ToString() => Source?.ToString() ?? Uid;
}
