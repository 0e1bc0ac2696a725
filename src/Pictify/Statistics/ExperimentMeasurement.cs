namespace Pictify.Statistics;

/// <summary>The verdict on an experiment, or on one of its variants. The first that applies, in this order.</summary>
public enum MeasurementVerdict : long
{
    /// <summary>Nothing can be compared: visitors are not drawn by weight, or there is only one variant.</summary>
    NotApplicable,

    /// <summary>The counters contradict themselves or the weights.</summary>
    DataProblem,

    /// <summary>A variant is worse than the control by more than the harm margin. No minimum is required for this.</summary>
    Harmful,

    /// <summary>The minimum of impressions or of days is not reached.</summary>
    TooFewData,

    /// <summary>A variant is better than the control.</summary>
    Winning,

    /// <summary>No variant differs from the control by more than a negligible lift.</summary>
    NoDifference,

    /// <summary>None of these is certain yet.</summary>
    Undecided,
}

/// <summary>
/// The result of measuring an experiment's counters. Rates and lifts are fractions: a <see cref="ClickRate"/> of 0.05 is 5 %. Missing values
/// are null.
/// </summary>
public sealed record ExperimentMeasurement
{
    /// <summary>The experiment's identifier.</summary>
    public string Uid { get; internal init; } = "";

    /// <summary>Its display name.</summary>
    public string? Name { get; internal init; }

    /// <summary>Its status when it was read.</summary>
    public ExperimentStatus Status { get; internal init; }

    /// <summary>Its kind.</summary>
    public ExperimentType Type { get; internal init; }

    /// <summary>Over all variants.</summary>
    public long Impressions { get; internal init; }

    /// <summary>Over all variants.</summary>
    public long Clicks { get; internal init; }

    /// <summary>Clicks per impression; null without impressions.</summary>
    public double? ClickRate { get; internal init; }

    /// <summary>The variant that the others are compared with.</summary>
    public string? ControlId { get; internal init; }

    /// <summary>
    /// The variant that is most probably the best, the winning one if the verdict is Winning; null if the numbers cannot be
    /// trusted or there are none.
    /// </summary>
    public string? LeaderId { get; internal init; }

    /// <summary>The verdict on the experiment.</summary>
    public MeasurementVerdict Verdict { get; internal init; }

    /// <summary>The verdict with its numbers, and the advice, in one sentence.</summary>
    public string Advice { get; internal init; } = "";

    /// <summary>χ² of equal click rates over all variants, for one look; no decision depends on it.</summary>
    public double? ChiSquare { get; internal init; }

    /// <summary>Of χ²: one less than variants.</summary>
    public int? DegreesOfFreedom { get; internal init; }

    /// <summary>Of χ², for one look.</summary>
    public double? PValue { get; internal init; }

    /// <summary>Whether impressions are split according to the weights.</summary>
    public SampleRatio SampleRatio { get; internal init; } = new(SampleRatioVerdict.NotApplicable, null, null, null);

    /// <summary>
    /// Impressions that a test at one look still needs to find the present difference with 80 % power: a lower bound for a test that
    /// is valid at every look. Null if the verdict does not wait for them, or there is no difference.
    /// </summary>
    public long? ImpressionsToGo { get; internal init; }

    /// <summary>Days it has run, without the pauses that the ledger records; null if no date is known.</summary>
    public double? RunDays { get; internal init; }

    /// <summary>The confidence that all intervals contain the true values at all looks.</summary>
    public double Confidence { get; internal init; }

    /// <summary>The variants, in the experiment's order.</summary>
    public ReadableList<VariantMeasurement> Variants { get; internal init; } = [];

    /// <summary>The experiment that was measured.</summary>
    internal Experiment? Source { get; init; }

    /// <summary>Reads as <c>Hero Summer Sale (exp_1): Winning</c>.</summary>
    public override string ToString() =>
        $"{SafeText.Clean(string.IsNullOrEmpty(Name) ? Uid : $"{Name} ({Uid})")}: {Verdict}".TrimStart(':', ' ');
}

/// <summary>The result of measuring one variant's counters.</summary>
public sealed record VariantMeasurement : IListed
{
    /// <summary>The variant's id.</summary>
    public string Id { get; internal init; } = "";

    /// <summary>Its display name.</summary>
    public string? Name { get; internal init; }

    /// <summary>Its share of the traffic, in basis points.</summary>
    public int? Weight { get; internal init; }

    /// <summary>True for the one that the others are compared with.</summary>
    public bool IsControl { get; internal init; }

    /// <summary>As counted; a design effect does not change it.</summary>
    public long? Impressions { get; internal init; }

    /// <summary>As counted; a design effect does not change it.</summary>
    public long? Clicks { get; internal init; }

    /// <summary>Clicks per impression; null without impressions.</summary>
    public double? ClickRate { get; internal init; }

    /// <summary>The lower end of the rate's interval (Wilson), for one look.</summary>
    public double? ClickRateLow { get; internal init; }

    /// <summary>The upper end of the rate's interval (Wilson), for one look.</summary>
    public double? ClickRateHigh { get; internal init; }

    /// <summary>How much higher its rate is than the control's, relative to the control's; null for the control itself.</summary>
    public double? Lift { get; internal init; }

    /// <summary>The lower end of the lift's interval, which is valid at every look.</summary>
    public double? LiftLow { get; internal init; }

    /// <summary>The upper end of the lift's interval; infinite if the control has no clicks.</summary>
    public double? LiftHigh { get; internal init; }

    /// <summary>The p-value against equal rates, adjusted for the number of variants; it is valid at every look.</summary>
    public double? AlwaysValidPValue { get; internal init; }

    /// <summary>The probability that its rate is the highest, for one look.</summary>
    public double? ProbabilityBest { get; internal init; }

    /// <summary>How much click rate is lost on average by taking it although another may be better, for one look.</summary>
    public double? ExpectedLoss { get; internal init; }

    /// <summary>The verdict on the variant, compared with the control; null for the control itself.</summary>
    public MeasurementVerdict? Verdict { get; internal init; }

    /// <summary>The id.</summary>
    public override string ToString() => Id;

    /// <summary>Reads as <c>blue Winning</c>; the control by its id.</summary>
    string IListed.InList => Verdict is { } verdict ? $"{Id} {verdict}" : Id;
}
