using System.Net.Http;

namespace Pictify.Http;

/// <summary>
/// Changes an experiment's status. If the answers do not show the outcome, the experiment is read, and the request is sent again
/// if the present status allows it and the retry count is not used up.
/// </summary>
internal sealed class StatusTransitions(ExperimentEndpoint endpoint, ExperimentVerifier verifier, Transport transport)
{
    /// <summary>Running → paused.</summary>
    public Task<ExperimentChange> PauseAsync(string uid, Experiment? lastRead, CancellationToken cancellationToken) =>
        SendAsync(
            new Transition(uid, "pause", ExperimentStatus.Paused, ExperimentStatus.Running, lastRead),
            cancellationToken
        );

    /// <summary>Draft or paused → running.</summary>
    public async Task<ExperimentChange> StartAsync(
        string uid,
        Experiment? lastRead,
        CancellationToken cancellationToken
    )
    {
        // Two statuses can change to running, so the one before has to be read if it is not known.
        lastRead = await GetCurrentAsync(
                uid,
                lastRead,
                ExperimentStatus.Draft,
                ExperimentStatus.Paused,
                cancellationToken
            )
            .ConfigureAwait(false);
        return await SendAsync(
                new Transition(uid, "start", ExperimentStatus.Running, lastRead.Status, lastRead),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Paused → running.</summary>
    public async Task<ExperimentChange> ResumeAsync(
        string uid,
        Experiment? lastRead,
        CancellationToken cancellationToken
    )
    {
        // The API's one endpoint would start a draft too. No status changes back to draft, so an experiment that was paused or
        // running when it was read is not a draft.
        lastRead = await GetCurrentAsync(
                uid,
                lastRead,
                ExperimentStatus.Paused,
                ExperimentStatus.Running,
                cancellationToken
            )
            .ConfigureAwait(false);
        if (lastRead.Status == ExperimentStatus.Draft)
        {
            throw ChangeErrors.NeverStarted();
        }

        return await SendAsync(
                new Transition(uid, "start", ExperimentStatus.Running, ExperimentStatus.Paused, lastRead),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Running or paused → completed.</summary>
    public async Task<ExperimentChange> CompleteAsync(
        string uid,
        string winnerVariantId,
        Experiment? lastRead,
        CancellationToken cancellationToken
    )
    {
        lastRead = await GetCurrentAsync(
                uid,
                lastRead,
                ExperimentStatus.Running,
                ExperimentStatus.Paused,
                cancellationToken
            )
            .ConfigureAwait(false);
        if (!lastRead.Variants.Any(variant => variant.Id == winnerVariantId))
        {
            throw ChangeErrors.NoSuchVariant(lastRead, winnerVariantId);
        }

        var transition = new Transition(uid, "complete", ExperimentStatus.Completed, lastRead.Status, lastRead)
        {
            Body = PlainJson.Bytes(new Dictionary<string, object?> { ["winnerVariantId"] = winnerVariantId }),
        };
        ExperimentChange change = await SendAsync(transition, cancellationToken).ConfigureAwait(false);
        if (change is not { Error: null, Experiment: { } completed })
        {
            return change;
        }

        if (completed.WinnerVariantId is { } winner && winner != winnerVariantId)
        {
            // Another client completed it, so that no request of this call did.
            return ExperimentChange.Failed(ChangeErrors.OtherWinner(winner)) with { Experiment = completed };
        }

        completed.WinnerVariantId ??= winnerVariantId;
        return change;
    }

    private async Task<ExperimentChange> SendAsync(Transition transition, CancellationToken cancellationToken)
    {
        var request = new ApiRequest(
            RequestKind.Transition,
            HttpMethod.Post,
            ApiPaths.Experiment(transition.Uid, transition.Action)
        )
        {
            Body = transition.Body,
            IdempotencyKey = Guid.NewGuid().ToString("N"),
        };
        Sends sends = transport.NewSends();
        while (true)
        {
            Answer answer = await endpoint
                .SendToExperimentAsync(request, sends, cancellationToken)
                .ConfigureAwait(false);
            if (answer.Response is { } response && ReadOutcome(response, transition) is { } experiment)
            {
                return ExperimentChange.Made(endpoint.MarkOrigin(experiment), transition.Before);
            }

            PictifyException error = sends.ErrorOf(answer, "does not show what happened to the experiment");
            if (!sends.IsOpen && error.Kind != PictifyErrorKind.Conflict)
            {
                return ExperimentChange.Failed(error);
            }

            // Outcome unknown, or refused for the present status: decide by the current status.
            Experiment? seen = (
                await verifier.ReadAsync(transition.Uid, cancellationToken).ConfigureAwait(false)
            ).Experiment;
            ExperimentChange change = sends.IsOpen
                ? Decide(transition, seen, error, sends)
                : AfterConflict(transition, seen, error);
            bool isAllowed =
                seen is not null
                && ExperimentRules.TransitionsFrom(seen.Status).Contains(transition.Wanted)
                && sends.MayRepeat;
            if (change.Error is null || !isAllowed)
            {
                return change;
            }

            try
            {
                await transport.BackOffAsync(sends, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return change;
            }
        }
    }

    /// <summary>The outcome of a transition whose answers do not show it.</summary>
    private static ExperimentChange Decide(Transition transition, Experiment? seen, PictifyException error, Sends sends)
    {
        ChangeDecision decision = ChangeRules.Decide(
            transition.Wanted,
            sends.Window,
            seen,
            LastChange.Unclaimed,
            isLater: false
        );
        return decision.Outcome switch
        {
            ChangeOutcome.Changed => ExperimentChange.Made(seen, transition.Before) with
            {
                IsInferred = true,
                SentFrom = sends.OpenFrom,
                SentTo = sends.OpenTo,
            },
            ChangeOutcome.Unchanged => ExperimentChange.Unchanged(seen!),
            _ => ExperimentChange.Unknown(RequestKind.Transition, error, sends, decision.Reason) with
            {
                Experiment = seen,
            },
        };
    }

    /// <summary>The outcome of a transition that was refused with 409, with no attempt open.</summary>
    private static ExperimentChange AfterConflict(Transition transition, Experiment? seen, PictifyException conflict) =>
        seen is null ? ExperimentChange.Failed(conflict)
        : ChangeRules.Reaches(seen.Status, transition.Wanted) ? ExperimentChange.Unchanged(seen)
        : ExperimentChange.Failed(ChangeErrors.Refused(conflict, seen, transition.Action)) with { Experiment = seen };

    /// <summary>
    /// The experiment of the answer, with the fields that the answer left out taken from the experiment as read before; null if the answer does
    /// not show that this experiment has the wanted status.
    /// </summary>
    private static Experiment? ReadOutcome(ApiResponse response, Transition transition)
    {
        if (AnswerReader.TryReadExperiment(response, transition.Uid) is not { } answered)
        {
            return null;
        }

        // The service's own sample answer for pause has no status and no type: a 200 with the experiment and without a status
        // means that the transition was made.
        if (answered.StatusText is null)
        {
            answered.StatusText = ApiName.Of(transition.Wanted);
        }
        else if (!ChangeRules.Reaches(answered.Status, transition.Wanted))
        {
            return null;
        }

        return transition.LastRead is { } lastRead ? answered.FillFrom(lastRead) : answered;
    }

    /// <summary>The experiment as read before, if it had one of two statuses; else as the service returns it now.</summary>
    private async Task<Experiment> GetCurrentAsync(
        string uid,
        Experiment? lastRead,
        ExperimentStatus one,
        ExperimentStatus other,
        CancellationToken cancellationToken
    ) =>
        lastRead is not null && (lastRead.Status == one || lastRead.Status == other)
            ? lastRead
            : await endpoint.GetAsync(uid, cancellationToken).ConfigureAwait(false);

    /// <param name="Uid">The experiment.</param>
    /// <param name="Action">The API's word for the transition.</param>
    /// <param name="Wanted">The status after it.</param>
    /// <param name="Before">The status before it.</param>
    /// <param name="LastRead">The experiment as it was read before.</param>
    private sealed record Transition(
        string Uid,
        string Action,
        ExperimentStatus Wanted,
        ExperimentStatus? Before,
        Experiment? LastRead
    )
    {
        public byte[]? Body { get; init; }
    }
}
