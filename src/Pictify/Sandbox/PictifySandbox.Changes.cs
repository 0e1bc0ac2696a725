using System.Globalization;
using System.Text.Json;

namespace Pictify.Sandbox;

/// <content>What changes experiments, with the rules that the service holds them to.</content>
public sealed partial class PictifySandbox
{
    private static readonly TimeSpan _keyLifetime = TimeSpan.FromHours(24);

    private readonly Dictionary<string, (DateTimeOffset At, SandboxAnswer Answer)> _answers = new(
        StringComparer.Ordinal
    );

    private int _created;

    /// <summary>The same idempotency key with the same request is answered from a cache for 24 hours.</summary>
    private SandboxAnswer Once(SandboxRequest request, Func<SandboxAnswer> answer)
    {
        if (request.Header("Idempotency-Key") is not { } key)
        {
            return answer();
        }

        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        string name = $"{key} {request.Method} {request.Uri.AbsolutePath} {Convert.ToBase64String(request.Body)}";
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
        if (!TryRead(request, out Experiment? experiment, out _))
        {
            return Invalid("body", "is no JSON object");
        }

        List<FieldError> errors = [.. ExperimentRules.CheckNew(experiment)];
        PlanLimits plan = ExperimentRules.LimitsOf(_options.Plan);
        CheckPlan(experiment, plan, errors);
        if (errors.Count > 0)
        {
            return SandboxAnswer.Invalid(errors);
        }

        if (BySlug(experiment.Slug!) is not null)
        {
            return SlugTaken(experiment.Slug!);
        }

        if (plan.Of(experiment.Type) is { } limit && CountUsed(experiment.Type) >= limit)
        {
            return SandboxAnswer.Refuse(
                429,
                "quota_exceeded",
                "Quota exceeded",
                $"The plan {_options.Plan} allows {limit} experiments of type {experiment.TypeText}."
            );
        }

        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        experiment.Uid = $"exp_new_{(++_created).ToString("D4", CultureInfo.InvariantCulture)}";
        experiment.StatusText = "draft";
        experiment.CreatedAt = experiment.UpdatedAt = now;
        experiment.WinnerVariantId = null;
        experiment.WinnerDeclaredAt = null;
        experiment.MinimumSampleSize ??= 1000;
        experiment.ConfidenceThreshold ??= 0.95;
        experiment.MinimumRunDays ??= 7;
        experiment.GoalConfig ??= new GoalConfig { TypeText = "impressions_only" };
        experiment.OutputConfig ??= new OutputConfig { FormatText = "png", Quality = 90 };
        foreach (Variant variant in experiment.Variants)
        {
            variant.Impressions = variant.Clicks = 0;
        }

        Add(experiment);
        AppliedChanges++;
        return Show(experiment, 201);
    }

    private SandboxAnswer Update(SandboxRequest request, string uid)
    {
        if (Find(uid) is not { } experiment)
        {
            return NoSuch(uid);
        }

        if (!TryRead(request, out Experiment? changes, out List<string>? given))
        {
            return Invalid("body", "is no JSON object");
        }

        string[] locked = [.. given.Where(field => !IsEditable(experiment, changes, field))];
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

        changes.TypeText = given.Contains("type") ? changes.TypeText : experiment.TypeText;
        List<FieldError> errors = [.. ExperimentRules.CheckChanges(changes, given.Contains("variants"))];
        if (given.Contains("variants"))
        {
            CheckPlan(changes, ExperimentRules.LimitsOf(_options.Plan), errors);
        }

        if (errors.Count > 0)
        {
            return SandboxAnswer.Invalid(errors);
        }

        if (changes.Slug is { } slug && slug != experiment.Slug && BySlug(slug) is not null)
        {
            return SlugTaken(slug);
        }

        byte[] before = JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment);
        Apply(experiment, changes, given);
        if (!before.SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment)))
        {
            // The same fields twice are one change.
            AppliedChanges++;
            experiment.UpdatedAt = _options.TimeProvider.GetUtcNow();
        }

        return Show(experiment);
    }

    private SandboxAnswer Delete(string uid)
    {
        if (Find(uid) is not { } experiment)
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
        experiment.UpdatedAt = _options.TimeProvider.GetUtcNow();
        return SandboxAnswer.Json(200, new Dictionary<string, object?> { ["deleted"] = true });
    }

    private SandboxAnswer Transition(string uid, ExperimentStatus wanted, string done)
    {
        if (Find(uid) is not { } experiment)
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
        experiment.UpdatedAt = _options.TimeProvider.GetUtcNow();
        return Show(experiment);
    }

    private SandboxAnswer Complete(SandboxRequest request, string uid)
    {
        if (Find(uid) is not { } experiment)
        {
            return NoSuch(uid);
        }

        _ = TryRead(request, out Experiment? body, out _);
        if (body?.WinnerVariantId is not { } winner || experiment.Variants.All(variant => variant.Id != winner))
        {
            return Invalid("winnerVariantId", "must be one of the experiment's variants");
        }

        SandboxAnswer answer = Transition(uid, ExperimentStatus.Completed, "completed");
        if (answer.Status != 200)
        {
            return answer;
        }

        experiment.WinnerVariantId = winner;
        experiment.WinnerDeclaredAt = experiment.UpdatedAt;
        return Show(experiment);
    }

    private Experiment? BySlug(string slug) =>
        _experiments.FirstOrDefault(e => e.Slug == slug && e.Status != ExperimentStatus.Archived);

    private int CountUsed(ExperimentType type) =>
        _experiments.Count(e =>
            e.Type == type && e.Status is not (ExperimentStatus.Archived or ExperimentStatus.Completed)
        );

    private static void CheckPlan(Experiment experiment, PlanLimits plan, List<FieldError> errors)
    {
        if (experiment.Variants.Count > plan.MaxVariants)
        {
            errors.Add(new FieldError("variants", $"must be {plan.MaxVariants} at most on this plan"));
        }
    }

    /// <summary>Of a goal only the destination may change while it runs: its other parts must be as they are.</summary>
    private static bool IsEditable(Experiment experiment, Experiment changes, string field)
    {
        if (ExperimentRules.EditableIn(experiment.Status) is not { } editable || editable.Contains(field))
        {
            return true;
        }

        return field == "goalConfig"
            && editable.Contains("goalConfig.destinationUrl")
            && (changes.GoalConfig?.TypeText ?? experiment.GoalConfig?.TypeText) == experiment.GoalConfig?.TypeText;
    }

    /// <summary>The fields that were given, over those that are; what the sandbox does not know is kept too.</summary>
    private static void Apply(Experiment experiment, Experiment changes, List<string> given)
    {
        using JsonDocument before = JsonDocument.Parse(
            JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment)
        );
        using JsonDocument asked = JsonDocument.Parse(
            JsonSerializer.SerializeToUtf8Bytes(changes, PictifyJson.Default.Experiment)
        );
        var merged = new Dictionary<string, object?>();
        foreach (JsonProperty field in before.RootElement.EnumerateObject())
        {
            merged[field.Name] = field.Value;
        }

        foreach (string field in given)
        {
            // Given as null: cleared.
            merged[field] = asked.RootElement.TryGetProperty(field, out JsonElement value) ? value : null;
        }

        Experiment result = JsonSerializer.Deserialize(PlainJson.Bytes(merged), PictifyJson.Default.Experiment)!;
        Dictionary<string, Variant> counted = experiment.Variants.ToDictionary(static variant => variant.Id);
        foreach (Variant variant in result.Variants)
        {
            // Counters are the service's own.
            counted.TryGetValue(variant.Id, out Variant? old);
            variant.Impressions = old?.Impressions ?? 0;
            variant.Clicks = old?.Clicks ?? 0;
        }

        experiment.Name = result.Name;
        experiment.Slug = result.Slug;
        experiment.TypeText = result.TypeText;
        experiment.TemplateUid = result.TemplateUid;
        experiment.Variants = result.Variants;
        experiment.GoalConfig = result.GoalConfig;
        experiment.BanditConfig = result.BanditConfig;
        experiment.Hypothesis = result.Hypothesis;
        experiment.MinimumSampleSize = result.MinimumSampleSize;
        experiment.ConfidenceThreshold = result.ConfidenceThreshold;
        experiment.MinimumRunDays = result.MinimumRunDays;
        experiment.MinimumDetectableEffect = result.MinimumDetectableEffect;
        experiment.FallbackImageUrl = result.FallbackImageUrl;
        experiment.FallbackTemplateUid = result.FallbackTemplateUid;
        experiment.OutputConfig = result.OutputConfig;
        experiment.StartAt = result.StartAt;
        experiment.EndAt = result.EndAt;
        experiment.ExpiresAt = result.ExpiresAt;
        experiment.Extra = result.Extra;
    }

    private static bool TryRead(
        SandboxRequest request,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Experiment? experiment,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out List<string>? given
    )
    {
        experiment = null;
        given = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(request.Body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            given = [.. document.RootElement.EnumerateObject().Select(static field => field.Name)];
            experiment = JsonSerializer.Deserialize(request.Body, PictifyJson.Default.Experiment)!;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static SandboxAnswer SlugTaken(string slug) =>
        SandboxAnswer.Refuse(409, "slug_taken", "Conflict", $"The slug '{slug}' is taken.");

    private static SandboxAnswer Invalid(string field, string message) =>
        SandboxAnswer.Invalid([new FieldError(field, message, "invalid")]);
}
