namespace Pictify.Sandbox;

/// <summary>The format of the service's error responses; the public reference documents two.</summary>
public enum SandboxStyle : long
{
    /// <summary>
    /// Problem details (RFC 9457), and the rate limit in the headers of every answer, as the experiments pages of the
    /// public reference document it.
    /// </summary>
    Problem,

    /// <summary>
    /// <c>{message}</c> or <c>{error}</c>, some with a <c>code</c>, and the rate limit in the headers of a 429 only, as the
    /// newer error page of the public reference documents it.
    /// </summary>
    Message,
}

/// <summary>How a sandbox behaves. The defaults are a Business plan, no key, no rate limit and no faults.</summary>
public sealed record PictifySandboxOptions
{
    /// <summary>The sandbox's clock.</summary>
#if !NET
    // On .NET Framework the type comes from a package, of which other modules may load another version.
    internal
#else
    public
#endif
    TimeProvider TimeProvider { get; init; } = new SandboxClock(TimeProvider.System);

    /// <summary>Which keys are accepted; null accepts requests without one.</summary>
    public Func<string, bool>? AcceptKey { get; init; }

    /// <summary>
    /// Which team a key belongs to, if there are several: each sees its own experiments, and another's uid is 404. An empty
    /// name is the sandbox's own team, and so are requests without a key; a key of another team is accepted.
    /// </summary>
    public Func<string, string>? TeamOf { get; init; }

    /// <summary>The initial experiments of other teams, by the team's name.</summary>
    public IReadOnlyDictionary<string, Experiment[]> OtherTeams { get; init; } = new Dictionary<string, Experiment[]>();

    /// <summary>The fields that a create and an update accept.</summary>
    internal FieldTable Fields { get; init; } = FieldTable.Api;

    /// <summary>
    /// False treats a request with a repeated <c>Idempotency-Key</c> as a new one: the service is reported to support
    /// the header on other routes only.
    /// </summary>
    public bool HonoursIdempotencyKey { get; init; } = true;

    /// <summary>Requests per window, for each API key.</summary>
    public int RateLimit { get; init; } = 1_000_000;

    /// <summary>The rate limit's window.</summary>
    public TimeSpan RateLimitWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Requests a minute for images; the service's own limit is 100 for an address.</summary>
    public int ImageRateLimit { get; init; } = 1_000_000;

    /// <summary>Requests a minute with events; the service's own limit is 1,000 for an address.</summary>
    public int EventRateLimit { get; init; } = 1_000_000;

    /// <summary>The plan, which decides quota and variants: Starter, Basic, Standard, Business or Enterprise.</summary>
    public string Plan { get; init; } = "Business";

    /// <summary>
    /// False answers as for an account without the experiments feature, for the whole collection: 404, or 501 in the
    /// style <see cref="SandboxStyle.Message"/>.
    /// </summary>
    public bool HasExperiments { get; init; } = true;

    /// <summary>The format of its error responses.</summary>
    public SandboxStyle Style { get; init; }

    /// <summary>How long each answer takes.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>The faults to inject; none if it is null.</summary>
    public SandboxFaults? Faults { get; init; }

    /// <summary>The experiments it begins with; the sample ones if it is null.</summary>
    public Experiment[]? Experiments { get; init; }
}
