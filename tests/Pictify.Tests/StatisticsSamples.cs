using Pictify.Statistics;

namespace Pictify.Tests;

/// <summary>Experiments to measure, by their numbers.</summary>
internal static class StatisticsSamples
{
    /// <summary>Nothing is awaited, and 95 % are confident enough.</summary>
    public static MeasurementOptions AtOnce { get; } =
        new()
        {
            Confidence = 0.95,
            MinimumImpressions = 0,
            MinimumRunDays = 0,
        };

    /// <summary>An A/B test with variants v0 (the control), v1 and so on.</summary>
    public static Experiment Experiment(params (long Impressions, long Clicks, int Weight)[] arms) =>
        new()
        {
            Uid = "exp_1",
            Name = "Hero",
            TypeText = "ab_test",
            StatusText = "running",
            Variants =
            [
                .. arms.Select(
                    static (arm, i) =>
                        new Variant
                        {
                            Id = $"v{i}",
                            Impressions = arm.Impressions,
                            Clicks = arm.Clicks,
                            Weight = arm.Weight,
                        }
                ),
            ],
        };

    public static ExperimentMeasurement Measure(params (long Impressions, long Clicks, int Weight)[] arms) =>
        Measurer.Measure(Experiment(arms), AtOnce);

    /// <summary>Within a relative error of the wanted value; two infinities are the same.</summary>
    public static void Near(double wanted, double? found, string what, double relative = 1e-9)
    {
        Assert.True(found is not null, $"{what} is null, and not {wanted:R}");
        bool isNear = found.Value.Equals(wanted) || Math.Abs(found.Value - wanted) <= relative * Math.Abs(wanted);
        Assert.True(isNear, $"{what} is {found:R}, and not {wanted:R}");
    }
}
