using System.Net.Http;

namespace Pictify.Http;

/// <summary>
/// Sends requests to the experiments API, and distinguishes an experiment that does not exist from an account without the feature.
/// </summary>
internal sealed class ExperimentEndpoint(PictifyConnection connection, Transport transport)
{
    /// <summary>One experiment.</summary>
    public async Task<Experiment> GetAsync(string uid, CancellationToken cancellationToken)
    {
        var request = new ApiRequest(RequestKind.Read, HttpMethod.Get, ApiPaths.Experiment(uid));
        Answer answer = await SendToExperimentAsync(request, transport.NewSends(), cancellationToken)
            .ConfigureAwait(false);
        return MarkOrigin(AnswerReader.ReadExperiment(answer.Response ?? throw answer.Error!, uid));
    }

    /// <summary>The plan's limits, and how much of them is used.</summary>
    public async Task<ExperimentQuota> GetQuotaAsync(CancellationToken cancellationToken)
    {
        var request = new ApiRequest(RequestKind.Read, HttpMethod.Get, ApiPaths.Quota);
        return AnswerReader.ReadQuota(await SendToCollectionAsync(request, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The smallest request that shows whether the service, the key and the feature are available.</summary>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var request = new ApiRequest(RequestKind.Read, HttpMethod.Get, $"{ApiPaths.Experiments}?page=1&limit=1");
        _ = AnswerReader.ReadPage(await SendToCollectionAsync(request, cancellationToken).ConfigureAwait(false));
        connection.FeatureSeen = true;
    }

    /// <summary>Sends a request that reads the collection.</summary>
    /// <exception cref="PictifyException">Its outcome is not a success.</exception>
    public async Task<ApiResponse> SendToCollectionAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        Answer answer = await SendToCollectionAsync(request, transport.NewSends(), cancellationToken)
            .ConfigureAwait(false);
        return answer.Response ?? throw answer.Error!;
    }

    /// <summary>Sends to the collection, where 404, 410 and 501 mean that the account does not have the feature.</summary>
    public async Task<Answer> SendToCollectionAsync(
        ApiRequest request,
        Sends sends,
        CancellationToken cancellationToken
    )
    {
        Answer answer = await transport.SendAsync(request, sends, cancellationToken).ConfigureAwait(false);
        return answer.Error is { Kind: PictifyErrorKind.NotFound or PictifyErrorKind.Gone } gone
            ? new Answer(null, Unavailable(gone))
            : answer;
    }

    /// <summary>
    /// Sends to one experiment. A 404 may mean that the experiment does not exist or that the feature does not: until an answer
    /// has shown that the feature exists, a request to the collection shows which.
    /// </summary>
    public async Task<Answer> SendToExperimentAsync(
        ApiRequest request,
        Sends sends,
        CancellationToken cancellationToken
    )
    {
        Answer answer = await transport.SendAsync(request, sends, cancellationToken).ConfigureAwait(false);
        return
            answer.Error is { Kind: PictifyErrorKind.NotFound or PictifyErrorKind.Gone } gone
            && !connection.FeatureSeen
            && !await HasFeatureAsync(cancellationToken).ConfigureAwait(false)
            ? new Answer(null, Unavailable(gone))
            : answer;
    }

    /// <summary>Marks an experiment as read through this connection, which shows that the account has the feature.</summary>
    public Experiment MarkOrigin(Experiment experiment)
    {
        connection.FeatureSeen = true;
        experiment.Origin = connection.Origin;
        foreach (Variant variant in experiment.Variants)
        {
            variant.ExperimentUid = experiment.Uid;
        }

        return experiment;
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
            // Any other failure does not show whether the feature exists.
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
}
