using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace PictifyPS.Views;

/// <summary>
/// An object that a view shows, read by its properties: a deserialized object has the same ones, but not our type.
/// </summary>
internal readonly struct Row(object? item)
{
    /// <summary>An enum is deserialized as an object whose text is its name, or as that name.</summary>
    public string? Text(string name) => Value(name)?.ToString();

    public bool Flag(string name) => Value(name) is PSObject { BaseObject: true } or true;

    public double? Number(string name)
    {
        object? value = Value(name);
        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        return plain switch
        {
            null => null,
            IConvertible number and not string => number.ToDouble(CultureInfo.InvariantCulture),
            _ => double.TryParse($"{plain}", NumberStyles.Float, CultureInfo.InvariantCulture, out double read)
                ? read
                : null,
        };
    }

    public T Word<T>(string name)
        where T : struct, Enum => Enum.TryParse(Text(name), ignoreCase: true, out T word) ? word : default;

    public Row[] Rows(string name) => [.. Items(name).Select(static each => new Row(each))];

    /// <summary>The values of a list, each with the text that PowerShell shows of it, separated by commas.</summary>
    public string Joined(string name) => string.Join(", ", Items(name));

    private IEnumerable<object?> Items(string name)
    {
        object? value = Value(name);
        object? plain = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        return plain is IEnumerable items and not string ? items.Cast<object?>() : [];
    }

    private object? Value(string name) => item is null ? null : PSObject.AsPSObject(item).Properties[name]?.Value;
}
