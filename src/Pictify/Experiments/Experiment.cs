using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pictify;

/// <summary>
/// An image experiment, as the API's <c>experiment</c> object. Every field but <see cref="Uid"/> may be null:
/// the service's own sample answers leave fields out. Fields that are not listed here are kept, and are sent back
/// when the object is written.
/// </summary>
public sealed record Experiment
{
    /// <summary>
    /// The service's identifier, such as <c>exp_abc123</c>. Never changes; empty if there is none yet, and if an answer
    /// left it out.
    /// </summary>
    [JsonIgnore]
    public string Uid
    {
        get => _uid;
        set => _uid = value ?? "";
    }

    private string _uid = "";

    /// <summary>The uid in JSON: an experiment that has none does not send an empty one.</summary>
    [JsonInclude, JsonPropertyName("uid")]
    internal string? UidText
    {
        get => _uid.Length == 0 ? null : _uid;
        set => _uid = value ?? "";
    }

    /// <summary>The name in public image URLs: 3 to 60 of <c>a-z 0-9 -</c>, unique among active experiments.</summary>
    public string? Slug { get; set; }

    /// <summary>The display name, 255 characters at most.</summary>
    public string? Name { get; set; }

    /// <summary>The kind of experiment; <c>Unknown</c> for a kind that this version does not list.</summary>
    [JsonIgnore]
    public ExperimentType Type => ApiName.Parse<ExperimentType>(TypeText);

    /// <summary>The service's own word for <see cref="Type"/>, such as <c>ab_test</c>.</summary>
    [JsonPropertyName("type")]
    public string? TypeText { get; set; }

    /// <summary>The experiment's status; <c>Unknown</c> for a status that this version does not list.</summary>
    [JsonIgnore]
    public ExperimentStatus Status => ApiName.Parse<ExperimentStatus>(StatusText);

    /// <summary>The service's own word for <see cref="Status"/>, such as <c>running</c>.</summary>
    [JsonPropertyName("status")]
    public string? StatusText { get; set; }

    /// <summary>The template that variants render unless they name their own.</summary>
    public string? TemplateUid { get; set; }

    /// <summary>The variants, with their counters. Neither the list nor a variant is null.</summary>
    public ReadableList<Variant> Variants
    {
        get => _variants;
        set => _variants = Nulls.Without(value, out _hadNulls);
    }

    private ReadableList<Variant> _variants = [];
    private bool _hadNulls;

    /// <summary>True if the answer contained a null among the variants, or among the nodes of a variant's conditions.</summary>
    [JsonIgnore]
    internal bool HasNulls
    {
        get
        {
            // Evaluated for every experiment that is read: without an enumerator on the heap, which LINQ allocates for other list types.
            bool has = _hadNulls;
            foreach (Variant variant in _variants)
            {
                has |= variant.Conditions?.HasNulls == true;
            }

            return has;
        }
    }

    /// <summary>What counts as success.</summary>
    public GoalConfig? GoalConfig { get; set; }

    /// <summary>Auto-optimisation; A/B tests only.</summary>
    public BanditConfig? BanditConfig { get; set; }

    /// <summary>The hypothesis that the experiment tests, 500 characters at most.</summary>
    public string? Hypothesis { get; set; }

    /// <summary>Impressions before a result counts; the service's default is 1000.</summary>
    public long? MinimumSampleSize { get; set; }

    /// <summary>0 to 1; the service's default is 0.95.</summary>
    public double? ConfidenceThreshold { get; set; }

    /// <summary>Days before a result counts; the service's default is 7.</summary>
    public int? MinimumRunDays { get; set; }

    /// <summary>A fraction; seen in some of the service's sources only (0.05).</summary>
    public double? MinimumDetectableEffect { get; set; }

    /// <summary>The variant that gets all traffic once the experiment is completed.</summary>
    public string? WinnerVariantId { get; set; }

    /// <summary>When the winner was declared.</summary>
    [JsonIgnore]
    public DateTime? WinnerDeclaredAt
    {
        get => LocalTime.Of(WinnerDeclaredAtMoment);
        set => WinnerDeclaredAtMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("winnerDeclaredAt")]
    internal DateTimeOffset? WinnerDeclaredAtMoment { get; set; }

    /// <summary>The image that is served if no variant can be served.</summary>
    public string? FallbackImageUrl { get; set; }

    /// <summary>The template that is rendered if no variant matches.</summary>
    public string? FallbackTemplateUid { get; set; }

    /// <summary>File type and quality of the rendered images.</summary>
    public OutputConfig? OutputConfig { get; set; }

    /// <summary>The progress of the rendering after a start; only while <see cref="Status"/> is <c>Rendering</c>.</summary>
    public RenderProgress? RenderProgress { get; set; }

    /// <summary>Seen in some of the service's sources only.</summary>
    [JsonIgnore]
    public DateTime? StartAt
    {
        get => LocalTime.Of(StartAtMoment);
        set => StartAtMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("startAt")]
    internal DateTimeOffset? StartAtMoment { get; set; }

    /// <summary>Seen in some of the service's sources only.</summary>
    [JsonIgnore]
    public DateTime? EndAt
    {
        get => LocalTime.Of(EndAtMoment);
        set => EndAtMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("endAt")]
    internal DateTimeOffset? EndAtMoment { get; set; }

    /// <summary>Seen in some of the service's sources only: after it, public images answer 410.</summary>
    [JsonIgnore]
    public DateTime? ExpiresAt
    {
        get => LocalTime.Of(ExpiresAtMoment);
        set => ExpiresAtMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("expiresAt")]
    internal DateTimeOffset? ExpiresAtMoment { get; set; }

    /// <summary>When the experiment was created.</summary>
    [JsonIgnore]
    public DateTime? CreatedAt
    {
        get => LocalTime.Of(CreatedAtMoment);
        set => CreatedAtMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("createdAt")]
    internal DateTimeOffset? CreatedAtMoment { get; set; }

    /// <summary>When the experiment was last changed.</summary>
    [JsonIgnore]
    public DateTime? UpdatedAt
    {
        get => LocalTime.Of(UpdatedAtMoment);
        set => UpdatedAtMoment = LocalTime.Moment(value);
    }

    [JsonInclude, JsonPropertyName("updatedAt")]
    internal DateTimeOffset? UpdatedAtMoment { get; set; }

    /// <summary>
    /// Impressions over all variants; null if the service sent none. It syncs its counters about every 15 minutes, so a fresh
    /// pause does not freeze them at once.
    /// </summary>
    [JsonIgnore]
    public long? Impressions => Total(static variant => variant.Impressions);

    /// <summary>Clicks over all variants, null if the service sent none; see <see cref="Impressions"/> on how fresh they are.</summary>
    [JsonIgnore]
    public long? Clicks => Total(static variant => variant.Clicks);

    /// <summary>The outcome, if a recorded change returned this object: Changed or Unchanged; null for an object that was only read.</summary>
    [JsonIgnore]
    public ChangeOutcome? Change { get; private set; }

    /// <summary>The operation that returned this object, for Get- and Undo-PictifyOperation; null for an object that was only read.</summary>
    [JsonIgnore]
    public string? OperationId { get; private set; }

    /// <summary>
    /// The end that the change recorded for the pause, in this machine's local time; null if it recorded none, and for an
    /// object that was only read.
    /// </summary>
    [JsonIgnore]
    public DateTime? PausedUntil { get; private set; }

    /// <summary>Records which change returned this object, and its outcome.</summary>
    internal void Mark(ChangeOutcome? change, string? operationId, DateTime? pausedUntil) =>
        (Change, OperationId, PausedUntil) = (change, operationId, pausedUntil);

    /// <summary>Fields that the service sent and this version does not list.</summary>
    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>The values of the answer that could not be read, by their paths, such as <c>variants[0].weight</c>.</summary>
    [JsonIgnore]
    internal IReadOnlyList<string> Unread { get; set; } = [];

    /// <summary>
    /// Which connection read this, so that an experiment of one environment is never acted on in another.
    /// Null for objects that were made by hand or read from a file.
    /// </summary>
    [JsonIgnore]
    internal string? Origin { get; set; }

    /// <summary>The name and the uid, so that the object reads well inside a string.</summary>
    public override string ToString() =>
        SafeText.Clean(
            string.IsNullOrEmpty(Name) ? Uid : $"{SafeText.Clean(Name, SafeText.LongestName)} ({Uid})",
            2 * SafeText.LongestName
        );

    /// <summary>
    /// A draft like this one: without its counters, winner, dates and status. Unknown fields are left out too: they may be the
    /// service's internal data, which a new experiment must not copy.
    /// </summary>
    internal Experiment CopyAs(string slug, string? name)
    {
        const string suffix = " (copy)";
        string old = Name ?? Uid;
        int room = ExperimentRules.MaximumNameLength - suffix.Length;
        Experiment copy = FieldTable.Api.CopyForDraft(this);
        copy.Slug = slug;
        copy.Name = name ?? (old.Length > room ? old.Substring(0, room) : old) + suffix;
        return copy;
    }

    private long? Total(Func<Variant, long?> counter)
    {
        long? total = null;
        foreach (Variant variant in Variants)
        {
            if (counter(variant) is { } count)
            {
                total = (total ?? 0) + count;
            }
        }

        return total;
    }
}

/// <summary>Lists of an answer that may contain a null instead of an object.</summary>
internal static class Nulls
{
    public static ReadableList<T> Without<T>(ReadableList<T>? items, out bool had)
        where T : class
    {
        had = items?.Contains(null!) == true;
        return had ? [.. items!.Where(static item => item is not null)] : items ?? [];
    }
}

/// <summary>The progress of the rendering after a start, in images.</summary>
public sealed record RenderProgress
{
    /// <summary>Images to render.</summary>
    public int? Total { get; set; }

    /// <summary>Images rendered.</summary>
    public int? Completed { get; set; }

    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>Reads as <c>3 of 12</c>.</summary>
    public override string ToString() =>
        Total is { } total ? FormattableString.Invariant($"{Completed ?? 0} of {total}") : $"{Completed}";
}
