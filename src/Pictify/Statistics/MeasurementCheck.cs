namespace Pictify.Statistics;

/// <summary>Whether an experiment can be measured at all.</summary>
internal static class MeasurementCheck
{
    /// <summary>The variant that the others are compared with: the given one, else the default, else control, else the first.</summary>
    public static Variant? Control(Experiment experiment, string? id) =>
        id is not null
            ? experiment.Variants.FirstOrDefault(variant => variant.Id == id)
                ?? experiment.Variants.FirstOrDefault(variant =>
                    string.Equals(variant.Id, id, StringComparison.OrdinalIgnoreCase)
                )
            : experiment.Variants.FirstOrDefault(static variant => variant.IsDefault == true)
                ?? experiment.Variants.FirstOrDefault(static variant => variant.Id == "control")
                ?? (experiment.Variants.Count > 0 ? experiment.Variants[0] : null);

    /// <summary>Why its variants are not drawn by weight and so cannot be compared; null if they are drawn by weight.</summary>
    public static string? GetDesignProblem(Experiment experiment, RunTime runTime) =>
        // An input with counters only has no type, and is assumed to be split by weight.
        experiment.TypeText
            is not null
        && experiment.Type != ExperimentType.AbTest
            ? Advice.OtherType(experiment)
        : experiment.BanditConfig?.Enabled == true ? Advice.Bandit
        : experiment.Variants.Count < 2 ? Advice.TooFewVariants(experiment.Variants.Count)
        : runTime.VariantsChangedAt is { } at ? Advice.VariantsChanged(at)
        : null;

    /// <summary>Everything that is wrong with its counters, ids, weights and options.</summary>
    public static List<FieldError> Problems(Experiment experiment, MeasurementOptions options)
    {
        var problems = new List<FieldError>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        double weights = 0;
        for (int i = 0; i < experiment.Variants.Count; i++)
        {
            Variant variant = experiment.Variants[i];
            string field = string.IsNullOrEmpty(variant.Id)
                ? $"variants[{i}]"
                : $"variant '{SafeText.Clean(variant.Id)}'";
            if (string.IsNullOrEmpty(variant.Id))
            {
                problems.Add(new FieldError(field, "has no id"));
            }
            else if (!ids.Add(variant.Id))
            {
                problems.Add(new FieldError(field, "is used twice"));
            }

            CheckCount(field, "weight", variant.Weight, problems);
            CheckCount(field, "impressions", variant.Impressions, problems);
            CheckCount(field, "clicks", variant.Clicks, problems);
            weights += Math.Max(0, variant.Weight ?? 0);
        }

        if (weights <= 0)
        {
            problems.Add(new FieldError("weights", "sum to 0"));
        }

        double confidence =
            options.Confidence ?? experiment.ConfidenceThreshold ?? ExperimentDefaults.ConfidenceThreshold;
        if (!(confidence > 0 && confidence < 1))
        {
            problems.Add(
                new FieldError("confidenceThreshold", "must be above 0 and below 1; -Confidence gives another")
            );
        }

        CheckControl(experiment, options.Control, weights > 0, problems);
        return problems;
    }

    private static void CheckControl(Experiment experiment, string? id, bool hasWeights, List<FieldError> problems)
    {
        Variant? control = Control(experiment, id);
        if (control is null)
        {
            string known = string.Join(", ", experiment.Variants.Select(static variant => SafeText.Clean(variant.Id)));
            problems.Add(
                new FieldError(
                    "control",
                    $"'{SafeText.Clean(id)}' is none of its variants ({known})",
                    MeasurementException.NoSuchControl
                )
            );
        }
        else if (control.Weight == 0 && hasWeights)
        {
            problems.Add(
                new FieldError(
                    "control",
                    $"'{SafeText.Clean(control.Id)}' has weight 0, so nothing can be compared with it; -Control names another"
                )
            );
        }
    }

    private static void CheckCount(string field, string name, long? value, List<FieldError> problems)
    {
        if (value is null)
        {
            problems.Add(new FieldError(field, $"has no {name}"));
        }
        else if (value < 0)
        {
            problems.Add(new FieldError(field, $"has {name} below 0"));
        }
    }
}
