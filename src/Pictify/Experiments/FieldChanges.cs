using System.Globalization;

namespace Pictify;

/// <summary>
/// The given fields of a create or an update, with their given values. Only this class takes the parts of an object that are not
/// given from its present value.
/// </summary>
internal sealed class FieldChanges(FieldTable table)
{
    private readonly List<(ExperimentField Field, object? Value)> _given = [];

    /// <summary>The API's names of the fields, in the order of an update.</summary>
    public IReadOnlyList<string> Names => [.. _given.Select(static given => given.Field.Name)];

    /// <summary>Whether one of them is an object, of which an update may set some parts only.</summary>
    public bool HasParts => _given.Any(static given => given.Field.Kind == FieldKind.Object);

    public bool Has(ExperimentField field) => _given.Exists(given => given.Field == field);

    /// <param name="field">A field that was not added yet.</param>
    /// <param name="value">Its value: for an object also a dictionary or a JSON object with some parts.</param>
    public void Add(ExperimentField field, object? value) => _given.Add((field, value));

    /// <summary>Sets the given values in an experiment.</summary>
    public void ApplyTo(Experiment experiment)
    {
        foreach ((ExperimentField field, object? value) in _given)
        {
            field.Set(experiment, field.Merge(field.Get(experiment), value));
        }
    }

    /// <summary>The given fields only, with an experiment's values.</summary>
    public Experiment Pick(Experiment experiment)
    {
        var picked = new Experiment();
        foreach ((ExperimentField field, _) in _given)
        {
            field.Copy(experiment, picked);
        }

        return picked;
    }

    /// <summary>The given fields only, with their new values.</summary>
    /// <param name="present">The experiment as it is; null if that is not known.</param>
    public Experiment Changed(Experiment? present)
    {
        Experiment changed = present is null ? new Experiment() : Pick(present);
        ApplyTo(changed);
        return changed;
    }

    /// <summary>The fields by name, for a request's body; a cleared field is null.</summary>
    /// <param name="present">The experiment as it is; null if that is not known.</param>
    public Dictionary<string, object?> Body(Experiment? present)
    {
        IDictionary<string, object?> all = Plain(Changed(present));
        return Names.ToDictionary(static name => name, name => Value(all, name));
    }

    /// <summary>What a change does to fields, as text for a person: <c>name 'Hero' -> 'Hero 2', minimumRunDays 7 -> 14</c>.</summary>
    /// <param name="present">The experiment as it is; null if that is not known.</param>
    public string Differences(Experiment? present)
    {
        IDictionary<string, object?>? old = present is null ? null : Plain(present);
        IDictionary<string, object?> changed = Plain(Changed(present));
        var texts = new List<string>();
        foreach (string name in table.Rows.Where(Has).Select(static field => field.Name))
        {
            object? was = old is null ? null : Value(old, name);
            object? value = Value(changed, name);
            if (value is not IDictionary<string, object?> parts)
            {
                texts.Add(Difference(name, old is not null, was, value));
                continue;
            }

            // Only the parts of an object that change: the others are sent with their present values.
            var oldParts = was as IDictionary<string, object?>;
            string[] differences =
            [
                .. parts
                    .Select(part =>
                        (part.Key, Was: oldParts is null ? null : Value(oldParts, part.Key), Is: part.Value)
                    )
                    .Where(static part => !PlainJson.Bytes(part.Was).SequenceEqual(PlainJson.Bytes(part.Is)))
                    .Select(part => Difference($"{name}.{part.Key}", old is not null, part.Was, part.Is)),
            ];
            texts.AddRange(differences.Length > 0 ? differences : [$"{name} as it is"]);
        }

        return SafeText.Cut(string.Join(", ", texts), SafeText.LongestMessage);
    }

    private static IDictionary<string, object?> Plain(Experiment experiment) =>
        (IDictionary<string, object?>)PlainJson.From(experiment)!;

    private static object? Value(IDictionary<string, object?> fields, string name) =>
        fields.TryGetValue(name, out object? value) ? value : null;

    private static string Difference(string field, bool isKnown, object? was, object? value) =>
        isKnown ? $"{field} {Shown(was)} -> {Shown(value)}" : $"{field} to {Shown(value)}";

    private static string Shown(object? value) =>
        value switch
        {
            null => "none",
            string text => $"'{SafeText.OneLine(text, SafeText.LongestName)}'",
            bool flag => flag ? "true" : "false",
            List<object?> items => SafeText.OneLine(string.Join("; ", items.Select(ShownItem)), SafeText.LongestName)
                ?? "none",
            _ => SafeText.Clean(Convert.ToString(value, CultureInfo.InvariantCulture), SafeText.LongestName),
        };

    /// <summary>A variant: its id and its weight.</summary>
    private static string ShownItem(object? item) =>
        item is IDictionary<string, object?> fields && fields.TryGetValue("id", out object? id)
            ? $"{id} {Value(fields, "weight")}"
            : Shown(item);
}
