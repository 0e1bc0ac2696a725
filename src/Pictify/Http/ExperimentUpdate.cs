using System.Net.Http;

namespace Pictify.Http;

/// <summary>Changes fields of experiments.</summary>
internal sealed class ExperimentUpdate(ExperimentEndpoint endpoint, ExperimentVerifier verifier, Transport transport)
{
    public async Task<ExperimentChange> UpdateAsync(
        string uid,
        IReadOnlyDictionary<string, object?> fields,
        Experiment? lastRead,
        CancellationToken cancellationToken
    )
    {
        var request = new ApiRequest(RequestKind.Idempotent, HttpMethod.Put, ApiPaths.Experiment(uid))
        {
            Body = PlainJson.Bytes(fields),
        };
        Sends sends = transport.NewSends();
        Answer answer = await endpoint.SendToExperimentAsync(request, sends, cancellationToken).ConfigureAwait(false);
        if (answer.Response is { } response)
        {
            // An update is not a transition: the status stays the same.
            return
                await ReadUpdatedAsync(uid, lastRead, response, cancellationToken).ConfigureAwait(false) is { } updated
                ? ExperimentChange.Made(updated, lastRead?.Status)
                : ExperimentChange.Unknown(
                    request.Kind,
                    sends.ErrorOf(answer, "does not show the experiment that was changed"),
                    sends,
                    "the experiment could not be read"
                );
        }

        PictifyException error = answer.Error!;
        return sends.IsOpen
            ? ExperimentChange.Unknown(request.Kind, error, sends, "reading it does not show which fields were set")
            : ExperimentChange.Failed(await ExplainAsync(uid, error, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The experiment of the answer, or as it is read if the answer does not contain it; null if that fails.</summary>
    private async Task<Experiment?> ReadUpdatedAsync(
        string uid,
        Experiment? lastRead,
        ApiResponse response,
        CancellationToken cancellationToken
    ) =>
        AnswerReader.TryReadExperiment(response, uid) is { } answered
            ? endpoint.MarkOrigin(lastRead is null ? answered : answered.FillFrom(lastRead))
            : (await verifier.ReadAsync(uid, cancellationToken).ConfigureAwait(false)).Experiment;

    /// <summary>Adds to a refusal which fields may change in the experiment's status.</summary>
    private async Task<PictifyException> ExplainAsync(
        string uid,
        PictifyException error,
        CancellationToken cancellationToken
    ) =>
        error.Kind is PictifyErrorKind.Validation or PictifyErrorKind.Conflict
        && (await verifier.ReadAsync(uid, cancellationToken).ConfigureAwait(false)).Experiment is { } present
        && FieldTable.Api.EditableIn(present.Status) is { } editable
            ? error.As(
                error.Kind,
                $"{error.Message} It is '{present.StatusText}': only {string.Join(", ", editable)} may change in that status."
            )
            : error;
}
