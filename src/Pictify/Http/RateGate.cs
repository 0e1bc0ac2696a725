using System.Globalization;

namespace Pictify.Http;

/// <summary>
/// The gate that all requests under one rate limit pass. It lets requests through as fast as they come while
/// <c>X-RateLimit-Remaining</c> lasts, counting those in flight, and then holds them until the window's reset, rather than
/// collecting 429s. Where the service sends these headers with a 429 only, those in flight are what the limit costs.
/// Limits are per key and another process may spend them too: a 429 closes the gate for all, and when it opens again one request
/// goes first, and more by and by as they pass: where no header tells of the limit, all at once would be refused again. Whoever
/// was refused most often goes before the others, so that none is refused until its retries are spent.
/// </summary>
internal sealed class RateGate(
    TimeProvider time,
    ServerClock clock,
    TimeSpan maximumWait,
    string what = "The API key's rate limit"
)
{
    /// <summary>Longer than any window of a rate limit: a reset that is further off is no reset.</summary>
    private static readonly TimeSpan _longestWindow = TimeSpan.FromDays(400);

    /// <summary>
    /// So many that fewer are refused at the end of a window than it lets through: those go first in the next one, and pass.
    /// </summary>
    private const int PassesForOneMore = 4;

    // Waits are measured by a clock that nobody sets: where the machine's time of day is set back, nothing waits longer for it.
    private readonly DateTimeOffset _origin = time.GetUtcNow();
    private readonly long _started = time.GetTimestamp();

    private readonly object _sync = new();

    /// <summary>Those that wait for a place, the next one first.</summary>
    private readonly SortedSet<(int Rank, long Number)> _waiting = [];
    private long _lastNumber;

    /// <summary>Requests that passed since the last 429; null before the first one.</summary>
    private int? _passed;

    /// <summary>How many may be in flight at once: one after a 429, and one more for each few that pass.</summary>
    private int AllowedInFlight => _passed is { } passed ? 1 + (passed / PassesForOneMore) : int.MaxValue;
    private TaskCompletionSource<bool> _changed = NewSignal();
    private int _inFlight;
    private long? _limit;
    private long? _remaining;
    private DateTimeOffset? _reset;
    private DateTimeOffset _closedUntil;

    /// <summary>Requests that the window allows, as the service last said.</summary>
    public long? Limit => Read(() => _limit);

    /// <summary>Requests left in the window, as the service last said.</summary>
    public long? Remaining => Read(() => _remaining);

    /// <summary>When the window ends, by this machine's clock.</summary>
    public DateTimeOffset? Reset => Read(() => _reset is { } reset ? ToTimeOfDay(reset) : (DateTimeOffset?)null);

    /// <summary>Waits for a place. Each call is followed by one <see cref="Leave"/>.</summary>
    /// <param name="earlier">Requests that were sent for the same purpose before: more of them go first.</param>
    /// <param name="observer">Is told of each time that is waited for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="PictifyException">The wait would be longer than the connection allows.</exception>
    public async Task EnterAsync(int earlier, IRequestObserver? observer, CancellationToken cancellationToken)
    {
        (int Rank, long Number) place = (-earlier, Interlocked.Increment(ref _lastNumber));
        DateTimeOffset? said = null;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Task changed;
                DateTimeOffset now;
                DateTimeOffset? openAt = null;
                lock (_sync)
                {
                    // Not before the lock: the time that is waited for it would count as time that the gate stays closed.
                    now = Now;
                    _waiting.Add(place);
                    if (_closedUntil > now)
                    {
                        openAt = _closedUntil;
                        if (openAt - now > maximumWait)
                        {
                            throw TooLong(ToTimeOfDay(_closedUntil));
                        }
                    }
                    else if (!HasRoom(now))
                    {
                        openAt = _reset!.Value;
                    }
                    else if (_inFlight < AllowedInFlight && _waiting.Min == place)
                    {
                        _inFlight++;
                        return;
                    }

                    changed = _changed.Task;
                }

                if (openAt is not { } moment || moment - now > maximumWait)
                {
                    // Only an answer can say whether the limit is spent that long, or more be sent; those in flight bring one.
                    await WaitAsync(changed, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                if (said != moment)
                {
                    said = moment;
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

    /// <summary>Gives the place back, with what the answer said of the limit; null where there was none that says something of it.</summary>
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
            // A new window, of which nothing is known yet but that it allows as much as the last one.
            _remaining = _limit;
            _reset = null;
            return true;
        }

        if (remaining - _inFlight > 0)
        {
            return true;
        }

        // A reset further off than we may wait is more likely a wrong clock than a spent day: one request at a time may
        // go and ask. If the service means it, it answers 429 with the time.
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
            // What was sent before the gate closed says nothing of what passes after it opens.
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

            // Answers overtake each other: within a window the lowest count is the latest.
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

                // Each further date narrows the clock down: the earliest estimate is the best one that is still safe.
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
            $"{what} is spent until {until.LocalDateTime:yyyy-MM-dd HH:mm:ss}, which is longer than this connection waits."
        )
        {
            RetryAt = until,
            IsTooLong = true,
        };

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static TaskCompletionSource<bool> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
