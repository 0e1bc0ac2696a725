using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pictify;

/// <summary>What an experiment counts as success.</summary>
public sealed record GoalConfig
{
    /// <summary>Impressions only (the service's default), or clicks through.</summary>
    [JsonIgnore]
    public GoalType Type => ApiName.Parse<GoalType>(TypeText);

    /// <summary>The service's own word for <see cref="Type"/>.</summary>
    [JsonPropertyName("type")]
    public string? TypeText { get; set; }

    /// <summary>The address that a click opens: http or https; required for <c>click_through</c>.</summary>
    public string? DestinationUrl { get; set; }

    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>Reads as <c>click_through https://shop.example/</c>.</summary>
    public override string ToString() => $"{TypeText} {DestinationUrl}".Trim();
}

/// <summary>Auto-optimisation of an A/B test.</summary>
public sealed record BanditConfig
{
    /// <summary>Off by default; from the Standard plan up.</summary>
    public bool? Enabled { get; set; }

    /// <summary>How weights are shifted.</summary>
    [JsonIgnore]
    public BanditAlgorithm Algorithm => ApiName.Parse<BanditAlgorithm>(AlgorithmText);

    /// <summary>The service's own word for <see cref="Algorithm"/>.</summary>
    [JsonPropertyName("algorithm")]
    public string? AlgorithmText { get; set; }

    /// <summary>Impressions before weights change; the service's default is 50.</summary>
    public long? WarmupImpressions { get; set; }

    /// <summary>Minutes between two shifts; the service's default is 15.</summary>
    public int? RecomputeIntervalMinutes { get; set; }

    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>Reads as <c>off</c>, or <c>thompson_sampling</c>.</summary>
    public override string ToString() => Enabled == true ? AlgorithmText ?? "on" : "off";
}

/// <summary>How images are rendered.</summary>
public sealed record OutputConfig
{
    /// <summary>Png, jpeg or webp.</summary>
    [JsonIgnore]
    public ImageFormat Format => ApiName.Parse<ImageFormat>(FormatText);

    /// <summary>The service's own word for <see cref="Format"/>.</summary>
    [JsonPropertyName("format")]
    public string? FormatText { get; set; }

    /// <summary>1 to 100; the service's default is 90.</summary>
    public int? Quality { get; set; }

    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>Reads as <c>png 90</c>.</summary>
    public override string ToString() => $"{FormatText} {Quality}".Trim();
}
