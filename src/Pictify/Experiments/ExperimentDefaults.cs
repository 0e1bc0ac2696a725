namespace Pictify;

/// <summary>What the service assumes for fields that are not given.</summary>
internal static class ExperimentDefaults
{
    /// <summary>Impressions.</summary>
    public const long MinimumSampleSize = 1000;

    public const double ConfidenceThreshold = 0.95;

    public const int MinimumRunDays = 7;

    /// <summary>Impressions.</summary>
    public const long WarmupImpressions = 50;

    public const int RecomputeIntervalMinutes = 15;

    /// <summary>Of images, 1 to 100.</summary>
    public const int Quality = 90;
}
