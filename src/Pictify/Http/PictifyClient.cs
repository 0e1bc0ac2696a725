using System.Net.Http;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pictify.Http;

/// <summary>What a change came to.</summary>
/// <param name="Experiment">The experiment as it is now; null once it is removed.</param>
/// <param name="Before">The status that it left; null where it is not known.</param>
/// <param name="Changed">False where it already was as wanted.</param>
public sealed record ExperimentChange(Experiment? Experiment, ExperimentStatus? Before, bool Changed);

/// <summary>
/// The experiments API, one method an operation. Every failure is a <see cref="PictifyException"/>. An instance belongs
/// to one command; what is shared (sockets, rate limit) belongs to the <see cref="PictifyConnection"/>.
/// </summary>
public sealed class PictifyClient
{
    internal const string Collection = "experiments/api";

    /// <summary>The code of a conflict that this client found itself: a draft cannot be resumed.</summary>
    internal const string NeverStarted = "never_started";

    /// <summary>The code of a conflict that this client found itself: a running experiment cannot be removed.</summary>
    internal const string StillRunning = "still_running";

    /// <summary>How often a change whose outcome was left open is looked at before it is given up as unknown.</summary>
    private const int MaximumLooks = 3;

    private readonly PictifyConnection _connection;
    private readonly Transport _transport;

    /// <summary>A client for the connection.</summary>
    public PictifyClient(PictifyConnection connection)
        : this(connection, null) { }

    internal PictifyClient(PictifyConnection connection, IRequestObserver? observer)
    {
        _connection = connection ?? throw new ArgumentNullException(nameof(connection));
        _transport = new Transport(connection, observer);
    }

    /// <summary>
    /// Every experiment, in pages as they are read; the next page is fetched while the caller works on this one.
    /// </summary>
#if !NET
    // A package's type there, which other modules may bring in another version.
    internal
#else
    public
#endif
    IAsyncEnumerable<ExperimentPage> ListAsync(
        ExperimentQuery? query = null,
        CancellationToken cancellationToken = default
    ) => new ExperimentLister(this, query ?? new ExperimentQuery()).ReadAsync(cancellationToken);

    /// <summary>One experiment.</summary>
    public async Task<Experiment> GetAsync(string uid, CancellationToken cancellationToken = default)
    {
        var request = new ApiRequest(RequestKind.Read, HttpMethod.Get, PathOf(uid));
        ApiResponse response = await SendToItemAsync(request, cancellationToken).ConfigureAwait(false);
        return Adopt(ReadExperiment(response, uid), response);
    }

    /// <summary>What the plan allows, and what of it is used.</summary>
    public async Task<ExperimentQuota> GetQuotaAsync(CancellationToken cancellationToken = default)
    {
        var request = new ApiRequest(RequestKind.Read, HttpMethod.Get, $"{Collection}/quota");
        ApiResponse response = await SendToCollectionAsync(request, cancellationToken).ConfigureAwait(false);
        return Parse(response, PictifyJson.Default.ExperimentQuota)
            ?? throw ErrorReader.NotOurs(response, "holds no quota");
    }

    /// <summary>
    /// Running → paused. Already paused is success. Where the answer leaves the outcome open, the experiment is read to
    /// find out.
    /// </summary>
    /// <param name="uid">Which.</param>
    /// <param name="known">What is known of it, for the fields that the answer leaves out.</param>
    /// <param name="cancellationToken">Stops before the next request; one under way is given a moment to end.</param>
    public Task<ExperimentChange> PauseAsync(
        string uid,
        Experiment? known = null,
        CancellationToken cancellationToken = default
    ) =>
        TransitionAsync(
            uid,
            "pause",
            ExperimentStatus.Paused,
            ExperimentStatus.Running,
            null,
            known,
            cancellationToken
        );

    /// <summary>
    /// Draft or paused → running. Already running is success, and so is the transient rendering that comes before it.
    /// </summary>
    /// <inheritdoc cref="PauseAsync"/>
    public async Task<ExperimentChange> StartAsync(
        string uid,
        Experiment? known = null,
        CancellationToken cancellationToken = default
    )
    {
        // Two statuses lead here, so what it was has to be read where it is not known.
        known = await KnowAsync(uid, known, ExperimentStatus.Draft, ExperimentStatus.Paused, cancellationToken)
            .ConfigureAwait(false);
        return await TransitionAsync(
                uid,
                "start",
                ExperimentStatus.Running,
                known.Status,
                null,
                known,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Paused → running. A draft is refused: it was never started.</summary>
    /// <inheritdoc cref="PauseAsync"/>
    public async Task<ExperimentChange> ResumeAsync(
        string uid,
        Experiment? known = null,
        CancellationToken cancellationToken = default
    )
    {
        // The API has one endpoint for both, and would start a draft. Nothing ever becomes a draft again, so that one
        // that was seen in another status cannot be one now.
        known = await KnowAsync(uid, known, ExperimentStatus.Paused, ExperimentStatus.Running, cancellationToken)
            .ConfigureAwait(false);
        if (known.Status == ExperimentStatus.Draft)
        {
            throw new PictifyException(
                PictifyErrorKind.Conflict,
                "It is a draft, which was never started; nothing was sent."
            )
            {
                Code = NeverStarted,
            };
        }

        return await TransitionAsync(
                uid,
                "start",
                ExperimentStatus.Running,
                ExperimentStatus.Paused,
                null,
                known,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Running or paused → completed, with a winner that gets all traffic. Final. Already completed with that winner is
    /// success.
    /// </summary>
    /// <param name="uid">Which.</param>
    /// <param name="winnerVariantId">One of its variants.</param>
    /// <param name="known">What is known of it.</param>
    /// <param name="cancellationToken">Stops before the next request; one under way is given a moment to end.</param>
    public async Task<ExperimentChange> CompleteAsync(
        string uid,
        string winnerVariantId,
        Experiment? known = null,
        CancellationToken cancellationToken = default
    )
    {
        known = await KnowAsync(uid, known, ExperimentStatus.Running, ExperimentStatus.Paused, cancellationToken)
            .ConfigureAwait(false);
        if (!known.Variants.Any(variant => variant.Id == winnerVariantId))
        {
            string ids = SafeText.Clean(string.Join(", ", known.Variants));
            throw new PictifyException(
                PictifyErrorKind.InvalidArgument,
                $"It has no variant '{SafeText.Clean(winnerVariantId)}'; nothing was sent. Its variants are: {ids}."
            );
        }

        ExperimentChange change = await TransitionAsync(
                uid,
                "complete",
                ExperimentStatus.Completed,
                known.Status,
                PlainJson.Bytes(new Dictionary<string, object?> { ["winnerVariantId"] = winnerVariantId }),
                known,
                cancellationToken
            )
            .ConfigureAwait(false);
        if (change.Experiment!.WinnerVariantId is { } winner && winner != winnerVariantId)
        {
            throw new PictifyException(
                PictifyErrorKind.Conflict,
                $"It is completed, with the winner '{SafeText.Clean(winner)}'. That is final."
            );
        }

        change.Experiment.WinnerVariantId ??= winnerVariantId;
        return change;
    }

    /// <summary>Creates a draft. However often it has to be sent, it is created once.</summary>
    public async Task<Experiment> CreateAsync(Experiment experiment, CancellationToken cancellationToken = default)
    {
        var request = new ApiRequest(RequestKind.Create, HttpMethod.Post, Collection)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment),
            IdempotencyKey = Guid.NewGuid().ToString("N"),
        };
        DateTimeOffset started = _connection.Now;
        PictifyException open;
        try
        {
            ApiResponse response = await SendToCollectionAsync(request, cancellationToken).ConfigureAwait(false);
            if (
                TryRead(response, uid: null) is { } created
                && (created.Slug is null || created.Slug == experiment.Slug)
            )
            {
                created.StatusText ??= ApiName.Of(ExperimentStatus.Draft);
                return Adopt(Complete(created, experiment), response);
            }

            open = ErrorReader.NotOurs(response, "does not show the experiment that was to be created");
        }
        catch (PictifyException exception)
            when (exception.OutcomeUnknown
                || (exception.Kind == PictifyErrorKind.Conflict && exception.AfterOpenAttempt)
            )
        {
            open = exception;
        }

        // It may exist: a slug is unique, so whoever bears it and is that young is it.
        Experiment? found = await LookAsync(() => FindCreatedAsync(experiment, started, cancellationToken), open)
            .ConfigureAwait(false);
        return found
            ?? throw (
                open.Kind == PictifyErrorKind.Conflict
                    ? open
                    : open.AsUnknownOutcome(
                        $"{open.Message} Whether the experiment was created is not known; no experiment shows its slug '{experiment.Slug}' now."
                    )
            );
    }

    /// <summary>Changes the given fields, and no others.</summary>
    /// <param name="uid">Which.</param>
    /// <param name="fields">By the API's names, with the values as they are to be.</param>
    /// <param name="known">What is known of it.</param>
    /// <param name="cancellationToken">Stops before the next request; one under way is given a moment to end.</param>
    public async Task<ExperimentChange> UpdateAsync(
        string uid,
        IReadOnlyDictionary<string, object?> fields,
        Experiment? known = null,
        CancellationToken cancellationToken = default
    )
    {
        var request = new ApiRequest(RequestKind.Update, HttpMethod.Put, PathOf(uid))
        {
            Body = PlainJson.Bytes(fields),
        };
        try
        {
            ApiResponse response = await SendToItemAsync(request, cancellationToken).ConfigureAwait(false);
            PictifyException open = ErrorReader.NotOurs(response, "does not show the experiment that was changed");
            Experiment updated =
                TryRead(response, uid)
                ?? await LookAsync(uid, open, cancellationToken).ConfigureAwait(false)
                ?? throw open.AsUnknownOutcome($"{open.Message} Reading it to find out failed too.");
            return new ExperimentChange(
                Adopt(known is null ? updated : Complete(updated, known), response),
                updated.Status,
                Changed: true
            );
        }
        catch (PictifyException refused) when (refused.Kind is PictifyErrorKind.Validation or PictifyErrorKind.Conflict)
        {
            Experiment present = await GetAsync(uid, cancellationToken).ConfigureAwait(false);
            if (ExperimentRules.EditableIn(present.Status) is { } editable)
            {
                throw refused.As(
                    refused.Kind,
                    $"{refused.Message} It is '{present.StatusText}': only {string.Join(", ", editable)} may change in that status."
                );
            }

            throw;
        }
    }

    /// <summary>Soft-deletes it, which frees its slug. Already gone is success.</summary>
    /// <returns>True where this call removed it.</returns>
    public async Task<bool> DeleteAsync(string uid, CancellationToken cancellationToken = default)
    {
        var request = new ApiRequest(RequestKind.Delete, HttpMethod.Delete, PathOf(uid));
        try
        {
            await SendToItemAsync(request, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PictifyException gone) when (gone.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            return gone.AfterOpenAttempt;
        }
        catch (PictifyException conflict) when (conflict.Kind == PictifyErrorKind.Conflict)
        {
            Experiment present = await GetAsync(uid, cancellationToken).ConfigureAwait(false);
            throw present.Status == ExperimentStatus.Running
                ? conflict.As(
                    PictifyErrorKind.Conflict,
                    ErrorReader.WithWords(
                        "It is running, and a running experiment is not removed (HTTP 409).",
                        conflict.Detail
                    ),
                    StillRunning
                )
                : Refused(conflict, present, "remove");
        }
    }

    /// <summary>Sends any request; the path is relative to the base URI.</summary>
    internal Task<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellationToken) =>
        _transport.SendAsync(request, cancellationToken);

    internal static string PathOf(string uid, string? action = null)
    {
        if (ExperimentRules.WhyNotUid(uid) is { } why)
        {
            throw new PictifyException(
                PictifyErrorKind.InvalidArgument,
                $"'{SafeText.Clean(uid)}' cannot be an experiment's uid: {why}."
            );
        }

        return action is null ? $"{Collection}/{uid}" : $"{Collection}/{uid}/{action}";
    }

    internal static T? Parse<T>(ApiResponse response, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return response.Body.Count == 0 ? null : JsonSerializer.Deserialize(response.Body.AsSpan(), type);
        }
        catch (JsonException exception)
        {
            throw ErrorReader.NotOurs(response, "is not the JSON that was expected", exception);
        }
    }

    /// <summary>A page of the list; null where the answer is none.</summary>
    internal static ExperimentListBody? ParseList(ApiResponse response)
    {
        try
        {
            return ExperimentReader.ReadList(response.Body.AsSpan());
        }
        catch (JsonException exception)
        {
            throw ErrorReader.NotOurs(response, "is not the JSON that was expected", exception);
        }
    }

    /// <summary>An answer of any shape, as plain values; null where its body is empty.</summary>
    internal static object? ParsePlain(ApiResponse response)
    {
        try
        {
            return response.Body.Count == 0 ? null : PlainJson.Parse(response.Body.AsSpan());
        }
        catch (JsonException exception)
        {
            throw ErrorReader.NotOurs(response, "is not the JSON that was expected", exception);
        }
    }

    /// <summary>Marks an experiment as read through this connection.</summary>
    internal Experiment Adopt(Experiment experiment, ApiResponse response)
    {
        if (experiment is null)
        {
            throw ErrorReader.NotOurs(response, "holds a null among its experiments");
        }

        _connection.FeatureSeen = true;
        experiment.Origin = _connection.Origin;
        return experiment;
    }

    /// <summary>The smallest request that shows whether the service, the key and the feature are there.</summary>
    internal async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var request = new ApiRequest(RequestKind.Read, HttpMethod.Get, $"{Collection}?page=1&limit=1");
        ApiResponse response = await SendToCollectionAsync(request, cancellationToken).ConfigureAwait(false);
        if (ParseList(response)?.Experiments is null)
        {
            throw ErrorReader.NotOurs(response, "holds no list of experiments");
        }

        _connection.FeatureSeen = true;
    }

    /// <summary>Sends to the collection, where 404, 410 and 501 mean that there is no such feature.</summary>
    internal async Task<ApiResponse> SendToCollectionAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (PictifyException exception) when (exception.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            throw Unavailable(exception);
        }
    }

    /// <summary>
    /// Sends to one experiment. Its 404 may mean that it does not exist or that the feature does not: until an answer
    /// has shown the feature, the collection is asked.
    /// </summary>
    private async Task<ApiResponse> SendToItemAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (PictifyException exception)
            when (exception.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone && !_connection.FeatureSeen)
        {
            if (!await HasFeatureAsync(cancellationToken).ConfigureAwait(false))
            {
                throw Unavailable(exception);
            }

            throw;
        }
    }

    private async Task<bool> HasFeatureAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ProbeAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PictifyException exception)
        {
            // Any other trouble says nothing about the feature.
            return exception.Kind != PictifyErrorKind.FeatureUnavailable;
        }
    }

    private static PictifyException Unavailable(PictifyException exception) =>
        exception.As(
            PictifyErrorKind.FeatureUnavailable,
            ErrorReader.WithWords(ErrorReader.FeatureUnavailable(exception.StatusCode), exception.Detail)
        );

    private async Task<ExperimentChange> TransitionAsync(
        string uid,
        string action,
        ExperimentStatus wanted,
        ExperimentStatus? before,
        byte[]? body,
        Experiment? known,
        CancellationToken cancellationToken
    )
    {
        var request = new ApiRequest(RequestKind.Transition, HttpMethod.Post, PathOf(uid, action))
        {
            Body = body,
            IdempotencyKey = Guid.NewGuid().ToString("N"),
        };
        DateTimeOffset started = _connection.Now;
        for (int look = 1; ; look++)
        {
            PictifyException open;
            try
            {
                ApiResponse response = await SendToItemAsync(request, cancellationToken).ConfigureAwait(false);
                if (TryReadOutcome(response, uid, wanted, known) is { } experiment)
                {
                    return new ExperimentChange(Adopt(experiment, response), before, Changed: true);
                }

                open = ErrorReader.NotOurs(response, "does not say what became of the experiment");
            }
            catch (PictifyException conflict) when (conflict.Kind == PictifyErrorKind.Conflict)
            {
                Experiment present = await GetAsync(uid, cancellationToken).ConfigureAwait(false);
                if (!Reaches(present.Status, wanted))
                {
                    throw Refused(conflict, present, action);
                }

                bool ours = (look > 1 || conflict.AfterOpenAttempt) && IsFresh(present, started, known, wanted);
                return new ExperimentChange(present, ours ? before : wanted, Changed: ours);
            }
            catch (PictifyException unknown) when (unknown.OutcomeUnknown)
            {
                open = unknown;
            }

            // It may have happened. The service knows: what it shows now decides.
            Experiment? seen = await LookAsync(uid, open, cancellationToken).ConfigureAwait(false);
            if (seen is not null && Reaches(seen.Status, wanted))
            {
                return new ExperimentChange(seen, before, Changed: true);
            }

            bool maySendAgain = seen is not null && ExperimentRules.TransitionsFrom(seen.Status).Contains(wanted);
            if (!maySendAgain || look == MaximumLooks)
            {
                throw open.AsUnknownOutcome(
                    seen is null
                        ? $"{open.Message} Reading the experiment to find out failed too, so whether it was changed is not known."
                        : $"{open.Message} The experiment shows '{SafeText.Clean(seen.StatusText)}' now."
                );
            }
        }
    }

    /// <summary>
    /// An earlier attempt of this request may have made the change that a conflict now shows. It did not where the
    /// experiment had that status before, or was last changed before the request began.
    /// </summary>
    private bool IsFresh(Experiment present, DateTimeOffset started, Experiment? known, ExperimentStatus wanted) =>
        known?.Status != wanted && IsSince(present.UpdatedAt, started);

    /// <summary>Whether the service's time may be since this machine's; where the service gives none, it may.</summary>
    private bool IsSince(DateTimeOffset? serverTime, DateTimeOffset started) =>
        serverTime is not { } time
        // Both clocks are read to about a second.
        || _connection.Clock.ToLocal(time) >= started - TimeSpan.FromSeconds(2);

    private Task<Experiment?> LookAsync(string uid, PictifyException open, CancellationToken cancellationToken) =>
        LookAsync(async () => await GetAsync(uid, cancellationToken).ConfigureAwait(false), open);

    /// <summary>What reading shows of an outcome that an answer left open; null where reading fails too.</summary>
    private static async Task<Experiment?> LookAsync(Func<Task<Experiment?>> read, PictifyException open)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (PictifyException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            // Stopped before the outcome could be read: the caller must hear that it is open, not that nothing was done.
            throw open.AsUnknownOutcome($"{open.Message} The command was stopped before the outcome could be read.");
        }
    }

    /// <summary>
    /// The experiment of a transition's answer, with the fields that the answer left out taken from what is known;
    /// null where the answer does not show that this experiment has the wanted status.
    /// </summary>
    private static Experiment? TryReadOutcome(
        ApiResponse response,
        string uid,
        ExperimentStatus wanted,
        Experiment? known
    )
    {
        if (TryRead(response, uid) is not { } answered)
        {
            return null;
        }

        // The service's own sample answer for pause has no status and no type: a 200 with the experiment is its word
        // that the transition was made. Any other status is not.
        if (answered.StatusText is null)
        {
            answered.StatusText = ApiName.Of(wanted);
        }
        else if (!Reaches(answered.Status, wanted))
        {
            return null;
        }

        return known is null ? answered : Complete(answered, known);
    }

    /// <summary>A start may pass through rendering before it runs.</summary>
    private static bool Reaches(ExperimentStatus status, ExperimentStatus wanted) =>
        status == wanted || (wanted == ExperimentStatus.Running && status == ExperimentStatus.Rendering);

    /// <summary>What an answer left out, from what is known.</summary>
    private static Experiment Complete(Experiment answered, Experiment known)
    {
        answered.TypeText ??= known.TypeText;
        answered.Name ??= known.Name;
        answered.Slug ??= known.Slug;
        return answered;
    }

    /// <summary>The experiment as it is known, where it is known in one of two statuses; else as the service has it.</summary>
    private async Task<Experiment> KnowAsync(
        string uid,
        Experiment? known,
        ExperimentStatus one,
        ExperimentStatus other,
        CancellationToken cancellationToken
    ) =>
        known is not null && (known.Status == one || known.Status == other)
            ? known
            : await GetAsync(uid, cancellationToken).ConfigureAwait(false);

    private async Task<Experiment?> FindCreatedAsync(
        Experiment wanted,
        DateTimeOffset started,
        CancellationToken cancellationToken
    )
    {
        await foreach (ExperimentPage page in ListAsync(null, cancellationToken).ConfigureAwait(false))
        {
            foreach (Experiment experiment in page.Experiments)
            {
                if (experiment.Slug == wanted.Slug)
                {
                    return experiment.Name == wanted.Name && IsSince(experiment.CreatedAt, started) ? experiment : null;
                }
            }
        }

        return null;
    }

    private static Experiment? TryRead(ApiResponse response, string? uid)
    {
        try
        {
            return ReadExperiment(response, uid);
        }
        catch (PictifyException)
        {
            return null;
        }
    }

    /// <summary>The experiment in an answer, in its envelope or bare; never another one than was asked for.</summary>
    private static Experiment ReadExperiment(ApiResponse response, string? uid)
    {
        Experiment? experiment;
        try
        {
            experiment = ExperimentReader.ReadOne(response.Body.AsSpan(), uid);
        }
        catch (JsonException exception)
        {
            throw ErrorReader.NotOurs(response, "is not the JSON that was expected", exception);
        }

        if (experiment is null)
        {
            throw ErrorReader.NotOurs(response, "holds no experiment");
        }

        return uid is null || experiment.Uid == uid
            ? experiment
            : throw ErrorReader.NotOurs(response, $"is about another experiment than '{uid}'");
    }

    private static PictifyException Refused(PictifyException conflict, Experiment present, string action)
    {
        string allowed = string.Join(
            ", ",
            ExperimentRules.TransitionsFrom(present.Status).Select(static status => ApiName.Of(status))
        );
        string message =
            $"It is '{SafeText.Clean(present.StatusText)}', and the service refused to {action} it (HTTP 409). "
            + (allowed.Length == 0 ? "Nothing leads out of that status." : $"From there it can become: {allowed}.");
        return conflict.As(PictifyErrorKind.Conflict, ErrorReader.WithWords(message, conflict.Detail));
    }
}
