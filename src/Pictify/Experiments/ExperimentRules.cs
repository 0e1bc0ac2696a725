using System.Text;
using System.Text.RegularExpressions;

namespace Pictify;

/// <summary>
/// The service's rules, in one place: the client reports a broken rule before the request is sent, and the sandbox enforces
/// the same rules. Source: the state-machine and validation sections of Pictify's public reference and concept pages.
/// </summary>
internal static class ExperimentRules
{
    public const int MaximumNameLength = 255;
    public const int MaximumHypothesisLength = 500;
    public const int MaximumSlugLength = 60;

    /// <summary>The most experiments on one page of the list.</summary>
    public const int MaximumPageSize = 100;

    private static readonly Regex _slug = new(
        "^[a-z0-9][a-z0-9-]{1,58}[a-z0-9]\\z",
        RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(1)
    );

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

    private static readonly Dictionary<ExperimentStatus, ExperimentStatus[]> _transitions = new()
    {
        [ExperimentStatus.Draft] = [ExperimentStatus.Running],
        [ExperimentStatus.Running] = [ExperimentStatus.Paused, ExperimentStatus.Completed],
        [ExperimentStatus.Paused] = [ExperimentStatus.Running, ExperimentStatus.Completed],
        [ExperimentStatus.Completed] = [],
        [ExperimentStatus.Archived] = [],
    };

    /// <summary>The statuses that a request can change a status to; none for a final, transient or unknown one.</summary>
    public static ExperimentStatus[] TransitionsFrom(ExperimentStatus status) =>
        _transitions.TryGetValue(status, out ExperimentStatus[]? allowed) ? [.. allowed] : [];

    /// <summary>Whether no start, pause or completion is possible any more; false for an unknown status.</summary>
    public static bool IsFinal(ExperimentStatus status) =>
        _transitions.TryGetValue(status, out ExperimentStatus[]? allowed) && allowed.Length == 0;

    /// <summary>The statuses that the list can be filtered by: those that are not transient and not soft-deleted.</summary>
    public static bool IsFilter(ExperimentStatus status) =>
        status
            is ExperimentStatus.Draft
                or ExperimentStatus.Running
                or ExperimentStatus.Paused
                or ExperimentStatus.Completed;

    /// <summary>The prefix of every uid of the module's sandbox; no uid of the service has it.</summary>
    internal const string SandboxUidPrefix = "exp_sandbox_";

    /// <summary>Whether a text is, or contains, a uid that only a sandbox gives.</summary>
    internal static bool HasSandboxUid(string? text) =>
        text?.IndexOf(SandboxUidPrefix, StringComparison.OrdinalIgnoreCase) >= 0;

    /// <summary>
    /// Null if the text can be one path segment of a request, else the reason why not. The service's uids are letters,
    /// digits, <c>_</c> and <c>-</c>; anything that could reach another path is refused before a request is made.
    /// </summary>
    public static string? GetUidProblem(string? uid)
    {
        if (string.IsNullOrWhiteSpace(uid))
        {
            return "it is empty";
        }

        if (uid!.Length > 128)
        {
            return "it is longer than 128 characters";
        }

        if (!ValueRules.Identifier.IsMatch(uid))
        {
            return "it contains characters other than letters, digits, '_' and '-'";
        }

        // GET /experiments/api/quota is the plan's usage, not an experiment.
        return string.Equals(uid, "quota", StringComparison.OrdinalIgnoreCase)
            ? "the API uses that word for the plan's quota"
            : null;
    }

    /// <summary>Null if it can be a slug, else the reason why not.</summary>
    public static string? GetSlugProblem(string? slug) =>
        slug is null || !_slug.IsMatch(slug)
            ? "must be 3 to 60 of a-z, 0-9 and '-', and begin and end with a letter or digit"
        : _reservedSlugs.Contains(slug) ? "is reserved by the service"
        : null;

    /// <summary>A slug that is similar to the name: <c>Hero Été 2026!</c> is <c>hero-ete-2026</c>.</summary>
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
        return GetSlugProblem(text) is null ? text : $"experiment-{text}".Trim('-');
    }

    /// <summary>Every rule that a new experiment breaks; empty if it breaks none.</summary>
    public static FieldError[] CheckNew(Experiment experiment)
    {
        var errors = new List<FieldError>();
        if (string.IsNullOrWhiteSpace(experiment.Name))
        {
            errors.Add(FieldTable.Name.Error("is required"));
        }

        if (experiment.Type == ExperimentType.Unknown)
        {
            errors.Add(FieldTable.Type.Error("must be ab_test, smart_link or scheduled"));
        }

        if (GetSlugProblem(experiment.Slug) is { } why)
        {
            errors.Add(FieldTable.Slug.Error(why));
        }

        VariantRules.CheckAll(experiment.Variants, errors);
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
            errors.Add(FieldTable.Name.Error("must not be empty"));
        }

        if (changes.Slug is { } slug && GetSlugProblem(slug) is { } why)
        {
            errors.Add(FieldTable.Slug.Error(why));
        }

        if (hasVariants)
        {
            VariantRules.CheckAll(changes.Variants, errors);
        }

        CheckFields(changes, errors);
        return [.. errors];
    }

    /// <summary>Every rule that one variant breaks, by itself.</summary>
    public static FieldError[] CheckVariant(Variant variant)
    {
        var errors = new List<FieldError>();
        VariantRules.Check(variant, "", errors);
        return [.. errors];
    }

    private static void CheckFields(Experiment experiment, List<FieldError> errors)
    {
        if (experiment.Name?.Length > MaximumNameLength)
        {
            errors.Add(FieldTable.Name.Error($"must be {MaximumNameLength} characters at most"));
        }

        if (experiment.Hypothesis?.Length > MaximumHypothesisLength)
        {
            errors.Add(FieldTable.Hypothesis.Error($"must be {MaximumHypothesisLength} characters at most"));
        }

        if (experiment.ConfidenceThreshold is not (null or (>= 0 and <= 1)))
        {
            errors.Add(FieldTable.ConfidenceThreshold.Error("must be 0 to 1"));
        }

        if (experiment.MinimumSampleSize < 0)
        {
            errors.Add(FieldTable.MinimumSampleSize.Error("must not be negative"));
        }

        if (experiment.MinimumRunDays < 0)
        {
            errors.Add(FieldTable.MinimumRunDays.Error("must not be negative"));
        }

        if (experiment.GoalConfig is { } goal)
        {
            ValueRules.CheckWord<GoalType>(goal.TypeText, FieldTable.GoalType.Path, errors);
            if (goal.Type == GoalType.ClickThrough && string.IsNullOrEmpty(goal.DestinationUrl))
            {
                errors.Add(FieldTable.DestinationUrl.Error("is required for click_through"));
            }

            ValueRules.CheckUrl(goal.DestinationUrl, FieldTable.DestinationUrl.Path, errors);
        }

        if (experiment.BanditConfig is { } bandit)
        {
            ValueRules.CheckWord<BanditAlgorithm>(bandit.AlgorithmText, FieldTable.BanditAlgorithm.Path, errors);
            if (bandit.Enabled == true && experiment.TypeText is not null && experiment.Type != ExperimentType.AbTest)
            {
                errors.Add(FieldTable.BanditConfig.Error("is for A/B tests only"));
            }
        }

        if (experiment.OutputConfig is { } output)
        {
            ValueRules.CheckWord<ImageFormat>(output.FormatText, FieldTable.OutputFormat.Path, errors);
            if (output.Quality is not (null or (>= 1 and <= 100)))
            {
                errors.Add(FieldTable.OutputQuality.Error("must be 1 to 100"));
            }
        }

        ValueRules.CheckUrl(experiment.FallbackImageUrl, FieldTable.FallbackImageUrl.Name, errors);
    }
}
