using System.Collections;
using System.Management.Automation;
using Pictify;

namespace PictifyPS.Pipeline;

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
    };

    /// <summary>The object that the input means.</summary>
    /// <exception cref="FormatException">It means none; the message says why.</exception>
    public static T Convert<T>(object input)
        where T : class
    {
        if (Unwrap(input) is T typed)
        {
            return typed;
        }

        T result = PlainJson.To<T>(Unwrap(input) is string json ? PlainJson.Parse(json) : ToPlain(input));
        UseApiWords(result);
        return result;
    }

    /// <summary>Fields whose content is somebody else's, such as a template's variables: names in there are kept.</summary>
    private static readonly HashSet<string> _free = new(StringComparer.OrdinalIgnoreCase) { "variables", "metadata" };

    /// <summary>Any input as plain values.</summary>
    /// <param name="input">What a person wrote.</param>
    /// <param name="keepNames">False where names are the API's fields, and are brought into its spelling.</param>
    public static object? ToPlain(object? input, bool keepNames = false)
    {
        object? value = Unwrap(input);
        switch (value)
        {
            case null or string or bool or DateTime or DateTimeOffset:
            case ValueType when value.GetType().IsPrimitive || value is decimal:
                return value;
            case Enum:
                return value.ToString();
            case Experiment or Variant or GoalConfig or BanditConfig or OutputConfig or Condition or Schedule:
                return PlainJson.From(value);
            case IDictionary fields:
                var named = new Dictionary<string, object?>();
                foreach (DictionaryEntry field in fields)
                {
                    string name = keepNames ? $"{field.Key}" : FieldName($"{field.Key}");
                    named[name] = ToPlain(field.Value, keepNames || _free.Contains(name));
                }

                return named;
            case IEnumerable items:
                return items.Cast<object?>().Select(item => ToPlain(item, keepNames)).ToList();
            default:
                var wrapped = PSObject.AsPSObject(input!);
                return keepNames ? Properties(wrapped) : FromProperties(wrapped);
        }
    }

    /// <summary>A plain value as PowerShell shows it: objects with properties, arrays.</summary>
    public static object? ToPowerShell(object? plain)
    {
        switch (plain)
        {
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

    /// <summary>An experiment that went through a file or another process, live again.</summary>
    public static Experiment? Revive(PSObject input)
    {
        if (!input.TypeNames.Contains("Deserialized.Pictify.Experiment"))
        {
            return null;
        }

        try
        {
            Dictionary<string, object?> fields = FromProperties(input);

            // Sums over the variants; the variants have their own.
            fields.Remove("impressions");
            fields.Remove("clicks");
            return PlainJson.To<Experiment>(fields);
        }
        catch (FormatException)
        {
            // Its uid is read all the same; only what is known beside it is lost.
            return null;
        }
    }

    /// <summary>An object that is nothing of the API's: all of it, by its own names.</summary>
    private static Dictionary<string, object?> Properties(PSObject input) =>
        Own(input).ToDictionary(static property => property.Name, static property => ToPlain(property.Value, true));

    private static IEnumerable<PSPropertyInfo> Own(PSObject input) =>
        input.Properties.Where(static property =>
            property.MemberType is not (PSMemberTypes.ScriptProperty or PSMemberTypes.CodeProperty)
        );

    private static Dictionary<string, object?> FromProperties(PSObject input)
    {
        List<PSPropertyInfo> properties = [.. Own(input)];
        bool HasWord(string name) =>
            properties.Any(p => string.Equals(p.Name, name + "Text", StringComparison.OrdinalIgnoreCase));
        var fields = new Dictionary<string, object?>();
        foreach (PSPropertyInfo property in properties)
        {
            // The enum beside its word, and what nobody set, are no fields.
            if (_computed.Contains(property.Name) || HasWord(property.Name) || property.Value is null)
            {
                continue;
            }

            string name = _words.TryGetValue(property.Name, out string? word) ? word : FieldName(property.Name);
            fields[name] = ToPlain(property.Value, _free.Contains(name));
        }

        return fields;
    }

    private static string FieldName(string name) =>
        _words.TryGetValue(name, out string? word) ? word
        : name.Length == 0 ? name
        : char.ToLowerInvariant(name[0]) + name.Substring(1);

    /// <summary>What PowerShell wrapped; an object that is nothing but its properties stays as it is.</summary>
    public static object? Unwrap(object? input) =>
        input is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : input;

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
