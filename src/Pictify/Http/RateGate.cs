using System.Globalization;

namespace Pictify.Http;

/// <summary>
/// Client-side rate limiter shared by all requests under one rate limit. It follows <c>X-RateLimit-*</c>, counting the requests in
/// flight, and delays further ones until the window's reset, so that they are not refused with 429. Another process may use the same
/// limit, and some services send these headers with a 429 only: so after a 429, and its <c>Retry-After</c>, one request is allowed in
/// flight, and gradually more as they succeed. Requests that were refused most often go first, so that none uses up its retries.
/// </summary>
internal sealed class RateGate(
    TimeProvider time,
    ServerClock clock,
    TimeSpan maximumWait,
    string what = "The API key's rate limit"
)
{
    /// <summary>Longer than any window of a rate limit; a reset further off is ignored.</summary>
    private static readonly TimeSpan _longestWindow = TimeSpan.FromDays(400);

    /// <summary>
    /// Successes needed for each further request in flight: enough that a window refuses fewer requests than the next one accepts.
    /// </summary>
    private const int PassesForOneMore = 4;

    // Waits are measured by monotonic time, so that setting the machine's clock back does not extend them.
    private readonly DateTimeOffset _origin = time.GetUtcNow();
    private readonly long _started = time.GetTimestamp();

    private readonly object _sync = new();

    /// <summary>The waiting requests, the next one first.</summary>
    private readonly SortedSet<(int Rank, long Number)> _waiting = [];
    private long _lastNumber;

    /// <summary>Requests that succeeded since the last 429; null before the first one.</summary>
    private int? _passed;

    /// <summary>How many may be in flight at once: one after a 429, and one more for each few that succeed.</summary>
    private int AllowedInFlight => _passed is { } passed ? 1 + (passed / PassesForOneMore) : int.MaxValue;
    private TaskCompletionSource<bool> _changed = NewSignal();
    private int _inFlight;
    private long? _limit;
    private long? _remaining;
    private DateTimeOffset? _reset;
    private DateTimeOffset _closedUntil;

    /// <summary>Requests that the window allows, by the latest answer.</summary>
    public long? Limit => Read(() => _limit);

    /// <summary>Requests left in the window, by the latest answer.</summary>
    public long? Remaining => Read(() => _remaining);

    /// <summary>When the window ends, by this machine's clock.</summary>
    public DateTimeOffset? Reset => Read(() => _reset is { } reset ? ToTimeOfDay(reset) : (DateTimeOffset?)null);

    /// <summary>Waits until the request may be sent. Each call that returns is followed by one <see cref="Leave"/>.</summary>
    /// <param name="earlier">Earlier attempts of the same request, by which it has priority.</param>
    /// <param name="observer">Receives each time until which the request waits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="PictifyException">The wait would be longer than the connection allows.</exception>
    public async Task EnterAsync(int earlier, IRequestObserver? observer, CancellationToken cancellationToken)
    {
        (int Rank, long Number) place = (-earlier, Interlocked.Increment(ref _lastNumber));
        DateTimeOffset? reported = null;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Task changed;
                DateTimeOffset now;
                DateTimeOffset? openAt;
                lock (_sync)
                {
                    // Read inside the lock, because the time spent waiting for the lock would be added to the wait.
                    now = Now;
                    if (TryEnter(place, now, out openAt))
                    {
                        return;
                    }

                    changed = _changed.Task;
                }

                if (openAt is not { } moment || moment - now > maximumWait)
                {
                    // No reset time is known, or it is too far ahead: wait for the next answer of a request in flight.
                    await WaitAsync(changed, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                if (reported != moment)
                {
                    reported = moment;
                    observer?.WaitingForRateLimit(ToTimeOfDay(moment));
                }

                await WaitAsync(changed, moment - now, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_sync)
            {
                _waiting.Remove(place);
                if (_waiting.Count > 0)
                {
                    SignalChange();
                }
            }
        }
    }

    /// <summary>Whether a request may be sent now; if not, until when the gate is closed, if that is known.</summary>
    /// <exception cref="PictifyException">The wait would be longer than the connection allows.</exception>
    private bool TryEnter((int Rank, long Number) place, DateTimeOffset now, out DateTimeOffset? openAt)
    {
        _waiting.Add(place);
        openAt = null;
        if (_closedUntil > now)
        {
            if (_closedUntil - now > maximumWait)
            {
                throw TooLong(ToTimeOfDay(_closedUntil));
            }

            openAt = _closedUntil;
            return false;
        }

        if (!HasRoom(now))
        {
            openAt = _reset!.Value;
            return false;
        }

        if (_inFlight >= AllowedInFlight || _waiting.Min != place)
        {
            return false;
        }

        _inFlight++;
        return true;
    }

    /// <summary>Ends a request that was admitted.</summary>
    /// <param name="response">Its answer; null if there is none that describes this rate limit.</param>
    public void Leave(ApiResponse? response)
    {
        lock (_sync)
        {
            _inFlight--;
            if (response is not null)
            {
                Learn(response);
            }

            SignalChange();
        }
    }

    private void SignalChange()
    {
        TaskCompletionSource<bool> changed = _changed;
        _changed = NewSignal();
        changed.SetResult(true);
    }

    private async Task WaitAsync(Task changed, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task delay = Platform.Delay(time, limit, waiting.Token);
        await Task.WhenAny(delay, changed).ConfigureAwait(false);
        waiting.Cancel();
    }

    private bool HasRoom(DateTimeOffset now)
    {
        if (_remaining is not { } remaining || _reset is not { } reset)
        {
            return true;
        }

        if (reset <= now)
        {
            // A new window: assumed to allow as many requests as the last one.
            _remaining = _limit;
            _reset = null;
            return true;
        }

        if (remaining - _inFlight > 0)
        {
            return true;
        }

        // A reset further off than the maximum wait is more likely a wrong clock than a used-up daily limit: one request at a time is
        // sent to find out. If the limit is used up, the service answers 429 with the time.
        return _inFlight == 0 && reset - now > maximumWait;
    }

    private void Learn(ApiResponse response)
    {
        DateTimeOffset now = Now;
        if (ErrorReader.RateLimitWait(response, time.GetUtcNow()) is { } wait)
        {
            DateTimeOffset until = now + wait;
            _closedUntil = until > _closedUntil ? until : _closedUntil;
        }

        if (response.StatusCode == 429)
        {
            _passed = 0;
        }
        else if (_closedUntil <= now)
        {
            // Only requests sent after the gate opened count: earlier ones do not show the limit's present state.
            _passed++;
        }

        if (response.IsFromCache)
        {
            return;
        }

        if (Number(response.Header("X-RateLimit-Limit")) is { } limit)
        {
            _limit = limit;
        }

        if (
            Number(response.Header("X-RateLimit-Remaining")) is { } remaining
            && Number(response.Header("X-RateLimit-Reset")) is { } seconds and >= 0 and < 253_402_300_800
            && (
                DateTimeOffset.FromUnixTimeSeconds(seconds) - time.GetUtcNow() - (clock.Skew ?? TimeSpan.Zero)
            ).Duration() < _longestWindow
        )
        {
            DateTimeOffset reset =
                now + (clock.ToLocal(DateTimeOffset.FromUnixTimeSeconds(seconds)) - time.GetUtcNow());
            bool sameWindow = _reset is { } known && (reset - known).Duration() < TimeSpan.FromSeconds(1.5);

            // Answers arrive out of order: within a window the lowest count is the latest.
            if (!sameWindow)
            {
                if (_reset is null || reset > _reset)
                {
                    _remaining = remaining;
                    _reset = reset;
                }
            }
            else
            {
                _remaining = Math.Min(_remaining ?? remaining, remaining);

                // Later Date headers tighten the skew estimate; keep the earliest reset.
                _reset = reset < _reset ? reset : _reset;
            }
        }
    }

    private DateTimeOffset Now => _origin + time.GetElapsedTime(_started);

    private DateTimeOffset ToTimeOfDay(DateTimeOffset moment) => time.GetUtcNow() + (moment - Now);

    private T Read<T>(Func<T> value)
    {
        lock (_sync)
        {
            return value();
        }
    }

    private PictifyException TooLong(DateTimeOffset until) =>
        new(
            PictifyErrorKind.RateLimited,
            FormattableString.Invariant(
                $"{what} is spent until {until.LocalDateTime:yyyy-MM-dd HH:mm:ss}, which is longer than this connection waits."
            )
        )
        {
            RetryAtMoment = until,
            IsTooLong = true,
        };

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static TaskCompletionSource<bool> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
