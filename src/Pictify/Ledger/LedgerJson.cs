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

/// <summary>An enum's value as one word in lower case; a word that is not listed, or no word, reads as Unknown.</summary>
internal sealed class LedgerWordConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return LedgerWord.Parse<T>(reader.GetString()!);
        }

        reader.Skip();
        return default;
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(LedgerWord.Of(value));
}

/// <summary>The ledger's words for an enum's values.</summary>
internal static class LedgerWord
{
    /// <summary>The word; that of Unknown for a value that has none.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Map<T>.Words.TryGetValue(value, out string? word) ? word : Map<T>.Words[default];

    public static T Parse<T>(string word)
        where T : struct, Enum => Map<T>.Values.TryGetValue(word, out T value) ? value : default;

    private static class Map<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Words = Platform
            .EnumValues<T>()
            .ToDictionary(static value => value, static value => value.ToString().ToLowerInvariant());

        public static readonly Dictionary<string, T> Values = Words.ToDictionary(
            static pair => pair.Value,
            static pair => pair.Key,
            StringComparer.OrdinalIgnoreCase
        );
    }
}

/// <summary>A time in UTC, as ISO 8601 with a Z.</summary>
internal sealed class UtcConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime);
}
