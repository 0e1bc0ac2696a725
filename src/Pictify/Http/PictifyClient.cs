namespace Pictify.Http;

/// <summary>
/// The experiments API, with one method for each operation. Reads, and changes that are refused before anything is sent, throw a
/// <see cref="PictifyException"/>; changes return their outcome. Use one instance for each command; the sockets and the rate limiter
/// are the <see cref="PictifyConnection"/>'s.
/// </summary>
public sealed class PictifyClient
{
    /// <summary>The client's own error code: a draft cannot be resumed.</summary>
    internal const string NeverStarted = "never_started";

    /// <summary>The client's own error code: a running experiment cannot be removed.</summary>
    internal const string StillRunning = "still_running";

    private readonly Transport _transport;
    private readonly ExperimentEndpoint _endpoint;
    private readonly StatusTransitions _transitions;
    private readonly ExperimentCreation _creation;
    private readonly ExperimentUpdate _update;
    private readonly ExperimentRemoval _removal;
    private readonly UnverifiedChange _unverified;
    private readonly EventSubmission _events;
    private readonly ImageDownload _images;

    /// <summary>A client for the connection.</summary>
    public PictifyClient(PictifyConnection connection)
        : this(connection, null) { }

    internal PictifyClient(PictifyConnection connection, IRequestObserver? observer)
    {
        _transport = new Transport(connection ?? throw new ArgumentNullException(nameof(connection)), observer);
        _endpoint = new ExperimentEndpoint(connection, _transport);
        var verifier = new ExperimentVerifier(_endpoint);
        _transitions = new StatusTransitions(_endpoint, verifier, _transport);
        _creation = new ExperimentCreation(_endpoint, verifier, _transport);
        _update = new ExperimentUpdate(_endpoint, verifier, _transport);
        _removal = new ExperimentRemoval(_endpoint, verifier, _transport);
        _unverified = new UnverifiedChange(_transport);
        _events = new EventSubmission(_unverified);
        _images = new ImageDownload(connection, _transport);
    }

    /// <summary>All experiments, page by page; the next pages are prefetched.</summary>
#if !NET
    // On .NET Framework the type comes from a package, of which other modules may load another version.
    internal
#else
    public
#endif
    IAsyncEnumerable<ExperimentPage> ListAsync(
        ExperimentQuery? query = null,
        CancellationToken cancellationToken = default
    ) => new ExperimentLister(_endpoint, query ?? new ExperimentQuery()).ReadAsync(cancellationToken);

    /// <summary>One experiment.</summary>
    public Task<Experiment> GetAsync(string uid, CancellationToken cancellationToken = default) =>
        _endpoint.GetAsync(uid, cancellationToken);

    /// <summary>The plan's limits, and how much of them is used.</summary>
    public Task<ExperimentQuota> GetQuotaAsync(CancellationToken cancellationToken = default) =>
        _endpoint.GetQuotaAsync(cancellationToken);

    /// <summary>
    /// Running → paused. Already paused is success. If the answers do not show the outcome, the experiment is read, and the request
    /// is sent again if the experiment's status allows it and the retry count is not used up.
    /// </summary>
    /// <param name="uid">The experiment.</param>
    /// <param name="lastRead">The experiment as it was read before, for the fields that the answer leaves out.</param>
    /// <param name="cancellationToken">Cancels before the next request; one in flight gets a short time to end.</param>
    public Task<ExperimentChange> PauseAsync(
        string uid,
        Experiment? lastRead = null,
        CancellationToken cancellationToken = default
    ) => _transitions.PauseAsync(uid, lastRead, cancellationToken);

    /// <summary>
    /// Draft or paused → running. Already running is success, and so is the transient rendering that comes before it.
    /// </summary>
    /// <inheritdoc cref="PauseAsync"/>
    public Task<ExperimentChange> StartAsync(
        string uid,
        Experiment? lastRead = null,
        CancellationToken cancellationToken = default
    ) => _transitions.StartAsync(uid, lastRead, cancellationToken);

    /// <summary>Paused → running. A draft is refused: it was never started.</summary>
    /// <inheritdoc cref="PauseAsync"/>
    public Task<ExperimentChange> ResumeAsync(
        string uid,
        Experiment? lastRead = null,
        CancellationToken cancellationToken = default
    ) => _transitions.ResumeAsync(uid, lastRead, cancellationToken);

    /// <summary>
    /// Running or paused → completed, with a winner that gets all traffic. Final. Already completed with that winner is
    /// success.
    /// </summary>
    /// <param name="uid">The experiment.</param>
    /// <param name="winnerVariantId">One of its variants.</param>
    /// <param name="lastRead">The experiment as it was read before.</param>
    /// <param name="cancellationToken">Cancels before the next request; one in flight gets a short time to end.</param>
    public Task<ExperimentChange> CompleteAsync(
        string uid,
        string winnerVariantId,
        Experiment? lastRead = null,
        CancellationToken cancellationToken = default
    ) => _transitions.CompleteAsync(uid, winnerVariantId, lastRead, cancellationToken);

    /// <summary>Creates a draft. Idempotent through Idempotency-Key and the unique slug.</summary>
    public Task<ExperimentChange> CreateAsync(Experiment experiment, CancellationToken cancellationToken = default) =>
        _creation.CreateAsync(experiment, cancellationToken);

    /// <summary>Changes the given fields, and no others.</summary>
    /// <param name="uid">The experiment.</param>
    /// <param name="fields">The new values, by the API's names.</param>
    /// <param name="lastRead">The experiment as it was read before.</param>
    /// <param name="cancellationToken">Cancels before the next request; one in flight gets a short time to end.</param>
    public Task<ExperimentChange> UpdateAsync(
        string uid,
        IReadOnlyDictionary<string, object?> fields,
        Experiment? lastRead = null,
        CancellationToken cancellationToken = default
    ) => _update.UpdateAsync(uid, fields, lastRead, cancellationToken);

    /// <summary>Soft-deletes it, which frees its slug. Already removed is success.</summary>
    /// <param name="uid">The experiment.</param>
    /// <param name="cancellationToken">Cancels before the next request; one in flight gets a short time to end.</param>
    public Task<ExperimentChange> DeleteAsync(string uid, CancellationToken cancellationToken = default) =>
        _removal.DeleteAsync(uid, cancellationToken);

    /// <summary>Sends a batch of visitors' events, without the key.</summary>
    /// <inheritdoc cref="EventSubmission.SendAsync"/>
    internal Task<(EventBatchResult? Result, ExperimentChange Change)> SendEventsAsync(
        IReadOnlyList<IReadOnlyDictionary<string, object?>> events,
        string? writeKey,
        CancellationToken cancellationToken
    ) => _events.SendAsync(events, writeKey, cancellationToken);

    /// <summary>Downloads the image that a visitor gets, without the key.</summary>
    /// <inheritdoc cref="ImageDownload.GetAsync"/>
    internal Task<ExperimentImage> GetImageAsync(string slug, string format, CancellationToken cancellationToken) =>
        _images.GetAsync(slug, format, cancellationToken);

    /// <summary>The smallest request that shows whether the service, the key and the feature are available.</summary>
    internal Task ProbeAsync(CancellationToken cancellationToken) => _endpoint.ProbeAsync(cancellationToken);

    /// <summary>Sends any request that reads.</summary>
    internal Task<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellationToken) =>
        _transport.SendAsync(request, cancellationToken);

    /// <summary>Sends any request that may change something.</summary>
    /// <inheritdoc cref="UnverifiedChange.SendAsync"/>
    internal Task<(ApiResponse? Response, ExperimentChange Change)> CallAsync(
        ApiRequest request,
        Func<ApiResponse, bool> showsOutcome,
        CancellationToken cancellationToken
    ) => _unverified.SendAsync(request, showsOutcome, cancellationToken);
}
