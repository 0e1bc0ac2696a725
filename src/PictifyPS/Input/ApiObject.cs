using System.Collections.Specialized;
using System.Management.Automation;
using Pictify;

namespace PictifyPS.Input;

/// <summary>
/// What PowerShell users give for an object of the API: a hashtable, an object from ConvertFrom-Json or a file, a text in JSON, or the
/// typed object itself. Names are case-insensitive, and an enum's name is converted to the API's word for it.
/// </summary>
internal static class ApiObject
{
    /// <summary>Typed objects have some fields twice, as an enum and as the API's word: the word is the field.</summary>
    private static readonly Dictionary<string, string> _words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["StatusText"] = "status",
        ["TypeText"] = "type",
        ["AlgorithmText"] = "algorithm",
        ["FormatText"] = "format",
    };

    /// <summary>Computed by this module, and not fields of the API.</summary>
    private static readonly HashSet<string> _computed = new(StringComparer.OrdinalIgnoreCase)
    {
        "ClickRate",
        "Comparison",
        "ExperimentUid",
    };

    /// <summary>Converts the input to an object of the API.</summary>
    /// <exception cref="FormatException">It cannot be converted; the message has the reason.</exception>
    public static object Convert(Type type, object input)
    {
        object value = PowerShellValue.Unwrap(input)!;
        if (type.IsInstanceOfType(value))
        {
            return value;
        }

        object result = PlainJson.To(type, value is string json ? PlainJson.Parse(json) : ToPlain(input));
        UseApiWords(result);
        return result;
    }

    /// <summary>Fields whose content belongs to the user, such as a template's variables: names in it are kept.</summary>
    private static readonly HashSet<string> _free = new(StringComparer.OrdinalIgnoreCase)
    {
        "variables",
        EventFields.Metadata,
    };

    /// <summary>Any input as plain values.</summary>
    /// <param name="input">The input.</param>
    /// <param name="keepNames">False if names are the API's fields, and are converted to its spelling.</param>
    /// <exception cref="FormatException">It cannot be converted to JSON; the message has the place and the reason.</exception>
    public static object? ToPlain(object? input, bool keepNames = false) => new PlainReader().Read(input, keepNames);

    /// <summary>Reads an object whose content belongs to the user, such as a template's variables.</summary>
    /// <exception cref="FormatException">It is not an object; the message has the reason.</exception>
    public static Dictionary<string, object?> ToFreeObject(object input) =>
        (PowerShellValue.Unwrap(input) is string json ? PlainJson.Parse(json) : ToPlain(input, keepNames: true))
            as Dictionary<string, object?>
        ?? throw new FormatException("it is not an object: a hashtable, an object with properties, or a JSON object.");

    /// <summary>True for a field whose content belongs to the user: names in it are kept.</summary>
    public static bool IsFree(string field) => _free.Contains(field);

    /// <summary>True for a property that this module computes, and that is not a field of the API.</summary>
    public static bool IsComputed(string property) => _computed.Contains(property);

    /// <summary>
    /// A plain value as PowerShell shows it: objects with properties, arrays. PowerShell's objects cannot have two names that differ by
    /// case only, an empty name, or the names that PowerShell uses itself: such an object becomes a dictionary.
    /// </summary>
    public static object? ToPowerShell(object? plain)
    {
        switch (plain)
        {
            case IDictionary<string, object?> fields when !CanBeProperties(fields.Keys):
                var exact = new OrderedDictionary(StringComparer.Ordinal);
                foreach (KeyValuePair<string, object?> field in fields)
                {
                    exact[field.Key] = ToPowerShell(field.Value);
                }

                return exact;
            case IDictionary<string, object?> fields:
                var shown = new PSObject();
                foreach (KeyValuePair<string, object?> field in fields)
                {
                    shown.Properties.Add(new PSNoteProperty(field.Key, ToPowerShell(field.Value)));
                }

                return shown;
            case List<object?> items:
                return items.Select(ToPowerShell).ToArray();
            default:
                return plain;
        }
    }

    private static readonly HashSet<string> _reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "",
        "PSObject",
        "PSBase",
        "PSAdapted",
        "PSExtended",
        "PSTypeNames",
    };

    private static bool CanBeProperties(ICollection<string> names) =>
        !names.Any(_reserved.Contains) && names.Distinct(StringComparer.OrdinalIgnoreCase).Count() == names.Count;

    /// <summary>Turns a deserialized experiment back into a typed one.</summary>
    public static Experiment? Revive(PSObject input)
    {
        if (!input.TypeNames.Contains("Deserialized.Pictify.Experiment"))
        {
            return null;
        }

        try
        {
            return PlainJson.To<Experiment>(WithoutOwn(new PlainReader().ReadFields(input)));
        }
        catch (FormatException)
        {
            // Its uid is still read; only the other fields are lost.
            return null;
        }
    }

    /// <summary>
    /// An experiment's fields without those that this module adds: sums over the variants, and the result of a change.
    /// </summary>
    public static Dictionary<string, object?> WithoutOwn(Dictionary<string, object?> fields)
    {
        foreach (string own in (string[])["impressions", "clicks", "change", "operationId", "pausedUntil"])
        {
            fields.Remove(own);
        }

        return fields;
    }

    /// <summary>A name in the API's spelling.</summary>
    public static string FieldName(string name) =>
        _words.TryGetValue(name, out string? word) ? word
        : name.Length == 0 ? name
        : char.ToLowerInvariant(name[0]) + name.Substring(1);

    private static void UseApiWords(object value)
    {
        switch (value)
        {
            case Variant variant:
                if (variant.Conditions is { } conditions)
                {
                    UseApiWords(conditions);
                }

                if (variant.Schedule is { } schedule)
                {
                    UseApiWords(schedule);
                }

                break;
            case Condition condition:
                condition.TypeText = Word<ConditionType>(condition.TypeText);
                foreach (Condition child in condition.Children ?? [])
                {
                    UseApiWords(child);
                }

                break;
            case Schedule { Recurrence: { } recurrence }:
                recurrence.TypeText = Word<RecurrenceType>(recurrence.TypeText);
                break;
            case BanditConfig bandit:
                bandit.AlgorithmText = Word<BanditAlgorithm>(bandit.AlgorithmText);
                break;
            case OutputConfig output:
                output.FormatText = Word<ImageFormat>(output.FormatText);
                break;
        }
    }

    private static string? Word<T>(string? text)
        where T : struct, Enum => Enum.TryParse(text, ignoreCase: true, out T value) ? ApiName.Of(value) ?? text : text;
}
