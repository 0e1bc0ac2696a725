using System.Net.Http;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pictify.Http;

/// <summary>What a change came to.</summary>
/// <param name="Experiment">The experiment as it is now.</param>
/// <param name="Before">The status that it left; null where it is not known.</param>
/// <param name="Changed">False where it already was as wanted.</param>
public sealed record ExperimentChange(Experiment Experiment, ExperimentStatus? Before, bool Changed);

/// <summary>
/// The experiments API, one method an operation. Every failure is a <see cref="PictifyException"/>. An instance belongs
/// to one command; what is shared (sockets, rate limit) belongs to the <see cref="PictifyConnection"/>.
/// </summary>
public sealed class PictifyClient
{
    internal const string Collection = "experiments/api";

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
    public IAsyncEnumerable<ExperimentPage> ListAsync(
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

    /// <summary>Draft or paused → running. Already running is success.</summary>
    /// <inheritdoc cref="PauseAsync"/>
    public Task<ExperimentChange> StartAsync(
        string uid,
        Experiment? known = null,
        CancellationToken cancellationToken = default
    ) => TransitionAsync(uid, "start", ExperimentStatus.Running, known?.Status, null, known, cancellationToken);

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
            return response.Body.Length == 0 ? null : JsonSerializer.Deserialize(response.Body, type);
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
        if (Parse(response, PictifyJson.Default.ExperimentListBody)?.Experiments is null)
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
        new(PictifyErrorKind.FeatureUnavailable, ErrorReader.FeatureUnavailable(exception.StatusCode), exception)
        {
            StatusCode = exception.StatusCode,
            Code = exception.Code,
            Detail = exception.Detail,
            RequestId = exception.RequestId,
        };

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
        DateTimeOffset started = _connection.Time.GetUtcNow();
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
                if (present.Status != wanted)
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
            if (seen?.Status == wanted)
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
        known?.Status != wanted
        && (
            present.UpdatedAt is not { } updated
            // Both clocks are read to about a second.
            || _connection.Clock.ToLocal(updated) >= started - TimeSpan.FromSeconds(2)
        );

    private async Task<Experiment?> LookAsync(string uid, PictifyException open, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(uid, cancellationToken).ConfigureAwait(false);
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
        Experiment answered;
        try
        {
            answered = ReadExperiment(response, uid);
        }
        catch (PictifyException)
        {
            return null;
        }

        // The service's own sample answer for pause has no status and no type: a 200 with the experiment is its word
        // that the transition was made. Any other status is not.
        if (answered.StatusText is null)
        {
            answered.StatusText = ApiName.Of(wanted);
        }
        else if (
            answered.Status != wanted
            && !(wanted == ExperimentStatus.Running && answered.Status == ExperimentStatus.Rendering)
        )
        {
            return null;
        }

        answered.TypeText ??= known?.TypeText;
        answered.Name ??= known?.Name;
        answered.Slug ??= known?.Slug;
        return answered;
    }

    /// <summary>The experiment in an answer, in its envelope or bare; never another one than was asked for.</summary>
    private static Experiment ReadExperiment(ApiResponse response, string uid)
    {
        Experiment? experiment =
            Parse(response, PictifyJson.Default.ExperimentBody)?.Experiment
            ?? Parse(response, PictifyJson.Default.Experiment);
        if (experiment is null || experiment.Uid.Length == 0)
        {
            throw ErrorReader.NotOurs(response, "holds no experiment");
        }

        return experiment.Uid == uid
            ? experiment
            : throw ErrorReader.NotOurs(response, $"is about another experiment than '{uid}'");
    }

    private static PictifyException Refused(PictifyException conflict, Experiment present, string action)
    {
        string allowed = string.Join(
            ", ",
            ExperimentRules.TransitionsFrom(present.Status).Select(static status => ApiName.Of(status))
        );
        return new PictifyException(
            PictifyErrorKind.Conflict,
            $"It is '{SafeText.Clean(present.StatusText)}', and the service refused to {action} it (HTTP 409). "
                + (allowed.Length == 0 ? "Nothing leads out of that status." : $"From there it can become: {allowed}."),
            conflict
        )
        {
            StatusCode = conflict.StatusCode,
            Code = conflict.Code,
            Detail = conflict.Detail,
            RequestId = conflict.RequestId,
        };
    }
}
