using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pictify;

/// <summary>
/// Dates as ISO 8601 with zone. A date that cannot be read becomes null: an invalid date must not make the
/// whole page unreadable.
/// </summary>
internal sealed class TolerantDateConverter : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return null;
        }

        if (reader.TryGetDateTimeOffset(out DateTimeOffset date))
        {
            return date;
        }

        return DateTimeOffset.TryParse(
            reader.GetString(),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out date
        )
            ? date
            : null;
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options)
    {
        if (value is { } date)
        {
            writer.WriteStringValue(date.UtcDateTime);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}

/// <summary>Any JSON value as plain .NET: string, bool, long, decimal, double, list, dictionary or null.</summary>
internal sealed class PlainValueConverter : JsonConverter<object?>
{
    public override bool HandleNull => true;

    public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        PlainJson.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, object? value, JsonSerializerOptions options) =>
        PlainJson.Write(writer, value);
}

/// <summary>Any JSON object as a dictionary of plain values; a value that is not an object is read as null.</summary>
internal sealed class PlainObjectConverter : JsonConverter<IDictionary<string, object?>>
{
    public override IDictionary<string, object?>? Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) => PlainJson.Read(ref reader) as IDictionary<string, object?>;

    public override void Write(
        Utf8JsonWriter writer,
        IDictionary<string, object?> value,
        JsonSerializerOptions options
    ) => PlainJson.Write(writer, value);
}
