using System.Net.Http;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Pictify.Http;

/// <summary>
/// Reads the list page by page, the next ones while the caller is busy with this one. The API pages by number, so a list
/// that changes meanwhile shifts under the reader: an experiment that is paused while only running ones are listed moves
/// all later ones up by one, and the next page skips one. What was seen is therefore counted against the total, and where
/// the two disagree, or the total itself changes, the list is read again for what is missing. Each experiment is given
/// out once. What no client of this API can see is one that leaves and one that enters between the same two pages.
/// </summary>
internal sealed class ExperimentLister(PictifyClient client, ExperimentQuery query)
{
    /// <summary>A list that moved in each of that many passes changes faster than it can be read.</summary>
    private const int MaximumPasses = 5;

    /// <summary>Pages under way while one is worked on: enough that a reader never waits for one page's latency alone.</summary>
    private const int PagesAhead = 3;

    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    /// <summary>How many pages held something that is no experiment; it is said once.</summary>
    private int _saidMissing;

    public async IAsyncEnumerable<ExperimentPage> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        Pass? last = null;
        bool shifted = false;
        for (int number = 1; ; number++)
        {
            // The first pass gives out everything it sees, so one set serves it for both.
            var pass = new Pass(number == 1 ? _given : new HashSet<string>(StringComparer.Ordinal));
            await foreach (ExperimentPage page in PassAsync(pass, cancellationToken).ConfigureAwait(false))
            {
                yield return page;
            }

            // A total that is simply wrong is as wrong, and by as much, the second time: then nothing moved.
            bool settled = pass.IsComplete || (last is not null && pass.IsSameAs(last));
            shifted |= pass.HasMoved || (last is not null && !pass.IsSameAs(last));
            if (settled || number == MaximumPasses)
            {
                if (shifted)
                {
                    yield return new ExperimentPage([], pass.Total, settled ? ListShift.Settled : ListShift.Unsettled);
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
        int asked = 0;
        void Ask() => ahead.Enqueue(FetchAsync(++asked, stop.Token));

        try
        {
            Ask();
            int pageLength = 0;
            while (true)
            {
                ExperimentListBody body = await ahead.Dequeue().ConfigureAwait(false);
                int length = body.Experiments!.Count;
                pageLength = Math.Max(pageLength, length);
                int before = pass.Distinct;
                List<Experiment> fresh = pass.Take(body, _given);
                bool more = length > 0 && HasMore(body, pass, pass.Distinct - before);
                if (more && query.Prefetch)
                {
                    // Where the total is known, several pages; else one, which may turn out to be one too many.
                    int wanted = body.KnownTotal is null ? 1 : PagesAhead;
                    long last = body.KnownTotal is { } total ? (total + pageLength - 1) / pageLength : long.MaxValue;
                    while (ahead.Count < wanted && (asked < last || ahead.Count == 0))
                    {
                        Ask();
                    }
                }

                yield return new ExperimentPage([.. fresh], body.KnownTotal) { Problems = Problems(body, fresh) };
                if (!more)
                {
                    yield break;
                }

                if (ahead.Count == 0)
                {
                    Ask();
                }
            }
        }
        finally
        {
            // The caller may have had enough: take back what was fetched ahead, and leave no task behind.
            stop.Cancel();
            foreach (Task<ExperimentListBody> task in ahead)
            {
                try
                {
                    await task.ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is OperationCanceledException or PictifyException)
                {
                    // Nobody asked for it.
                }
            }
        }
    }

    /// <summary>
    /// Counted, not computed from the page size: a service that gives fewer a page than were asked for has more pages.
    /// </summary>
    private static bool HasMore(ExperimentListBody body, Pass pass, int fresh) =>
        body.KnownTotal is { } total ? pass.Received < total : body.Pagination?.HasNext ?? fresh > 0;

    private async Task<ExperimentListBody> FetchAsync(int page, CancellationToken cancellationToken)
    {
        var path = new StringBuilder($"{PictifyClient.Collection}?page={page}&limit={query.PageSize}");
        if (query.Status is { } status && ExperimentRules.IsFilter(status))
        {
            path.Append("&status=").Append(ApiName.Of(status));
        }

        if (query.Type is { } type && ApiName.Of(type) is { } typeName)
        {
            path.Append("&type=").Append(typeName);
        }

        var request = new ApiRequest(RequestKind.Read, HttpMethod.Get, path.ToString());
        ApiResponse response = await client.SendToCollectionAsync(request, cancellationToken).ConfigureAwait(false);
        ExperimentListBody? body = PictifyClient.ParseList(response);
        if (body?.Experiments is null)
        {
            throw ErrorReader.NotOurs(response, "holds no list of experiments");
        }

        foreach (Experiment? experiment in body.Experiments)
        {
            if (experiment is not null)
            {
                client.Adopt(experiment, response);
            }
        }

        response.Recycle();

        return body;
    }

    /// <summary>What a person should hear of a page: of an experiment that was given out before, it was said then.</summary>
    private string[] Problems(ExperimentListBody body, List<Experiment> fresh)
    {
        string[] problems = [.. fresh.Select(ExperimentReader.Warning).OfType<string>()];
        int missing = body.Experiments!.Count(static experiment => experiment is null);
        return missing == 0 || _saidMissing++ > 0
            ? problems
            : [.. problems, "The service's list holds something that is no experiment. It is left out."];
    }

    /// <summary>What one reading from the first page to the last came to.</summary>
    private sealed class Pass(HashSet<string> uids)
    {
        private long? _firstTotal;

        /// <summary>Experiments on the pages so far, repeated ones too.</summary>
        public int Received { get; private set; }

        public long? Total { get; private set; }

        /// <summary>True where the pages themselves show that the list moved.</summary>
        public bool HasMoved { get; private set; }

        /// <summary>True where every experiment that the service counts was seen, once.</summary>
        public bool IsComplete => !HasMoved && (Total is not { } total || uids.Count >= total);

        public int Distinct => uids.Count;

        public bool IsSameAs(Pass other) => !HasMoved && Total == other.Total && Distinct == other.Distinct;

        /// <summary>
        /// What an experiment is known by: where it has no uid its slug or its name, which no uid can look like; else its place.
        /// </summary>
        private static string Key(Experiment? experiment, int place) =>
            experiment is { Uid.Length: > 0 } ? experiment.Uid
            : (experiment?.Slug ?? experiment?.Name) is { } name ? $"called {name}"
            : $"place {place}";

        /// <summary>Those of the page that were not given out yet.</summary>
        public List<Experiment> Take(ExperimentListBody body, HashSet<string> given)
        {
            List<Experiment?> experiments = body.Experiments!;
            var fresh = new List<Experiment>(experiments.Count);
            if (Received == 0)
            {
                _firstTotal = body.KnownTotal;
            }

            Total = body.KnownTotal;
            HasMoved |= Total != _firstTotal;
            for (int i = 0; i < experiments.Count; i++)
            {
                // Where there is no total, a page that brings nothing new is the last: then the same page again has the same keys.
                Experiment? experiment = experiments[i];
                string key = Key(experiment, Total is null ? i : Received + i);
                bool isNew = uids.Add(key);
                HasMoved |= !isNew && experiment is { Uid.Length: > 0 };
                if ((ReferenceEquals(uids, given) ? isNew : given.Add(key)) && experiment is not null)
                {
                    fresh.Add(experiment);
                }
            }

            Received += experiments.Count;
            return fresh;
        }
    }
}
