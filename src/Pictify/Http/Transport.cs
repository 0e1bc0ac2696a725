namespace Pictify.Http;

/// <summary>
/// Sends a request, and retries it as <see cref="RetryRules"/> allow, until its outcome is final. The body is read inside the
/// loop, so that an incomplete one is a failed attempt.
/// </summary>
internal sealed class Transport(PictifyConnection connection, IRequestObserver? observer)
{
    public const string OpenOutcome = "Whether the change was made is not known.";

    private static readonly TimeSpan _longestInterval = TimeSpan.FromSeconds(30);

    private readonly AttemptSender _attempts = new(connection, observer);

    /// <summary>Sends a request that reads.</summary>
    /// <exception cref="PictifyException">Its outcome is not a success.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public async Task<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        Answer answer = await SendAsync(request, NewSends(), cancellationToken).ConfigureAwait(false);
        return answer.Response ?? throw answer.Error!;
    }

    /// <summary>Counts the requests of one change, which the retry count limits together.</summary>
    public Sends NewSends() => new(connection.MaximumRetryCount + 1, connection.Clock);

    /// <summary>Sends a request until its outcome is final, and counts the attempts in <paramref name="sends"/>.</summary>
    /// <exception cref="OperationCanceledException">It was canceled, and no request of these sends may have arrived.</exception>
    public async Task<Answer> SendAsync(ApiRequest request, Sends sends, CancellationToken cancellationToken)
    {
        RateLane lane = connection.LaneOf(request);
        PictifyException? rateLimited = null;
        while (true)
        {
            (Attempt attempt, PictifyException? notSent) = await AttemptAsync(
                    request,
                    lane,
                    sends,
                    rateLimited,
                    cancellationToken
                )
                .ConfigureAwait(false);
            if (notSent is not null)
            {
                return Failure(request, notSent, sends);
            }

            if (attempt.Response is { } response && IsAnswer(response, request))
            {
                return new Answer(response, null);
            }

            PictifyException error =
                attempt.Failure ?? ErrorReader.Read(attempt.Response!, request, connection.Now, connection.MaximumWait);
            Verdict verdict = RetryRules.Classify(request.Kind, attempt, error, connection.MaximumWait);
            if (verdict is not (Verdict.SendAgain or Verdict.WaitForRateLimit) || !sends.MayRepeat)
            {
                return Failure(request, error, sends);
            }

            // Retry-After: 0 is delayed like any other failure, so that the service is not called in a tight loop.
            bool isAsked = error.RetryAfter is { Ticks: > 0 } asked && asked <= connection.MaximumWait;
            TimeSpan wait = isAsked ? error.RetryAfter!.Value : Backoff(sends.Count - 1);
            observer?.Retrying($"{request.Method} {request.Path}", sends.Count, error.Message, wait);
            rateLimited = null;
            if (isAsked && verdict == Verdict.WaitForRateLimit)
            {
                // The gate is closed for the same time, and gives a refused request priority, which a delay here would lose.
                rateLimited = error;
                continue;
            }

            try
            {
                await connection.Delay(wait, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (request.Kind != RequestKind.Read)
            {
                return Failure(request, error, sends);
            }
        }
    }

    /// <summary>The delay before a change is sent again because the experiment's present status still allows it.</summary>
    public Task BackOffAsync(Sends sends, CancellationToken cancellationToken) =>
        connection.Delay(Backoff(sends.Count - 1), cancellationToken);

    private static bool IsAnswer(ApiResponse response, ApiRequest request) =>
        response.IsSuccess || (request.TakesRedirect && response.StatusCode is >= 300 and < 400);

    /// <summary>One attempt, or the error to report if it was not sent.</summary>
    private async Task<(Attempt Attempt, PictifyException? NotSent)> AttemptAsync(
        ApiRequest request,
        RateLane lane,
        Sends sends,
        PictifyException? rateLimited,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return (await _attempts.SendAsync(request, lane, sends, cancellationToken).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (rateLimited is not null && request.Kind != RequestKind.Read)
        {
            return (default, rateLimited);
        }
        catch (OperationCanceledException) when (sends.IsOpen)
        {
            // This attempt was not sent, but an earlier one may have arrived.
            return (default, AttemptSender.Stopped());
        }
        catch (PictifyException exception)
            when (exception.Kind is PictifyErrorKind.RateLimited or PictifyErrorKind.ConnectionClosed)
        {
            // This connection refused the attempt before it was sent.
            return (default, exception);
        }
    }

    /// <summary>Exponential backoff with full jitter, to avoid synchronized retries.</summary>
    private TimeSpan Backoff(int earlier)
    {
        double span = Math.Min(
            connection.RetryInterval.TotalMilliseconds * Math.Pow(2, earlier),
            _longestInterval.TotalMilliseconds
        );
        return TimeSpan.FromMilliseconds(span * Platform.NextRandom());
    }

    /// <summary>The error for the caller; its message adds that the change may nevertheless have been made, if so.</summary>
    private static Answer Failure(ApiRequest request, PictifyException error, Sends sends) =>
        new(null, sends.IsOpen ? error.AsUnknownOutcome($"{error.Message} {OpenOutcome}", request.Kind) : error);
}
