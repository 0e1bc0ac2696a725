namespace Pictify.Http;

/// <summary>The filters that the service applies; the caller applies all others.</summary>
public sealed record ExperimentQuery
{
    /// <summary>One status. <c>Archived</c>, <c>Rendering</c> and <c>Unknown</c> are not filter values of the API.</summary>
    public ExperimentStatus? Status { get; init; }

    /// <summary>One type.</summary>
    public ExperimentType? Type { get; init; }

    /// <summary>Experiments a page, 1 to 100.</summary>
    public int PageSize { get; init; } = MaximumPageSize;

    /// <summary>
    /// The number of pages that are prefetched at a time, 0 to 3, so that reading is not limited by the latency of one request. 0 if one page
    /// is expected to be enough.
    /// </summary>
    public int PagesAhead { get; init; } = 3;

    /// <summary>The API's own limit.</summary>
    public const int MaximumPageSize = ExperimentRules.MaximumPageSize;

    /// <summary>The same query with a limit to the requests that run at the same time.</summary>
    internal ExperimentQuery AtOnce(int limit) => this with { PagesAhead = Math.Min(PagesAhead, limit) };
}

/// <summary>A page of a list, in the service's order; each experiment is on one page of a listing only.</summary>
/// <param name="Experiments">Those that were on no earlier page of this listing.</param>
/// <param name="Total">The number of experiments that the service reports; null if it reports none.</param>
/// <param name="Shift">Whether the list changed while it was read; known only on the last page of a listing.</param>
public sealed record ExperimentPage(Experiment[] Experiments, long? Total, ListShift Shift = ListShift.None)
{
    /// <summary>Warnings about values that could not be read, one sentence for each experiment.</summary>
    public string[] Problems { get; init; } = [];
}

/// <summary>Whether a list changed while it was read.</summary>
public enum ListShift : long
{
    /// <summary>It did not change.</summary>
    None,

    /// <summary>It changed, and was read again until nothing was missing.</summary>
    Recovered,

    /// <summary>It kept changing, so that something may still be missing.</summary>
    Unsettled,
}
