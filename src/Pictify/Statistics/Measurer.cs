namespace Pictify.Statistics;

/// <summary>Measures an experiment: computes verdicts from its counters. It reads, sends and stores nothing, and uses no random numbers.</summary>
internal sealed class Measurer
{
    /// <summary>A difference that needs more impressions than this is not worth waiting for.</summary>
    private const double NeverReached = 1e15;

    private readonly Experiment _experiment;
    private readonly MeasurementOptions _options;
    private readonly Variant _control;

    /// <summary>The variants that get traffic, with the counters of each.</summary>
    private readonly Variant[] _variants;
    private readonly Arm[] _arms;
    private readonly int _controlAt;

    private Measurer(Experiment experiment, MeasurementOptions options)
    {
        _experiment = experiment;
        _options = options;
        Confidence = options.Confidence ?? experiment.ConfidenceThreshold ?? ExperimentDefaults.ConfidenceThreshold;
        MinimumImpressions =
            options.MinimumImpressions ?? experiment.MinimumSampleSize ?? ExperimentDefaults.MinimumSampleSize;
        MinimumRunDays = options.MinimumRunDays ?? experiment.MinimumRunDays ?? ExperimentDefaults.MinimumRunDays;
        _control = MeasurementCheck.Control(experiment, options.Control)!;
        _variants = [.. experiment.Variants.Where(static variant => variant.Weight > 0)];
        double weights = _variants.Sum(static variant => (double)variant.Weight!.Value);
        _arms =
        [
            .. _variants.Select(variant => new Arm(
                variant.Weight!.Value / weights,
                variant.Impressions!.Value / options.DesignEffect,
                variant.Clicks!.Value / options.DesignEffect
            )),
        ];
        _controlAt = Array.IndexOf(_variants, _control);
    }

    private double Confidence { get; }

    private long MinimumImpressions { get; }

    private double MinimumRunDays { get; }

    private int Comparisons => _arms.Length - 1;

    /// <summary>Measures one experiment.</summary>
    /// <exception cref="MeasurementException">Its numbers cannot be measured; the exception lists why.</exception>
    public static ExperimentMeasurement Measure(Experiment experiment, MeasurementOptions options)
    {
        if (experiment.Variants.Contains(null!))
        {
            throw new MeasurementException([new FieldError("variants", "must not be null")]);
        }

        if (MeasurementCheck.GetDesignProblem(experiment, options.RunTime) is { } why)
        {
            return MeasurementStart.Undrawn(experiment, options, why);
        }

        List<FieldError> problems = MeasurementCheck.Problems(experiment, options);
        if (problems.Count > 0)
        {
            throw new MeasurementException(problems);
        }

        var measurer = new Measurer(experiment, options);
        return measurer.Comparisons < 1
            ? MeasurementStart.Undrawn(experiment, options, Advice.OneVariant(measurer._variants[0].Id))
            : measurer.Measure();
    }

    private ExperimentMeasurement Measure()
    {
        SampleRatio ratio = SampleRatioTest.Measure(_arms);
        bool isCounted = Array.TrueForAll(_variants, static variant => variant.Clicks <= variant.Impressions);
        bool hasImpressions = Array.Exists(_arms, static arm => arm.Impressions > 0);
        (double[] Best, double[] Loss)? beta = isCounted && hasImpressions ? BetaComparison.Compare(_arms) : null;
        VariantMeasurement[] variants = Variants(beta);
        (MeasurementVerdict verdict, string advice) = Classify(variants, ratio);
        int? leader =
            beta is { Best: var best } && verdict != MeasurementVerdict.DataProblem
                ? Leader(best, variants, verdict)
                : null;
        Arm[] shown = [.. _arms.Where(static arm => arm.Impressions > 0)];
        double? chiSquare = isCounted && shown.Length > 1 ? Proportions.ChiSquare(shown) : null;
        long? toGo = verdict is MeasurementVerdict.TooFewData or MeasurementVerdict.Undecided ? ToGo() : null;
        return MeasurementStart.Of(_experiment, _options) with
        {
            ControlId = _control.Id,
            LeaderId = leader is { } at ? _variants[at].Id : null,
            Verdict = verdict,
            Advice = Advice.Sentence(advice, IsLongEnough ? toGo : null, ratio),
            ChiSquare = chiSquare,
            DegreesOfFreedom = chiSquare is null ? null : shown.Length - 1,
            PValue = chiSquare is { } x ? SpecialFunctions.UpperGamma((shown.Length - 1) / 2.0, x / 2) : null,
            SampleRatio = ratio,
            ImpressionsToGo = toGo,
            Confidence = Confidence,
            Variants = verdict == MeasurementVerdict.DataProblem ? [.. variants.Select(Distrusted)] : variants,
        };
    }

    /// <summary>If an experiment's numbers cannot be trusted, none of its variants has a verdict of its own.</summary>
    private static VariantMeasurement Distrusted(VariantMeasurement variant) =>
        variant is { IsControl: false, Verdict: not MeasurementVerdict.NotApplicable }
            ? variant with
            {
                Verdict = MeasurementVerdict.DataProblem,
            }
            : variant;

    /// <summary>Every variant of the experiment, those without traffic too.</summary>
    private VariantMeasurement[] Variants((double[] Best, double[] Loss)? beta)
    {
        double z = SpecialFunctions.NormalQuantile((1 - Confidence) / 2);
        var measured = new VariantMeasurement[_experiment.Variants.Count];
        int at = 0;
        for (int i = 0; i < measured.Length; i++)
        {
            Variant variant = _experiment.Variants[i];
            VariantMeasurement result = MeasurementStart.Of(variant);
            if (variant.Weight > 0)
            {
                Arm arm = _arms[at];
                if (arm.Impressions > 0 && arm.Clicks <= arm.Impressions)
                {
                    (double low, double high) = Proportions.Wilson(arm, z);
                    result = result with { ClickRateLow = low, ClickRateHigh = high };
                }

                result = result with { ProbabilityBest = beta?.Best[at], ExpectedLoss = beta?.Loss[at] };
                result = at == _controlAt ? result with { IsControl = true } : Compared(result, arm);
                at++;
            }
            else
            {
                bool isCounted = variant.Impressions > 0 || variant.Clicks > 0;
                result = result with
                {
                    Verdict = isCounted ? MeasurementVerdict.DataProblem : MeasurementVerdict.NotApplicable,
                };
            }

            measured[i] = result;
        }

        return measured;
    }

    private VariantMeasurement Compared(VariantMeasurement variant, Arm arm)
    {
        Arm control = _arms[_controlAt];
        if (arm.Impressions > 0 && control.Impressions > 0)
        {
            var test = new SequentialTest(control, arm);
            (double low, double high) = test.Lift(Comparisons, Confidence);
            variant = variant with
            {
                Lift = control.Clicks > 0 ? (arm.Rate / control.Rate) - 1 : null,
                LiftLow = low,
                LiftHigh = high,
                AlwaysValidPValue = test.PValue(Comparisons),
            };
        }

        return variant with
        {
            Verdict =
                arm.Clicks > arm.Impressions || control.Clicks > control.Impressions ? MeasurementVerdict.DataProblem
                : variant.LiftHigh < -_options.HarmMargin ? MeasurementVerdict.Harmful
                : !IsLongEnough || IsTooFew(arm) || IsTooFew(control) ? MeasurementVerdict.TooFewData
                : variant.LiftLow > 0 ? MeasurementVerdict.Winning
                : IsNegligible(variant) ? MeasurementVerdict.NoDifference
                : MeasurementVerdict.Undecided,
        };
    }

    private bool IsTooFew(Arm arm) => arm.Impressions < MinimumImpressions;

    /// <summary>If the run time is not known, the minimum of days is not applied.</summary>
    private bool IsLongEnough => !(_options.RunTime.Days < MinimumRunDays);

    private bool IsNegligible(VariantMeasurement variant) =>
        variant.LiftLow >= -_options.NegligibleLift && variant.LiftHigh <= _options.NegligibleLift;

    private (MeasurementVerdict, string) Classify(VariantMeasurement[] variants, SampleRatio ratio)
    {
        if (GetDataProblem(variants, ratio) is { } why)
        {
            return (MeasurementVerdict.DataProblem, why);
        }

        VariantMeasurement[] compared =
        [
            .. variants.Where(static variant => variant is { IsControl: false, Weight: > 0 }),
        ];
        VariantMeasurement? harmful = Furthest(
            compared,
            MeasurementVerdict.Harmful,
            static variant => variant.LiftHigh
        );
        if (harmful is not null)
        {
            return (MeasurementVerdict.Harmful, Advice.Harmful(harmful, _control.Id, Confidence));
        }

        if (!IsLongEnough)
        {
            return (MeasurementVerdict.TooFewData, Advice.TooEarly(_options.RunTime, MinimumRunDays));
        }

        int few = Array.FindIndex(_arms, IsTooFew);
        if (few >= 0)
        {
            int fewest = Enumerable.Range(0, _arms.Length).OrderBy(i => _arms[i].Impressions).First();
            return (
                MeasurementVerdict.TooFewData,
                Advice.TooFew(_variants[fewest].Id, _arms[fewest].Impressions, MinimumImpressions)
            );
        }

        VariantMeasurement? winning = Furthest(
            compared,
            MeasurementVerdict.Winning,
            static variant => -variant.LiftLow
        );
        if (winning is not null)
        {
            return (MeasurementVerdict.Winning, Advice.Winning(winning, _control.Id, Confidence));
        }

        return Array.TrueForAll(compared, IsNegligible)
            ? (MeasurementVerdict.NoDifference, Advice.NoDifference(_control.Id, _options.NegligibleLift, Confidence))
            : (MeasurementVerdict.Undecided, Advice.Undecided(Widest(compared), _control.Id, Confidence));
    }

    /// <summary>Why the numbers cannot be right; null if they can.</summary>
    private static string? GetDataProblem(VariantMeasurement[] variants, SampleRatio ratio)
    {
        VariantMeasurement? wrong = Array.Find(variants, static variant => variant.Clicks > variant.Impressions);
        if (wrong is not null)
        {
            return Advice.MoreClicks(wrong);
        }

        VariantMeasurement? weightless = Array.Find(
            variants,
            static variant => variant.Verdict == MeasurementVerdict.DataProblem
        );
        return weightless is not null ? Advice.NoWeight(weightless)
            : ratio.Verdict == SampleRatioVerdict.Mismatch ? Advice.Mismatch(variants, ratio)
            : null;
    }

    private static VariantMeasurement? Furthest(
        VariantMeasurement[] variants,
        MeasurementVerdict verdict,
        Func<VariantMeasurement, double?> key
    ) => variants.Where(variant => variant.Verdict == verdict).OrderBy(key).FirstOrDefault();

    /// <summary>The compared variant with the highest lift.</summary>
    private static VariantMeasurement Widest(VariantMeasurement[] compared) =>
        compared.OrderByDescending(static variant => variant.Lift ?? double.NegativeInfinity).First();

    private int? Leader(double[] best, VariantMeasurement[] variants, MeasurementVerdict verdict)
    {
        int? leader = null;
        for (int i = 0; i < best.Length; i++)
        {
            bool counts =
                verdict != MeasurementVerdict.Winning
                || Array.Find(variants, variant => variant.Id == _variants[i].Id)!.Verdict
                    == MeasurementVerdict.Winning;
            if (counts && (leader is not { } at || best[i] > best[at]))
            {
                leader = i;
            }
        }

        return leader;
    }

    /// <summary>The value for the comparison with the clearest difference so far.</summary>
    private long? ToGo()
    {
        double needed = Proportions.ImpressionsNeeded(_arms, _controlAt, (1 - Confidence) / Comparisons);
        double raw = needed * _options.DesignEffect;
        return raw < NeverReached ? Math.Max(0, (long)Math.Ceiling(raw) - (_experiment.Impressions ?? 0)) : null;
    }
}
