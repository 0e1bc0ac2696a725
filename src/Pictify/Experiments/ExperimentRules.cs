namespace Pictify;

/// <summary>
/// The service's rules, in one place: the client tells a person before a request would fail, and the sandbox holds the
/// same line. Source: the state-machine and validation sections of Pictify's public reference and concept pages.
/// </summary>
internal static class ExperimentRules
{
    private static readonly Dictionary<ExperimentStatus, ExperimentStatus[]> _transitions = new()
    {
        [ExperimentStatus.Draft] = [ExperimentStatus.Running],
        [ExperimentStatus.Running] = [ExperimentStatus.Paused, ExperimentStatus.Completed],
        [ExperimentStatus.Paused] = [ExperimentStatus.Running, ExperimentStatus.Completed],
    };

    private static readonly Dictionary<string, PlanLimits> _plans = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Starter"] = new(1, 0, 0, 2, 7),
        ["Basic"] = new(2, 1, 1, 3, 30),
        ["Standard"] = new(5, 3, 3, 5, 90),
        ["Business"] = new(null, null, null, 10, 365),
        ["Enterprise"] = new(null, null, null, 20, 365),
    };

    /// <summary>Where a status may lead; nowhere for completed, archived and those not known.</summary>
    public static IReadOnlyList<ExperimentStatus> TransitionsFrom(ExperimentStatus status) =>
        _transitions.TryGetValue(status, out ExperimentStatus[]? allowed) ? allowed : [];

    /// <summary>The statuses that the list can be filtered by: those that last, and are not soft-deleted.</summary>
    public static bool IsFilter(ExperimentStatus status) =>
        status
            is ExperimentStatus.Draft
                or ExperimentStatus.Running
                or ExperimentStatus.Paused
                or ExperimentStatus.Completed;

    /// <summary>What a plan allows; the largest for a plan that is not listed.</summary>
    public static PlanLimits LimitsOf(string plan) =>
        _plans.TryGetValue(plan, out PlanLimits? limits) ? limits : _plans["Enterprise"];

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

        foreach (char c in uid)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_' or '-'))
            {
                return "it holds something else than letters, digits, '_' and '-'";
            }
        }

        // GET /experiments/api/quota is the plan's usage, not an experiment.
        return string.Equals(uid, "quota", StringComparison.OrdinalIgnoreCase)
            ? "the API uses that word for the plan's quota"
            : null;
    }
}

/// <summary>What a plan allows; null is unlimited.</summary>
internal sealed record PlanLimits(int? AbTests, int? SmartLinks, int? Scheduled, int MaxVariants, int RetentionDays);
