using Pictify.Statistics;

namespace Pictify.Tests;

/// <summary>What must hold whatever the numbers are: tried on random ones, the same at each run.</summary>
public sealed class StatisticsPropertyTests
{
    private const int Times = 2000;

    private readonly Random _random = new(20261125);

    [Fact]
    public void Swapping_the_labels_mirrors_the_lift()
    {
        for (int i = 0; i < Times; i++)
        {
            (Arm control, Arm variant) = Pair();
            (double low, double high) = new SequentialTest(control, variant).Lift(1, 0.95);
            (double mirroredLow, double mirroredHigh) = new SequentialTest(variant, control).Lift(1, 0.95);

            StatisticsSamples.Near(1 / (1 + high), 1 + mirroredLow, $"{control} {variant}: the lower end");
            StatisticsSamples.Near(1 / (1 + low), 1 + mirroredHigh, $"{control} {variant}: the upper end");
            StatisticsSamples.Near(
                new SequentialTest(control, variant).PValue(1),
                new SequentialTest(variant, control).PValue(1),
                $"{control} {variant}: p",
                1e-8
            );
        }
    }

    [Fact]
    public void More_of_the_same_narrows()
    {
        for (int i = 0; i < Times; i++)
        {
            (Arm control, Arm variant) = Pair();
            double before = Width(control, variant);
            double after = Width(Times2(control), Times2(variant));

            Assert.True(after < before, $"{control} {variant}: from {before} to {after}");
        }

        static Arm Times2(Arm arm) => arm with { Impressions = 2 * arm.Impressions, Clicks = 2 * arm.Clicks };

        // Of ln(1 + lift), which does not depend on which of the two is the control.
        static double Width(Arm control, Arm variant)
        {
            (double low, double high) = new SequentialTest(control, variant).Lift(1, 0.95);
            return Math.Log((1 + high) / (1 + low));
        }
    }

    [Fact]
    public void Scaling_all_weights_changes_nothing()
    {
        for (int i = 0; i < 300; i++)
        {
            (long, long, int)[] arms =
            [
                .. Enumerable.Range(0, _random.Next(2, 6)).Select(_ => Counts(_random.Next(1, 500))),
            ];
            ExperimentMeasurement one = StatisticsSamples.Measure(arms);
            ExperimentMeasurement scaled = StatisticsSamples.Measure([
                .. arms.Select(static arm => (arm.Item1, arm.Item2, 20 * arm.Item3)),
            ]);

            Assert.Equal(one.Verdict, scaled.Verdict);
            for (int v = 0; v < arms.Length; v++)
            {
                (VariantMeasurement a, VariantMeasurement b) = (one.Variants[v], scaled.Variants[v]);
                Same(a.LiftLow, b.LiftLow);
                Same(a.LiftHigh, b.LiftHigh);
                Same(a.AlwaysValidPValue, b.AlwaysValidPValue);
                Same(a.ProbabilityBest, b.ProbabilityBest);
            }
        }

        static void Same(double? a, double? b)
        {
            Assert.Equal(a is null, b is null);
            if (a is { } value)
            {
                Assert.True(value.Equals(b) || Math.Abs(value - b!.Value) <= 1e-11 * Math.Abs(value) + 1e-13);
            }
        }
    }

    /// <summary>Where impressions are split as the weights say, the observed lift is that of the clicks.</summary>
    [Fact]
    public void An_interval_contains_the_observed_lift()
    {
        for (int i = 0; i < Times; i++)
        {
            (Arm control, Arm variant) = Pair();
            (double low, double high) = new SequentialTest(control, variant).Lift(_random.Next(1, 20), 0.95);
            double observed = (variant.Rate / control.Rate) - 1;

            Assert.True(low < observed && observed < high, $"{control} {variant}: {observed} from {low} to {high}");
        }
    }

    [Fact]
    public void More_confidence_and_more_comparisons_widen()
    {
        for (int i = 0; i < Times; i++)
        {
            (Arm control, Arm variant) = Pair();
            var test = new SequentialTest(control, variant);
            (double low, double high) = test.Lift(1, 0.95);
            (double lowSure, double highSure) = test.Lift(1, 0.99);
            (double lowMany, double highMany) = test.Lift(5, 0.95);

            Assert.True(lowSure < low && high < highSure);
            Assert.True(lowMany < low && high < highMany);
        }
    }

    /// <summary>The p-value is below 1 − confidence exactly where the interval leaves 0 out.</summary>
    [Fact]
    public void The_p_value_and_the_interval_agree()
    {
        for (int i = 0; i < Times; i++)
        {
            (Arm control, Arm variant) = Pair();
            var test = new SequentialTest(control, variant);
            (double low, double high) = test.Lift(2, 0.95);

            Assert.Equal(test.PValue(2) < 0.05, low > 0 || high < 0);
        }
    }

    [Fact]
    public void Probabilities_of_being_best_add_up_to_1_and_losses_fit_the_means()
    {
        for (int i = 0; i < 500; i++)
        {
            Arm[] arms =
            [
                .. Enumerable
                    .Range(0, _random.Next(2, 8))
                    .Select(_ => Counts(1))
                    .Select(static counts => new Arm(0.1, counts.Impressions, counts.Clicks)),
            ];

            (double[] best, double[] loss) = BetaComparison.Compare(arms);

            Assert.Equal(1, best.Sum(), 1e-9);

            // The expected maximum is the same, from whichever arm it is reckoned.
            double[] maxima = [.. arms.Select((arm, at) => ((1 + arm.Clicks) / (2 + arm.Impressions)) + loss[at])];
            Assert.All(maxima, maximum => Assert.Equal(maxima[0], maximum, 1e-10));
        }
    }

    /// <summary>Counts of any size from a few to millions, the rates too.</summary>
    private (long Impressions, long Clicks, int Weight) Counts(int weight)
    {
        long impressions = (long)Math.Exp(_random.NextDouble() * 14) + 1;
        double rate = Math.Exp(-_random.NextDouble() * 7);
        return (impressions, (long)(impressions * rate), weight);
    }

    /// <summary>
    /// Two arms with clicks, whose impressions are split exactly by weight; one's rate is three times the other's at most, since the
    /// end of a lift near −1 has no digits left to compare.
    /// </summary>
    private (Arm Control, Arm Variant) Pair()
    {
        double share = 0.01 + (0.98 * _random.NextDouble());
        double clicks = Math.Exp(3 + (_random.NextDouble() * 15));
        double rate = Math.Exp(-_random.NextDouble() * 7);
        double ratio = Math.Pow(3, (2 * _random.NextDouble()) - 1);
        double impressions = clicks / rate;
        return (
            new Arm(1 - share, impressions * (1 - share), Math.Max(1, clicks * (1 - share))),
            new Arm(share, impressions * share, Math.Max(1, clicks * share * ratio))
        );
    }
}
