namespace Pictify.Statistics;

/// <summary>The result of a measurement before anything is computed: the counters as received.</summary>
internal static class MeasurementStart
{
    /// <summary>The result for an experiment whose variants are not drawn by weight: its counters only.</summary>
    public static ExperimentMeasurement Undrawn(Experiment experiment, MeasurementOptions options, string why) =>
        Of(experiment, options) with
        {
            Verdict = MeasurementVerdict.NotApplicable,
            Advice = why,
            Confidence = options.Confidence ?? experiment.ConfidenceThreshold ?? ExperimentDefaults.ConfidenceThreshold,
            Variants =
            [
                .. experiment.Variants.Select(static variant =>
                    Of(variant) with
                    {
                        Verdict = MeasurementVerdict.NotApplicable,
                    }
                ),
            ],
        };

    public static ExperimentMeasurement Of(Experiment experiment, MeasurementOptions options) =>
        new()
        {
            Uid = experiment.Uid,
            Name = experiment.Name,
            Status = experiment.Status,
            Type = experiment.Type,
            Impressions = experiment.Impressions ?? 0,
            Clicks = experiment.Clicks ?? 0,
            ClickRate = experiment.Impressions > 0 ? (experiment.Clicks ?? 0) / (double)experiment.Impressions : null,
            RunDays = options.RunTime.Days,
            Source = experiment,
        };

    public static VariantMeasurement Of(Variant variant) =>
        new()
        {
            Id = variant.Id,
            Name = variant.Name,
            Weight = variant.Weight,
            Impressions = variant.Impressions,
            Clicks = variant.Clicks,
            ClickRate = variant.ClickRate,
        };
}
