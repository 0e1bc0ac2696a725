using System.Text.Json;
using Kind = Pictify.FieldKind;

namespace Pictify.Sandbox;

/// <summary>
/// Which kind of JSON value each field of a create or an update accepts. A field of the wrong kind is refused by its name, as
/// the service does, before the body is read as an experiment. Unknown fields are ignored.
/// </summary>
internal static class SandboxShape
{
    public const string WinnerVariantId = "winnerVariantId";

    private static readonly Dictionary<string, Kind> _recurrence = new()
    {
        ["type"] = Kind.Text,
        ["cronExpression"] = Kind.Text,
        ["timezone"] = Kind.Text,
    };

    private static readonly Dictionary<string, Kind> _schedule = new()
    {
        ["startAt"] = Kind.Date,
        ["endAt"] = Kind.Date,
    };

    private static readonly Dictionary<string, Kind> _variant = new()
    {
        ["id"] = Kind.Text,
        ["weight"] = Kind.Whole,
        ["name"] = Kind.Text,
        ["templateUid"] = Kind.Text,
        ["variables"] = Kind.Object,
        ["isDefault"] = Kind.Flag,
        ["impressions"] = Kind.Count,
        ["clicks"] = Kind.Count,
    };

    private static readonly Dictionary<string, Kind> _progress = new()
    {
        ["total"] = Kind.Whole,
        ["completed"] = Kind.Whole,
    };

    private static readonly Dictionary<string, Kind> _condition = new()
    {
        ["type"] = Kind.Text,
        ["operator"] = Kind.Text,
        ["ruleOperator"] = Kind.Text,
        ["property"] = Kind.Text,
    };

    /// <summary>Fields that the service sets itself, which a body may nevertheless contain.</summary>
    private static readonly Dictionary<string, Kind> _readOnly = new()
    {
        ["uid"] = Kind.Text,
        ["status"] = Kind.Text,
        [WinnerVariantId] = Kind.Text,
    };

    /// <summary>Every field of the wrong kind; empty if there is none.</summary>
    public static List<FieldError> Check(JsonElement body, FieldTable fields)
    {
        var errors = new List<FieldError>();
        Dictionary<string, Kind> kinds = fields
            .Rows.Where(static field => field.Kind is not (Kind.Object or Kind.List))
            .ToDictionary(static field => field.Name, static field => field.Kind);
        CheckFields(body, "", kinds, errors);
        CheckFields(body, "", _readOnly, errors);
        foreach (ExperimentField field in fields.Rows.Where(static field => field.Kind == Kind.Object))
        {
            kinds = field.Parts.ToDictionary(static part => part.Name, static part => part.Kind);
            CheckObject(body, "", field.Name, kinds, errors);
        }

        CheckObject(body, "", "renderProgress", _progress, errors);
        CheckList(body, "", FieldTable.Variants.Name, CheckVariant, errors);
        return errors;
    }

    private static void CheckVariant(JsonElement variant, string path, List<FieldError> errors)
    {
        CheckFields(variant, $"{path}.", _variant, errors);
        if (CheckObject(variant, $"{path}.", "schedule", _schedule, errors) is { } schedule)
        {
            CheckObject(schedule, $"{path}.schedule.", "recurrence", _recurrence, errors);
        }

        if (CheckObject(variant, $"{path}.", "conditions", _condition, errors) is { } conditions)
        {
            CheckChildren(conditions, $"{path}.conditions", errors);
        }
    }

    private static void CheckCondition(JsonElement condition, string path, List<FieldError> errors)
    {
        CheckFields(condition, $"{path}.", _condition, errors);
        CheckChildren(condition, path, errors);
    }

    private static void CheckChildren(JsonElement condition, string path, List<FieldError> errors) =>
        CheckList(condition, $"{path}.", "children", CheckCondition, errors);

    private static void CheckList(
        JsonElement parent,
        string path,
        string name,
        Action<JsonElement, string, List<FieldError>> check,
        List<FieldError> errors
    )
    {
        if (!parent.TryGetProperty(name, out JsonElement list) || list.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            errors.Add(Wrong($"{path}{name}", "a list"));
            return;
        }

        int i = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            string place = $"{path}{name}[{i++}]";
            if (item.ValueKind == JsonValueKind.Object)
            {
                check(item, place, errors);
            }
            else
            {
                errors.Add(Wrong(place, "an object"));
            }
        }
    }

    /// <summary>The object, if it is one.</summary>
    private static JsonElement? CheckObject(
        JsonElement parent,
        string path,
        string name,
        Dictionary<string, Kind> kinds,
        List<FieldError> errors
    )
    {
        if (!parent.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            errors.Add(Wrong($"{path}{name}", "an object"));
            return null;
        }

        CheckFields(value, $"{path}{name}.", kinds, errors);
        return value;
    }

    private static void CheckFields(
        JsonElement parent,
        string path,
        Dictionary<string, Kind> kinds,
        List<FieldError> errors
    )
    {
        foreach (JsonProperty field in parent.EnumerateObject())
        {
            if (
                kinds.TryGetValue(field.Name, out Kind kind)
                && field.Value.ValueKind != JsonValueKind.Null
                && GetProblem(kind, field.Value) is { } why
            )
            {
                errors.Add(Wrong($"{path}{field.Name}", why));
            }
        }
    }

    /// <summary>The expected kind of value; null if the value has it.</summary>
    private static string? GetProblem(Kind kind, JsonElement value) =>
        kind switch
        {
            Kind.Text => value.ValueKind == JsonValueKind.String ? null : "a text",
            Kind.Whole => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _) ? null : "a whole number",
            Kind.Count => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) ? null : "a whole number",
            Kind.Number => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out _) ? null : "a number",
            Kind.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
            Kind.Date => value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out _)
                ? null
                : "an ISO 8601 date",
            _ => value.ValueKind == JsonValueKind.Object ? null : "an object",
        };

    private static FieldError Wrong(string field, string kind) => new(field, $"must be {kind}", "invalid_type");
}
