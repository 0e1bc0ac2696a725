using System.Net.Http;
using System.Runtime.CompilerServices;

namespace Pictify.Http;

/// <summary>
/// Reads the list page by page, and prefetches the next ones. The API pages by number, so pages shift when the list
/// changes: if only running experiments are listed and one is paused, all later ones move up by one, and the next page skips one.
/// The count of experiments is therefore compared with the total; if they differ, or the total changes, the list is read again
/// to find the missing ones. Each experiment is returned once. If one leaves the list and another enters it between the same two
/// pages, this API does not show it.
/// </summary>
internal sealed class ExperimentLister(ExperimentEndpoint endpoint, ExperimentQuery query)
{
    /// <summary>The most passes: a list that changed in each of them changes faster than it can be read.</summary>
    private const int MaximumPasses = 5;

    private readonly HashSet<string> _returned = new(StringComparer.Ordinal);

    /// <summary>How many pages contained an item that is not an experiment; only the first such page is reported.</summary>
    private int _pagesWithMissing;

    public async IAsyncEnumerable<ExperimentPage> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        Pass? last = null;
        bool shifted = false;
        for (int number = 1; ; number++)
        {
            // The first pass returns everything that it receives, so one set serves for both.
            var pass = new Pass(number == 1 ? _returned : new HashSet<string>(StringComparer.Ordinal));
            await foreach (ExperimentPage page in PassAsync(pass, cancellationToken).ConfigureAwait(false))
            {
                yield return page;
            }

            // Same total and count in two passes: the reported total is wrong, the list is stable.
            bool isStable = pass.IsComplete || (last is not null && pass.IsSameAs(last));
            shifted |= pass.HasChanged || (last is not null && !pass.IsSameAs(last));
            if (isStable || number == MaximumPasses)
            {
                if (shifted)
                {
                    yield return new ExperimentPage(
                        [],
                        pass.Total,
                        isStable ? ListShift.Recovered : ListShift.Unsettled
                    );
                }

                yield break;
            }

            last = pass;
        }
    }

    private async IAsyncEnumerable<ExperimentPage> PassAsync(
        Pass pass,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = new Queue<Task<ExperimentListBody>>();
        int requested = 0;
        void FetchNext() => ahead.Enqueue(FetchAsync(++requested, stop.Token));

        try
        {
            FetchNext();
            int pageLength = 0;
            while (true)
            {
                ExperimentListBody body = await ahead.Dequeue().ConfigureAwait(false);
                int length = body.Experiments!.Count;
                pageLength = Math.Max(pageLength, length);
                int before = pass.Distinct;
                List<Experiment> fresh = pass.Add(body, _returned);
                bool more = length > 0 && HasMore(body, pass, pass.Distinct - before);
                if (more && query.PagesAhead > 0)
                {
                    // Several pages if the total is known; else one, which may not exist.
                    int wanted = body.KnownTotal is null ? 1 : query.PagesAhead;
                    long last = body.KnownTotal is { } total ? (total + pageLength - 1) / pageLength : long.MaxValue;
                    while (ahead.Count < wanted && (requested < last || ahead.Count == 0))
                    {
                        FetchNext();
                    }
                }

                yield return new ExperimentPage([.. fresh], body.KnownTotal) { Problems = Problems(body, fresh) };
                if (!more)
                {
                    yield break;
                }

                if (ahead.Count == 0)
                {
                    FetchNext();
                }
            }
        }
        finally
        {
            // Consumer stopped early: cancel and await prefetched pages.
            stop.Cancel();
            await IgnoreAsync(ahead).ConfigureAwait(false);
        }
    }

    /// <summary>Awaits prefetched pages that are not consumed, and ignores their failures.</summary>
    private static async Task IgnoreAsync(IEnumerable<Task<ExperimentListBody>> pages)
    {
        foreach (Task<ExperimentListBody> page in pages)
        {
            try
            {
                await page.ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or PictifyException) { }
        }
    }

    /// <summary>
    /// Counted, not computed from the page size, because a service may return fewer experiments a page than requested.
    /// </summary>
    private static bool HasMore(ExperimentListBody body, Pass pass, int fresh) =>
        body.KnownTotal is { } total ? pass.Received < total : body.Pagination?.HasNext ?? fresh > 0;

    private async Task<ExperimentListBody> FetchAsync(int page, CancellationToken cancellationToken)
    {
        var request = new ApiRequest(RequestKind.Read, HttpMethod.Get, ApiPaths.Page(query, page));
        ApiResponse response = await endpoint.SendToCollectionAsync(request, cancellationToken).ConfigureAwait(false);
        ExperimentListBody body = AnswerReader.ReadPage(response);
        foreach (Experiment? experiment in body.Experiments!)
        {
            if (experiment is not null)
            {
                endpoint.MarkOrigin(experiment);
            }
        }

        response.Recycle();
        return body;
    }

    /// <summary>The warnings of a page, without those of experiments that were returned before.</summary>
    private string[] Problems(ExperimentListBody body, List<Experiment> fresh)
    {
        string[] problems = [.. fresh.Select(ExperimentReader.Warning).OfType<string>()];
        int missing = body.Experiments!.Count(static experiment => experiment is null);
        return missing == 0 || _pagesWithMissing++ > 0
            ? problems
            : [.. problems, "The service's list contains something that is not an experiment. It is left out."];
    }

    /// <summary>One reading of the list from its first page to its last.</summary>
    private sealed class Pass(HashSet<string> uids)
    {
        private long? _firstTotal;

        /// <summary>Experiments on the pages so far, repeated ones too.</summary>
        public int Received { get; private set; }

        public long? Total { get; private set; }

        /// <summary>True if the pages themselves show that the list changed.</summary>
        public bool HasChanged { get; private set; }

        /// <summary>True if every experiment that the service counts was received, once.</summary>
        public bool IsComplete => !HasChanged && (Total is not { } total || uids.Count >= total);

        public int Distinct => uids.Count;

        public bool IsSameAs(Pass other) => !HasChanged && Total == other.Total && Distinct == other.Distinct;

        /// <summary>
        /// The key that identifies an experiment: its uid, else its slug or name (prefixed, so that it equals no uid), else its position.
        /// </summary>
        private static string Key(Experiment? experiment, int place) =>
            experiment is { Uid.Length: > 0 } ? experiment.Uid
            : (experiment?.Slug ?? experiment?.Name) is { } name ? $"called {name}"
            : $"place {place}";

        /// <summary>Counts a page, and returns those of its experiments that were not returned yet.</summary>
        public List<Experiment> Add(ExperimentListBody body, HashSet<string> returned)
        {
            List<Experiment?> experiments = body.Experiments!;
            var fresh = new List<Experiment>(experiments.Count);
            if (Received == 0)
            {
                _firstTotal = body.KnownTotal;
            }

            Total = body.KnownTotal;
            HasChanged |= Total != _firstTotal;
            for (int i = 0; i < experiments.Count; i++)
            {
                // Without a total the first page without new keys is the last one, so a repeated page must have the same keys.
                Experiment? experiment = experiments[i];
                string key = Key(experiment, Total is null ? i : Received + i);
                bool isNew = uids.Add(key);
                HasChanged |= !isNew && experiment is { Uid.Length: > 0 };
                if ((ReferenceEquals(uids, returned) ? isNew : returned.Add(key)) && experiment is not null)
                {
                    fresh.Add(experiment);
                }
            }

            Received += experiments.Count;
            return fresh;
        }
    }
}
