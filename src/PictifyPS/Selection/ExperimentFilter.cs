using System.Management.Automation;
using Pictify;
using Pictify.Http;

namespace PictifyPS.Selection;

/// <summary>Which experiments of the list are meant: what the service filters, and what is filtered here.</summary>
internal sealed class ExperimentFilter(
    string[]? names,
    string[]? slugs,
    ExperimentStatus[]? statuses,
    ExperimentType[]? types
)
{
    private readonly ExperimentPattern _pattern = new(names, slugs);

    /// <summary>Whether anything is left to filter here. The service filters by one status and one type.</summary>
    public bool IsLocal { get; } =
        names is not null
        || slugs is not null
        || statuses is { Length: > 1 }
        || types is { Length: > 1 }
        || (statuses is [var status] && !ExperimentRules.IsFilter(status));

    /// <summary>What is asked of the service.</summary>
    /// <param name="skip">How many experiments are left out.</param>
    /// <param name="first">How many are wanted after those.</param>
    public ExperimentQuery Query(ulong skip, ulong first)
    {
        var query = new ExperimentQuery
        {
            Status = statuses is [var status] ? status : null,
            Type = types is [var type] ? type : null,
        };
        const ulong whole = ExperimentQuery.MaximumPageSize;
        if (IsLocal || first > whole || skip > whole - first)
        {
            return query;
        }

        // A few experiments need no full page, and none after it.
        return query with
        {
            PageSize = Math.Max(1, (int)(skip + first)),
            Prefetch = false,
        };
    }

    /// <summary>
    /// What the service filtered is checked too: a filter that is ignored must not become a list of the wrong ones. If an answer
    /// leaves the field out, the service's filter counts.
    /// </summary>
    public bool IsMatch(Experiment experiment) =>
        (
            statuses is null
            || (experiment.StatusText is null && statuses.Length == 1)
            || statuses.Contains(experiment.Status)
        )
        && (types is null || (experiment.TypeText is null && types.Length == 1) || types.Contains(experiment.Type))
        && _pattern.IsMatch(experiment);

    /// <summary>An error for each name and slug without wildcards that no experiment had.</summary>
    public IEnumerable<ErrorRecord> Missing() => _pattern.Missing();
}
