using System.Collections;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pictify;

/// <summary>
/// JSON as plain .NET values and back, so that no public member has a type of the JSON library. Numbers keep their
/// value: whole ones as long, others as decimal if that is exact enough, else double.
/// </summary>
internal static class PlainJson
{
    public static object? Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        return Read(ref reader);
    }

    /// <summary>A JSON text as plain values.</summary>
    /// <exception cref="FormatException">It is not JSON; the message contains the position.</exception>
    public static object? Parse(string json)
    {
        try
        {
            return Parse(Encoding.UTF8.GetBytes(json));
        }
        catch (JsonException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    /// <summary>Whether it is an object of this library that has a form in the API's JSON.</summary>
    public static bool IsApiObject(object value) =>
        value is Experiment or Variant or Condition or Schedule or GoalConfig or BanditConfig or OutputConfig;

    /// <summary>An object of this library as plain values, under the API's names.</summary>
    public static object? From(object value) => Parse(Bytes(value));

    /// <summary>Plain values as an object of this library.</summary>
    /// <exception cref="FormatException">They cannot be converted to one; the message contains the reason.</exception>
    public static T To<T>(object? plain)
        where T : class => (T)To(typeof(T), plain);

    /// <summary>Plain values as an object of this library, of a type that is known at run time.</summary>
    /// <exception cref="FormatException">They cannot be converted to one; the message contains the reason.</exception>
    public static object To(Type type, object? plain)
    {
        try
        {
            return JsonSerializer.Deserialize(Bytes(plain), PictifyJson.Default.GetTypeInfo(type)!)
                ?? throw new FormatException("It is null.");
        }
        catch (JsonException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    /// <summary>A plain value as JSON; objects of this library among the values are written in the API's form.</summary>
    public static byte[] Bytes(object? value, JsonWriterOptions options = default)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            Write(writer, value);
        }

        return stream.ToArray();
    }

    public static object? Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return Text(ref reader);
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            case JsonTokenType.Number:
                if (reader.TryGetInt64(out long whole))
                {
                    return whole;
                }

                // An exponent means that range matters more than digits: 1e400 is no decimal, and no double either.
                return reader.TryGetDecimal(out decimal exact) ? exact
                    : reader.TryGetDouble(out double number) && !double.IsInfinity(number) ? number
                    : Encoding.UTF8.GetString(reader.ValueSpan.ToArray());
            case JsonTokenType.StartArray:
                var list = new List<object?>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    list.Add(Read(ref reader));
                }

                return list;
            case JsonTokenType.StartObject:
                // In practice in the order of the JSON text; names are case-sensitive, as in JSON.
                var fields = new PlainObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    string name = Text(ref reader);
                    reader.Read();
                    fields[name] = Read(ref reader);
                }

                return fields;
            default:
                return null;
        }
    }

    /// <summary>A text; an invalid one (half of a surrogate pair, bytes that are not UTF-8) as it is written in the JSON.</summary>
    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan.ToArray());
        }
    }

    /// <summary>The same for an element that is a text.</summary>
    public static string Text(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            string json = element.GetRawText();
            return json.Substring(1, json.Length - 2);
        }
    }

    /// <summary>Whether a value has a type of the JSON library, and its plain value.</summary>
    public static bool TryRead(object value, out object? plain)
    {
        string? json = value switch
        {
            JsonElement element => element.GetRawText(),
            JsonDocument document => document.RootElement.GetRawText(),
            JsonNode node => node.ToJsonString(),
            _ => null,
        };
        plain = json is null ? null : Parse(json);
        return json is not null;
    }

    public static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int or long or short or byte or sbyte or ushort or uint:
                writer.WriteNumberValue(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            // JSON has no literal for NaN and infinity: they become texts, as by default below.
            case float number when !float.IsNaN(number) && !float.IsInfinity(number):
                writer.WriteNumberValue(number);
                break;
            case double number when !double.IsNaN(number) && !double.IsInfinity(number):
                writer.WriteNumberValue(number);
                break;
            case DateTime date:
                writer.WriteStringValue(date.ToUniversalTime());
                break;
            case DateTimeOffset date:
                writer.WriteStringValue(date.UtcDateTime);
                break;
            case JsonElement element:
                element.WriteTo(writer);
                break;
            case not null when IsApiObject(value):
                JsonSerializer.Serialize(writer, value, PictifyJson.Default.GetTypeInfo(value.GetType())!);
                break;
            case IDictionary fields:
                WriteObject(writer, fields);
                break;
            case IEnumerable items:
                WriteArray(writer, items);
                break;
            default:
                writer.WriteStringValue(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, IDictionary fields)
    {
        writer.WriteStartObject();
        foreach (DictionaryEntry field in fields)
        {
            writer.WritePropertyName(field.Key.ToString()!);
            Write(writer, field.Value);
        }

        writer.WriteEndObject();
    }

    private static void WriteArray(Utf8JsonWriter writer, IEnumerable items)
    {
        writer.WriteStartArray();
        foreach (object? item in items)
        {
            Write(writer, item);
        }

        writer.WriteEndArray();
    }
}
