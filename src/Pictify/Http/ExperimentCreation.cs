using System.Net.Http;
using System.Text.Json;

namespace Pictify.Http;

/// <summary>Creates experiments, idempotent through Idempotency-Key and, if the service ignores it, through the unique slug.</summary>
internal sealed class ExperimentCreation(ExperimentEndpoint endpoint, ExperimentVerifier verifier, Transport transport)
{
    public async Task<ExperimentChange> CreateAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        var request = new ApiRequest(RequestKind.Create, HttpMethod.Post, ApiPaths.Experiments)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(experiment, PictifyJson.Default.Experiment),
            IdempotencyKey = Guid.NewGuid().ToString("N"),
        };
        Sends sends = transport.NewSends();
        Answer answer = await endpoint.SendToCollectionAsync(request, sends, cancellationToken).ConfigureAwait(false);
        if (
            answer.Response is { } response
            && AnswerReader.TryReadExperiment(response, uid: null) is { } created
            && (created.Slug is null || created.Slug == experiment.Slug)
        )
        {
            created.StatusText ??= ApiName.Of(ExperimentStatus.Draft);
            return ExperimentChange.Made(endpoint.MarkOrigin(created.FillFrom(experiment)), before: null);
        }

        PictifyException error = sends.ErrorOf(answer, "does not show the experiment that was to be created");
        if (!sends.IsOpen)
        {
            return ExperimentChange.Failed(error);
        }

        SendWindow window = sends.Window;
        Verification verification = await verifier
            .FindBySlugAsync(experiment.Slug, cancellationToken)
            .ConfigureAwait(false);
        return Decide(experiment, verification, window, error, sends);
    }

    /// <summary>
    /// The outcome of a create whose answers do not show it: an experiment with this slug and name that was created since the request
    /// began is the one that was created.
    /// </summary>
    private static ExperimentChange Decide(
        Experiment experiment,
        Verification verification,
        SendWindow window,
        PictifyException error,
        Sends sends
    )
    {
        Experiment? found = verification.Experiment;
        if (
            found is { CreatedAtMoment: { } at }
            && found.Name == experiment.Name
            && !ChangeRules.IsBefore(at, window.From)
            && at <= window.To
        )
        {
            return ExperimentChange.Made(found, before: null) with { IsInferred = true };
        }

        string slug = SafeText.Clean(experiment.Slug);
        if (found?.CreatedAtMoment is { } older && ChangeRules.IsBefore(older, window.From))
        {
            return ExperimentChange.Failed(
                error.As(
                    PictifyErrorKind.Conflict,
                    $"The slug '{slug}' belongs to experiment {found}, which existed before."
                )
            );
        }

        return ExperimentChange.Unknown(
            RequestKind.Create,
            error,
            sends,
            found is not null ? $"an experiment with the slug '{slug}' exists"
                : verification.WasRead ? $"no experiment shows its slug '{slug}' now"
                : "the list of experiments could not be read"
        );
    }
}
