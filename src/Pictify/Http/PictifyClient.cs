using System.Net.Http;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pictify.Http;

/// <summary>
/// The experiments API, one method an operation. What reads, and what is refused before anything is sent, throws a
/// <see cref="PictifyException"/>; what changes something returns what became of it. An instance belongs to one command; what is
/// shared (sockets, rate limit) belongs to the <see cref="PictifyConnection"/>.
/// </summary>
public sealed class PictifyClient
{
    internal const string Collection = "experiments/api";

    /// <summary>The code of a conflict that this client found itself: a draft cannot be resumed.</summary>
    internal const string NeverStarted = "never_started";

    /// <summary>The code of a conflict that this client found itself: a running experiment cannot be removed.</summary>
    internal const string StillRunning = "still_running";

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
    /// Running → paused. Already paused is success. Where the answers leave the outcome open, the experiment is read to
    /// find out, and the request is sent again where the experiment's status allows it and the retry count does.
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
            throw ChangePreview.Draft();
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
            throw ChangePreview.NoSuchVariant(known, winnerVariantId);
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
        if (change is not { Error: null, Experiment: { } completed })
        {
            return change;
        }

        if (completed.WinnerVariantId is { } winner && winner != winnerVariantId)
        {
            // Somebody else completed it, so that no request of this call did.
            return ExperimentChange.Failed(ChangePreview.OtherWinner(winner)) with { Experiment = completed };
        }

        completed.WinnerVariantId ??= winnerVariantId;
        return change;
    }

    /// <summary>Creates a draft. However often it has to be sent, it is created once.</summary>
    public async Task<ExperimentChange> CreateAsync(
        Experiment experiment,
        CancellationToken cancellationToken = default
    )
    {
        var request = new ApiRequest(RequestKind.Create, HttpMethod.Post, Collection)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment),
            IdempotencyKey = Guid.NewGuid().ToString("N"),
        };
        Sends sends = _transport.NewSends();
        Answer answer = await SendToCollectionAsync(request, sends, cancellationToken).ConfigureAwait(false);
        if (
            answer.Response is { } response
            && TryRead(response, uid: null) is { } created
            && (created.Slug is null || created.Slug == experiment.Slug)
        )
        {
            created.StatusText ??= ApiName.Of(ExperimentStatus.Draft);
            return Done(Adopt(Complete(created, experiment), response), before: null);
        }

        PictifyException error = ErrorOf(answer, sends, "does not show the experiment that was to be created");
        if (!sends.IsOpen)
        {
            return ExperimentChange.Failed(error);
        }

        // It may exist: a slug is unique, so whoever bears it, by that name and that young, is it.
        SendWindow window = Window(sends);
        (Experiment? found, bool wasRead) = await LookAsync(() => FindBySlugAsync(experiment.Slug, cancellationToken))
            .ConfigureAwait(false);
        if (
            found is { CreatedAtMoment: { } at }
            && found.Name == experiment.Name
            && !ChangeRules.IsBefore(at, window.From)
            && at <= window.To
        )
        {
            return Done(found, before: null) with { IsInferred = true };
        }

        if (found?.CreatedAtMoment is { } older && ChangeRules.IsBefore(older, window.From))
        {
            return ExperimentChange.Failed(
                error.As(
                    PictifyErrorKind.Conflict,
                    $"The slug '{SafeText.Clean(experiment.Slug)}' belongs to experiment {found}, which was there before."
                )
            );
        }

        string slug = SafeText.Clean(experiment.Slug);
        return Unknown(
            request.Kind,
            error,
            sends,
            found is not null ? $"an experiment with the slug '{slug}' exists"
                : wasRead ? $"no experiment shows its slug '{slug}' now"
                : "the list of experiments could not be read"
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
        Sends sends = _transport.NewSends();
        Answer answer = await SendToItemAsync(request, sends, cancellationToken).ConfigureAwait(false);
        if (answer.Response is { } response)
        {
            Experiment? updated = TryRead(response, uid) is { } answered
                ? Adopt(known is null ? answered : Complete(answered, known), response)
                : (await LookAsync(uid, cancellationToken).ConfigureAwait(false)).Seen;

            // An update is no transition: the status before is the one after.
            return updated is not null
                ? Done(updated, known?.Status)
                : Unknown(
                    request.Kind,
                    ErrorOf(answer, sends, "does not show the experiment that was changed"),
                    sends,
                    "the experiment could not be read"
                );
        }

        PictifyException error = answer.Error!;
        if (sends.IsOpen)
        {
            return Unknown(request.Kind, error, sends, "reading it does not tell which fields were set");
        }

        if (
            error.Kind is PictifyErrorKind.Validation or PictifyErrorKind.Conflict
            && (await LookAsync(uid, cancellationToken).ConfigureAwait(false)).Seen is { } present
            && ExperimentRules.EditableIn(present.Status) is { } editable
        )
        {
            error = error.As(
                error.Kind,
                $"{error.Message} It is '{present.StatusText}': only {string.Join(", ", editable)} may change in that status."
            );
        }

        return ExperimentChange.Failed(error);
    }

    /// <summary>Soft-deletes it, which frees its slug. Already gone is success.</summary>
    /// <param name="uid">Which.</param>
    /// <param name="cancellationToken">Stops before the next request; one under way is given a moment to end.</param>
    public async Task<ExperimentChange> DeleteAsync(string uid, CancellationToken cancellationToken = default)
    {
        var request = new ApiRequest(RequestKind.Delete, HttpMethod.Delete, PathOf(uid));
        Sends sends = _transport.NewSends();
        Answer answer = await SendToItemAsync(request, sends, cancellationToken).ConfigureAwait(false);
        if (answer.Response is not null)
        {
            return Done(null, before: null);
        }

        PictifyException error = answer.Error!;
        if (error.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            // After an open attempt it is gone because of that one.
            return sends.IsOpen
                ? Done(null, before: null) with
                {
                    IsInferred = true,
                }
                : new ExperimentChange { Outcome = ChangeOutcome.Unchanged };
        }

        if (!sends.IsOpen && error.Kind != PictifyErrorKind.Conflict)
        {
            return ExperimentChange.Failed(error);
        }

        (Experiment? present, bool wasRead) = await LookAsync(uid, cancellationToken).ConfigureAwait(false);
        if (sends.IsOpen)
        {
            return wasRead && present is null
                ? Done(null, before: null) with
                {
                    IsInferred = true,
                }
                : Unknown(
                    request.Kind,
                    error,
                    sends,
                    present is null ? "the experiment could not be read" : "the experiment is still there"
                );
        }

        return ExperimentChange.Failed(
            present is null ? error
            : present.Status == ExperimentStatus.Running
                ? error.As(
                    PictifyErrorKind.Conflict,
                    ErrorReader.WithWords(
                        "It is running, and a running experiment is not removed (HTTP 409).",
                        error.Detail
                    ),
                    StillRunning
                )
            : Refused(error, present, "remove")
        );
    }

    /// <summary>Sends any request; the path is relative to the base URI.</summary>
    internal Task<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellationToken) =>
        _transport.SendAsync(request, cancellationToken);

    /// <summary>Sends any request that may change something. The answer is null where it is no success.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="tells">Whether the answer of a success tells what became of the request.</param>
    /// <param name="cancellationToken">Stops before the next attempt; one under way is given a moment to end.</param>
    internal async Task<(ApiResponse? Response, ExperimentChange Change)> CallAsync(
        ApiRequest request,
        Func<ApiResponse, bool> tells,
        CancellationToken cancellationToken
    )
    {
        Sends sends = _transport.NewSends();
        Answer answer = await _transport.SendAsync(request, sends, cancellationToken).ConfigureAwait(false);
        if (answer.Response is { } response && Tells(response, tells))
        {
            return (response, Done(null, before: null));
        }

        PictifyException error = ErrorOf(answer, sends, "does not say what became of the request");
        return (null, sends.IsOpen ? Unknown(request.Kind, error, sends, seen: null) : ExperimentChange.Failed(error));
    }

    private static bool Tells(ApiResponse response, Func<ApiResponse, bool> tells)
    {
        try
        {
            return tells(response);
        }
        catch (PictifyException)
        {
            return false;
        }
    }

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
        foreach (Variant variant in experiment.Variants)
        {
            variant.ExperimentUid = experiment.Uid;
        }

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
        Answer answer = await SendToCollectionAsync(request, _transport.NewSends(), cancellationToken)
            .ConfigureAwait(false);
        return answer.Response ?? throw answer.Error!;
    }

    private async Task<Answer> SendToCollectionAsync(
        ApiRequest request,
        Sends sends,
        CancellationToken cancellationToken
    )
    {
        Answer answer = await _transport.SendAsync(request, sends, cancellationToken).ConfigureAwait(false);
        return answer.Error is { Kind: PictifyErrorKind.NotFound or PictifyErrorKind.Gone } gone
            ? new Answer(null, Unavailable(gone))
            : answer;
    }

    private async Task<ApiResponse> SendToItemAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        Answer answer = await SendToItemAsync(request, _transport.NewSends(), cancellationToken).ConfigureAwait(false);
        return answer.Response ?? throw answer.Error!;
    }

    /// <summary>
    /// Sends to one experiment. Its 404 may mean that it does not exist or that the feature does not: until an answer
    /// has shown the feature, the collection is asked.
    /// </summary>
    private async Task<Answer> SendToItemAsync(ApiRequest request, Sends sends, CancellationToken cancellationToken)
    {
        Answer answer = await _transport.SendAsync(request, sends, cancellationToken).ConfigureAwait(false);
        return
            answer.Error is { Kind: PictifyErrorKind.NotFound or PictifyErrorKind.Gone } gone
            && !_connection.FeatureSeen
            && !await HasFeatureAsync(cancellationToken).ConfigureAwait(false)
            ? new Answer(null, Unavailable(gone))
            : answer;
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
        catch (OperationCanceledException)
        {
            return true;
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
        Sends sends = _transport.NewSends();
        while (true)
        {
            Answer answer = await SendToItemAsync(request, sends, cancellationToken).ConfigureAwait(false);
            if (answer.Response is { } response && TryReadOutcome(response, uid, wanted, known) is { } experiment)
            {
                return Done(Adopt(experiment, response), before);
            }

            PictifyException error = ErrorOf(answer, sends, "does not say what became of the experiment");
            if (!sends.IsOpen && error.Kind != PictifyErrorKind.Conflict)
            {
                return ExperimentChange.Failed(error);
            }

            // The service knows: what it shows now decides.
            Experiment? seen = (await LookAsync(uid, cancellationToken).ConfigureAwait(false)).Seen;
            ExperimentChange change = sends.IsOpen
                ? Decide(request.Kind, wanted, before, seen, error, sends)
                : AfterConflict(action, wanted, seen, error);
            bool isAllowed =
                seen is not null && ExperimentRules.TransitionsFrom(seen.Status).Contains(wanted) && sends.MayRepeat;
            if (change.Error is null || !isAllowed)
            {
                return change;
            }

            try
            {
                await _transport.BackOffAsync(sends, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return change;
            }
        }
    }

    /// <summary>What a transition came to whose answers leave it open.</summary>
    private ExperimentChange Decide(
        RequestKind kind,
        ExperimentStatus wanted,
        ExperimentStatus? before,
        Experiment? seen,
        PictifyException error,
        Sends sends
    )
    {
        ChangeDecision decision = ChangeRules.Decide(wanted, Window(sends), seen, LastChange.Unclaimed, isLater: false);
        return decision.Outcome switch
        {
            ChangeOutcome.Changed => Done(seen, before) with
            {
                IsInferred = true,
                SentFrom = sends.OpenFrom,
                SentTo = sends.OpenTo,
            },
            ChangeOutcome.Unchanged => ExperimentChange.Unchanged(seen!),
            _ => Unknown(kind, error, sends, decision.Reason) with { Experiment = seen },
        };
    }

    /// <summary>What a transition came to that was refused with 409, and of which no attempt is open.</summary>
    private static ExperimentChange AfterConflict(
        string action,
        ExperimentStatus wanted,
        Experiment? seen,
        PictifyException conflict
    ) =>
        seen is null ? ExperimentChange.Failed(conflict)
        : ChangeRules.Reaches(seen.Status, wanted) ? ExperimentChange.Unchanged(seen)
        : ExperimentChange.Failed(Refused(conflict, seen, action)) with { Experiment = seen };

    private static ExperimentChange Done(Experiment? experiment, ExperimentStatus? before) =>
        new()
        {
            Outcome = ChangeOutcome.Changed,
            Experiment = experiment,
            Before = before,
        };

    /// <param name="kind">What the request was to do.</param>
    /// <param name="error">Why no answer tells the outcome.</param>
    /// <param name="sends">What was sent.</param>
    /// <param name="seen">What reading showed, as the end of a sentence; null where nothing was read.</param>
    private static ExperimentChange Unknown(RequestKind kind, PictifyException error, Sends sends, string? seen)
    {
        string message = error.OutcomeUnknown ? error.Message : $"{error.Message} {Transport.OpenOutcome}";
        return new ExperimentChange
        {
            Outcome = ChangeOutcome.Unknown,
            Error = error.AsUnknownOutcome(seen is null ? message : $"{message} Read afterwards: {seen}.", kind),
            SentFrom = sends.OpenFrom,
            SentTo = sends.OpenTo,
        };
    }

    /// <summary>The answer's error; a success that does not show the change leaves it open.</summary>
    private static PictifyException ErrorOf(Answer answer, Sends sends, string why)
    {
        if (answer.Error is { } error)
        {
            return error;
        }

        sends.LeaveOpen();
        return ErrorReader.NotOurs(answer.Response!, why);
    }

    /// <summary>When the open requests were under way, by the service's clock.</summary>
    private SendWindow Window(Sends sends) => _connection.Clock.Window(sends.OpenFrom!.Value, sends.OpenTo!.Value);

    private Task<(Experiment? Seen, bool WasRead)> LookAsync(string uid, CancellationToken cancellationToken) =>
        LookAsync(async () =>
        {
            try
            {
                return await GetAsync(uid, cancellationToken).ConfigureAwait(false);
            }
            catch (PictifyException gone) when (gone.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
            {
                return null;
            }
        });

    /// <summary>What reading shows. Where it fails, or the command is stopped, that is no error of its own.</summary>
    private static async Task<(Experiment? Seen, bool WasRead)> LookAsync(Func<Task<Experiment?>> read)
    {
        try
        {
            return (await read().ConfigureAwait(false), true);
        }
        catch (Exception exception) when (exception is PictifyException or OperationCanceledException)
        {
            return (null, false);
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
        else if (!ChangeRules.Reaches(answered.Status, wanted))
        {
            return null;
        }

        return known is null ? answered : Complete(answered, known);
    }

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

    private async Task<Experiment?> FindBySlugAsync(string? slug, CancellationToken cancellationToken)
    {
        await foreach (ExperimentPage page in ListAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (page.Experiments.FirstOrDefault(experiment => experiment.Slug == slug) is { } found)
            {
                return found;
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
        string message =
            $"It is '{SafeText.Clean(present.StatusText)}', and the service refused to {action} it (HTTP 409). "
            + ChangePreview.WayOut(present.Status);
        return conflict.As(PictifyErrorKind.Conflict, ErrorReader.WithWords(message, conflict.Detail));
    }
}
