namespace Pictify.Http;

/// <summary>Sends changes that no reading can verify, so that only their answer shows the outcome.</summary>
internal sealed class UnverifiedChange(Transport transport)
{
    /// <param name="request">The request.</param>
    /// <param name="showsOutcome">Whether a successful answer shows the outcome.</param>
    /// <param name="cancellationToken">Cancels before the next attempt; one in flight gets a short time to end.</param>
    /// <returns>The outcome, and the answer if it is a success that shows it.</returns>
    public async Task<(ApiResponse? Response, ExperimentChange Change)> SendAsync(
        ApiRequest request,
        Func<ApiResponse, bool> showsOutcome,
        CancellationToken cancellationToken
    )
    {
        Sends sends = transport.NewSends();
        Answer answer = await transport.SendAsync(request, sends, cancellationToken).ConfigureAwait(false);
        if (answer.Response is { } response && showsOutcome(response))
        {
            return (response, ExperimentChange.Made(null, before: null));
        }

        PictifyException error = sends.ErrorOf(answer, "does not show what happened to the request");
        return (
            null,
            sends.IsOpen
                ? ExperimentChange.Unknown(request.Kind, error, sends, seen: null)
                : ExperimentChange.Failed(error)
        );
    }
}
