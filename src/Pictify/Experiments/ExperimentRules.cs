using System.Text;
using System.Text.RegularExpressions;

namespace Pictify;

/// <summary>
/// The service's rules, in one place: the client tells a person before a request would fail, and the sandbox holds the
/// same line. Source: the state-machine and validation sections of Pictify's public reference and concept pages.
/// </summary>
internal static class ExperimentRules
{
    public const int TotalWeight = 10_000;
    public const int MaximumNameLength = 255;
    public const int MaximumHypothesisLength = 500;
    public const int MaximumConditionDepth = 3;
    public const int MaximumSlugLength = 60;

    /// <summary>The most experiments on one page of the list.</summary>
    public const int MaximumPageSize = 100;

    private static readonly TimeSpan _regexLimit = TimeSpan.FromSeconds(1);
    private static readonly Regex _slug = new(
        "^[a-z0-9][a-z0-9-]{1,58}[a-z0-9]\\z",
        RegexOptions.CultureInvariant,
        _regexLimit
    );
    private static readonly Regex _variantId = new("^[a-zA-Z0-9_-]+\\z", RegexOptions.CultureInvariant, _regexLimit);

    private static readonly HashSet<string> _reservedSlugs =
    [
        "events",
        "api",
        "admin",
        "health",
        "status",
        "pixel",
        "track",
        "sdk",
    ];

    private static readonly HashSet<string> _comparisons =
    [
        "equals",
        "not_equals",
        "contains",
        "not_contains",
        "starts_with",
        "ends_with",
        "gt",
        "lt",
        "gte",
        "lte",
    ];

    private static readonly Dictionary<ExperimentStatus, ExperimentStatus[]> _transitions = new()
    {
        [ExperimentStatus.Draft] = [ExperimentStatus.Running],
        [ExperimentStatus.Running] = [ExperimentStatus.Paused, ExperimentStatus.Completed],
        [ExperimentStatus.Paused] = [ExperimentStatus.Running, ExperimentStatus.Completed],
    };

    /// <summary>A dotted name is a part: of a running experiment's goal only the destination may change.</summary>
    private static readonly Dictionary<ExperimentStatus, string[]> _editable = new()
    {
        [ExperimentStatus.Running] = ["name", "confidenceThreshold", "minimumRunDays", "goalConfig.destinationUrl"],
        [ExperimentStatus.Completed] = ["name"],
    };

    private static readonly Dictionary<string, PlanLimits> _plans = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Starter"] = new(1, 0, 0, 2, 7, HasAutoOptimisation: false),
        ["Basic"] = new(2, 1, 1, 3, 30, HasAutoOptimisation: false),
        ["Standard"] = new(5, 3, 3, 5, 90, HasAutoOptimisation: true),
        ["Business"] = new(null, null, null, 10, 365, HasAutoOptimisation: true),
        ["Enterprise"] = new(null, null, null, 20, 365, HasAutoOptimisation: true),
    };

    /// <summary>Where a status may lead; nowhere for completed, archived and those not known.</summary>
    public static ExperimentStatus[] TransitionsFrom(ExperimentStatus status) =>
        _transitions.TryGetValue(status, out ExperimentStatus[]? allowed) ? [.. allowed] : [];

    /// <summary>The statuses that the list can be filtered by: those that last, and are not soft-deleted.</summary>
    public static bool IsFilter(ExperimentStatus status) =>
        status
            is ExperimentStatus.Draft
                or ExperimentStatus.Running
                or ExperimentStatus.Paused
                or ExperimentStatus.Completed;

    /// <summary>The fields that may change in a status; null where all may.</summary>
    public static string[]? EditableIn(ExperimentStatus status) =>
        _editable.TryGetValue(status, out string[]? fields) ? [.. fields] : null;

    /// <summary>
    /// Whether a field may change as it is meant to. Of a goal only the destination may change while it runs: its other parts must
    /// be as they are.
    /// </summary>
    /// <param name="present">The experiment as it is.</param>
    /// <param name="changed">The experiment, or the fields that are given, as they are to be.</param>
    /// <param name="field">By the API's name.</param>
    public static bool IsEditable(Experiment present, Experiment changed, string field)
    {
        if (EditableIn(present.Status) is not { } editable || editable.Contains(field))
        {
            return true;
        }

        return field == "goalConfig"
            && editable.Contains("goalConfig.destinationUrl")
            && OtherParts(changed.GoalConfig).SequenceEqual(OtherParts(present.GoalConfig));
    }

    /// <summary>A goal without its destination, as it is written; no goal is the goal by default.</summary>
    private static byte[] OtherParts(GoalConfig? goal) =>
        PlainJson.Bytes(
            (goal ?? new GoalConfig()) with
            {
                DestinationUrl = null,
                TypeText = goal?.TypeText ?? ApiName.Of(GoalType.ImpressionsOnly),
            }
        );

    /// <summary>The plans that are listed.</summary>
    public static string[] Plans => [.. _plans.Keys];

    /// <summary>What a plan allows; the largest for a plan that is not listed.</summary>
    public static PlanLimits LimitsOf(string plan) =>
        _plans.TryGetValue(plan, out PlanLimits? limits) ? limits : _plans["Enterprise"];

    /// <summary>How every uid of the module's sandbox begins, and none of the service's does.</summary>
    internal const string SandboxUidPrefix = "exp_sandbox_";

    /// <summary>Whether a text is, or has in it, a uid that only a sandbox gives.</summary>
    internal static bool HasSandboxUid(string? text) =>
        text?.IndexOf(SandboxUidPrefix, StringComparison.OrdinalIgnoreCase) >= 0;

    /// <summary>
    /// Null where the text can stand as one path segment of a request, else why not. The service's uids are letters,
    /// digits, <c>_</c> and <c>-</c>; anything that could reach another path is refused before a request is made.
    /// </summary>
    public static string? WhyNotUid(string? uid)
    {
        if (string.IsNullOrWhiteSpace(uid))
        {
            return "it is empty";
        }

        if (uid!.Length > 128)
        {
            return "it is longer than 128 characters";
        }

        if (!_variantId.IsMatch(uid))
        {
            return "it holds something else than letters, digits, '_' and '-'";
        }

        // GET /experiments/api/quota is the plan's usage, not an experiment.
        return string.Equals(uid, "quota", StringComparison.OrdinalIgnoreCase)
            ? "the API uses that word for the plan's quota"
            : null;
    }

    /// <summary>Null where it can be a slug, else why not.</summary>
    public static string? WhyNotSlug(string? slug) =>
        slug is null || !_slug.IsMatch(slug)
            ? "must be 3 to 60 of a-z, 0-9 and '-', and begin and end with a letter or digit"
        : _reservedSlugs.Contains(slug) ? "is reserved by the service"
        : null;

    /// <summary>A slug that reads like the name: <c>Hero Été 2026!</c> is <c>hero-ete-2026</c>.</summary>
    public static string SlugFrom(string name)
    {
        var slug = new StringBuilder();
        foreach (char c in name.Normalize(NormalizationForm.FormD))
        {
            if (slug.Length == MaximumSlugLength)
            {
                break;
            }

            char lower = char.ToLowerInvariant(c);
            if (lower is (>= 'a' and <= 'z') or (>= '0' and <= '9'))
            {
                slug.Append(lower);
            }
            else if (
                slug.Length > 0
                && slug[slug.Length - 1] != '-'
                && char.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.NonSpacingMark
            )
            {
                slug.Append('-');
            }
        }

        string text = slug.ToString().Trim('-');
        return WhyNotSlug(text) is null ? text : $"experiment-{text}".Trim('-');
    }

    /// <summary>Every rule that a new experiment breaks; empty where it breaks none.</summary>
    public static FieldError[] CheckNew(Experiment experiment)
    {
        var errors = new List<FieldError>();
        if (string.IsNullOrWhiteSpace(experiment.Name))
        {
            errors.Add(new FieldError("name", "is required"));
        }

        if (experiment.Type == ExperimentType.Unknown)
        {
            errors.Add(new FieldError("type", "must be ab_test, smart_link or scheduled"));
        }

        if (WhyNotSlug(experiment.Slug) is { } why)
        {
            errors.Add(new FieldError("slug", why));
        }

        CheckVariants(experiment.Variants, errors);
        CheckFields(experiment, errors);
        return [.. errors];
    }

    /// <summary>Every rule that the fields of a change break, by themselves.</summary>
    /// <param name="changes">The fields that are to change; the others are null.</param>
    /// <param name="hasVariants">Whether the variants are among them.</param>
    public static FieldError[] CheckChanges(Experiment changes, bool hasVariants)
    {
        var errors = new List<FieldError>();
        if (changes.Name is { } name && string.IsNullOrWhiteSpace(name))
        {
            errors.Add(new FieldError("name", "must not be empty"));
        }

        if (changes.Slug is { } slug && WhyNotSlug(slug) is { } why)
        {
            errors.Add(new FieldError("slug", why));
        }

        if (hasVariants)
        {
            CheckVariants(changes.Variants, errors);
        }

        CheckFields(changes, errors);
        return [.. errors];
    }

    /// <summary>Every rule that one variant breaks, by itself.</summary>
    public static FieldError[] CheckVariant(Variant variant)
    {
        var errors = new List<FieldError>();
        CheckVariant(variant, "", errors);
        return [.. errors];
    }

    private static void CheckVariants(ReadableList<Variant> variants, List<FieldError> errors)
    {
        if (variants.Count < 2)
        {
            errors.Add(new FieldError("variants", $"must be at least 2, and are {variants.Count}"));
        }

        for (int i = 0; i < variants.Count; i++)
        {
            CheckVariant(variants[i], $"variants[{i}].", errors);
        }

        foreach (
            IGrouping<string, Variant> same in variants.GroupBy(static variant => variant.Id, StringComparer.Ordinal)
        )
        {
            if (same.Count() > 1)
            {
                errors.Add(new FieldError("variants", $"must have ids of their own, and '{same.Key}' stands twice"));
            }
        }

        long sum = variants.Sum(static variant => (long)(variant.Weight ?? 0));
        if (variants.Count > 0 && sum != TotalWeight)
        {
            errors.Add(
                new FieldError(
                    "variants",
                    $"must have weights that sum to {TotalWeight} basis points, and sum to {sum}"
                )
            );
        }
    }

    private static void CheckVariant(Variant variant, string path, List<FieldError> errors)
    {
        if (!_variantId.IsMatch(variant.Id ?? ""))
        {
            errors.Add(new FieldError($"{path}id", "must be letters, digits, '_' and '-'"));
        }

        if (variant.Weight is not (>= 0 and <= TotalWeight))
        {
            errors.Add(new FieldError($"{path}weight", $"must be 0 to {TotalWeight} basis points"));
        }

        if (variant.Conditions is { } conditions)
        {
            CheckCondition(conditions, 1, $"{path}conditions", errors);
        }

        if (variant.Schedule is { } schedule)
        {
            if (schedule.StartAtMoment >= schedule.EndAtMoment)
            {
                errors.Add(new FieldError($"{path}schedule", "must end after it starts"));
            }

            if (schedule.Recurrence is { } recurrence)
            {
                CheckWord<RecurrenceType>(recurrence.TypeText, $"{path}schedule.recurrence.type", errors);
                if (recurrence.Type == RecurrenceType.Cron && string.IsNullOrWhiteSpace(recurrence.CronExpression))
                {
                    errors.Add(
                        new FieldError($"{path}schedule.recurrence.cronExpression", "is required for type cron")
                    );
                }
            }
        }
    }

    private static void CheckCondition(Condition condition, int depth, string path, List<FieldError> errors)
    {
        if (depth > MaximumConditionDepth)
        {
            errors.Add(new FieldError(path, $"must be nested {MaximumConditionDepth} deep at most"));
            return;
        }

        switch (condition.Type)
        {
            case ConditionType.Group:
                if (condition.Operator is not ("AND" or "OR"))
                {
                    errors.Add(new FieldError($"{path}.operator", "must be AND or OR"));
                }

                ReadableList<Condition> children = condition.Children ?? [];
                if (children.Count == 0)
                {
                    errors.Add(new FieldError($"{path}.children", "must not be empty"));
                }

                for (int i = 0; i < children.Count; i++)
                {
                    CheckCondition(children[i], depth + 1, $"{path}.children[{i}]", errors);
                }

                break;
            case ConditionType.Rule:
                if (string.IsNullOrWhiteSpace(condition.Property))
                {
                    errors.Add(new FieldError($"{path}.property", "is required"));
                }

                if (condition.Comparison is null || !_comparisons.Contains(condition.Comparison))
                {
                    errors.Add(
                        new FieldError($"{path}.ruleOperator", $"must be one of {string.Join(", ", _comparisons)}")
                    );
                }

                break;
            default:
                errors.Add(new FieldError($"{path}.type", "must be group or rule"));
                break;
        }
    }

    private static void CheckFields(Experiment experiment, List<FieldError> errors)
    {
        if (experiment.Name?.Length > MaximumNameLength)
        {
            errors.Add(new FieldError("name", $"must be {MaximumNameLength} characters at most"));
        }

        if (experiment.Hypothesis?.Length > MaximumHypothesisLength)
        {
            errors.Add(new FieldError("hypothesis", $"must be {MaximumHypothesisLength} characters at most"));
        }

        if (experiment.ConfidenceThreshold is not (null or (>= 0 and <= 1)))
        {
            errors.Add(new FieldError("confidenceThreshold", "must be 0 to 1"));
        }

        if (experiment.MinimumSampleSize < 0)
        {
            errors.Add(new FieldError("minimumSampleSize", "must not be negative"));
        }

        if (experiment.MinimumRunDays < 0)
        {
            errors.Add(new FieldError("minimumRunDays", "must not be negative"));
        }

        if (experiment.GoalConfig is { } goal)
        {
            CheckWord<GoalType>(goal.TypeText, "goalConfig.type", errors);
            if (goal.Type == GoalType.ClickThrough && string.IsNullOrEmpty(goal.DestinationUrl))
            {
                errors.Add(new FieldError("goalConfig.destinationUrl", "is required for click_through"));
            }

            CheckUrl(goal.DestinationUrl, "goalConfig.destinationUrl", errors);
        }

        if (experiment.BanditConfig is { } bandit)
        {
            CheckWord<BanditAlgorithm>(bandit.AlgorithmText, "banditConfig.algorithm", errors);
            if (bandit.Enabled == true && experiment.TypeText is not null && experiment.Type != ExperimentType.AbTest)
            {
                errors.Add(new FieldError("banditConfig", "is for A/B tests only"));
            }
        }

        if (experiment.OutputConfig is { } output)
        {
            CheckWord<ImageFormat>(output.FormatText, "outputConfig.format", errors);
            if (output.Quality is not (null or (>= 1 and <= 100)))
            {
                errors.Add(new FieldError("outputConfig.quality", "must be 1 to 100"));
            }
        }

        CheckUrl(experiment.FallbackImageUrl, "fallbackImageUrl", errors);
    }

    private static void CheckWord<T>(string? text, string field, List<FieldError> errors)
        where T : struct, Enum
    {
        if (text is not null && EqualityComparer<T>.Default.Equals(ApiName.Parse<T>(text), default))
        {
            string words = string.Join(
                ", ",
                Platform.EnumValues<T>().Select(ApiName.Of).Where(static w => w is not null)
            );
            errors.Add(new FieldError(field, $"must be one of {words}"));
        }
    }

    private static void CheckUrl(string? text, string field, List<FieldError> errors)
    {
        if (
            !string.IsNullOrEmpty(text)
            && !(Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is ("http" or "https"))
        )
        {
            errors.Add(new FieldError(field, "must be an http or https address"));
        }
    }
}

/// <summary>What a plan allows; null is unlimited.</summary>
internal sealed record PlanLimits(
    int? AbTests,
    int? SmartLinks,
    int? Scheduled,
    int MaxVariants,
    int RetentionDays,
    bool HasAutoOptimisation
)
{
    public int? Of(ExperimentType type) =>
        type switch
        {
            ExperimentType.SmartLink => SmartLinks,
            ExperimentType.Scheduled => Scheduled,
            _ => AbTests,
        };
}
