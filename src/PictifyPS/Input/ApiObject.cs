using System.Collections.Specialized;
using System.Management.Automation;
using Pictify;

namespace PictifyPS.Input;

/// <summary>
/// What PowerShell people write for an object of the API: a hashtable, an object from ConvertFrom-Json or a file, a text in
/// JSON, or the typed object itself. Names are read without regard to case, and an enum's name as the API's word for it.
/// </summary>
internal static class ApiObject
{
    /// <summary>Typed objects show some fields twice, as an enum and as the API's word: the word is the field.</summary>
    private static readonly Dictionary<string, string> _words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["StatusText"] = "status",
        ["TypeText"] = "type",
        ["AlgorithmText"] = "algorithm",
        ["FormatText"] = "format",
    };

    /// <summary>Computed here, and no field of the API.</summary>
    private static readonly HashSet<string> _computed = new(StringComparer.OrdinalIgnoreCase)
    {
        "ClickRate",
        "Comparison",
        "ExperimentUid",
    };

    /// <summary>The object that the input means.</summary>
    /// <exception cref="FormatException">It means none; the message says why.</exception>
    public static T Convert<T>(object input)
        where T : class
    {
        if (PowerShellValue.Unwrap(input) is T typed)
        {
            return typed;
        }

        T result = PlainJson.To<T>(
            PowerShellValue.Unwrap(input) is string json ? PlainJson.Parse(json) : ToPlain(input)
        );
        UseApiWords(result);
        return result;
    }

    /// <summary>Fields whose content is somebody else's, such as a template's variables: names in there are kept.</summary>
    private static readonly HashSet<string> _free = new(StringComparer.OrdinalIgnoreCase) { "variables", "metadata" };

    /// <summary>Any input as plain values.</summary>
    /// <param name="input">What a person wrote.</param>
    /// <param name="keepNames">False if names are the API's fields, and are brought into its spelling.</param>
    /// <exception cref="FormatException">It cannot be JSON; the message says where and why.</exception>
    public static object? ToPlain(object? input, bool keepNames = false) => new PlainReader().Read(input, keepNames);

    /// <summary>What a person gave for an object whose content is theirs, such as a template's variables.</summary>
    /// <exception cref="FormatException">It is no object; the message says why.</exception>
    public static Dictionary<string, object?> ToFreeObject(object input) =>
        (PowerShellValue.Unwrap(input) is string json ? PlainJson.Parse(json) : ToPlain(input, keepNames: true))
            as Dictionary<string, object?>
        ?? throw new FormatException("it is no object: a hashtable, an object with properties, or a JSON object.");

    /// <summary>True for a field whose content is somebody else's: names in there are kept.</summary>
    public static bool IsFree(string field) => _free.Contains(field);

    /// <summary>True for a property that is computed here, and is no field of the API.</summary>
    public static bool IsComputed(string property) => _computed.Contains(property);

    /// <summary>
    /// A plain value as PowerShell shows it: objects with properties, arrays. PowerShell's objects know no two names that
    /// differ by case, no empty one, and not those that it uses itself: such an object is a dictionary.
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

    /// <summary>An experiment that went through a file or another process, live again.</summary>
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
            // Its uid is read all the same; only what is known beside it is lost.
            return null;
        }
    }

    /// <summary>
    /// An experiment's fields without what this module adds: sums over the variants, which have their own, and what a change came to.
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
