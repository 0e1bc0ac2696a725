using System.Globalization;
using Pictify;

namespace PictifyPS.Input;

/// <summary>
/// The parameters of New- and Set-PictifyExperiment as fields of the API: only those that were given. Name and slug are not among
/// them: each of the two has its own parameters for these.
/// </summary>
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
        Set<DateTimeOffset>("StartAt", "startAt", value => experiment.StartAtMoment = value);
        Set<DateTimeOffset>("EndAt", "endAt", value => experiment.EndAtMoment = value);
        Set<DateTimeOffset>("ExpiresAt", "expiresAt", value => experiment.ExpiresAtMoment = value);

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

    /// <summary>What a change does to fields, as a person reads it: <c>name 'Hero' -> 'Hero 2', minimumRunDays 7 -> 14</c>.</summary>
    /// <param name="before">The experiment as it is; null where that is not known.</param>
    /// <param name="after">The fields as they are to be.</param>
    /// <param name="given">Their names in the API.</param>
    public static string Differences(Experiment? before, Experiment after, IEnumerable<string> given)
    {
        var old = before is null ? null : (IDictionary<string, object?>)PlainJson.From(before)!;
        var texts = new List<string>();
        foreach (KeyValuePair<string, object?> field in Body(after, given))
        {
            object? was = old?.TryGetValue(field.Key, out object? value) == true ? value : null;
            if (field.Value is not IDictionary<string, object?> parts)
            {
                texts.Add(Difference(field.Key, old is not null, was, field.Value));
                continue;
            }

            // Of an object only the parts that change: what is sent with them is as it is.
            var oldParts = was as IDictionary<string, object?>;
            string[] changed =
            [
                .. parts
                    .Select(part =>
                        (
                            part.Key,
                            Was: oldParts?.TryGetValue(part.Key, out object? wasPart) == true ? wasPart : null,
                            Is: part.Value
                        )
                    )
                    .Where(static part => !PlainJson.Bytes(part.Was).SequenceEqual(PlainJson.Bytes(part.Is)))
                    .Select(part => Difference($"{field.Key}.{part.Key}", old is not null, part.Was, part.Is)),
            ];
            texts.AddRange(changed.Length > 0 ? changed : [$"{field.Key} as it is"]);
        }

        return SafeText.Cut(string.Join(", ", texts), SafeText.LongestMessage);
    }

    private static string Difference(string field, bool isKnown, object? was, object? value) =>
        isKnown ? $"{field} {Shown(was)} -> {Shown(value)}" : $"{field} to {Shown(value)}";

    private static string Shown(object? value) =>
        value switch
        {
            null => "none",
            string text => $"'{SafeText.OneLine(text, SafeText.LongestName)}'",
            bool flag => flag ? "true" : "false",
            List<object?> items => SafeText.OneLine(string.Join("; ", items.Select(ShownItem)), SafeText.LongestName)
                ?? "none",
            _ => SafeText.Clean(Convert.ToString(value, CultureInfo.InvariantCulture), SafeText.LongestName),
        };

    /// <summary>A variant: its id and its weight.</summary>
    private static string ShownItem(object? item) =>
        item is IDictionary<string, object?> fields && fields.TryGetValue("id", out object? id)
            ? $"{id} {(fields.TryGetValue("weight", out object? weight) ? weight : null)}"
            : Shown(item);
}
