using Pictify;

namespace PictifyPS.Pipeline;

/// <summary>The parameters of New- and Set-PictifyExperiment as fields of the API: only those that were given.</summary>
internal static class ExperimentFields
{
    /// <summary>Puts what was given into an experiment, and the names of the API's fields into a list.</summary>
    public static List<string> Apply(IDictionary<string, object> bound, Experiment experiment)
    {
        var given = new List<string>();
        T? Take<T>(string parameter, string field)
        {
            if (!bound.TryGetValue(parameter, out object? value))
            {
                return default;
            }

            if (!given.Contains(field))
            {
                given.Add(field);
            }

            return (T?)value;
        }

        void Set<T>(string parameter, string field, Action<T?> set)
        {
            if (bound.ContainsKey(parameter))
            {
                set(Take<T>(parameter, field));
            }
        }

        Set<string>("Slug", "slug", value => experiment.Slug = value);
        Set<string>("TemplateUid", "templateUid", value => experiment.TemplateUid = value);
        Set<Variant[]>("Variant", "variants", value => experiment.Variants = value ?? []);
        Set<string>("Hypothesis", "hypothesis", value => experiment.Hypothesis = value);
        Set<long>("MinimumSampleSize", "minimumSampleSize", value => experiment.MinimumSampleSize = value);
        Set<double>("ConfidenceThreshold", "confidenceThreshold", value => experiment.ConfidenceThreshold = value);
        Set<int>("MinimumRunDays", "minimumRunDays", value => experiment.MinimumRunDays = value);
        Set<double>(
            "MinimumDetectableEffect",
            "minimumDetectableEffect",
            value => experiment.MinimumDetectableEffect = value
        );
        Set<string>("FallbackImageUrl", "fallbackImageUrl", value => experiment.FallbackImageUrl = value);
        Set<string>("FallbackTemplateUid", "fallbackTemplateUid", value => experiment.FallbackTemplateUid = value);
        Set<BanditConfig>("BanditConfig", "banditConfig", value => experiment.BanditConfig = value);
        Set<OutputConfig>("OutputConfig", "outputConfig", value => experiment.OutputConfig = value);
        Set<DateTimeOffset>("StartAt", "startAt", value => experiment.StartAt = value);
        Set<DateTimeOffset>("EndAt", "endAt", value => experiment.EndAt = value);
        Set<DateTimeOffset>("ExpiresAt", "expiresAt", value => experiment.ExpiresAt = value);

        // A goal is one object of the API: what is not given of it stays as it is.
        if (bound.ContainsKey("GoalType") || bound.ContainsKey("DestinationUrl"))
        {
            experiment.GoalConfig = experiment.GoalConfig is { } goal ? goal with { } : new GoalConfig();
            Set<GoalType>("GoalType", "goalConfig", value => experiment.GoalConfig.TypeText = ApiName.Of(value));
            Set<string>("DestinationUrl", "goalConfig", value => experiment.GoalConfig.DestinationUrl = value);
        }

        return given;
    }

    /// <summary>The fields by name, as a request's body has them; one that was cleared is null.</summary>
    public static Dictionary<string, object?> Body(Experiment experiment, IEnumerable<string> given)
    {
        var all = (IDictionary<string, object?>)PlainJson.From(experiment)!;
        return given.ToDictionary(
            static field => field,
            field => all.TryGetValue(field, out object? value) ? value : null
        );
    }
}
