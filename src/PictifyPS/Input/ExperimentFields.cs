using Pictify;

namespace PictifyPS.Input;

/// <summary>
/// The parameters of New- and Set-PictifyExperiment as fields of the API: only those that were given. A parameter has the name of its
/// field, except those that are listed here.
/// </summary>
internal static class ExperimentFields
{
    /// <summary>Each of the two cmdlets has its own parameters for these.</summary>
    private static readonly ExperimentField[] _own = [FieldTable.Name, FieldTable.Slug, FieldTable.Type];

    /// <summary>The fields that were given.</summary>
    /// <param name="bound">The parameters, by case-insensitive names.</param>
    public static FieldChanges Given(IDictionary<string, object> bound)
    {
        var given = new FieldChanges(FieldTable.Api);
        foreach (ExperimentField field in FieldTable.Api.Rows.Except(_own))
        {
            if (field == FieldTable.GoalConfig)
            {
                PlainObject parts = Goal(bound);
                if (parts.Count > 0)
                {
                    given.Add(field, parts);
                }
            }
            else if (field == FieldTable.Variants)
            {
                if (bound.TryGetValue("Variant", out object? variants))
                {
                    given.Add(field, (ReadableList<Variant>?)(Variant[]?)variants);
                }
            }
            else if (bound.TryGetValue(field.Name, out object? value))
            {
                given.Add(field, value);
            }
        }

        return given;
    }

    /// <summary>The parts of a goal, each of which has a parameter.</summary>
    private static PlainObject Goal(IDictionary<string, object> bound)
    {
        var parts = new PlainObject();
        if (bound.TryGetValue("GoalType", out object? type))
        {
            parts[FieldTable.GoalType.Name] = ApiName.Of((GoalType)type);
        }

        if (bound.TryGetValue("DestinationUrl", out object? destination))
        {
            parts[FieldTable.DestinationUrl.Name] = destination;
        }

        return parts;
    }
}
