using System.Net.Http;
using System.Net.Http.Headers;

namespace Pictify.Http;

/// <summary>
/// Sends one request until it has an outcome: through the rate gate, again where <see cref="RetryRules"/> allow it, and
/// read to its end each time, so that half a body is a failed attempt and not a failed caller.
/// </summary>
internal sealed class Transport(PictifyConnection connection, IRequestObserver? observer)
{
    /// <summary>No answer of this API is near it: 100 experiments of 20 variants are some 2 MB.</summary>
    public const int MaximumBodyBytes = 64 * 1024 * 1024;

    public const string OpenOutcome = "Whether the change was made is not known.";

    /// <summary>How long a change that is under way may still take after the command was stopped.</summary>
    private static readonly TimeSpan _stopGrace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _longestInterval = TimeSpan.FromSeconds(30);

    /// <summary>Sends it, and throws what is no success; for requests that read.</summary>
    /// <exception cref="PictifyException">The outcome, where it is not a success.</exception>
    /// <exception cref="OperationCanceledException">Stopped before anything was sent that may have had an effect.</exception>
    public async Task<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        Answer answer = await SendAsync(request, NewSends(), cancellationToken).ConfigureAwait(false);
        return answer.Response ?? throw answer.Error!;
    }

    /// <summary>What the requests of one change add up to; all of them together are bounded by the retry count.</summary>
    public Sends NewSends() => new(connection.MaximumRetryCount + 1);

    /// <summary>Sends it until it has an outcome, and returns that; what was sent is counted in <paramref name="sends"/>.</summary>
    /// <exception cref="OperationCanceledException">Stopped, and no request of these sends may have arrived.</exception>
    public async Task<Answer> SendAsync(ApiRequest request, Sends sends, CancellationToken cancellationToken)
    {
        RateLane lane = connection.LaneOf(request);
        PictifyException? refusedBefore = null;
        while (true)
        {
            Attempt attempt;
            try
            {
                attempt = await AttemptAsync(request, lane, sends, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (refusedBefore is not null && request.Kind != RequestKind.Read)
            {
                return Failure(request, refusedBefore, sends);
            }
            catch (OperationCanceledException) when (sends.IsOpen)
            {
                // This attempt was not sent, but an earlier one was.
                return Failure(request, Stopped(), sends);
            }
            catch (PictifyException exception)
                when (exception.Kind is PictifyErrorKind.RateLimited or PictifyErrorKind.ConnectionClosed)
            {
                // Refused by this connection itself, before this attempt was sent.
                return Failure(request, exception, sends);
            }

            if (
                attempt.Response is { } answer
                && (answer.IsSuccess || (request.TakesRedirect && answer.StatusCode is >= 300 and < 400))
            )
            {
                return new Answer(answer, null);
            }

            PictifyException error =
                attempt.Failure ?? ErrorReader.Read(attempt.Response!, request, connection.Now, connection.MaximumWait);
            Verdict verdict = RetryRules.Judge(request.Kind, attempt, error, connection.MaximumWait);
            if (verdict is not (Verdict.SendAgain or Verdict.WaitForRateLimit) || !sends.MayRepeat)
            {
                return Failure(request, error, sends);
            }

            // A wait of no time is no wait: the service is asked again no sooner than after any other failure.
            bool isAsked = error.RetryAfter is { Ticks: > 0 } asked && asked <= connection.MaximumWait;
            TimeSpan wait = isAsked ? error.RetryAfter!.Value : Backoff(sends.Count - 1);
            observer?.Retrying($"{request.Method} {request.Path}", sends.Count, error.Message, wait);
            refusedBefore = null;
            if (isAsked && verdict == Verdict.WaitForRateLimit)
            {
                // The gate is closed for as long, and lets this one go first: waiting here, it would come behind all others.
                refusedBefore = error;
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

    /// <summary>Waits a little before a change is sent again that the experiment's present status allows.</summary>
    public Task BackOffAsync(Sends sends, CancellationToken cancellationToken) =>
        connection.Delay(Backoff(sends.Count - 1), cancellationToken);

    private async Task<Attempt> AttemptAsync(
        ApiRequest request,
        RateLane lane,
        Sends sends,
        CancellationToken cancellationToken
    )
    {
        await lane.Gate.EnterAsync(sends.Count, observer, cancellationToken).ConfigureAwait(false);
        ApiResponse? response = null;
        DateTimeOffset sent = connection.Now;
        Attempt attempt = default;
        try
        {
            using var limit = Platform.CancellationAfter(connection.Time, connection.Timeout);
            using var stopped = new CancellationTokenSource();
            using CancellationTokenRegistration registration = cancellationToken.Register(() =>
            {
                // A read may be dropped at once. A change that is under way gets a moment to be answered, so that its
                // outcome is known.
                if (request.Kind == RequestKind.Read)
                {
                    stopped.Cancel();
                }
                else
                {
                    stopped.CancelAfter(_stopGrace);
                }
            });
            using var either = CancellationTokenSource.CreateLinkedTokenSource(
                limit.Token,
                stopped.Token,
                connection.Closing
            );
            try
            {
                response = await ExchangeAsync(request, either.Token).ConfigureAwait(false);
                if (!response.IsFromCache && ErrorReader.TryDate(response.Header("Date"), out DateTimeOffset date))
                {
                    lane.Clock.Observe(date, sent, connection.Now);
                }

                return attempt = new Attempt(response, null, MayHaveArrived: true);
            }
            catch (OperationCanceledException) when (stopped.IsCancellationRequested)
            {
                if (request.Kind == RequestKind.Read)
                {
                    throw;
                }

                return attempt = new Attempt(null, Stopped(), MayHaveArrived: true);
            }
            catch (OperationCanceledException exception)
            {
                return attempt = new Attempt(
                    null,
                    connection.IsClosed ? Closed(exception) : TimedOut(exception),
                    MayHaveArrived: true
                );
            }
            catch (PictifyException exception)
                when (request.Kind != RequestKind.Read && exception.Kind == PictifyErrorKind.InvalidResponse)
            {
                // An answer that cannot be read says nothing about the change that was asked for.
                return attempt = new Attempt(null, exception, MayHaveArrived: true);
            }
            catch (ExchangeException exception)
                when (exception.Cause is HttpRequestException or IOException or InvalidDataException)
            {
                bool isUnsent = Platform.IsCertainlyUnsent(exception.Cause);
                return attempt = new Attempt(null, Broken(exception.Shown, isUnsent), !isUnsent);
            }
            catch (ExchangeException exception)
            {
                // Whatever it is, the request had been handed over: Disconnect-Pictify, for example, takes the sockets away.
                return attempt = new Attempt(
                    null,
                    connection.IsClosed ? Closed(exception.Shown) : Broken(exception.Shown),
                    MayHaveArrived: true
                );
            }
        }
        finally
        {
            lane.Gate.Leave(
                response is null || ErrorReader.SaysQuota(response, request, connection.Now) ? null : response
            );
            sends.Add(sent, connection.Now, request.Kind != RequestKind.Read && RetryRules.LeavesOpen(attempt));
            observer?.Answered($"{request.Method} {request.Path}", response?.StatusCode, connection.Now - sent);
        }
    }

    private async Task<ApiResponse> ExchangeAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        using SecretMask mask = connection.Mask(request);
        try
        {
            return await ExchangeAsync(request, mask, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (PictifyException or OperationCanceledException))
        {
            // What .NET cannot read it repeats in its message, such as a line that is no header.
            throw new ExchangeException(exception, SafeText.Harmless(exception, mask.Apply));
        }
    }

    private async Task<ApiResponse> ExchangeAsync(
        ApiRequest request,
        SecretMask mask,
        CancellationToken cancellationToken
    )
    {
        using HttpClient http = connection.CreateHttpClient();
        using HttpRequestMessage message = Message(request);
        using HttpResponseMessage response = await http.SendAsync(
                message,
                HttpCompletionOption.ResponseHeadersRead,
                cancellationToken
            )
            .ConfigureAwait(false);
        ArraySegment<byte> body = await BodyReader
            .ReadAsync(response.Content, MaximumBodyBytes, cancellationToken)
            .ConfigureAwait(false);
        if (!mask.IsEmpty)
        {
            // Whatever it is, a page or the experiment: a server that repeats what it was sent must not have it shown.
            mask.Apply(body.AsSpan());
        }

        return new ApiResponse(
            (int)response.StatusCode,
            body,
            response.Content?.Headers.ContentType?.MediaType is { } type ? SafeText.Clean(mask.Apply(type), 100) : null,
            Headers(response, mask)
        );
    }

    private HttpRequestMessage Message(ApiRequest request)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(connection.BaseUri, request.Path));
        message.Headers.TryAddWithoutValidation("Accept", "application/json, application/problem+json");
        message.Headers.TryAddWithoutValidation("User-Agent", connection.UserAgent);
        if (request.IdempotencyKey is { } key)
        {
            message.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        foreach (KeyValuePair<string, string> header in request.Headers ?? new Dictionary<string, string>())
        {
            message.Headers.Add(header.Key, header.Value);
        }

        if (!request.Authenticated)
        {
            message.Headers.Add(AuthorizationHandler.Anonymous, "1");
        }

        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        }
        else if (request.Kind != RequestKind.Read)
        {
            // .NET itself sends a request without content again where a reused connection closes before it is answered. With
            // content, even of no bytes, it does not: whether a change is sent again is decided here only.
            message.Content = new ByteArrayContent([]);
        }

        return message;
    }

    private static Dictionary<string, string> Headers(HttpResponseMessage response, SecretMask mask)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, IEnumerable<string>> header in response.Headers)
        {
            headers[header.Key] = SafeText.Clean(mask.Apply(string.Join(", ", header.Value)));
        }

        return headers;
    }

    /// <summary>
    /// Full jitter: a random part of a span that doubles. Clients that failed together do not come back together.
    /// </summary>
    private TimeSpan Backoff(int earlier)
    {
        double span = Math.Min(
            connection.RetryInterval.TotalMilliseconds * Math.Pow(2, earlier),
            _longestInterval.TotalMilliseconds
        );
        return TimeSpan.FromMilliseconds(span * Platform.NextRandom());
    }

    /// <summary>The error that a caller gets; a change that may have happened all the same says so.</summary>
    private static Answer Failure(ApiRequest request, PictifyException error, Sends sends) =>
        new(null, sends.IsOpen ? error.AsUnknownOutcome($"{error.Message} {OpenOutcome}", request.Kind) : error);

    private PictifyException Closed(Exception cause) =>
        new(
            PictifyErrorKind.ConnectionClosed,
            $"The connection to {connection.BaseUri} was closed while the request was under way.",
            cause
        );

    private PictifyException TimedOut(Exception cause) =>
        new(
            PictifyErrorKind.Timeout,
            $"No complete answer came from {connection.BaseUri} within {connection.Timeout.TotalSeconds:0.##} seconds.",
            cause
        );

    private PictifyException Broken(Exception cause, bool isUnsent = false)
    {
        Exception root = cause;
        while (root.InnerException is { } inner)
        {
            root = inner;
        }

        return new PictifyException(
            PictifyErrorKind.Network,
            $"The connection to {connection.BaseUri} failed: {root.Message.TrimEnd('.')}.",
            cause
        )
        {
            IsUnreachable = isUnsent,
        };
    }

    private static PictifyException Stopped() =>
        new(PictifyErrorKind.Stopped, "The command was stopped before the service had answered.");

    /// <summary>A failure below, as it is to decide by, and as it is to be shown.</summary>
    private sealed class ExchangeException(Exception cause, Exception shown) : Exception(null, shown)
    {
        public Exception Cause => cause;

        public Exception Shown => InnerException!;
    }
}
