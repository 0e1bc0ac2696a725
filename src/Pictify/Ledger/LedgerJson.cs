using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pictify.Ledger;

/// <summary>The JSON of a ledger's line: read and written by generated code, like all other JSON that this module reads.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TolerantDateConverter)]
)]
[JsonSerializable(typeof(LedgerEntry))]
internal sealed partial class LedgerJson : JsonSerializerContext;

/// <summary>An enum's value as its word; a word that is not listed, or no word, reads as Unknown.</summary>
internal sealed class LedgerWordConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    private const string Unknown = "unknown";

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return ApiName.Parse<T>(reader.GetString());
        }

        reader.Skip();
        return default;
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(ApiName.Of(value) ?? Unknown);
}

/// <summary>A time in UTC, as ISO 8601 with a Z.</summary>
internal sealed class UtcConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime);
}
