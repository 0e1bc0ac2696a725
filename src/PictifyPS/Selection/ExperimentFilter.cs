using System.Management.Automation;
using Pictify;
using Pictify.Http;

namespace PictifyPS.Selection;

/// <summary>Selects experiments of the list: by filters of the service, and by filters of this module.</summary>
internal sealed class ExperimentFilter(
    string[]? names,
    string[]? slugs,
    ExperimentStatus[]? statuses,
    ExperimentType[]? types
)
{
    private readonly ExperimentPattern _pattern = new(names, slugs);

    /// <summary>Whether this module has to filter too. The service filters by one status and one type.</summary>
    public bool IsLocal { get; } =
        names is not null
        || slugs is not null
        || statuses is { Length: > 1 }
        || types is { Length: > 1 }
        || (statuses is [var status] && !ExperimentRules.IsFilter(status));

    /// <summary>The query for the service.</summary>
    /// <param name="skip">How many experiments are skipped.</param>
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
            PagesAhead = 0,
        };
    }

    /// <summary>
    /// The service's filter is checked too: if the service ignores it, the result must not contain wrong experiments. If an answer omits
    /// the field, the service's filter is trusted.
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
