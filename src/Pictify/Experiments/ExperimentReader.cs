using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pictify;

/// <summary>
/// Reads experiments from answers that may contain invalid values. A value that cannot be read is left out, but not its
/// experiment, and an experiment that cannot be read is left out, but not the list.
/// </summary>
internal static class ExperimentReader
{
    /// <summary>If more values than this cannot be read, only the fields that identify the experiment are read.</summary>
    private const int MaximumOddValues = 32;

    /// <summary>
    /// In bytes. A page of 100 experiments is some 2 MB at most: a longer answer that cannot be read is not read value by value,
    /// which needs many times its size in memory.
    /// </summary>
    private const int MaximumSalvage = 8 * 1024 * 1024;

    private const string Uid = "uid";
    private const string Status = "status";

    private static readonly string[] _identity =
    [
        Uid,
        FieldTable.Slug.Name,
        FieldTable.Name.Name,
        FieldTable.Type.Name,
        Status,
    ];

    private static readonly Regex _step = new(
        @"\G(?:\.(?<name>[^.\[]+)|\[(?<index>\d+)\]|\['(?<name>[^']*)'\])",
        RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(1)
    );

    /// <summary>The experiment in an answer, in its envelope or bare; null if there is none.</summary>
    /// <param name="json">The answer's body.</param>
    /// <param name="uid">The uid that was asked for: an experiment in the envelope without a uid is assumed to have it.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static Experiment? ReadOne(ReadOnlySpan<byte> json, string? uid)
    {
        if (json.IsEmpty)
        {
            return null;
        }

        bool isEnveloped;
        Experiment? experiment;
        try
        {
            experiment = JsonSerializer.Deserialize(json, PictifyJson.Default.ExperimentBody)?.Experiment;
            isEnveloped = experiment is not null;
            experiment ??= JsonSerializer.Deserialize(json, PictifyJson.Default.Experiment);
            NoteNulls(experiment);
        }
        catch (JsonException) when (json.Length <= MaximumSalvage)
        {
            if (PlainJson.Parse(json) is not IDictionary<string, object?> body)
            {
                return null;
            }

            var inner =
                (body.TryGetValue("experiment", out object? value) ? value : null) as IDictionary<string, object?>;
            isEnveloped = inner is not null;
            experiment = Salvage(inner ?? body);
        }

        if (experiment is null || experiment.Uid.Length > 0)
        {
            return experiment;
        }

        bool isOne = (experiment.Name ?? experiment.Slug ?? experiment.TypeText ?? experiment.StatusText) is not null;
        if (!isEnveloped || !isOne || uid is null)
        {
            return null;
        }

        experiment.Uid = uid;
        experiment.Unread = [.. experiment.Unread, Uid];
        return experiment;
    }

    /// <summary>A page of the list, with null for an item that is not an experiment; null if it is not a list.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static ExperimentListBody? ReadList(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return null;
        }

        try
        {
            ExperimentListBody? page = JsonSerializer.Deserialize(json, PictifyJson.Default.ExperimentListBody);
            foreach (Experiment? experiment in page?.Experiments ?? [])
            {
                NoteNulls(experiment);
            }

            return page;
        }
        catch (JsonException) when (json.Length <= MaximumSalvage)
        {
            if (
                PlainJson.Parse(json) is not IDictionary<string, object?> body
                || !body.TryGetValue("experiments", out object? value)
                || value is not List<object?> items
            )
            {
                return null;
            }

            var pagination = (body.TryGetValue("pagination", out object? p) ? p : null) as IDictionary<string, object?>;
            return new ExperimentListBody
            {
                Experiments =
                [
                    .. items.Select(static item =>
                        item is IDictionary<string, object?> fields ? Salvage(fields) : null
                    ),
                ],
                Total = Whole(body, "total"),
                Pagination = pagination is null
                    ? null
                    : new PaginationBody
                    {
                        Total = Whole(pagination, "total"),
                        HasNext = (pagination.TryGetValue("hasNext", out object? next) ? next : null) as bool?,
                    },
            };
        }
    }

    /// <summary>The warning about the experiment; null if all of it could be read.</summary>
    public static string? Warning(Experiment experiment) =>
        experiment.Unread.Count == 0
            ? null
            : $"The service's answer contains values of {Called(experiment)} that cannot be read. They are left out: "
                + $"{SafeText.Clean(string.Join(", ", experiment.Unread), 1_000)}.";

    private static string Called(Experiment experiment) =>
        experiment.ToString() is { Length: > 0 } text ? text : "an experiment without a uid";

    private static void NoteNulls(Experiment? experiment)
    {
        if (experiment?.HasNulls == true)
        {
            experiment.Unread = [.. experiment.Unread, $"{FieldTable.Variants.Name} (a null among them)"];
        }

        if (experiment is { Uid.Length: 0, Unread.Count: 0 })
        {
            experiment.Unread = [Uid];
        }
    }

    /// <summary>The experiment without the values that cannot be read.</summary>
    private static Experiment Salvage(IDictionary<string, object?> fields)
    {
        var unread = new List<string>();
        while (unread.Count < MaximumOddValues)
        {
            try
            {
                Experiment experiment = JsonSerializer.Deserialize(
                    PlainJson.Bytes(fields),
                    PictifyJson.Default.Experiment
                )!;
                experiment.Unread = unread;
                if (!unread.Any(static path => path.EndsWith("]", StringComparison.Ordinal)))
                {
                    // In a list, an item that cannot be read has become null.
                    NoteNulls(experiment);
                }

                return experiment;
            }
            catch (JsonException exception)
            {
                if (exception.Path is not { } path || !Remove(fields, path))
                {
                    break;
                }

                unread.Add(path.TrimStart('$', '.'));
            }
        }

        string? Text(string name) => (fields.TryGetValue(name, out object? value) ? value : null) as string;
        return new Experiment
        {
            Uid = Text(Uid) ?? "",
            Slug = Text(FieldTable.Slug.Name),
            Name = Text(FieldTable.Name.Name),
            TypeText = Text(FieldTable.Type.Name),
            StatusText = Text(Status),
            Unread = [$"all but {string.Join(", ", _identity)}"],
        };
    }

    /// <summary>Removes the value at a path such as <c>$.variants[0].weight</c>.</summary>
    private static bool Remove(IDictionary<string, object?> fields, string path)
    {
        object? parent = null;
        object? value = fields;
        object? key = null;
        for (int at = 1; at < path.Length; )
        {
            Match step = _step.Match(path, at);
            if (!step.Success)
            {
                return false;
            }

            at += step.Length;
            parent = value;
            switch (value)
            {
                case IDictionary<string, object?> named
                    when step.Groups["name"] is { Success: true, Value: var name }
                        && named.TryGetValue(name, out value):
                    key = name;
                    break;
                case List<object?> items
                    when step.Groups["index"].Success
                        && int.TryParse(
                            step.Groups["index"].Value,
                            NumberStyles.None,
                            CultureInfo.InvariantCulture,
                            out int index
                        )
                        && index < items.Count:
                    (key, value) = (index, items[index]);
                    break;
                default:
                    return false;
            }
        }

        switch (parent)
        {
            case IDictionary<string, object?> named:
                return named.Remove((string)key!);
            case List<object?> items:
                items[(int)key!] = null;
                return value is not null;
            default:
                return false;
        }
    }

    private static long? Whole(IDictionary<string, object?> fields, string name) =>
        (fields.TryGetValue(name, out object? value) ? value : null) switch
        {
            long number => number,
            string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) =>
                number,
            _ => null,
        };
}
