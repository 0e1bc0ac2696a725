namespace Pictify.Http;

/// <summary>
/// Estimates the skew of the server's clock from the <c>Date</c> headers of its answers: one answer gives it to the second; many answers,
/// with the times of sending and receiving, give it to about the network's latency.
/// </summary>
internal sealed class ServerClock
{
    /// <summary>Dates further off are ignored: no clock has so large an error, and computed times would overflow.</summary>
    private static readonly TimeSpan _furthest = TimeSpan.FromDays(3660);

    private readonly object _sync = new();
    private TimeSpan? _least;
    private TimeSpan? _most;

    /// <summary>Server time less local time; null before the first answer with a date.</summary>
    public TimeSpan? Skew
    {
        get
        {
            lock (_sync)
            {
                return _least is { } least && _most is { } most
                    ? least + TimeSpan.FromTicks((most - least).Ticks / 2)
                    : null;
            }
        }
    }

    /// <summary>Updates the estimate with the date of an answer that is not from a cache.</summary>
    public void Observe(DateTimeOffset date, DateTimeOffset sent, DateTimeOffset received)
    {
        if ((date - received).Duration() > _furthest)
        {
            return;
        }

        // The header has no fraction: the server's clock was in [date, date + 1 s) when it wrote the answer.
        TimeSpan least = date - received;
        TimeSpan most = date + TimeSpan.FromSeconds(1) - sent;
        lock (_sync)
        {
            TimeSpan newLeast = _least is { } l && l > least ? l : least;
            TimeSpan newMost = _most is { } m && m < most ? m : most;

            // An empty interval means that a clock was set: restart with this answer.
            (_least, _most) = newLeast <= newMost ? (newLeast, newMost) : (least, most);
        }
    }

    /// <summary>
    /// Converts an interval of local time to server time, widened by the skew's uncertainty. Before the first date the clocks are
    /// assumed to differ by two seconds at most.
    /// </summary>
    public SendWindow Window(DateTimeOffset from, DateTimeOffset to)
    {
        lock (_sync)
        {
            return new SendWindow(from + (_least ?? TimeSpan.FromSeconds(-2)), to + (_most ?? TimeSpan.FromSeconds(2)));
        }
    }

    /// <summary>Converts server time to local time, rounded up by the uncertainty.</summary>
    public DateTimeOffset ToLocal(DateTimeOffset serverTime)
    {
        lock (_sync)
        {
            return serverTime - (_least ?? TimeSpan.Zero);
        }
    }
}
