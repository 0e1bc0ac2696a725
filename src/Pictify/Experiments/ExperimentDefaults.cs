namespace Pictify;

/// <summary>The service's default values for fields that are not given.</summary>
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

    /// <summary>The goal with default values for missing parts; an experiment always has one.</summary>
    public static GoalConfig Fill(GoalConfig? goal) =>
        (goal ?? new GoalConfig()) with
        {
            TypeText = goal?.TypeText ?? ApiName.Of(GoalType.ImpressionsOnly),
        };

    /// <summary>The auto-optimisation with default values; an experiment may have none.</summary>
    public static BanditConfig? Fill(BanditConfig? bandit) =>
        bandit is null
            ? null
            : bandit with
            {
                Enabled = bandit.Enabled ?? false,
                AlgorithmText = bandit.AlgorithmText ?? ApiName.Of(BanditAlgorithm.ThompsonSampling),
                WarmupImpressions = bandit.WarmupImpressions ?? WarmupImpressions,
                RecomputeIntervalMinutes = bandit.RecomputeIntervalMinutes ?? RecomputeIntervalMinutes,
            };

    /// <summary>The output with default values; an experiment always has one.</summary>
    public static OutputConfig Fill(OutputConfig? output) =>
        (output ?? new OutputConfig()) with
        {
            FormatText = output?.FormatText ?? ApiName.Of(ImageFormat.Png),
            Quality = output?.Quality ?? Quality,
        };

    /// <summary>The variant with default values.</summary>
    public static Variant Fill(Variant variant) =>
        variant with
        {
            IsDefault = variant.IsDefault ?? false,
            Schedule = variant.Schedule is { Recurrence: { } recurrence } schedule
                ? schedule with
                {
                    Recurrence = recurrence with
                    {
                        TypeText = recurrence.TypeText ?? ApiName.Of(RecurrenceType.None),
                        Timezone = recurrence.Timezone ?? "UTC",
                    },
                }
                : variant.Schedule,
        };
}
