using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pictify;

/// <summary>A JSON object as a dictionary of plain values, whose text is the JSON.</summary>
public sealed class PlainObject : Dictionary<string, object?>
{
    private static readonly JsonWriterOptions _readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads as <c>{"headline":"Now!"}</c>: all of it, so that it can be read as JSON again.</summary>
    public override string ToString() => Text(this);

    /// <summary>A plain value as JSON, in which characters that are not safe to show are escaped.</summary>
    internal static string Text(object? value)
    {
        string json = Encoding.UTF8.GetString(PlainJson.Bytes(value, _readable));
        StringBuilder? safe = null;
        for (int i = 0; i < json.Length; i++)
        {
            if (!SafeText.IsSafe(json, i))
            {
                safe ??= new StringBuilder(json, 0, i, 2 * json.Length);
                safe.Append("\\u")
                    .Append(((int)json[i]).ToString("X4", System.Globalization.CultureInfo.InvariantCulture));
            }
            else
            {
                safe?.Append(json[i]);
            }
        }

        return safe?.ToString() ?? json;
    }
}
