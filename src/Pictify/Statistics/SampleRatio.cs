using System.Globalization;

namespace Pictify.Statistics;

/// <summary>Whether impressions are split according to the weights.</summary>
public enum SampleRatioVerdict : long
{
    /// <summary>Fewer than 100 impressions, or one variant: no conclusion is possible.</summary>
    NotApplicable,

    /// <summary>The split matches the weights.</summary>
    Consistent,

    /// <summary>The always-valid p-value is below 0.01.</summary>
    Suspect,

    /// <summary>The always-valid p-value is below 0.001: no rate of this experiment can be trusted.</summary>
    Mismatch,
}

/// <summary>The split of impressions, compared with the weights.</summary>
/// <param name="Verdict">The verdict on the split.</param>
/// <param name="ChiSquare">χ² of impressions against weights, one degree of freedom less than variants; for display only.</param>
/// <param name="PValue">Its p-value, for one look.</param>
/// <param name="AlwaysValidPValue">The p-value on which the verdict depends; it is valid at every look.</param>
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
