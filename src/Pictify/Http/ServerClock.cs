namespace Pictify.Http;

/// <summary>
/// How far the server's clock is from this machine's, from the <c>Date</c> header of its answers. One header tells it
/// to a second; many, with the times of sending and receiving, narrow it down to about the network's latency.
/// </summary>
internal sealed class ServerClock
{
    /// <summary>A date that is further off is nobody's clock, and times computed with it would leave the calendar.</summary>
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

    /// <summary>Takes the date of an answer that no cache gave.</summary>
    public void Observe(DateTimeOffset date, DateTimeOffset sent, DateTimeOffset received)
    {
        if ((date - received).Duration() > _furthest)
        {
            return;
        }

        // The header cuts off the fraction: when the answer was made, the server's clock stood in [date, date + 1 s).
        TimeSpan least = date - received;
        TimeSpan most = date + TimeSpan.FromSeconds(1) - sent;
        lock (_sync)
        {
            TimeSpan newLeast = _least is { } l && l > least ? l : least;
            TimeSpan newMost = _most is { } m && m < most ? m : most;

            // The two disagree once a clock was set: start again from what is seen now.
            (_least, _most) = newLeast <= newMost ? (newLeast, newMost) : (least, most);
        }
    }

    /// <summary>
    /// A span of this machine's clock by the server's, as wide as what is not known of the skew makes it. Before the first
    /// date both clocks are taken to differ by two seconds at most.
    /// </summary>
    public SendWindow Window(DateTimeOffset from, DateTimeOffset to)
    {
        lock (_sync)
        {
            return new SendWindow(from + (_least ?? TimeSpan.FromSeconds(-2)), to + (_most ?? TimeSpan.FromSeconds(2)));
        }
    }

    /// <summary>A server time by this machine's clock, never too early.</summary>
    public DateTimeOffset ToLocal(DateTimeOffset serverTime)
    {
        lock (_sync)
        {
            return serverTime - (_least ?? TimeSpan.Zero);
        }
    }
}
