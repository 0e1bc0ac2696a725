using System.Net;
using System.Net.Http;
using System.Security;
using Pictify.Sandbox;

namespace Pictify.Http;

/// <summary>How to connect. Everything has a default except the key, which only a sandbox does not need.</summary>
public sealed record PictifyConnectionOptions
{
    internal const int DefaultTimeoutSeconds = 30;
    internal const int DefaultRetryCount = 3;
    internal const int DefaultRetryIntervalSeconds = 1;
    internal const int DefaultWaitSeconds = 120;

    /// <summary>The service's address; it may have a path prefix.</summary>
    public Uri BaseUri { get; init; } = PictifyConnection.DefaultBaseUri;

    /// <summary>
    /// The connection's name: 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.'. Null if it has no name.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>The API key.</summary>
    public SecureString? ApiKey { get; init; }

    /// <summary>A sandbox that answers instead of the service.</summary>
    public PictifySandbox? Sandbox { get; init; }

    /// <summary>Longest time for one attempt, from connecting to the last byte.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(DefaultTimeoutSeconds);

    /// <summary>Retries after the first attempt.</summary>
    public int MaximumRetryCount { get; init; } = DefaultRetryCount;

    /// <summary>The first delay between two attempts; it doubles each time, with full jitter.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(DefaultRetryIntervalSeconds);

    /// <summary>The longest wait that the service's rate limit may ask for.</summary>
    public TimeSpan MaximumWait { get; init; } = TimeSpan.FromSeconds(DefaultWaitSeconds);

    /// <summary>A proxy for this connection; if null, the system's.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>The credential for the proxy.</summary>
    public NetworkCredential? ProxyCredential { get; init; }

    /// <summary>Uses no proxy, not even the system's.</summary>
    public bool NoProxy { get; init; }

    /// <summary>Sent as <c>User-Agent</c>.</summary>
    public string UserAgent { get; init; } = "Pictify";

    /// <summary>
    /// Where the commands on this connection record what they change: a file, <c>memory</c> for a sandbox's own record,
    /// or <c>off</c>.
    /// </summary>
    public string LedgerPath { get; init; } = LedgerSetting.Off;

    /// <summary>Refuses changes that cannot be recorded.</summary>
    public bool RequireLedger { get; init; }

    /// <summary>Refuses changes without a reason.</summary>
    public bool RequireReason { get; init; }

    /// <summary>A handler that answers instead of the network, for tests.</summary>
    internal HttpMessageHandler? Handler { get; init; }

    /// <summary>The clock that waits are measured by.</summary>
#if !NET
    // On .NET Framework the type comes from a package, of which other modules may load another version.
    internal
#else
    public
#endif
    TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The same options for a sandbox, with its clock.</summary>
    internal PictifyConnectionOptions For(PictifySandbox sandbox) =>
        this with
        {
            Sandbox = sandbox,
            TimeProvider = sandbox.TimeProvider,
        };
}
