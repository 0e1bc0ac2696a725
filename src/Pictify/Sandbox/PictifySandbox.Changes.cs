using System.Globalization;
using System.Text.Json;

namespace Pictify.Sandbox;

/// <content>What changes experiments, with the rules that the service holds them to.</content>
public sealed partial class PictifySandbox
{
    private static readonly TimeSpan _keyLifetime = TimeSpan.FromHours(24);

    /// <summary>Fields that an experiment always has, so that an update cannot clear them.</summary>
    private static readonly string[] _required = ["name", "slug", "type"];

    /// <summary>Objects of which an update replaces the parts that it gives, and no others.</summary>
    private static readonly string[] _mergedObjects = ["goalConfig", "banditConfig", "outputConfig"];

    private readonly Dictionary<string, (DateTimeOffset At, SandboxAnswer Answer)> _answers = new(
        StringComparer.Ordinal
    );

    private int _created;

    /// <summary>The same idempotency key with the same request is answered from a cache for 24 hours.</summary>
    private SandboxAnswer Once(SandboxRequest request, Func<SandboxAnswer> answer)
    {
        if (!_options.HonoursIdempotencyKey || request.Header("Idempotency-Key") is not { } key)
        {
            return answer();
        }

        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        string name =
            $"{TeamOf(request)} {key} {request.Method} {request.Uri.AbsolutePath} {Convert.ToBase64String(request.Body)}";
        if (
            _answers.TryGetValue(name, out (DateTimeOffset At, SandboxAnswer Answer) earlier)
            && now - earlier.At < _keyLifetime
        )
        {
            return earlier.Answer;
        }

        SandboxAnswer given = answer();
        _answers[name] = (now, given);
        return given;
    }

    private SandboxAnswer Create(SandboxRequest request)
    {
        if (Read(request, out Experiment? experiment, out _) is { } unread)
        {
            return unread;
        }

        List<FieldError> errors = [.. ExperimentRules.CheckNew(experiment!)];
        PlanLimits plan = ExperimentRules.LimitsOf(_options.Plan);
        CheckPlan(experiment!, plan, errors);
        if (errors.Count > 0)
        {
            return SandboxAnswer.Invalid(errors);
        }

        if (BySlug(experiment!.Slug!) is not null)
        {
            return SlugTaken(experiment.Slug!);
        }

        string team = TeamOf(request);
        if (!IsTestKey(request) && plan.Of(experiment.Type) is { } limit && CountUsed(experiment.Type, team) >= limit)
        {
            return SandboxAnswer.Refuse(
                429,
                "quota_exceeded",
                "Quota exceeded",
                $"The plan {_options.Plan} allows {limit} experiments of type {experiment.TypeText}."
            );
        }

        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        experiment.Uid =
            $"{ExperimentRules.SandboxUidPrefix}new_{(++_created).ToString("D4", CultureInfo.InvariantCulture)}";
        experiment.StatusText = "draft";
        experiment.CreatedAtMoment = experiment.UpdatedAtMoment = now;
        experiment.WinnerVariantId = null;
        experiment.WinnerDeclaredAtMoment = null;
        experiment.RenderProgress = null;
        SetDefaults(experiment, static _ => true);
        foreach (Variant variant in experiment.Variants)
        {
            variant.Impressions = variant.Clicks = 0;
        }

        Add(experiment, team);
        AppliedChanges++;
        return Show(experiment, 201);
    }

    /// <summary>Puts the service's defaults where fields that were given, or objects among them, leave something out.</summary>
    private static void SetDefaults(Experiment experiment, Func<string, bool> isGiven)
    {
        if (isGiven("minimumSampleSize"))
        {
            experiment.MinimumSampleSize ??= ExperimentDefaults.MinimumSampleSize;
        }

        if (isGiven("confidenceThreshold"))
        {
            experiment.ConfidenceThreshold ??= ExperimentDefaults.ConfidenceThreshold;
        }

        if (isGiven("minimumRunDays"))
        {
            experiment.MinimumRunDays ??= ExperimentDefaults.MinimumRunDays;
        }

        if (isGiven("goalConfig"))
        {
            experiment.GoalConfig ??= new GoalConfig();
            experiment.GoalConfig.TypeText ??= ApiName.Of(GoalType.ImpressionsOnly);
        }

        if (isGiven("banditConfig") && experiment.BanditConfig is { } bandit)
        {
            bandit.Enabled ??= false;
            bandit.AlgorithmText ??= ApiName.Of(BanditAlgorithm.ThompsonSampling);
            bandit.WarmupImpressions ??= ExperimentDefaults.WarmupImpressions;
            bandit.RecomputeIntervalMinutes ??= ExperimentDefaults.RecomputeIntervalMinutes;
        }

        if (isGiven("outputConfig"))
        {
            experiment.OutputConfig ??= new OutputConfig();
            experiment.OutputConfig.FormatText ??= ApiName.Of(ImageFormat.Png);
            experiment.OutputConfig.Quality ??= ExperimentDefaults.Quality;
        }

        foreach (Variant variant in isGiven("variants") ? experiment.Variants : [])
        {
            variant.IsDefault ??= false;
            if (variant.Schedule?.Recurrence is { } recurrence)
            {
                recurrence.TypeText ??= ApiName.Of(RecurrenceType.None);
                recurrence.Timezone ??= "UTC";
            }
        }
    }

    private SandboxAnswer Update(SandboxRequest request, string uid)
    {
        if (Find(request, uid) is not { } experiment)
        {
            return NoSuch(uid);
        }

        if (Read(request, out Experiment? changes, out JsonElement body) is { } unread)
        {
            return unread;
        }

        string[] given = [.. body.EnumerateObject().Select(static field => field.Name)];
        Experiment merged = Merge(experiment, body, given);
        string[] locked = [.. given.Where(field => !ExperimentRules.IsEditable(experiment, merged, field))];
        if (locked.Length > 0)
        {
            return SandboxAnswer.Invalid([
                .. locked.Select(field => new FieldError(
                    field,
                    $"cannot change while the experiment is {experiment.StatusText}",
                    "not_editable"
                )),
            ]);
        }

        // A part that was not given is as it was, so the objects are checked as they would be.
        changes!.TypeText = merged.TypeText;
        changes.GoalConfig = given.Contains("goalConfig") ? merged.GoalConfig : null;
        changes.BanditConfig = given.Contains("banditConfig") ? merged.BanditConfig : null;
        changes.OutputConfig = given.Contains("outputConfig") ? merged.OutputConfig : null;
        List<FieldError> errors =
        [
            .. _required
                .Where(field => given.Contains(field) && body.GetProperty(field).ValueKind == JsonValueKind.Null)
                .Select(static field => new FieldError(field, "is required")),
            .. ExperimentRules.CheckChanges(changes, given.Contains("variants")),
        ];
        CheckPlan(changes, ExperimentRules.LimitsOf(_options.Plan), errors);
        if (errors.Count > 0)
        {
            return SandboxAnswer.Invalid(errors);
        }

        if (changes.Slug is { } slug && slug != experiment.Slug && BySlug(slug) is not null)
        {
            return SlugTaken(slug);
        }

        byte[] before = JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment);
        Apply(experiment, merged);
        if (!before.SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment)))
        {
            // The same fields twice are one change.
            AppliedChanges++;
            experiment.UpdatedAtMoment = _options.TimeProvider.GetUtcNow();
        }

        return Show(experiment);
    }

    private SandboxAnswer Delete(SandboxRequest request, string uid)
    {
        if (Find(request, uid) is not { } experiment)
        {
            return NoSuch(uid);
        }

        if (experiment.Status == ExperimentStatus.Running)
        {
            return SandboxAnswer.Refuse(
                409,
                "experiment_running",
                "State conflict",
                "A running experiment must be paused or completed before it is deleted.",
                ("currentStatus", experiment.StatusText)
            );
        }

        experiment.StatusText = "archived";
        AppliedChanges++;
        experiment.UpdatedAtMoment = _options.TimeProvider.GetUtcNow();
        return SandboxAnswer.Json(200, new Dictionary<string, object?> { ["deleted"] = true });
    }

    private SandboxAnswer Transition(SandboxRequest request, string uid, ExperimentStatus wanted, string done)
    {
        if (Find(request, uid) is not { } experiment)
        {
            return NoSuch(uid);
        }

        IReadOnlyList<ExperimentStatus> allowed = ExperimentRules.TransitionsFrom(experiment.Status);
        if (!allowed.Contains(wanted))
        {
            return SandboxAnswer.Refuse(
                409,
                "invalid_transition",
                "State conflict",
                $"An experiment that is {experiment.StatusText} cannot be {done}.",
                ("currentStatus", experiment.StatusText),
                ("allowedTransitions", allowed.Select(static s => ApiName.Of(s)).ToList())
            );
        }

        experiment.StatusText = ApiName.Of(wanted);
        AppliedChanges++;
        experiment.UpdatedAtMoment = _options.TimeProvider.GetUtcNow();
        return Show(experiment);
    }

    private SandboxAnswer Complete(SandboxRequest request, string uid)
    {
        if (Find(request, uid) is not { } experiment)
        {
            return NoSuch(uid);
        }

        _ = Read(request, out Experiment? body, out _);
        if (body?.WinnerVariantId is not { } winner || experiment.Variants.All(variant => variant.Id != winner))
        {
            return Invalid("winnerVariantId", "must be one of the experiment's variants");
        }

        SandboxAnswer answer = Transition(request, uid, ExperimentStatus.Completed, "completed");
        if (answer.Status != 200)
        {
            return answer;
        }

        experiment.WinnerVariantId = winner;
        experiment.WinnerDeclaredAtMoment = experiment.UpdatedAtMoment;
        return Show(experiment);
    }

    private Experiment? BySlug(string slug) =>
        _experiments.FirstOrDefault(e => e.Slug == slug && e.Status != ExperimentStatus.Archived);

    private int CountUsed(ExperimentType type, string team) =>
        _experiments.Count(e =>
            e.Type == type
            && e.Status is not (ExperimentStatus.Archived or ExperimentStatus.Completed)
            && IsOf(e.Uid, team)
        );

    private static void CheckPlan(Experiment experiment, PlanLimits plan, List<FieldError> errors)
    {
        if (experiment.Variants.Count > plan.MaxVariants)
        {
            errors.Add(new FieldError("variants", $"must be {plan.MaxVariants} at most on this plan"));
        }

        if (experiment.BanditConfig is { Enabled: true } && !plan.HasAutoOptimisation)
        {
            errors.Add(new FieldError("banditConfig.enabled", "needs the plan Standard or a larger one"));
        }
    }

    /// <summary>
    /// The experiment with the fields that were given in place of its own; what the sandbox does not know is kept too. Of
    /// the three objects of settings only the parts that were given are replaced.
    /// </summary>
    private static Experiment Merge(Experiment experiment, JsonElement body, string[] given)
    {
        using JsonDocument before = JsonDocument.Parse(
            JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment)
        );
        Dictionary<string, object?> merged = Fields(before.RootElement);
        foreach (JsonProperty field in body.EnumerateObject())
        {
            // Given as null: cleared.
            merged[field.Name] =
                _mergedObjects.Contains(field.Name)
                && field.Value.ValueKind == JsonValueKind.Object
                && before.RootElement.TryGetProperty(field.Name, out JsonElement old)
                    ? Over(old, field.Value)
                    : field.Value;
        }

        Experiment result = JsonSerializer.Deserialize(PlainJson.Bytes(merged), PictifyJson.Default.Experiment)!;
        SetDefaults(result, given.Contains);
        return result;
    }

    private static Dictionary<string, object?> Fields(JsonElement value) =>
        value.EnumerateObject().ToDictionary(static field => field.Name, static field => (object?)field.Value);

    private static Dictionary<string, object?> Over(JsonElement old, JsonElement given)
    {
        Dictionary<string, object?> parts = Fields(old);
        foreach (JsonProperty part in given.EnumerateObject())
        {
            parts[part.Name] = part.Value;
        }

        return parts;
    }

    private static void Apply(Experiment experiment, Experiment merged)
    {
        Dictionary<string, Variant> counted = experiment.Variants.ToDictionary(static variant => variant.Id);
        foreach (Variant variant in merged.Variants)
        {
            // Counters are the service's own.
            counted.TryGetValue(variant.Id, out Variant? old);
            variant.Impressions = old?.Impressions ?? 0;
            variant.Clicks = old?.Clicks ?? 0;
        }

        experiment.Name = merged.Name;
        experiment.Slug = merged.Slug;
        experiment.TypeText = merged.TypeText;
        experiment.TemplateUid = merged.TemplateUid;
        experiment.Variants = merged.Variants;
        experiment.GoalConfig = merged.GoalConfig;
        experiment.BanditConfig = merged.BanditConfig;
        experiment.Hypothesis = merged.Hypothesis;
        experiment.MinimumSampleSize = merged.MinimumSampleSize;
        experiment.ConfidenceThreshold = merged.ConfidenceThreshold;
        experiment.MinimumRunDays = merged.MinimumRunDays;
        experiment.MinimumDetectableEffect = merged.MinimumDetectableEffect;
        experiment.FallbackImageUrl = merged.FallbackImageUrl;
        experiment.FallbackTemplateUid = merged.FallbackTemplateUid;
        experiment.OutputConfig = merged.OutputConfig;
        experiment.StartAtMoment = merged.StartAtMoment;
        experiment.EndAtMoment = merged.EndAtMoment;
        experiment.ExpiresAtMoment = merged.ExpiresAtMoment;
        experiment.Extra = merged.Extra;
    }

    /// <summary>Reads a body; the answer says why where it cannot be read.</summary>
    private static SandboxAnswer? Read(SandboxRequest request, out Experiment? experiment, out JsonElement body)
    {
        experiment = null;
        body = default;
        try
        {
            using JsonDocument document = JsonDocument.Parse(request.Body);
            body = document.RootElement.Clone();
            if (body.ValueKind != JsonValueKind.Object)
            {
                return Invalid("body", "is no JSON object");
            }

            List<FieldError> errors = SandboxShape.Check(body);
            if (errors.Count > 0)
            {
                return SandboxAnswer.Invalid(errors);
            }

            experiment = JsonSerializer.Deserialize(body, PictifyJson.Default.Experiment)!;
            return null;
        }
        catch (JsonException)
        {
            return Invalid("body", "is no JSON object");
        }
    }

    private static SandboxAnswer SlugTaken(string slug) =>
        SandboxAnswer.Refuse(409, "slug_taken", "Conflict", $"The slug '{slug}' is taken.");

    private static SandboxAnswer Invalid(string field, string message) =>
        SandboxAnswer.Invalid([new FieldError(field, message, "invalid")]);
}
