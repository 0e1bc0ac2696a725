namespace Pictify;

/// <summary>
/// The fields of an experiment that a create or an update accepts, each once. New-, Set- and Copy-PictifyExperiment, the previews, the
/// rules of what may change in which status, and the sandbox read this table.
/// </summary>
internal sealed class FieldTable(IReadOnlyList<ExperimentField> rows)
{
    private const string Goal = "goalConfig";
    private const string Bandit = "banditConfig";
    private const string Output = "outputConfig";

    /// <summary>Statuses in which only the fields marked for them may change; in the others all may.</summary>
    private static readonly ExperimentStatus[] _locking = [ExperimentStatus.Running, ExperimentStatus.Completed];

    /// <summary>Must be above the rows, which add themselves: static fields are initialized in the order of the source text.</summary>
    private static readonly List<ExperimentField> _api = [];

    public static readonly FieldPart GoalType = new(Goal, "type", FieldKind.Text);
    public static readonly FieldPart DestinationUrl = new(Goal, "destinationUrl", FieldKind.Text)
    {
        OpenIn = [ExperimentStatus.Running],
    };
    public static readonly FieldPart BanditEnabled = new(Bandit, "enabled", FieldKind.Flag);
    public static readonly FieldPart BanditAlgorithm = new(Bandit, "algorithm", FieldKind.Text);
    public static readonly FieldPart WarmupImpressions = new(Bandit, "warmupImpressions", FieldKind.Count);
    public static readonly FieldPart RecomputeInterval = new(Bandit, "recomputeIntervalMinutes", FieldKind.Whole);
    public static readonly FieldPart OutputFormat = new(Output, "format", FieldKind.Text);
    public static readonly FieldPart OutputQuality = new(Output, "quality", FieldKind.Whole);

    // In the order in which previews and refusals name them.
    public static readonly ExperimentField Name = Add<string?>(
        new("name", static e => e.Name, static (e, value) => e.Name = value)
        {
            IsRequired = true,
            OpenIn = [ExperimentStatus.Running, ExperimentStatus.Completed],
        }
    );
    public static readonly ExperimentField Slug = Add<string?>(
        new("slug", static e => e.Slug, static (e, value) => e.Slug = value) { IsRequired = true }
    );
    public static readonly ExperimentField Type = Add<string?>(
        new("type", static e => e.TypeText, static (e, value) => e.TypeText = value) { IsRequired = true }
    );
    public static readonly ExperimentField TemplateUid = Add<string?>(
        new("templateUid", static e => e.TemplateUid, static (e, value) => e.TemplateUid = value)
    );
    public static readonly ExperimentField Variants = Add<ReadableList<Variant>>(
        new("variants", static e => e.Variants, static (e, value) => e.Variants = value)
        {
            WithDefaults = static variants => [.. variants.Select(ExperimentDefaults.Fill)],
            ForDraft = static variants =>
                [
                    .. variants.Select(static variant =>
                        variant with
                        {
                            Impressions = null,
                            Clicks = null,
                            ExperimentUid = null,
                        }
                    ),
                ],
        }
    );
    public static readonly ExperimentField Hypothesis = Add<string?>(
        new("hypothesis", static e => e.Hypothesis, static (e, value) => e.Hypothesis = value)
    );
    public static readonly ExperimentField MinimumSampleSize = Add<long?>(
        new("minimumSampleSize", static e => e.MinimumSampleSize, static (e, value) => e.MinimumSampleSize = value)
        {
            WithDefaults = static value => value ?? ExperimentDefaults.MinimumSampleSize,
        }
    );
    public static readonly ExperimentField ConfidenceThreshold = Add<double?>(
        new(
            "confidenceThreshold",
            static e => e.ConfidenceThreshold,
            static (e, value) => e.ConfidenceThreshold = value
        )
        {
            OpenIn = [ExperimentStatus.Running],
            WithDefaults = static value => value ?? ExperimentDefaults.ConfidenceThreshold,
        }
    );
    public static readonly ExperimentField MinimumRunDays = Add<int?>(
        new("minimumRunDays", static e => e.MinimumRunDays, static (e, value) => e.MinimumRunDays = value)
        {
            OpenIn = [ExperimentStatus.Running],
            WithDefaults = static value => value ?? ExperimentDefaults.MinimumRunDays,
        }
    );
    public static readonly ExperimentField MinimumDetectableEffect = Add<double?>(
        new(
            "minimumDetectableEffect",
            static e => e.MinimumDetectableEffect,
            static (e, value) => e.MinimumDetectableEffect = value
        )
    );
    public static readonly ExperimentField FallbackImageUrl = Add<string?>(
        new("fallbackImageUrl", static e => e.FallbackImageUrl, static (e, value) => e.FallbackImageUrl = value)
    );
    public static readonly ExperimentField FallbackTemplateUid = Add<string?>(
        new(
            "fallbackTemplateUid",
            static e => e.FallbackTemplateUid,
            static (e, value) => e.FallbackTemplateUid = value
        )
    );
    public static readonly ExperimentField BanditConfig = Add<BanditConfig?>(
        new(Bandit, static e => e.BanditConfig, static (e, value) => e.BanditConfig = value)
        {
            Parts = [BanditEnabled, BanditAlgorithm, WarmupImpressions, RecomputeInterval],
            WithDefaults = ExperimentDefaults.Fill,
        }
    );
    public static readonly ExperimentField OutputConfig = Add<OutputConfig?>(
        new(Output, static e => e.OutputConfig, static (e, value) => e.OutputConfig = value)
        {
            Parts = [OutputFormat, OutputQuality],
            WithDefaults = ExperimentDefaults.Fill,
        }
    );
    public static readonly ExperimentField StartAt = Add<DateTimeOffset?>(
        new("startAt", static e => e.StartAtMoment, static (e, value) => e.StartAtMoment = value)
    );
    public static readonly ExperimentField EndAt = Add<DateTimeOffset?>(
        new("endAt", static e => e.EndAtMoment, static (e, value) => e.EndAtMoment = value)
    );
    public static readonly ExperimentField ExpiresAt = Add<DateTimeOffset?>(
        new("expiresAt", static e => e.ExpiresAtMoment, static (e, value) => e.ExpiresAtMoment = value)
    );
    public static readonly ExperimentField GoalConfig = Add<GoalConfig?>(
        new(Goal, static e => e.GoalConfig, static (e, value) => e.GoalConfig = value)
        {
            Parts = [GoalType, DestinationUrl],
            WithDefaults = ExperimentDefaults.Fill,
        }
    );

    /// <summary>The fields that the service is known to accept.</summary>
    public static FieldTable Api { get; } = new(_api);

    private readonly Dictionary<string, ExperimentField> _byName = rows.ToDictionary(static field => field.Name);

    public IReadOnlyList<ExperimentField> Rows => rows;

    /// <summary>The field with this name; null if it is none of these.</summary>
    public ExperimentField? Find(string name) => _byName.TryGetValue(name, out ExperimentField? field) ? field : null;

    /// <summary>The fields, and parts of fields, that may change in a status; null if all may.</summary>
    public string[]? EditableIn(ExperimentStatus status) =>
        _locking.Contains(status) ? [.. rows.SelectMany(field => field.EditableIn(status))] : null;

    /// <summary>
    /// Whether the change of a field is allowed. If only parts of it may change, such as the destination of a running experiment's goal,
    /// the others must keep their values.
    /// </summary>
    /// <param name="present">The experiment as it is.</param>
    /// <param name="changed">The experiment, or the given fields, with the new values.</param>
    /// <param name="name">The field, by the API's name.</param>
    public bool IsEditable(Experiment present, Experiment changed, string name)
    {
        ExperimentStatus status = present.Status;
        return !_locking.Contains(status)
            || (
                Find(name) is { } field
                && (
                    field.OpenIn.Contains(status)
                    || (
                        field.Parts.Any(part => part.OpenIn.Contains(status))
                        && field.LockedParts(changed, status).SequenceEqual(field.LockedParts(present, status))
                    )
                )
            );
    }

    /// <summary>Sets the service's defaults for missing fields and parts.</summary>
    public void FillIn(Experiment experiment, Func<ExperimentField, bool> which)
    {
        foreach (ExperimentField field in rows.Where(which))
        {
            field.FillIn(experiment);
        }
    }

    /// <summary>Copies these fields, and nothing else.</summary>
    public void Copy(Experiment from, Experiment to)
    {
        foreach (ExperimentField field in rows)
        {
            field.Copy(from, to);
        }
    }

    /// <summary>These fields of an experiment, with the values for a new draft.</summary>
    public Experiment CopyForDraft(Experiment experiment)
    {
        var draft = new Experiment();
        foreach (ExperimentField field in rows)
        {
            field.CopyForDraft(experiment, draft);
        }

        return draft;
    }

    private static ExperimentField<T> Add<T>(ExperimentField<T> field)
    {
        _api.Add(field);
        return field;
    }
}
