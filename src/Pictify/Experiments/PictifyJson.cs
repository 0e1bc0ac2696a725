using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pictify;

/// <summary>The serializers for requests and answers, generated at build: no reflection, no start-up cost.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(TolerantDateConverter)]
)]
[JsonSerializable(typeof(Experiment))]
[JsonSerializable(typeof(ExperimentBody))]
[JsonSerializable(typeof(ExperimentListBody))]
[JsonSerializable(typeof(ExperimentQuota))]
[JsonSerializable(typeof(List<Variant>))]
[JsonSerializable(typeof(Condition))]
[JsonSerializable(typeof(Schedule))]
internal sealed partial class PictifyJson : JsonSerializerContext;

/// <summary>The answer with one experiment.</summary>
internal sealed record ExperimentBody
{
    public Experiment? Experiment { get; set; }
}

/// <summary>A page of the list, in either of the two envelopes that this API uses.</summary>
internal sealed record ExperimentListBody
{
    /// <summary>A null is an item that is not an experiment.</summary>
    public List<Experiment?>? Experiments { get; set; }

    public long? Total { get; set; }

    public int? Page { get; set; }

    public int? Limit { get; set; }

    public PaginationBody? Pagination { get; set; }

    [JsonIgnore]
    public long? KnownTotal => Total ?? Pagination?.Total;
}

internal sealed record PaginationBody
{
    public long? Total { get; set; }

    public bool? HasNext { get; set; }
}
