using Pictify.Statistics;

namespace Pictify.Tests;

/// <summary>
/// The functions under the statistics, and the statistics at the ends of what counters can say: against mpmath with 50 digits where a
/// value is known, and everywhere that nothing is NaN and nothing throws.
/// </summary>
public sealed class StatisticsExtremesTests
{
    private const double Infinite = double.PositiveInfinity;

    [Theory]
    [InlineData(0.5, 0.001, 0.9643294082703201)]
    [InlineData(0.5, 100, 2.088487583762545e-45)]
    [InlineData(0.5, 700, 2.101014516264217e-306)]
    [InlineData(1, 3, 0.04978706836786394)]
    [InlineData(9.5, 4, 0.9866708821944025)]
    [InlineData(9.5, 9.5, 0.4568361255919624)]
    [InlineData(9.5, 60, 1.10921737164362e-16)]
    [InlineData(9.5, 0, 1)]
    [InlineData(9.5, Infinite, 0)]
    public void UpperGamma_is_exact(double a, double x, double wanted) =>
        StatisticsSamples.Near(wanted, SpecialFunctions.UpperGamma(a, x), $"Q({a}, {x})", 1e-12);

    [Theory]
    [InlineData(0.005, 5.295451799982128, 1.758846170336177)]
    [InlineData(0.5, 0.5723649429247001, 0.1534264097200273)]
    [InlineData(3.25, 0.9358019311087254, 0.02556215796452579)]
    [InlineData(1e9, 19723265827.50372, 8.333333333333333e-11)]
    public void LogGamma_and_its_distance_from_Stirling_are_exact(double x, double logGamma, double stirling)
    {
        StatisticsSamples.Near(logGamma, SpecialFunctions.LogGamma(x), $"lnΓ({x})", 1e-13);
        StatisticsSamples.Near(stirling, SpecialFunctions.StirlingError(x), $"Stirling's error at {x}", 1e-12);
    }

    [Theory]
    [InlineData(0.025, 1.959963984540054)]
    [InlineData(0.2, 0.8416212335729142)]
    [InlineData(0.5, 0)]
    [InlineData(0.0005, 3.290526731491895)]
    [InlineData(1e-12, 7.034483825301132)]
    public void NormalQuantile_is_exact(double tail, double wanted) =>
        Assert.Equal(wanted, SpecialFunctions.NormalQuantile(tail), 1e-13);

    [Theory]
    [InlineData(1e-20)]
    [InlineData(-1e-9)]
    [InlineData(0.3)]
    [InlineData(-0.9)]
    [InlineData(50)]
    public void Log1P_and_ExpM1_undo_each_other(double x) =>
        StatisticsSamples.Near(x, SpecialFunctions.ExpM1(SpecialFunctions.Log1P(x)), $"{x}", 1e-15);

    [Fact]
    public void The_quadrature_is_exact_for_polynomials()
    {
        double sum = 0;
        double half = 0;
        for (int i = 0; i < GaussLegendre.Count; i++)
        {
            sum += GaussLegendre.Weights[i] * Math.Pow(GaussLegendre.Nodes[i], 22);
            half += GaussLegendre.UpTo[(4 * GaussLegendre.Count) + i] * Math.Pow(GaussLegendre.Nodes[i], 11);
        }

        Assert.Equal(2.0 / 23, sum, 1e-14);
        Assert.Equal((Math.Pow(GaussLegendre.Nodes[4], 12) - 1) / 12, half, 1e-14);
    }

    /// <summary>Clicks of control and variant, their weights, comparisons; ln of the evidence, and the lift's ends.</summary>
    [Theory]
    [InlineData(50_000_000, 50_050_000, 1, 1, 1, 5.23416880362818, 9.395769089684971e-5, 0.001906863281506666)]
    [InlineData(90_000, 12, 9999, 1, 1, 0, -0.7013260343219378, 2.62799435084649)]
    [InlineData(300, 0, 1, 1, 1, 152.2288212052491, -1, -0.7838336796583899)]
    [InlineData(0, 40, 1, 3, 2, 3.289836567369719, -0.03855767922952152, Infinite)]
    [InlineData(1, 1, 1, 1, 1, 0, -0.9874352025862557, 78.58743520258626)]
    [InlineData(2, 0, 5000, 5000, 1, 0.01941808585710158, -1, 6.857851797221404)]
    [InlineData(500_000_000, 510_000_000, 1, 1, 19, 49497.34135377452, 0.01965606067846156, 0.02034405571843312)]
    [InlineData(7, 3000, 1, 9999, 1, 9.877800445543398, -0.9875955729180272, -0.6551931623012548)]
    [InlineData(1_000_000_000, 1_000_000_000, 1, 1, 1, 0, -0.0002167983303709104, 0.0002168453420790219)]
    [InlineData(0, 0, 1, 1, 1, 0, -1, Infinite)]
    public void The_always_valid_test_is_exact(
        long control,
        long variant,
        int controlWeight,
        int variantWeight,
        int comparisons,
        double logEvidence,
        double low,
        double high
    )
    {
        double weights = controlWeight + variantWeight;
        var test = new SequentialTest(
            new Arm(controlWeight / weights, 1e10, control),
            new Arm(variantWeight / weights, 1e10, variant)
        );
        string what = $"{control} and {variant} clicks";

        (double Low, double High) lift = test.Lift(comparisons, 0.95);
        StatisticsSamples.Near(low, lift.Low, $"{what}: the lift's lower end");
        StatisticsSamples.Near(high, lift.High, $"{what}: the lift's upper end");
        if (logEvidence > 0)
        {
            StatisticsSamples.Near(logEvidence, test.LogEvidence, $"{what}: ln of the evidence");
        }

        StatisticsSamples.Near(
            Math.Min(1, comparisons * Math.Exp(-logEvidence)),
            test.PValue(comparisons),
            $"{what}: p",
            1e-9
        );
    }

    [Theory]
    [InlineData(new double[] { 500_000_000, 500_100_000 }, new double[] { 1, 1 }, -1.908560711810769)]
    [InlineData(new double[] { 9999, 3 }, new double[] { 9999, 1 }, -0.9911485476885976)]
    [InlineData(new double[] { 1_000_000, 0 }, new double[] { 9999, 1 }, 99.31406989937087)]
    [InlineData(new double[] { 60, 40 }, new double[] { 1, 1 }, 0.1343158003003258)]
    [InlineData(new double[] { 330, 340, 360 }, new double[] { 1, 1, 1 }, -0.3640724711440678)]
    public void The_evidence_against_the_split_is_exact(double[] impressions, double[] weights, double wanted)
    {
        Arm[] arms = [.. impressions.Select((n, i) => new Arm(weights[i] / weights.Sum(), n, 0))];

        StatisticsSamples.Near(wanted, SampleRatioTest.LogEvidence(arms, impressions.Sum()), "ln of the evidence");
    }

    [Theory]
    [InlineData(
        1_000_000_000,
        300,
        1_000_000_000,
        420,
        3.750843671729609e-6,
        1.200000204846069e-7,
        2.072460687258659e-14
    )]
    [InlineData(1_000_000, 500, 1_000_000, 650, 4.742728070862574e-6, 0.0001499997333816482, 3.338104820459309e-11)]
    [InlineData(1, 0, 1, 1, 0.1666666666666667, 0.3666666666666667, 0.03333333333333333)]
    [InlineData(100_000, 120, 10, 3, 7.377074926258959e-10, 0.332123357533034, 1.846226832401686e-13)]
    [InlineData(1000, 1000, 1000, 990, 0.999525019347302, 4.714293132031027e-7, 0.009980511349472884)]
    public void The_probability_of_being_best_is_exact(
        double n0,
        double x0,
        double n1,
        double x1,
        double best,
        double loss0,
        double loss1
    )
    {
        (double[] found, double[] loss) = BetaComparison.Compare([new(0.5, n0, x0), new(0.5, n1, x1)]);

        StatisticsSamples.Near(best, found[0], "P(best) of the first");
        StatisticsSamples.Near(1 - best, found[1], "P(best) of the second");
        StatisticsSamples.Near(loss0, loss[0], "the loss of the first");
        StatisticsSamples.Near(loss1, loss[1], "the loss of the second");
    }

    [Fact]
    public void The_probability_of_being_best_is_exact_for_four()
    {
        double[] best = [0.05182401997955221, 0.133598559233146, 0.2852822342975021, 0.5292951864897997];
        double[] loss = [0.007848976905076363, 0.005852968921044427, 0.00385696093701249, 0.001860952952980554];

        (double[] found, double[] lost) = BetaComparison.Compare([
            .. new double[] { 10, 12, 14, 16 }.Select(static clicks => new Arm(0.25, 1000, clicks)),
        ]);

        for (int i = 0; i < best.Length; i++)
        {
            StatisticsSamples.Near(best[i], found[i], $"P(best) of {i}");
            StatisticsSamples.Near(loss[i], lost[i], $"the loss of {i}");
        }
    }

    [Theory]
    [InlineData(0.05, 0.065, 1, 0.05, 3779.800636653933)]
    [InlineData(0.05, 0.04, 0.125, 0.025, 38072.64546547791)]
    public void The_sample_size_is_exact(double control, double variant, double ratio, double alpha, double wanted) =>
        StatisticsSamples.Near(
            wanted,
            Proportions.SampleSize(new(1 / (1 + ratio), 1, control), new(ratio / (1 + ratio), 1, variant), alpha),
            "the sample size",
            1e-12
        );

    [Fact]
    public void Nothing_is_NaN_and_nothing_throws()
    {
        long[] impressions = [0, 1, 2, 99, 100, 1000, 999_999, 1_000_000_000];
        double[] rates = [0, 1e-9, 0.001, 0.5, 0.999, 1];
        int[][] weights =
        [
            [5000, 5000],
            [1, 9999],
            [9999, 1],
        ];
        int count = 0;
        foreach (long n0 in impressions)
        {
            foreach (long n1 in impressions)
            {
                foreach (double r0 in rates)
                {
                    foreach (double r1 in rates)
                    {
                        int[] weight = weights[count++ % weights.Length];
                        Check(
                            StatisticsSamples.Measure(
                                (n0, (long)(n0 * r0), weight[0]),
                                (n1, (long)(n1 * r1), weight[1])
                            ),
                            $"{n0} {r0} {n1} {r1}"
                        );
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000_000_000)]
    public void Twenty_variants_are_measured(long impressions)
    {
        (long, long, int)[] arms =
        [
            .. Enumerable.Range(0, 20).Select(i => (impressions, impressions / (20 + i), i == 0 ? 1 : 9999)),
        ];

        ExperimentMeasurement measured = StatisticsSamples.Measure(arms);

        Check(measured, "twenty");
        Assert.Equal(20, measured.Variants.Count);
        if (impressions > 0)
        {
            Assert.Equal(19, measured.DegreesOfFreedom ?? 19);
            Assert.Equal(1, measured.Variants.Sum(static variant => variant.ProbabilityBest!.Value), 1e-9);
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9999)]
    public void A_design_effect_and_any_confidence_are_measured(double confidence)
    {
        foreach (double effect in new[] { 1, 1.7, 1000, 1e9 })
        {
            Check(
                Measurer.Measure(
                    StatisticsSamples.Experiment((3, 1, 1), (1000, 0, 9999), (50, 50, 20)),
                    StatisticsSamples.AtOnce with
                    {
                        Confidence = confidence,
                        DesignEffect = effect,
                    }
                ),
                $"effect {effect}"
            );
        }
    }

    /// <summary>Every number is one, probabilities are between 0 and 1, and ends are in order.</summary>
    private static void Check(ExperimentMeasurement measured, string what)
    {
        Number(measured.ClickRate);
        Number(measured.ChiSquare);
        Probability(measured.PValue);
        Number(measured.SampleRatio.ChiSquare);
        Probability(measured.SampleRatio.PValue);
        Probability(measured.SampleRatio.AlwaysValidPValue);
        Assert.True(measured.ImpressionsToGo is null or >= 0, what);
        Assert.EndsWith(".", measured.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", measured.Advice, StringComparison.Ordinal);
        foreach (VariantMeasurement variant in measured.Variants)
        {
            Probability(variant.ClickRate);
            Probability(variant.ClickRateLow);
            Probability(variant.ClickRateHigh);
            Probability(variant.ProbabilityBest);
            Probability(variant.ExpectedLoss);
            Probability(variant.AlwaysValidPValue);
            Number(variant.Lift);
            Assert.True(variant.LiftLow is null or (>= -1 and < Infinite), $"{what}: from {variant.LiftLow}");
            Assert.True(variant.LiftHigh is null or > -1, $"{what}: to {variant.LiftHigh}");
            Assert.True(
                variant.LiftLow is null || variant.LiftLow < variant.LiftHigh,
                $"{what}: from {variant.LiftLow} to {variant.LiftHigh}"
            );
            Assert.True(
                variant.ClickRateLow is null
                    || (variant.ClickRateLow <= variant.ClickRate && variant.ClickRate <= variant.ClickRateHigh),
                $"{what}: {variant.ClickRate} from {variant.ClickRateLow} to {variant.ClickRateHigh}"
            );
        }

        void Number(double? value) =>
            Assert.True(
                value is null || (!double.IsNaN(value.Value) && !double.IsInfinity(value.Value)),
                $"{what}: {value}"
            );

        void Probability(double? value) => Assert.True(value is null or (>= 0 and <= 1), $"{what}: {value}");
    }
}
