namespace Pictify;

/// <summary>How long an experiment has run, as far as that is known.</summary>
internal sealed record RunTime
{
    /// <summary>Days from its start until now or its end, without <see cref="PausedDays"/>; null if no date is known.</summary>
    public double? Days { get; init; }

    /// <summary>Days of pauses that a ledger records, within that time.</summary>
    public double PausedDays { get; init; }

    /// <summary>Whether there was a ledger to read.</summary>
    public bool HasLedger { get; init; }

    /// <summary>When the variants, and with them perhaps their weights, were changed last after the start; null if not known.</summary>
    public DateTimeOffset? VariantsChangedAt { get; init; }
}
