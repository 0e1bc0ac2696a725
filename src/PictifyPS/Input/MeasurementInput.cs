using System.Collections;
using System.Management.Automation;
using Pictify;
using Pictify.Statistics;

namespace PictifyPS.Input;

/// <summary>Inputs that can be measured as they are: an experiment, or any object that has variants with their counters.</summary>
internal static class MeasurementInput
{
    /// <summary>
    /// The experiment that the input is; null if it only names one. A text in JSON is an experiment, any other text a uid.
    /// </summary>
    /// <exception cref="FormatException">It has variants, but they cannot be read; the message has the reason.</exception>
    public static Experiment? Read(object? input)
    {
        object? value = PowerShellValue.Unwrap(input);
        switch (value)
        {
            case Experiment experiment:
                return experiment;
            case ExperimentMeasurement { Source: { } source }:
                return source;
            case string text when text.TrimStart().StartsWith("{", StringComparison.Ordinal):
                return Convert(PlainJson.Parse(text)!);
            case null or string:
                return null;
            case IDictionary fields:
                return fields.Keys.OfType<string>().Any(IsVariants) ? Convert(fields) : null;
            default:
                PSObject row = PSObject.AsPSObject(input!);
                return row.Properties[nameof(Experiment.Variants)] is { } variants && !IsCell(row, variants)
                    ? ApiObject.Revive(row) ?? Convert(input!)
                    : null;
        }
    }

    /// <summary>The options that are given as parameters, which have the same names; a default for each of the others.</summary>
    public static MeasurementOptions Options(IReadOnlyDictionary<string, object> parameters)
    {
        T? Given<T>(string name)
            where T : struct => parameters.TryGetValue(name, out object? value) ? (T)value : null;

        var defaults = new MeasurementOptions();
        return new MeasurementOptions
        {
            Control = parameters.TryGetValue(nameof(MeasurementOptions.Control), out object? id) ? (string)id : null,
            Confidence = Given<double>(nameof(MeasurementOptions.Confidence)),
            MinimumImpressions = Given<long>(nameof(MeasurementOptions.MinimumImpressions)),
            MinimumRunDays = Given<double>(nameof(MeasurementOptions.MinimumRunDays)),
            HarmMargin = Given<double>(nameof(MeasurementOptions.HarmMargin)) ?? defaults.HarmMargin,
            NegligibleLift = Given<double>(nameof(MeasurementOptions.NegligibleLift)) ?? defaults.NegligibleLift,
            DesignEffect = Given<double>(nameof(MeasurementOptions.DesignEffect)) ?? defaults.DesignEffect,
        };
    }

    /// <summary>
    /// True for an experiment's variants from a CSV, which are a text without their counters: the row still identifies the experiment.
    /// </summary>
    private static bool IsCell(PSObject row, PSPropertyInfo variants) =>
        row.BaseObject is PSCustomObject
        && PowerShellValue.Unwrap(variants.Value) is string
        && row.Properties[nameof(Experiment.Uid)] is not null;

    private static bool IsVariants(string name) =>
        string.Equals(name, nameof(Experiment.Variants), StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Type and status may be the API's words, the enums' names, or their numbers, to which JSON and deserialization convert an enum.
    /// </summary>
    private static Experiment Convert(object input)
    {
        if (ApiObject.ToPlain(input) is not Dictionary<string, object?> fields)
        {
            throw new FormatException("it is not an object");
        }

        fields["type"] = Word<ExperimentType>(fields, "type");
        fields["status"] = Word<ExperimentStatus>(fields, "status");
        return PlainJson.To<Experiment>(ApiObject.WithoutOwn(fields));
    }

    private static object? Word<T>(Dictionary<string, object?> fields, string name)
        where T : struct, Enum =>
        fields.TryGetValue(name, out object? given) && Enum.TryParse($"{given}", ignoreCase: true, out T value)
            ? ApiName.Of(value)
            : given;
}
