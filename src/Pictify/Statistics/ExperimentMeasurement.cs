namespace Pictify.Statistics;

/// <summary>What the numbers say of an experiment, or of one of its variants. The first that fits, in this order.</summary>
public enum MeasurementVerdict : long
{
    /// <summary>Nothing can be compared: visitors are not drawn by weight, or there is only one variant.</summary>
    NotApplicable,

    /// <summary>The counters contradict themselves or the weights.</summary>
    DataProblem,

    /// <summary>A variant is worse than the control by more than the harm margin. No minimum is awaited.</summary>
    Harmful,

    /// <summary>The minimum of impressions or of days is not reached.</summary>
    TooFewData,

    /// <summary>A variant is better than the control.</summary>
    Winning,

    /// <summary>No variant differs from the control by more than a negligible lift.</summary>
    NoDifference,

    /// <summary>Nothing of this is certain yet.</summary>
    Undecided,
}

/// <summary>
/// What an experiment's counters say. Rates and lifts are fractions: a <see cref="ClickRate"/> of 0.05 is 5 %. What there is
/// not is null.
/// </summary>
public sealed record ExperimentMeasurement
{
    /// <summary>The experiment's identifier.</summary>
    public string Uid { get; internal init; } = "";

    /// <summary>Its display name.</summary>
    public string? Name { get; internal init; }

    /// <summary>Where it was in its life when it was read.</summary>
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

    /// <summary>What it comes to.</summary>
    public MeasurementVerdict Verdict { get; internal init; }

    /// <summary>The verdict with its numbers, and what to do: one sentence.</summary>
    public string Advice { get; internal init; } = "";

    /// <summary>χ² of equal click rates over all variants, for one look; never the decision.</summary>
    public double? ChiSquare { get; internal init; }

    /// <summary>Of χ²: one less than variants.</summary>
    public int? DegreesOfFreedom { get; internal init; }

    /// <summary>Of χ², for one look.</summary>
    public double? PValue { get; internal init; }

    /// <summary>Whether impressions are split as the weights say.</summary>
    public SampleRatio SampleRatio { get; internal init; } = new(SampleRatioVerdict.NotApplicable, null, null, null);

    /// <summary>
    /// Impressions that a test at one look still needs to find the present difference with 80 % power: a lower bound for one that
    /// may be looked at any time. Null if the verdict does not wait for them, or there is no difference.
    /// </summary>
    public long? ImpressionsToGo { get; internal init; }

    /// <summary>Days it has run, without the pauses that the ledger knows; null if no date is known.</summary>
    public double? RunDays { get; internal init; }

    /// <summary>The confidence that all intervals hold at all looks.</summary>
    public double Confidence { get; internal init; }

    /// <summary>The variants, in the experiment's order.</summary>
    public ReadableList<VariantMeasurement> Variants { get; internal init; } = [];

    /// <summary>What was measured.</summary>
    internal Experiment? Source { get; init; }

    /// <summary>Reads as <c>Hero Summer Sale (exp_1): Winning</c>.</summary>
    public override string ToString() =>
        $"{SafeText.Clean(string.IsNullOrEmpty(Name) ? Uid : $"{Name} ({Uid})")}: {Verdict}".TrimStart(':', ' ');
}

/// <summary>What one variant's counters say.</summary>
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

    /// <summary>The lower end of the lift's interval, which holds at every look.</summary>
    public double? LiftLow { get; internal init; }

    /// <summary>The upper end of the lift's interval; infinite if the control has no clicks.</summary>
    public double? LiftHigh { get; internal init; }

    /// <summary>The p-value against equal rates, adjusted for the number of variants; it may be looked at as often as one likes.</summary>
    public double? AlwaysValidPValue { get; internal init; }

    /// <summary>The probability that its rate is the highest, for one look.</summary>
    public double? ProbabilityBest { get; internal init; }

    /// <summary>How much click rate is lost on average by taking it although another may be better, for one look.</summary>
    public double? ExpectedLoss { get; internal init; }

    /// <summary>What it comes to against the control; null for the control itself.</summary>
    public MeasurementVerdict? Verdict { get; internal init; }

    /// <summary>The id.</summary>
    public override string ToString() => Id;

    /// <summary>Reads as <c>blue Winning</c>; the control by its id.</summary>
    string IListed.InList => Verdict is { } verdict ? $"{Id} {verdict}" : Id;
}
