using Pictify;

namespace PictifyPS;

/// <summary>The use of the plan by one type of experiment.</summary>
/// <param name="TypeText">The API's name of the type.</param>
/// <param name="Used">Experiments that count.</param>
/// <param name="Limit">How many are allowed; null is unlimited.</param>
/// <param name="Plan">The plan's name.</param>
/// <param name="MaxVariants">Variants an experiment may have.</param>
/// <param name="AnalyticsRetentionDays">Days that analytics are kept.</param>
public sealed record PictifyQuotaRow(
    string TypeText,
    int Used,
    int? Limit,
    string? Plan,
    int? MaxVariants,
    int? AnalyticsRetentionDays
)
{
    /// <summary>The type; Unknown for one that this version does not list.</summary>
    public ExperimentType Type => ApiName.Parse<ExperimentType>(TypeText);

    /// <summary>True if the plan sets no limit.</summary>
    public bool IsUnlimited => Limit is null;

    /// <summary>How many more are allowed; null is unlimited.</summary>
    public int? Remaining => Limit is { } limit ? Math.Max(0, limit - Used) : null;
}
