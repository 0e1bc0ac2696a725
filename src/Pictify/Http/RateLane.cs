namespace Pictify.Http;

/// <summary>One rate limit of the service, with the gate for its requests and the server's clock, estimated from its answers.</summary>
internal sealed class RateLane
{
    /// <param name="options">The connection's options.</param>
    /// <param name="what">The limit's name, with which the error begins when it is used up.</param>
    public RateLane(PictifyConnectionOptions options, string what) =>
        Gate = new RateGate(options.TimeProvider, Clock, options.MaximumWait, what);

    public ServerClock Clock { get; } = new();

    public RateGate Gate { get; }
}
