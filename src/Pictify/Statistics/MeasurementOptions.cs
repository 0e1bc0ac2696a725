namespace Pictify.Statistics;

/// <summary>The options of a measurement. A value that is null is taken from the experiment.</summary>
internal sealed record MeasurementOptions
{
    /// <summary>The id of the variant that the others are compared with.</summary>
    public string? Control { get; init; }

    /// <summary>The confidence that all of an experiment's intervals contain the true values at all looks; above 0 and below 1.</summary>
    public double? Confidence { get; init; }

    /// <summary>The impressions of each variant that any verdict but harm requires.</summary>
    public long? MinimumImpressions { get; init; }

    /// <summary>The days that any verdict but harm requires.</summary>
    public double? MinimumRunDays { get; init; }

    /// <summary>How much worse than the control, relative to it, counts as harm.</summary>
    public double HarmMargin { get; init; }

    /// <summary>The lift up to which two variants count as equal.</summary>
    public double NegligibleLift { get; init; } = 0.01;

    /// <summary>How many impressions count as one; 1 or more.</summary>
    public double DesignEffect { get; init; } = 1;

    /// <summary>How long it has run.</summary>
    public RunTime RunTime { get; init; } = new();
}

/// <summary>An experiment whose numbers cannot be measured at all.</summary>
internal sealed class MeasurementException(IReadOnlyList<FieldError> problems) : Exception(string.Join("; ", problems))
{
    /// <summary>The code of the problem that the control is none of the variants.</summary>
    public const string NoSuchControl = "no_such_control";

    /// <summary>Everything that is wrong with it.</summary>
    public IReadOnlyList<FieldError> Problems => problems;
}
