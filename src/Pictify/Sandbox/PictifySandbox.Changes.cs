using System.Globalization;
using System.Text.Json;

namespace Pictify.Sandbox;

/// <content>The requests that change experiments, with the rules that the service enforces.</content>
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
        if (Read(request, out Experiment? asked, out _) is { } unread)
        {
            return unread;
        }

        // Other fields of the body, such as a status or a winner, are set by the service only.
        var experiment = new Experiment { Extra = asked!.Extra };
        _options.Fields.Copy(asked, experiment);
        List<FieldError> errors = [.. ExperimentRules.CheckNew(experiment)];
        PlanLimits plan = PlanLimits.OfPlan(_options.Plan);
        CheckPlan(experiment, plan, errors);
        if (errors.Count > 0)
        {
            return SandboxAnswer.Invalid(errors);
        }

        if (BySlug(experiment.Slug!) is not null)
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
        experiment.StatusText = ApiName.Of(ExperimentStatus.Draft);
        experiment.CreatedAtMoment = experiment.UpdatedAtMoment = now;
        _options.Fields.FillIn(experiment, static _ => true);
        foreach (Variant variant in experiment.Variants)
        {
            variant.Impressions = variant.Clicks = 0;
        }

        Add(experiment, team);
        AppliedChanges++;
        return Show(experiment, 201);
    }

    private SandboxAnswer Update(SandboxRequest request, string uid)
    {
        if (Find(request, uid) is not { } experiment)
        {
            return NoSuch(uid);
        }

        if (Read(request, out Experiment? asked, out JsonElement body) is { } unread)
        {
            return unread;
        }

        FieldChanges changes = ChangesIn(body, asked!);
        Experiment merged = experiment with { Extra = Over(experiment.Extra, asked!.Extra) };
        changes.ApplyTo(merged);
        _options.Fields.FillIn(merged, changes.Has);
        string[] locked =
        [
            .. body.EnumerateObject()
                .Select(static field => field.Name)
                .Where(field => !_options.Fields.IsEditable(experiment, merged, field)),
        ];
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

        // A part that was not given keeps its value, so the objects are checked as they will be after the change.
        Experiment changed = changes.Pick(merged);
        changed.TypeText = merged.TypeText;
        List<FieldError> errors = CheckChanged(changed, changes, body);
        if (errors.Count > 0)
        {
            return SandboxAnswer.Invalid(errors);
        }

        if (changed.Slug is { } slug && slug != experiment.Slug && BySlug(slug) is not null)
        {
            return SlugTaken(slug);
        }

        byte[] before = JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment);
        Apply(experiment, merged);
        if (!before.SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment)))
        {
            // Setting the same values again is not counted as a change.
            AppliedChanges++;
            experiment.UpdatedAtMoment = _options.TimeProvider.GetUtcNow();
        }

        return Show(experiment);
    }

    private List<FieldError> CheckChanged(Experiment changed, FieldChanges changes, JsonElement body)
    {
        List<FieldError> errors =
        [
            .. _options
                .Fields.Rows.Where(field =>
                    field.IsRequired
                    && body.TryGetProperty(field.Name, out JsonElement value)
                    && value.ValueKind == JsonValueKind.Null
                )
                .Select(static field => field.Error("is required")),
            .. ExperimentRules.CheckChanges(changed, changes.Has(FieldTable.Variants)),
        ];
        CheckPlan(changed, PlanLimits.OfPlan(_options.Plan), errors);
        return errors;
    }

    private Experiment? BySlug(string slug) =>
        _experiments.FirstOrDefault(e => e.Slug == slug && e.Status != ExperimentStatus.Archived);

    private int CountUsed(ExperimentType type, string team) =>
        _experiments.Count(e => e.Type == type && !ExperimentRules.IsFinal(e.Status) && IsOf(e.Uid, team));

    private static void CheckPlan(Experiment experiment, PlanLimits plan, List<FieldError> errors)
    {
        if (experiment.Variants.Count > plan.MaxVariants)
        {
            errors.Add(FieldTable.Variants.Error($"must be {plan.MaxVariants} at most on this plan"));
        }

        if (experiment.BanditConfig is { Enabled: true } && !plan.HasAutoOptimisation)
        {
            errors.Add(FieldTable.BanditEnabled.Error("needs the plan Standard or a larger one"));
        }
    }

    /// <summary>The fields that a body sets.</summary>
    /// <param name="body">The body.</param>
    /// <param name="asked">The body, read as an experiment.</param>
    private FieldChanges ChangesIn(JsonElement body, Experiment asked)
    {
        var changes = new FieldChanges(_options.Fields);
        foreach (ExperimentField field in _options.Fields.Rows)
        {
            if (body.TryGetProperty(field.Name, out JsonElement value))
            {
                // Only the JSON shows which parts of an object were given as null, to be cleared.
                bool hasParts = field.Kind == FieldKind.Object && value.ValueKind == JsonValueKind.Object;
                changes.Add(field, hasParts ? value : field.Get(asked));
            }
        }

        return changes;
    }

    /// <summary>Keeps unknown fields too, and replaces those that were given.</summary>
    private static Dictionary<string, JsonElement>? Over(
        Dictionary<string, JsonElement>? old,
        Dictionary<string, JsonElement>? given
    )
    {
        if (old is null || given is null)
        {
            return old ?? given;
        }

        var merged = new Dictionary<string, JsonElement>(old);
        foreach (KeyValuePair<string, JsonElement> field in given)
        {
            merged[field.Key] = field.Value;
        }

        return merged;
    }

    private void Apply(Experiment experiment, Experiment merged)
    {
        Dictionary<string, Variant> counted = experiment.Variants.ToDictionary(static variant => variant.Id);
        foreach (Variant variant in merged.Variants)
        {
            // Counters are set by the service only.
            counted.TryGetValue(variant.Id, out Variant? old);
            variant.Impressions = old?.Impressions ?? 0;
            variant.Clicks = old?.Clicks ?? 0;
        }

        _options.Fields.Copy(merged, experiment);
        experiment.Extra = merged.Extra;
    }

    /// <summary>Reads a body; the answer explains why it cannot be read.</summary>
    private SandboxAnswer? Read(SandboxRequest request, out Experiment? experiment, out JsonElement body)
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

            List<FieldError> errors = SandboxShape.Check(body, _options.Fields);
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
