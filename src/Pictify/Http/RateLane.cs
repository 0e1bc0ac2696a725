namespace Pictify.Http;

/// <summary>One rate limit of the service, with the gate for its requests and the server's clock by its answers.</summary>
internal sealed class RateLane
{
    /// <param name="options">The connection's.</param>
    /// <param name="what">The limit's name, which begins the error that says that it is spent.</param>
    public RateLane(PictifyConnectionOptions options, string what) =>
        Gate = new RateGate(options.TimeProvider, Clock, options.MaximumWait, what);

    public ServerClock Clock { get; } = new();

    public RateGate Gate { get; }
}
