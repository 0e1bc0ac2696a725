using System.Runtime.CompilerServices;
using Pictify;
using Pictify.Http;
using PictifyPS.Input;

namespace PictifyPS.Completion;

/// <summary>
/// The experiments for tab completion: those that commands returned and, if no command listed them recently, those of one short call. It
/// waits for <see cref="_firstDeadline"/> at most, and never throws.
/// </summary>
internal static class CompletionCache
{
    private static readonly TimeSpan _deadline = TimeSpan.FromMilliseconds(200);

    /// <summary>If the cache is empty: the first request of a process has to load the libraries that send it.</summary>
    private static readonly TimeSpan _firstDeadline = TimeSpan.FromMilliseconds(600);

    private const int Capacity = 1000;
    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(2);

    /// <summary>After a call that failed: it is not repeated at each key press.</summary>
    private static readonly TimeSpan _rest = TimeSpan.FromSeconds(10);

    private static readonly ConditionalWeakTable<PictifyConnection, Cache> _caches = new();

    /// <summary>Adds an experiment that a command returned.</summary>
    public static void Remember(PictifyConnection connection, Experiment experiment) =>
        Of(connection).Add([experiment], isListing: false);

    /// <summary>Adds a page of a list.</summary>
    /// <param name="connection">The connection of the experiments.</param>
    /// <param name="page">The experiments.</param>
    /// <param name="isListing">True if the short call would have read the same, so that it is not needed for a while.</param>
    public static void Remember(PictifyConnection connection, IReadOnlyList<Experiment> page, bool isListing) =>
        Of(connection).Add(page, isListing);

    /// <summary>Removes an experiment that was removed.</summary>
    public static void Forget(PictifyConnection connection, string uid) => Of(connection).Remove(uid);

    /// <summary>The cached experiments; asks the service first if no command did recently.</summary>
    public static IReadOnlyCollection<Entry> Experiments(PictifyConnection? connection)
    {
        if (connection is null || connection.IsClosed)
        {
            return [];
        }

        Cache cache = Of(connection);
        if (cache.RefreshIfOld() is { } refresh)
        {
            // Does not throw: a failed request is not reported during typing, and the cached experiments are offered.
            _ = Task.WaitAny([refresh], cache.Entries.Length == 0 ? _firstDeadline : _deadline);
        }

        return cache.Entries;
    }

    private static Cache Of(PictifyConnection connection) => _caches.GetValue(connection, static key => new Cache(key));

    private static async Task<IReadOnlyList<Experiment>> ReadAsync(PictifyConnection connection)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var query = new ExperimentQuery { PagesAhead = 0 };
        await foreach (
            ExperimentPage page in new PictifyClient(connection).ListAsync(query, limit.Token).ConfigureAwait(false)
        )
        {
            return page.Experiments;
        }

        return [];
    }

    public sealed record Entry(string Uid, string? Name, string? Slug, ExperimentStatus Status, string[] VariantIds)
    {
        public static Entry From(Experiment experiment) =>
            new(
                experiment.Uid,
                experiment.Name,
                experiment.Slug,
                experiment.Status,
                [.. experiment.Variants.Select(static variant => variant.Id)]
            );
    }

    private sealed class Cache(PictifyConnection connection)
    {
        private readonly object _sync = new();
        private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
        private DateTimeOffset _askAt;
        private Task? _refresh;

        public Entry[] Entries
        {
            get
            {
                lock (_sync)
                {
                    return [.. _entries.Values];
                }
            }
        }

        public void Add(IReadOnlyList<Experiment> experiments, bool isListing)
        {
            lock (_sync)
            {
                foreach (Experiment experiment in experiments)
                {
                    bool isKnown = _entries.ContainsKey(experiment.Uid);
                    if (experiment.Uid.Length > 0 && (_entries.Count < Capacity || isKnown))
                    {
                        _entries[experiment.Uid] = Entry.From(experiment);
                    }
                }

                if (isListing)
                {
                    _askAt = connection.Now + _lifetime;
                }
            }
        }

        public void Remove(string uid)
        {
            lock (_sync)
            {
                _entries.Remove(uid);
            }
        }

        /// <summary>
        /// Reads the list if no command did recently; null if that is not needed. One refresh runs at a time; a slow one continues, for the
        /// next completion.
        /// </summary>
        public Task? RefreshIfOld()
        {
            lock (_sync)
            {
                return connection.Now < _askAt ? null
                    : _refresh is { IsCompleted: false } running ? running
                    : _refresh = Task.Run(FillAsync);
            }
        }

        private async Task FillAsync()
        {
            try
            {
                Add(await ReadAsync(connection).ConfigureAwait(false), isListing: true);
            }
            catch (Exception)
            {
                // Of any kind: the request must not be sent again at each key press.
                lock (_sync)
                {
                    _askAt = connection.Now + _rest;
                }
            }
        }
    }
}
