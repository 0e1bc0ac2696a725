using Pictify.Statistics;

namespace Pictify.Tests;

/// <summary>What numbers come to: each verdict, their order, the advice with its numbers, and what cannot be measured.</summary>
public sealed class StatisticsVerdictTests
{
    private static readonly RunTime _tenDays = new() { Days = 10, HasLedger = true };

    private static ExperimentMeasurement Measure(Experiment experiment, MeasurementOptions? options = null) =>
        Measurer.Measure(experiment, options ?? new MeasurementOptions { RunTime = _tenDays });

    [Theory]
    [InlineData(7500, 280, 7500, 170, MeasurementVerdict.Harmful)]
    [InlineData(900, 90, 900, 20, MeasurementVerdict.Harmful)]
    [InlineData(900, 90, 900, 80, MeasurementVerdict.TooFewData)]
    [InlineData(7500, 170, 7500, 280, MeasurementVerdict.Winning)]
    [InlineData(900, 20, 900, 90, MeasurementVerdict.TooFewData)]
    [InlineData(20_000_000, 1_000_000, 20_000_000, 1_000_100, MeasurementVerdict.NoDifference)]
    [InlineData(7500, 280, 7500, 290, MeasurementVerdict.Undecided)]
    [InlineData(7500, 7501, 7500, 290, MeasurementVerdict.DataProblem)]
    [InlineData(7500, 280, 9000, 170, MeasurementVerdict.DataProblem)]
    [InlineData(0, 0, 0, 0, MeasurementVerdict.TooFewData)]
    public void The_verdict_is(long n0, long x0, long n1, long x1, MeasurementVerdict wanted)
    {
        ExperimentMeasurement measured = Measure(StatisticsSamples.Experiment((n0, x0, 5000), (n1, x1, 5000)));

        Assert.Equal(wanted, measured.Verdict);
        Assert.Equal(wanted, measured.Variants[1].Verdict);
        Assert.Null(measured.Variants[0].Verdict);
        Assert.True(measured.Variants[0].IsControl);
    }

    [Theory]
    [InlineData("smart_link")]
    [InlineData("scheduled")]
    [InlineData("bandit")]
    [InlineData("something_new")]
    public void What_is_not_drawn_by_weight_is_not_compared(string type)
    {
        Experiment experiment = StatisticsSamples.Experiment((7500, 280, 5000), (7500, 170, 5000));
        experiment.TypeText = type;

        ExperimentMeasurement measured = Measure(experiment);

        Assert.Equal(MeasurementVerdict.NotApplicable, measured.Verdict);
        Assert.Contains(type, measured.Advice, StringComparison.Ordinal);
        Assert.Equal(15_000, measured.Impressions);
        Assert.All(measured.Variants, static variant => Assert.Null(variant.LiftLow));
        Assert.Null(measured.LeaderId);
    }

    /// <summary>Its counters may be whatever they are: nothing is compared.</summary>
    [Fact]
    public void What_is_not_compared_needs_no_counters()
    {
        Experiment experiment = StatisticsSamples.Experiment((7500, 280, 5000), (7500, 170, 5000));
        experiment.TypeText = "smart_link";
        experiment.Variants[0].Impressions = null;

        Assert.Equal(MeasurementVerdict.NotApplicable, Measure(experiment).Verdict);
    }

    [Fact]
    public void A_bandit_one_variant_and_changed_variants_are_not_compared()
    {
        Experiment bandit = StatisticsSamples.Experiment((7500, 280, 5000), (7500, 170, 5000));
        bandit.BanditConfig = new BanditConfig { Enabled = true };
        Assert.Equal(MeasurementVerdict.NotApplicable, Measure(bandit).Verdict);

        Assert.Equal(
            MeasurementVerdict.NotApplicable,
            Measure(StatisticsSamples.Experiment((7500, 280, 5000))).Verdict
        );
        Assert.Equal(
            MeasurementVerdict.NotApplicable,
            Measure(StatisticsSamples.Experiment((7500, 280, 10_000), (0, 0, 0))).Verdict
        );

        var changed = new MeasurementOptions
        {
            RunTime = _tenDays with { VariantsChangedAt = new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero) },
        };
        ExperimentMeasurement measured = Measure(
            StatisticsSamples.Experiment((7500, 280, 5000), (7500, 170, 5000)),
            changed
        );
        Assert.Equal(MeasurementVerdict.NotApplicable, measured.Verdict);
        Assert.Contains("2026-11-20", measured.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variant_without_weight_is_left_out_unless_it_was_shown()
    {
        ExperimentMeasurement measured = Measure(
            StatisticsSamples.Experiment((7500, 280, 5000), (0, 0, 0), (7500, 170, 5000))
        );
        Assert.Equal(MeasurementVerdict.Harmful, measured.Verdict);
        Assert.Equal(1, measured.DegreesOfFreedom);
        Assert.Equal(MeasurementVerdict.NotApplicable, measured.Variants[1].Verdict);
        StatisticsSamples.Near(-0.5625071511067749, measured.Variants[2].LiftLow, "the lift");

        measured = Measure(StatisticsSamples.Experiment((7500, 280, 5000), (20, 1, 0), (7500, 170, 5000)));
        Assert.Equal(MeasurementVerdict.DataProblem, measured.Verdict);
        Assert.Contains("weight 0", measured.Advice, StringComparison.Ordinal);
        Assert.Null(measured.LeaderId);
    }

    [Fact]
    public void Harm_is_said_before_any_minimum_and_only_beyond_the_margin()
    {
        Experiment experiment = StatisticsSamples.Experiment((7500, 280, 5000), (7500, 170, 5000));
        var early = new MeasurementOptions
        {
            RunTime = new RunTime { Days = 0.1 },
            MinimumImpressions = 1_000_000,
        };

        Assert.Equal(MeasurementVerdict.Harmful, Measure(experiment, early).Verdict);
        Assert.Equal(MeasurementVerdict.Harmful, Measure(experiment, early with { HarmMargin = 0.16 }).Verdict);
        Assert.Equal(MeasurementVerdict.TooFewData, Measure(experiment, early with { HarmMargin = 0.17 }).Verdict);
    }

    [Fact]
    public void Days_are_asked_for_only_where_they_are_known()
    {
        Experiment experiment = StatisticsSamples.Experiment((7500, 170, 5000), (7500, 280, 5000));

        ExperimentMeasurement measured = Measure(
            experiment,
            new MeasurementOptions
            {
                RunTime = new RunTime
                {
                    Days = 3.24,
                    PausedDays = 2,
                    HasLedger = true,
                },
            }
        );
        Assert.Equal(MeasurementVerdict.TooFewData, measured.Verdict);
        Assert.StartsWith(
            "It has run 3.2 of 7 days (2 days of pauses in the ledger not counted)",
            measured.Advice,
            StringComparison.Ordinal
        );

        measured = Measure(
            experiment,
            new MeasurementOptions
            {
                RunTime = new RunTime { Days = 3.24, HasLedger = true },
            }
        );
        Assert.Contains("the ledger records no pause", measured.Advice, StringComparison.Ordinal);
        measured = Measure(experiment, new MeasurementOptions { RunTime = new RunTime { Days = 3.24 } });
        Assert.Contains("without a ledger", measured.Advice, StringComparison.Ordinal);
        Assert.Equal(MeasurementVerdict.Winning, Measure(experiment, new MeasurementOptions()).Verdict);
    }

    [Fact]
    public void What_is_not_given_is_the_experiments()
    {
        Experiment experiment = StatisticsSamples.Experiment((7500, 170, 5000), (7500, 280, 5000));
        experiment.MinimumSampleSize = 10_000;
        experiment.MinimumRunDays = 2;
        experiment.ConfidenceThreshold = 0.99;

        ExperimentMeasurement measured = Measure(experiment);
        Assert.Equal(MeasurementVerdict.TooFewData, measured.Verdict);
        Assert.Contains("7,500 of the 10,000", measured.Advice, StringComparison.Ordinal);
        Assert.Equal(0.99, measured.Confidence);
        Assert.Equal(
            MeasurementVerdict.Winning,
            Measure(experiment, new MeasurementOptions { RunTime = _tenDays, MinimumImpressions = 100 }).Verdict
        );
    }

    [Fact]
    public void The_control_is_the_one_named_else_the_default_else_control_else_the_first()
    {
        Experiment experiment = StatisticsSamples.Experiment((7500, 280, 5000), (7500, 170, 2500), (7500, 170, 2500));
        Assert.Equal("v0", Control());
        experiment.Variants[1].Id = "control";
        Assert.Equal("control", Control());
        experiment.Variants[2].IsDefault = true;
        Assert.Equal("v2", Control());
        Assert.Equal("v0", Control("v0"));
        Assert.Equal("control", Control("CONTROL"));

        string? Control(string? named = null) =>
            Measure(experiment, StatisticsSamples.AtOnce with { Control = named }).ControlId;
    }

    [Fact]
    public void A_design_effect_divides_before_anything_else()
    {
        Experiment experiment = StatisticsSamples.Experiment((15_000, 560, 5000), (15_000, 340, 5000));

        ExperimentMeasurement halved = Measure(experiment, StatisticsSamples.AtOnce with { DesignEffect = 2 });

        VariantMeasurement whole = StatisticsSamples.Measure((7500, 280, 5000), (7500, 170, 5000)).Variants[1];
        StatisticsSamples.Near(whole.LiftLow!.Value, halved.Variants[1].LiftLow, "the lift");
        StatisticsSamples.Near(whole.ClickRateLow!.Value, halved.Variants[1].ClickRateLow, "the rate");
        StatisticsSamples.Near(whole.ProbabilityBest!.Value, halved.Variants[1].ProbabilityBest, "P(best)");
        Assert.Equal(15_000, halved.Variants[1].Impressions);
        Assert.Equal(
            MeasurementVerdict.TooFewData,
            Measure(
                StatisticsSamples.Experiment((1500, 50, 5000), (1500, 55, 5000)),
                new MeasurementOptions { DesignEffect = 2 }
            ).Verdict
        );
    }

    [Fact]
    public void ImpressionsToGo_is_the_sample_size_less_what_there_is()
    {
        // (1000, 50) and (1000, 65): 3779.8 of each, by the formula that the values' test holds.
        Assert.Equal(7560 - 2000, StatisticsSamples.Measure((1000, 50, 5000), (1000, 65, 5000)).ImpressionsToGo);
        Assert.Equal(
            15_120 - 2000,
            Measure(
                StatisticsSamples.Experiment((1000, 50, 5000), (1000, 65, 5000)),
                StatisticsSamples.AtOnce with
                {
                    DesignEffect = 2,
                }
            ).ImpressionsToGo
        );
        Assert.Null(StatisticsSamples.Measure((1000, 50, 5000), (1000, 50, 5000)).ImpressionsToGo);
        Assert.Null(StatisticsSamples.Measure((0, 0, 5000), (0, 0, 5000)).ImpressionsToGo);
        Assert.Null(StatisticsSamples.Measure((7500, 280, 5000), (7500, 170, 5000)).ImpressionsToGo);
    }

    [Fact]
    public void The_leader_is_the_most_probable_one_and_under_Winning_one_that_wins()
    {
        Assert.Equal("v1", StatisticsSamples.Measure((1000, 50, 5000), (1000, 65, 5000)).LeaderId);
        Assert.Equal("v0", StatisticsSamples.Measure((7500, 280, 5000), (7500, 170, 5000)).LeaderId);
        Assert.Null(StatisticsSamples.Measure((0, 0, 5000), (0, 0, 5000)).LeaderId);

        // The third is probably better still, but nothing about it is certain.
        ExperimentMeasurement measured = StatisticsSamples.Measure(
            (20_000, 400, 4950),
            (20_000, 800, 4950),
            (404, 17, 100)
        );
        Assert.Equal(MeasurementVerdict.Winning, measured.Verdict);
        Assert.True(measured.Variants[2].ProbabilityBest > measured.Variants[1].ProbabilityBest);
        Assert.Equal("v1", measured.LeaderId);
    }

    [Theory]
    [InlineData(
        7500,
        280,
        7500,
        170,
        "Variant 'v1' gets 39.29 % fewer clicks than 'v0', and at least 16.46 % fewer with 95 % confidence at every look: pause the experiment, or give this variant no traffic."
    )]
    [InlineData(
        7500,
        170,
        7500,
        280,
        "Variant 'v1' gets 64.71 % more clicks than 'v0', and at least 19.7 % more with 95 % confidence at every look: whoever owns the experiment can decide now."
    )]
    [InlineData(
        1000,
        50,
        1000,
        65,
        "The lift of 'v1' over 'v0' is between -22.84 % and +121.69 % with 95 % confidence: let it run, for at least 5,560 more impressions if the present difference is the true one."
    )]
    [InlineData(
        900,
        50,
        800,
        50,
        "Variant 'v1' has 800 of the 1,000 impressions that each needs: wait, for at least 34,458 more impressions if the present difference is the true one."
    )]
    [InlineData(
        100,
        101,
        100,
        5,
        "Variant 'v0' has 101 clicks on 100 impressions: the two counters are synced about every 15 minutes, so measure again later, and if it stays so, find out what counts clicks without impressions."
    )]
    public void The_advice_is_one_sentence_with_the_numbers(long n0, long x0, long n1, long x1, string advice) =>
        Assert.Equal(advice, Measure(StatisticsSamples.Experiment((n0, x0, 5000), (n1, x1, 5000))).Advice);

    [Fact]
    public void A_split_that_fits_badly_is_added_to_the_advice()
    {
        ExperimentMeasurement measured = Measure(
            StatisticsSamples.Experiment((10_000, 500, 5000), (10_580, 520, 5000))
        );

        Assert.Equal(SampleRatioVerdict.Suspect, measured.SampleRatio.Verdict);
        Assert.Matches(
            "; and look at the split of impressions, which fits the weights badly \\(p = 0.00\\d+\\)\\.$",
            measured.Advice
        );
    }

    /// <summary>It is never this module that says that an experiment should end for good.</summary>
    [Fact]
    public void No_advice_is_to_complete()
    {
        foreach (long x0 in new long[] { 0, 20, 170, 280, 300, 8000 })
        {
            foreach (long x1 in new long[] { 0, 20, 170, 280, 300, 8000 })
            {
                string advice = Measure(StatisticsSamples.Experiment((7500, x0, 5000), (7500, x1, 5000))).Advice;
                Assert.DoesNotContain("omplete", advice, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("negative impressions", "variant 'v1': has impressions below 0")]
    [InlineData("negative clicks", "variant 'v1': has clicks below 0")]
    [InlineData("no impressions", "variant 'v1': has no impressions")]
    [InlineData("no clicks", "variant 'v1': has no clicks")]
    [InlineData("no weight", "variant 'v1': has no weight")]
    [InlineData("negative weight", "variant 'v1': has weight below 0")]
    [InlineData("two of one id", "variant 'v0': is used twice")]
    [InlineData("no id", "variants[1]: has no id")]
    [InlineData("no weights", "weights: sum to 0")]
    [InlineData("unknown control", "control: 'nobody' is none of its variants (v0, v1)")]
    [InlineData(
        "control without weight",
        "control: 'v1' has weight 0, so nothing can be compared with it; -Control names another"
    )]
    [InlineData("confidence 1", "confidenceThreshold: must be above 0 and below 1; -Confidence gives another")]
    public void What_cannot_be_measured_is_said(string broken, string problem)
    {
        Experiment experiment = StatisticsSamples.Experiment((7500, 280, 5000), (7500, 170, 5000), (7500, 170, 5000));
        experiment.Variants = [.. experiment.Variants.Take(2)];
        Variant one = experiment.Variants[1];
        string? control = null;
        switch (broken)
        {
            case "negative impressions":
                one.Impressions = -1;
                break;
            case "negative clicks":
                one.Clicks = -1;
                break;
            case "no impressions":
                one.Impressions = null;
                break;
            case "no clicks":
                one.Clicks = null;
                break;
            case "no weight":
                one.Weight = null;
                break;
            case "negative weight":
                one.Weight = -1;
                break;
            case "two of one id":
                one.Id = "v0";
                break;
            case "no id":
                one.Id = "";
                break;
            case "no weights":
                one.Weight = experiment.Variants[0].Weight = 0;
                break;
            case "unknown control":
                control = "nobody";
                break;
            case "control without weight":
                (one.Weight, control) = (0, "v1");
                break;
            case "confidence 1":
                experiment.ConfidenceThreshold = 1;
                break;
        }

        var exception = Assert.Throws<MeasurementException>(() =>
            Measure(experiment, new MeasurementOptions { Control = control })
        );
        Assert.Equal(problem, Assert.Single(exception.Problems).ToString());
    }

    /// <summary>
    /// Time is the benchmark's to measure. What a measurement takes is the nodes that its integrals have, and these are most of what
    /// it allocates; nothing of it is kept.
    /// </summary>
    [Fact]
    public void A_measurement_takes_little_and_keeps_nothing()
    {
        Experiment[] experiments =
        [
            .. Enumerable
                .Range(0, 2000)
                .Select(static i =>
                    StatisticsSamples.Experiment(
                        (1000 + i, 50 + (i % 40), 3334),
                        (1010 + i, 55 + (i % 30), 3333),
                        (990 + i, 45 + (i % 50), 3333)
                    )
                ),
        ];
        _ = Measure(experiments[0]);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        foreach (Experiment experiment in experiments)
        {
            _ = Measure(experiment);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - allocated) / experiments.Length, 1, 64 * 1024);
    }
}
