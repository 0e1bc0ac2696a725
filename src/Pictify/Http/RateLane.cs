namespace Pictify.Http;

/// <summary>One rate limit of the service: the gate that its requests pass, and the clock that its answers show.</summary>
internal sealed class RateLane
{
    /// <param name="options">The connection's.</param>
    /// <param name="what">How an error begins that says that the limit is spent.</param>
    public RateLane(PictifyConnectionOptions options, string what) =>
        Gate = new RateGate(options.TimeProvider, Clock, options.MaximumWait, what);

    public ServerClock Clock { get; } = new();

    public RateGate Gate { get; }
}
