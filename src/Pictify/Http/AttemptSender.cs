using System.Net.Http;

namespace Pictify.Http;

/// <summary>Sends a request once, through the rate gate and within the timeout, and reports whether it may have arrived.</summary>
internal sealed class AttemptSender(PictifyConnection connection, IRequestObserver? observer)
{
    /// <summary>How long a change in flight may still take after the command was stopped.</summary>
    private static readonly TimeSpan _stopGrace = TimeSpan.FromSeconds(5);

    private readonly HttpExchange _exchange = new(connection);

    /// <exception cref="PictifyException">Nothing was sent, or a read's answer cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was canceled at the gate, or is a read.</exception>
    public async Task<Attempt> SendAsync(
        ApiRequest request,
        RateLane lane,
        Sends sends,
        CancellationToken cancellationToken
    )
    {
        await lane.Gate.EnterAsync(sends.Count, observer, cancellationToken).ConfigureAwait(false);
        DateTimeOffset sent = connection.Now;
        Attempt attempt = default;
        try
        {
            attempt = await ExchangeAsync(request, lane, sent, cancellationToken).ConfigureAwait(false);
            return attempt;
        }
        finally
        {
            ApiResponse? response = attempt.Response;
            lane.Gate.Leave(
                response is null || ErrorReader.IsQuotaRefusal(response, request, connection.Now) ? null : response
            );
            sends.Add(sent, connection.Now, request.Kind != RequestKind.Read && RetryRules.LeavesOpen(attempt));
            observer?.Answered($"{request.Method} {request.Path}", response?.StatusCode, connection.Now - sent);
        }
    }

    public static PictifyException Stopped() =>
        new(PictifyErrorKind.Stopped, "The command was stopped before the service had answered.");

    private async Task<Attempt> ExchangeAsync(
        ApiRequest request,
        RateLane lane,
        DateTimeOffset sent,
        CancellationToken cancellationToken
    )
    {
        using var timeout = Platform.CancellationAfter(connection.Time, connection.Timeout);
        using var stopped = Platform.CancellationAfter(connection.Time, System.Threading.Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => Stop(request, stopped));
        using var any = CancellationTokenSource.CreateLinkedTokenSource(
            timeout.Token,
            stopped.Token,
            connection.Closing
        );
        try
        {
            ApiResponse response = await _exchange.SendAsync(request, any.Token).ConfigureAwait(false);
            if (!response.IsFromCache && RetryAfterHeader.TryDate(response.Header("Date"), out DateTimeOffset date))
            {
                lane.Clock.Observe(date, sent, connection.Now);
            }

            return new Attempt(response, null, MayHaveArrived: true);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            if (request.Kind == RequestKind.Read)
            {
                throw;
            }

            return new Attempt(null, Stopped(), MayHaveArrived: true);
        }
        catch (OperationCanceledException exception)
        {
            return new Attempt(
                null,
                connection.IsClosed ? Closed(exception) : TimedOut(exception),
                MayHaveArrived: true
            );
        }
        catch (PictifyException exception)
            when (request.Kind != RequestKind.Read && exception.Kind == PictifyErrorKind.InvalidResponse)
        {
            // An unreadable answer does not show whether the change was made.
            return new Attempt(null, exception, MayHaveArrived: true);
        }
        catch (ExchangeException exception)
        {
            return Failed(exception);
        }
    }

    /// <summary>Cancels a read at once; a change in flight gets time to be answered, so that its outcome is known.</summary>
    private static void Stop(ApiRequest request, CancellationTokenSource stopped)
    {
        if (request.Kind == RequestKind.Read)
        {
            stopped.Cancel();
        }
        else
        {
            stopped.CancelAfter(_stopGrace);
        }
    }

    private Attempt Failed(ExchangeException exception)
    {
        if (exception.Cause is HttpRequestException or IOException or InvalidDataException)
        {
            bool isUnsent = UnsentRequest.IsCertain(exception.Cause);
            return new Attempt(null, Broken(exception.Shown, isUnsent), !isUnsent);
        }

        // Any other exception came after the request was passed to the HTTP stack, such as when Disconnect-Pictify closed the connection.
        return new Attempt(
            null,
            connection.IsClosed ? Closed(exception.Shown) : Broken(exception.Shown, isUnsent: false),
            MayHaveArrived: true
        );
    }

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

    private PictifyException Broken(Exception cause, bool isUnsent)
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
}
