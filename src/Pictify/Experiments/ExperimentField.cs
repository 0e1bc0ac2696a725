using System.Text.Json;

namespace Pictify;

/// <summary>The kind of JSON value that a field accepts.</summary>
internal enum FieldKind
{
    Text,

    /// <summary>A whole number of 32 bits.</summary>
    Whole,

    /// <summary>A whole number of 64 bits.</summary>
    Count,
    Number,
    Flag,
    Date,
    Object,
    List,
}

/// <summary>
/// A field of an experiment that a create or an update accepts, with its properties; the rules for its value are not among
/// them.
/// </summary>
internal abstract class ExperimentField(string name, FieldKind kind)
{
    /// <summary>The API's name.</summary>
    public string Name => name;

    public FieldKind Kind => kind;

    /// <summary>True if every experiment has a value, so that an update cannot clear it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The statuses that lock other fields, but in which this one may change.</summary>
    public ExperimentStatus[] OpenIn { get; init; } = [];

    /// <summary>The parts of an object. An update replaces only the given parts.</summary>
    public FieldPart[] Parts { get; init; } = [];

    public abstract object? Get(Experiment experiment);

    public abstract void Set(Experiment experiment, object? value);

    /// <summary>Sets the service's default if the value, or a part of it, is missing.</summary>
    public abstract void FillIn(Experiment experiment);

    /// <summary>Copies the value for a new draft: without the service's counters.</summary>
    public abstract void CopyForDraft(Experiment from, Experiment to);

    /// <summary>The value after an update.</summary>
    /// <param name="present">The value as it is.</param>
    /// <param name="given">The given value: for an object also a dictionary or a JSON object with some parts.</param>
    public abstract object? Merge(object? present, object? given);

    /// <summary>The parts that may not change in a status, as JSON; a missing value counts as the default.</summary>
    public abstract byte[] LockedParts(Experiment experiment, ExperimentStatus status);

    /// <summary>The field, or those of its parts that may change in a status that locks fields.</summary>
    public IEnumerable<string> EditableIn(ExperimentStatus status) =>
        OpenIn.Contains(status)
            ? [Name]
            : Parts.Where(part => part.OpenIn.Contains(status)).Select(static part => part.Path);

    public void Copy(Experiment from, Experiment to) => Set(to, Get(from));

    public FieldError Error(string message) => new(Name, message);
}

/// <summary>A field whose value has the type <typeparamref name="T"/>.</summary>
/// <param name="name">The API's name.</param>
/// <param name="get">Reads it from an experiment.</param>
/// <param name="set">Writes it to one.</param>
internal sealed class ExperimentField<T>(string name, Func<Experiment, T> get, Action<Experiment, T> set)
    : ExperimentField(name, KindOf(typeof(T)))
{
    /// <summary>Returns the value with the service's defaults for missing parts. It changes no object.</summary>
    public Func<T, T> WithDefaults { get; init; } = static value => value;

    /// <summary>Returns the value for a copy of the experiment. It changes no object.</summary>
    public Func<T, T> ForDraft { get; init; } = static value => value;

    public override object? Get(Experiment experiment) => get(experiment);

    public override void Set(Experiment experiment, object? value) => set(experiment, (T)value!);

    public override void FillIn(Experiment experiment) => set(experiment, WithDefaults(get(experiment)));

    public override void CopyForDraft(Experiment from, Experiment to) => set(to, ForDraft(get(from)));

    public override object? Merge(object? present, object? given)
    {
        if (Kind != FieldKind.Object || given is null || (present is null && given is T))
        {
            return given;
        }

        Dictionary<string, object?> merged = present is null ? [] : PartsOf(present);
        foreach (KeyValuePair<string, object?> part in PartsOf(given))
        {
            merged[part.Key] = part.Value;
        }

        return JsonSerializer.Deserialize(PlainJson.Bytes(merged), PictifyJson.Default.GetTypeInfo(typeof(T))!);
    }

    public override byte[] LockedParts(Experiment experiment, ExperimentStatus status)
    {
        object? value = WithDefaults(get(experiment));
        Dictionary<string, object?> parts = value is null ? [] : PartsOf(value);
        foreach (FieldPart open in Parts.Where(part => part.OpenIn.Contains(status)))
        {
            parts.Remove(open.Name);
        }

        return PlainJson.Bytes(parts);
    }

    private static Dictionary<string, object?> PartsOf(object value)
    {
        if (value is IDictionary<string, object?> given)
        {
            return new Dictionary<string, object?>(given);
        }

        JsonElement json = value is JsonElement element
            ? element
            : JsonSerializer.SerializeToElement(value, PictifyJson.Default.GetTypeInfo(typeof(T))!);
        var parts = new Dictionary<string, object?>();
        foreach (JsonProperty part in json.EnumerateObject())
        {
            parts[part.Name] = part.Value;
        }

        return parts;
    }

    private static FieldKind KindOf(Type type) =>
        type == typeof(string) ? FieldKind.Text
        : type == typeof(int?) ? FieldKind.Whole
        : type == typeof(long?) ? FieldKind.Count
        : type == typeof(double?) ? FieldKind.Number
        : type == typeof(bool?) ? FieldKind.Flag
        : type == typeof(DateTimeOffset?) ? FieldKind.Date
        : typeof(System.Collections.IList).IsAssignableFrom(type) ? FieldKind.List
        : FieldKind.Object;
}

/// <summary>A part of a field that is an object.</summary>
/// <param name="owner">The API's name of the field.</param>
/// <param name="name">The API's name of the part.</param>
/// <param name="kind">The kind of JSON value that it accepts.</param>
internal sealed class FieldPart(string owner, string name, FieldKind kind)
{
    public string Name => name;

    public FieldKind Kind => kind;

    /// <summary>The name in errors, such as <c>goalConfig.destinationUrl</c>.</summary>
    public string Path => $"{owner}.{name}";

    /// <summary>The statuses that lock other fields, but in which this part may change.</summary>
    public ExperimentStatus[] OpenIn { get; init; } = [];

    public FieldError Error(string message) => new(Path, message);
}
