using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pictify;

/// <summary>
/// A node of the tree that decides whether a smart link's variant matches a visitor, three levels deep at most.
/// A group has <see cref="Operator"/> and <see cref="Children"/>; a rule has <see cref="Property"/>, a comparison and
/// <see cref="Value"/>. The API's reference calls a rule's comparison <c>ruleOperator</c>, its concept page calls it
/// <c>operator</c>: both are read, and each is written back as it was received.
/// </summary>
public sealed record Condition
{
    /// <summary>Group or rule; inferred from the node's parts if the service left it out.</summary>
    [JsonIgnore]
    public ConditionType Type =>
        ApiName.Parse<ConditionType>(TypeText) is var type and not ConditionType.Unknown ? type
        : Children is not null ? ConditionType.Group
        : Property is not null ? ConditionType.Rule
        : ConditionType.Unknown;

    /// <summary>The service's own word for <see cref="Type"/>.</summary>
    [JsonPropertyName("type")]
    public string? TypeText { get; set; }

    /// <summary>For a group <c>AND</c> or <c>OR</c>; for a rule the comparison, in the concept page's spelling.</summary>
    public string? Operator { get; set; }

    /// <summary>A group's nodes.</summary>
    public ReadableList<Condition>? Children
    {
        get => _children;
        set => _children = value is null ? null : Nulls.Without(value, out _hadNulls);
    }

    private ReadableList<Condition>? _children;
    private bool _hadNulls;

    /// <summary>True if one of its nodes, at any depth, was null.</summary>
    [JsonIgnore]
    internal bool HasNulls => _hadNulls || _children?.Any(static child => child.HasNulls) == true;

    /// <summary>The property that a rule checks: device, country, time, browser, referrer or custom.</summary>
    public string? Property { get; set; }

    /// <summary>A rule's comparison, in the reference's spelling: equals, not_equals, contains, gt and so on.</summary>
    public string? RuleOperator { get; set; }

    /// <summary>The value that a rule compares with: any JSON value.</summary>
    [JsonConverter(typeof(PlainValueConverter))]
    public object? Value { get; set; }

    /// <summary>A rule's comparison, in the spelling that was received; null for a group.</summary>
    [JsonIgnore]
    public string? Comparison => Type == ConditionType.Rule ? RuleOperator ?? Operator : null;

    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>The tree as one line: <c>(device equals mobile AND country equals NL)</c>.</summary>
    public override string ToString() =>
        Type == ConditionType.Group
            ? $"({string.Join($" {Operator ?? "?"} ", Children ?? [])})"
            : $"{Property} {Comparison} {(Value is IEnumerable and not string ? PlainObject.Text(Value) : Value)}";
}
