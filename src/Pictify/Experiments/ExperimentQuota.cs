using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pictify;

/// <summary>The plan's limits and how much of them is used, from <c>GET /experiments/api/quota</c>.</summary>
public sealed record ExperimentQuota
{
    /// <summary>The plan's name.</summary>
    public string? Plan { get; set; }

    /// <summary>Use and limit by the API's type name: <c>ab_test</c>, <c>smart_link</c>, <c>scheduled</c>.</summary>
    public IReadOnlyDictionary<string, QuotaUse> Quota
    {
        get => _quota;
        set =>
            _quota =
                value
                    ?.Where(static use => use.Value is not null)
                    .ToDictionary(static use => use.Key, static use => use.Value)
                ?? [];
    }

    private Dictionary<string, QuotaUse> _quota = [];

    /// <summary>Variants an experiment may have.</summary>
    public int? MaxVariants { get; set; }

    /// <summary>Days that analytics are kept.</summary>
    public int? AnalyticsRetentionDays { get; set; }

    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>Reads as <c>ab_test 2 of 5, smart_link 0 of 3</c>.</summary>
    public override string ToString() => string.Join(", ", Quota.Select(static use => $"{use.Key} {use.Value}"));
}

/// <summary>One type's use of the plan.</summary>
public sealed record QuotaUse
{
    /// <summary>Experiments of the type that count.</summary>
    public int? Used { get; set; }

    /// <summary>How many are allowed; null is unlimited.</summary>
    public int? Limit { get; set; }

    /// <summary>Reads as <c>2 of 5</c>, or <c>2, unlimited</c>.</summary>
    public override string ToString() => Limit is { } limit ? $"{Used ?? 0} of {limit}" : $"{Used ?? 0}, unlimited";
}
