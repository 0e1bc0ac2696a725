using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pictify;

/// <summary>One of the images that an experiment chooses from.</summary>
public sealed record Variant : IListed
{
    /// <summary>Letters, digits, <c>_</c> and <c>-</c>; unique within the experiment.</summary>
    public string Id
    {
        get => _id;
        set => _id = value ?? "";
    }

    private string _id = "";

    /// <summary>Share of traffic in basis points, 0 to 10000; an experiment's weights sum to exactly 10000.</summary>
    public int? Weight { get; set; }

    /// <summary>The display name.</summary>
    public string? Name { get; set; }

    /// <summary>Overrides the experiment's template.</summary>
    public string? TemplateUid { get; set; }

    /// <summary>The template's variables: any JSON object.</summary>
    [JsonConverter(typeof(PlainObjectConverter))]
    public IDictionary<string, object?>? Variables { get; set; }

    /// <summary>True for the variant that is served if no other matches.</summary>
    public bool? IsDefault { get; set; }

    /// <summary>The visitors who get it; smart links only.</summary>
    public Condition? Conditions { get; set; }

    /// <summary>When it is served; scheduled experiments only.</summary>
    public Schedule? Schedule { get; set; }

    /// <summary>Counted by the service; read-only there.</summary>
    public long? Impressions { get; set; }

    /// <summary>Counted by the service; read-only there.</summary>
    public long? Clicks { get; set; }

    /// <summary>Clicks per impression, 0 to 1; null if there are no impressions.</summary>
    [JsonIgnore]
    public double? ClickRate => Impressions > 0 ? (Clicks ?? 0) / (double)Impressions : null;

    /// <summary>The uid of the experiment that it was read with; null for one that was made here. Not a field of the API.</summary>
    [JsonIgnore]
    public string? ExperimentUid { get; internal set; }

    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>The id.</summary>
    public override string ToString() => Id;

    /// <summary>Reads as <c>control 50 %</c>.</summary>
    string IListed.InList =>
        Weight is { } weight ? $"{Id} {(weight / 100m).ToString("0.##", CultureInfo.InvariantCulture)} %" : Id;
}
