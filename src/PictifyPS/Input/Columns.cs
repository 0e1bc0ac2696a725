using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using Pictify;

namespace PictifyPS.Input;

/// <summary>
/// The columns of a row that does not have the one that is needed: their names, and the line that renames the one that was probably meant.
/// </summary>
internal sealed class Columns
{
    private const int Shown = 10;

    private static readonly string[] _likeUid =
    [
        "id",
        "experimentid",
        "experimentuid",
        "expid",
        "expuid",
        "experiment",
    ];

    /// <summary>The text to which PowerShell converts a row if a text is wanted: <c>@{Id=exp_1; Name=Hero}</c>.</summary>
    private static readonly Regex _row = new(
        "^@\\{(?:(?<name>[^=;{}]+)=(?<value>[^;]*?)(?:; |\\}\\z))+\\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1)
    );

    private readonly (string Name, object? Value)[] _columns;
    private readonly bool _isDictionary;

    private Columns((string Name, object? Value)[] columns, bool isDictionary)
    {
        _columns = columns;
        _isDictionary = isDictionary;
    }

    /// <summary>Null if the input is not a row: a number, a date or another single value, or nothing.</summary>
    public static Columns? Of(object? input)
    {
        try
        {
            object? value = PowerShellValue.Unwrap(input);
            if (value is IDictionary fields)
            {
                return New(fields.Keys.OfType<string>().Select(key => (key, (object?)fields[key])), isDictionary: true);
            }

            return value is null or string or ValueType or IEnumerable
                ? null
                : New(
                    PSObject
                        .AsPSObject(input!)
                        .Properties.Where(static property =>
                            property.MemberType is PSMemberTypes.NoteProperty or PSMemberTypes.Property
                        )
                        .Select(static property => (property.Name, (object?)property.Value)),
                    isDictionary: false
                );
        }
        catch (Exception exception) when (exception is not (PipelineStoppedException or OutOfMemoryException))
        {
            // A user's own object, whose code may fail in any way: its columns are not listed.
            return null;
        }
    }

    /// <summary>The same, for a row that PowerShell converted to a text; null if the text is not one.</summary>
    public static Columns? OfText(string text)
    {
        if (text.Length > 4_000 || _row.Match(text) is not { Success: true } match)
        {
            return null;
        }

        CaptureCollection values = match.Groups["value"].Captures;
        return New(
            match.Groups["name"].Captures.Cast<Capture>().Select((name, i) => (name.Value, (object?)values[i].Value)),
            isDictionary: false
        );
    }

    /// <summary>A sentence with the columns, and one with the line that renames one; begins with a space.</summary>
    /// <param name="wanted">The column that is missing.</param>
    public string Advice(string wanted)
    {
        string names = string.Join(", ", _columns.Take(Shown).Select(static column => SafeText.Clean(column.Name, 60)));
        string more = _columns.Length > Shown ? $" and {_columns.Length - Shown} more" : "";
        return $" It has {(_columns.Length == 1 ? "the column" : "the columns")} {names}{more}."
            + (
                Meant() is { } meant
                    ? $" If '{SafeText.Clean(meant, 60)}' is the uid: "
                        + $"... | Select-Object @{{ n = '{wanted}'; e = {Expression(meant)} }} | ..."
                    : ByName()
            );
    }

    private static Columns? New(IEnumerable<(string Name, object? Value)> columns, bool isDictionary)
    {
        (string, object?)[] all = [.. columns];
        return all.Length == 0 ? null : new Columns(all, isDictionary);
    }

    /// <summary>The column that contains a uid, by its value, else by its name.</summary>
    private string? Meant() =>
        _columns
            .FirstOrDefault(static column =>
                (PowerShellValue.Unwrap(column.Value) as string)?.StartsWith("exp_", StringComparison.OrdinalIgnoreCase)
                == true
            )
            .Name
        ?? _columns
            .FirstOrDefault(static column =>
                _likeUid.Contains(new string([.. column.Name.Where(char.IsLetter)]).ToLowerInvariant())
            )
            .Name;

    /// <summary>Select-Object takes a property's name; it cannot read a dictionary's keys.</summary>
    private string Expression(string name)
    {
        string quoted = $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
        return _isDictionary ? $"{{ $_.{quoted} }}" : quoted;
    }

    private string ByName() =>
        new[] { nameof(Experiment.Name), nameof(Experiment.Slug) }.FirstOrDefault(name =>
            _columns.Any(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase))
        )
            is { } found
            ? $" -{found} selects by {found.ToLowerInvariant()}: -{found} ($rows.{found})"
            : " A column of another name is renamed by: ... | Select-Object @{ n = 'Uid'; e = 'its name' } | ...";
}
