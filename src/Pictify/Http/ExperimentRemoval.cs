using System.Net.Http;

namespace Pictify.Http;

/// <summary>Removes experiments.</summary>
internal sealed class ExperimentRemoval(ExperimentEndpoint endpoint, ExperimentVerifier verifier, Transport transport)
{
    public async Task<ExperimentChange> DeleteAsync(string uid, CancellationToken cancellationToken)
    {
        var request = new ApiRequest(RequestKind.Idempotent, HttpMethod.Delete, ApiPaths.Experiment(uid));
        Sends sends = transport.NewSends();
        Answer answer = await endpoint.SendToExperimentAsync(request, sends, cancellationToken).ConfigureAwait(false);
        if (answer.Response is not null)
        {
            return ExperimentChange.Made(null, before: null);
        }

        PictifyException error = answer.Error!;
        if (error.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            // If an earlier attempt is open, that attempt removed it.
            return sends.IsOpen ? Inferred() : new ExperimentChange { Outcome = ChangeOutcome.Unchanged };
        }

        if (!sends.IsOpen && error.Kind != PictifyErrorKind.Conflict)
        {
            return ExperimentChange.Failed(error);
        }

        (Experiment? present, bool wasRead) = await verifier.ReadAsync(uid, cancellationToken).ConfigureAwait(false);
        if (!sends.IsOpen)
        {
            return ExperimentChange.Failed(
                present is null ? error
                : present.Status == ExperimentStatus.Running ? ChangeErrors.StillRunning(error)
                : ChangeErrors.Refused(error, present, "remove")
            );
        }

        return wasRead && present is null
            ? Inferred()
            : ExperimentChange.Unknown(
                request.Kind,
                error,
                sends,
                present is null ? "the experiment could not be read" : "the experiment is still there"
            );
    }

    private static ExperimentChange Inferred() => ExperimentChange.Made(null, before: null) with { IsInferred = true };
}
