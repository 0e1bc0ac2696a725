using System.Globalization;

namespace Pictify.Statistics;

/// <summary>Whether impressions are split as the weights say.</summary>
public enum SampleRatioVerdict : long
{
    /// <summary>Under 100 impressions, or one variant: nothing can be said.</summary>
    NotApplicable,

    /// <summary>The split fits the weights.</summary>
    Consistent,

    /// <summary>The always-valid p-value is below 0.01.</summary>
    Suspect,

    /// <summary>The always-valid p-value is below 0.001: no rate of this experiment can be trusted.</summary>
    Mismatch,
}

/// <summary>How impressions are split, against the weights.</summary>
/// <param name="Verdict">What it comes to.</param>
/// <param name="ChiSquare">χ² of impressions against weights, one degree of freedom less than variants; for the eye.</param>
/// <param name="PValue">Its p-value, for one look.</param>
/// <param name="AlwaysValidPValue">The p-value that the verdict follows; it may be looked at as often as one likes.</param>
public sealed record SampleRatio(
    SampleRatioVerdict Verdict,
    double? ChiSquare,
    double? PValue,
    double? AlwaysValidPValue
)
{
    /// <summary>Reads as <c>Consistent (p = 0.597)</c>.</summary>
    public override string ToString() =>
        AlwaysValidPValue is { } p ? $"{Verdict} (p = {p.ToString("G3", CultureInfo.InvariantCulture)})" : $"{Verdict}";
}
