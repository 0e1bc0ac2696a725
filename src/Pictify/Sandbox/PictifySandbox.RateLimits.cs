namespace Pictify.Sandbox;

/// <content>The rate limits, each with a window of its own.</content>
public sealed partial class PictifySandbox
{
    /// <summary>The window in which the request is counted; null if it is not limited.</summary>
    private RateWindow? WindowOf(SandboxRequest request, string name, bool isPublic, DateTimeOffset now)
    {
        (string Name, int Limit, TimeSpan Length)? limit = (isPublic, name) switch
        {
            (false, _) => ($"key {KeyOf(request)}", _options.RateLimit, _options.RateLimitWindow),
            (_, "POST /s/events") => (name, _options.EventRateLimit, _publicWindow),
            (_, "GET /s/image") => (name, _options.ImageRateLimit, _publicWindow),
            _ => null,
        };
        if (limit is not { } of)
        {
            return null;
        }

        if (!_windows.TryGetValue(of.Name, out RateWindow? window))
        {
            _windows[of.Name] = window = new RateWindow { Start = _windowsSince };
        }

        window.Limit = of.Limit;
        window.Length = of.Length;
        window.MoveTo(now);
        return window;
    }

    private static SandboxAnswer? LimitRate(RateWindow? window, DateTimeOffset now)
    {
        if (window is null)
        {
            return null;
        }

        if (window.Requests < window.Limit)
        {
            window.Requests++;
            return null;
        }

        int wait = (int)Math.Ceiling((window.End - now).TotalSeconds);
        return SandboxAnswer.RateLimited($"The limit of {window.Limit} requests is spent.", Text(wait), wait);
    }

    /// <summary>Requests of one key, or of one kind, since a window of the rate limit began.</summary>
    private sealed class RateWindow
    {
        public DateTimeOffset Start { get; set; }

        public TimeSpan Length { get; set; }

        public int Limit { get; set; }

        public int Requests { get; set; }

        public DateTimeOffset End => Start + Length;

        public void MoveTo(DateTimeOffset now)
        {
            if (now < Start)
            {
                // The clock was set back.
                Start = now;
                Requests = 0;
            }

            while (now >= End)
            {
                Start = now - End < Length ? End : now;
                Requests = 0;
            }
        }
    }
}
