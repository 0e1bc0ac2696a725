using System.Collections.Concurrent;

namespace Pictify.Http;

/// <summary>The rate limits of a connection, each with its own gate and clock, so that no limit delays another's requests.</summary>
internal sealed class RateLanes(PictifyConnectionOptions options)
{
    private const string Public = "public";

    private readonly ConcurrentDictionary<string, RateLane> _others = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The limit of the API key for the experiments API.</summary>
    public RateLane Experiments { get; } = new(options, "The API key's rate limit");

    /// <summary>The service's clock less this machine's, by any of the service's answers; null before the first one.</summary>
    public TimeSpan? Skew =>
        Experiments.Clock.Skew ?? (_others.TryGetValue(Public, out RateLane? lane) ? lane.Clock.Skew : null);

    /// <summary>The limit that a request counts against.</summary>
    public RateLane Of(ApiRequest request)
    {
        if (request.Authenticated)
        {
            return IsUnder(ApiPaths.Experiments, request.Path)
                ? Experiments
                : Other("", "The rate limit of other endpoints");
        }

        return Uri.TryCreate(request.Path, UriKind.Absolute, out Uri? other) && other.Scheme is "http" or "https"
            ? Other(other.Authority, $"The rate limit of {other.Host}")
            : Other(Public, "The rate limit of public requests");
    }

    private RateLane Other(string name, string what) => _others.GetOrAdd(name, _ => new RateLane(options, what));

    private static bool IsUnder(string folder, string path) =>
        path.StartsWith(folder, StringComparison.OrdinalIgnoreCase)
        && (path.Length == folder.Length || path[folder.Length] is '/' or '?');
}
