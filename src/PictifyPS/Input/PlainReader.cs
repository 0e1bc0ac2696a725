using System.Collections;
using System.Data;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Management.Automation.Language;
using System.Net;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Pictify;

namespace PictifyPS.Input;

/// <summary>
/// Reads any object of a user as plain values, which are converted to JSON. An object of .NET may contain itself, contain thousands of
/// others, or throw when it is read: each of these is one error, with the place in the object, for the input in which it was.
/// </summary>
internal sealed class PlainReader
{
    /// <summary>More levels than useful input has, and fewer than JSON readers accept.</summary>
    private const int MaximumDepth = 32;

    /// <summary>Values in one input; this also stops an endless list.</summary>
    private const int MaximumValues = 1_000_000;

    /// <summary>The objects that are being read now, from the outside in: an object that is already among them contains itself.</summary>
    private readonly List<object> _within = [];

    private readonly List<string> _path = [];
    private int _count;

    /// <param name="input">The input.</param>
    /// <param name="keepNames">False if names are the API's fields, and are converted to its spelling.</param>
    /// <exception cref="FormatException">It cannot be converted to JSON; the message has the place and the reason.</exception>
    public object? Read(object? input, bool keepNames)
    {
        if (++_count > MaximumValues)
        {
            throw Problem($"contains more than {MaximumValues.ToString(CultureInfo.InvariantCulture)} values");
        }

        if (PowerShellValue.PointInTime(input) is { } moment)
        {
            return moment;
        }

        object? value = PowerShellValue.Unwrap(input);
        switch (value)
        {
            case null or DBNull or NullString:
            case object when ReferenceEquals(input, AutomationNull.Value):
                return null;
            case not null when PlainJson.IsApiObject(value):
                return PlainJson.From(value);
            case SecureString or PSCredential or NetworkCredential:
                throw Problem("is a secret, and secrets are not sent as a field");
            case ScriptBlock or Delegate:
                throw Problem("is a script block, which is not run; give its result instead: (& { ... })");
            case DataRow row:
                return Within(row, () => Columns(row, keepNames));
            case DataRowView view:
                return Read(view.Row, keepNames);
            case DataTable table:
                return Within(table, () => Items(table.Rows, keepNames));
            case XmlElement { HasAttributes: false } leaf when !leaf.ChildNodes.OfType<XmlElement>().Any():
                return leaf.InnerText;
            case XmlElement or XmlDocument:
                return Within(value, () => Fields(XmlParts.Of((XmlNode)value), keepNames));
            case XmlNode node:
                return node.Value ?? node.InnerText;
            case IDictionary fields:
                return Within(fields, () => Fields(Entries(fields), keepNames));
            case IDictionary<string, object?> fields:
                return Within(
                    fields,
                    () => Fields(fields.Select(static field => (field.Key, (object?)field.Value)), keepNames)
                );
            default:
                return PlainJson.TryRead(value, out object? json) ? json
                    : Scalar(value) is { } scalar ? scalar
                    : value is IEnumerable items ? Within(items, () => Items(items, keepNames))
                    : Within(value, () => Properties(PSObject.AsPSObject(input!), keepNames));
        }
    }

    /// <summary>An object's properties by the names of the API's fields.</summary>
    public Dictionary<string, object?> ReadFields(PSObject input) =>
        Within(PowerShellValue.Unwrap(input)!, () => Properties(input, keepNames: false));

    /// <summary>An object that is one value, although it has properties: its number, or its text; null for any other object.</summary>
    private object? Scalar(object value) =>
        Get(
            "",
            () =>
                value switch
                {
                    string or bool or DateTime or DateTimeOffset or decimal => value,
                    char character => character.ToString(),
                    Enum => value.ToString(),
                    ValueType when value.GetType().IsPrimitive => value,
                    Uri uri => uri.OriginalString,
                    FileSystemInfo file => file.FullName,
                    CultureInfo or Version or Type or Regex or XObject or IPAddress or EndPoint or StringBuilder =>
                        Convert.ToString(value, CultureInfo.InvariantCulture),
                    // A type of PowerShell that the API with which this is compiled does not have.
                    { } version when version.GetType().FullName == "System.Management.Automation.SemanticVersion" =>
                        version.ToString(),
                    // DateOnly and TimeOnly, whose default text is in the American format, and without seconds.
                    IFormattable date when date.GetType().FullName is "System.DateOnly" or "System.TimeOnly" =>
                        date.ToString("O", CultureInfo.InvariantCulture),
                    // Guid, TimeSpan, BigInteger and other values that have a text.
                    ValueType and IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
                    _ => null,
                }
        );

    /// <summary>The content of a dictionary. Its keys need not be texts, but each must have a different text.</summary>
    private List<(string Name, object? Value)> Entries(IDictionary fields)
    {
        List<DictionaryEntry> entries = Get("", () => All(fields));
        var named = new List<(string, object?)>(entries.Count);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in entries)
        {
            string name = Scalar(PowerShellValue.Unwrap(entry.Key)!) is { } key
                ? Convert.ToString(key, CultureInfo.InvariantCulture)!
                : throw Problem($"has a key of type {entry.Key.GetType().Name}, which cannot be the name of a field");
            if (!names.Add(name))
            {
                throw Problem($"has two keys that are equal as text: '{name}'");
            }

            named.Add((name, entry.Value));
        }

        return named;
    }

    /// <summary>With the enumerator of IDictionary: that of a typed dictionary returns pairs of its own type.</summary>
    private static List<DictionaryEntry> All(IDictionary fields)
    {
        var entries = new List<DictionaryEntry>();
        for (IDictionaryEnumerator each = fields.GetEnumerator(); each.MoveNext(); )
        {
            entries.Add(each.Entry);
        }

        return entries;
    }

    private Dictionary<string, object?> Fields(IEnumerable<(string Name, object? Value)> fields, bool keepNames)
    {
        var named = new PlainObject();
        foreach ((string key, object? value) in fields)
        {
            string name = keepNames ? key : ApiObject.FieldName(key);
            named[name] = ReadAt(name, value, keepNames || ApiObject.IsFree(name));
        }

        return named;
    }

    private Dictionary<string, object?> Columns(DataRow row, bool keepNames)
    {
        var columns = new List<(string, object?)>();
        foreach (DataColumn column in row.Table.Columns)
        {
            columns.Add((column.ColumnName, Get(column.ColumnName, () => row[column])));
        }

        return Fields(columns, keepNames);
    }

    private List<object?> Items(IEnumerable items, bool keepNames)
    {
        var list = new List<object?>();
        IEnumerator all = Get("", items.GetEnumerator);
        try
        {
            while (Get("", all.MoveNext))
            {
                string name = $"[{list.Count.ToString(CultureInfo.InvariantCulture)}]";
                list.Add(ReadAt(name, Get(name, () => all.Current), keepNames));
            }
        }
        finally
        {
            (all as IDisposable)?.Dispose();
        }

        return list;
    }

    private Dictionary<string, object?> Properties(PSObject input, bool keepNames)
    {
        List<PSPropertyInfo> own =
        [
            .. input.Properties.Where(static property =>
                property.MemberType is not (PSMemberTypes.ScriptProperty or PSMemberTypes.CodeProperty)
            ),
        ];
        var fields = new Dictionary<string, object?>();
        if (keepNames)
        {
            foreach (PSPropertyInfo property in own)
            {
                fields[property.Name] = ReadAt(
                    property.Name,
                    Get(property.Name, () => property.Value),
                    keepNames: true
                );
            }

            return fields;
        }

        bool HasWord(string name) =>
            own.Any(p => string.Equals(p.Name, name + "Text", StringComparison.OrdinalIgnoreCase));
        foreach (PSPropertyInfo property in own)
        {
            // The enum beside its word, and properties that were not set, are not fields.
            if (
                ApiObject.IsComputed(property.Name)
                || HasWord(property.Name)
                || Get(property.Name, () => property.Value) is not { } value
            )
            {
                continue;
            }

            string name = ApiObject.FieldName(property.Name);
            fields[name] = ReadAt(name, value, ApiObject.IsFree(name));
        }

        return fields;
    }

    private object? ReadAt(string name, object? value, bool keepNames)
    {
        _path.Add(name);
        object? plain = Read(value, keepNames);
        _path.RemoveAt(_path.Count - 1);
        return plain;
    }

    /// <summary>Reads a part of a user's object, whose code may fail in any way.</summary>
    private T Get<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is not (PipelineStoppedException or OutOfMemoryException))
        {
            _path.Add(name);
            throw Problem($"cannot be read: {SafeText.Clean(exception.GetBaseException().Message)}", exception);
        }
    }

    private T Within<T>(object container, Func<T> read)
    {
        if (_within.Any(outer => ReferenceEquals(outer, container)))
        {
            throw Problem("contains itself");
        }

        if (_within.Count == MaximumDepth)
        {
            throw Problem($"is nested deeper than {MaximumDepth} levels");
        }

        _within.Add(container);
        T result = read();
        _within.RemoveAt(_within.Count - 1);
        return result;
    }

    private FormatException Problem(string why, Exception? cause = null)
    {
        string path = string.Join(".", _path.Where(static part => part.Length > 0)).Replace(".[", "[");
        return new FormatException(
            path.Length == 0
                ? $"it {why}."
                : $"'{SafeText.Clean(path.Length > 200 ? path.Remove(200) + "…" : path)}' {why}. Select-Object selects the needed properties.",
            cause
        );
    }
}
