namespace Pictify;

/// <summary>The limits of a plan; null is unlimited.</summary>
internal sealed record PlanLimits(
    int? AbTests,
    int? SmartLinks,
    int? Scheduled,
    int MaxVariants,
    int RetentionDays,
    bool HasAutoOptimisation
)
{
    private const string Largest = "Enterprise";

    private static readonly Dictionary<string, PlanLimits> _plans = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Starter"] = new(1, 0, 0, 2, 7, HasAutoOptimisation: false),
        ["Basic"] = new(2, 1, 1, 3, 30, HasAutoOptimisation: false),
        ["Standard"] = new(5, 3, 3, 5, 90, HasAutoOptimisation: true),
        ["Business"] = new(null, null, null, 10, 365, HasAutoOptimisation: true),
        [Largest] = new(null, null, null, 20, 365, HasAutoOptimisation: true),
    };

    /// <summary>The plans that are listed.</summary>
    public static string[] Plans => [.. _plans.Keys];

    /// <summary>The limits of a plan; those of the largest one for a plan that is not listed.</summary>
    public static PlanLimits OfPlan(string plan) =>
        _plans.TryGetValue(plan, out PlanLimits? limits) ? limits : _plans[Largest];

    /// <summary>How many experiments of a type may be in use.</summary>
    public int? Of(ExperimentType type) =>
        type switch
        {
            ExperimentType.SmartLink => SmartLinks,
            ExperimentType.Scheduled => Scheduled,
            _ => AbTests,
        };
}
