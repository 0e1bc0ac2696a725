using Pictify;
using Pictify.Http;

namespace PictifyPS;

/// <summary>The result of Test-PictifyConnection.</summary>
public sealed class PictifyConnectionTest
{
    /// <summary>Live, Test or Sandbox.</summary>
    public PictifyEnvironment Environment { get; internal set; }

    /// <summary>The service's address.</summary>
    public Uri? BaseUri { get; internal set; }

    /// <summary>True if experiments can be read.</summary>
    public bool IsUsable => HasExperiments == true;

    /// <summary>True if Pictify answered.</summary>
    public bool IsReachable { get; internal set; }

    /// <summary>Whether the key was accepted; null if that is unknown.</summary>
    public bool? IsKeyAccepted { get; internal set; }

    /// <summary>Whether the account has the experiments feature; null if that is unknown.</summary>
    public bool? HasExperiments { get; internal set; }

    /// <summary>The plan's name.</summary>
    public string? Plan { get; internal set; }

    /// <summary>The plan's limits, and how much of them is used.</summary>
    public ExperimentQuota? Quota { get; internal set; }

    /// <summary>Requests that the rate limit's window allows.</summary>
    public long? RateLimit { get; internal set; }

    /// <summary>Requests left in the window.</summary>
    public long? RateLimitRemaining { get; internal set; }

    /// <summary>When the window ends, by this machine's clock.</summary>
    public DateTime? RateLimitReset { get; internal set; }

    /// <summary>The service's clock less this machine's; known to about a second.</summary>
    public TimeSpan? ClockSkew { get; internal set; }

    /// <summary>How long the first answer took, including the set-up of the connection.</summary>
    public TimeSpan Latency { get; internal set; }

    /// <summary>What does not work, and what to do about it; null if there is no problem.</summary>
    public string? Problem { get; internal set; }
}
