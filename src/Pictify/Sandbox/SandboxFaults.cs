namespace Pictify.Sandbox;

/// <summary>What can go wrong with one request to the sandbox.</summary>
public enum SandboxFault : long
{
    None,

    /// <summary>The answer takes <see cref="SandboxFaults.Delay"/> longer.</summary>
    Latency,

    /// <summary>500 with a refusal in the sandbox's style; nothing was processed.</summary>
    Error500,

    /// <summary>502 with a gateway's HTML; nothing was processed.</summary>
    Error502,

    /// <summary>503 with an empty body; nothing was processed.</summary>
    Error503,

    /// <summary>504 with a gateway's HTML, although the request was processed.</summary>
    Error504,

    /// <summary>429 with <c>Retry-After</c> in seconds.</summary>
    RateLimitSeconds,

    /// <summary>429 with <c>Retry-After</c> as a date.</summary>
    RateLimitDate,

    /// <summary>429 without <c>Retry-After</c>.</summary>
    RateLimitBare,

    /// <summary>The connection is closed before the request is processed.</summary>
    ResetBefore,

    /// <summary>The request is processed, and the connection is closed before a byte of the answer.</summary>
    ResetAfter,

    /// <summary>The request is processed, and the connection is closed within the answer's body.</summary>
    HalfBody,

    /// <summary>The request is processed, and the answer's body stalls.</summary>
    StalledBody,

    /// <summary>The request is processed, and the answer has the content type HTML; its body is right.</summary>
    WrongContentType,

    /// <summary>The request is processed, and the answer is an HTML page with status 200.</summary>
    Html,

    /// <summary>The answer is compressed; over HTTP only.</summary>
    Gzip,

    /// <summary>The answer's clock is three hours ahead, in <c>Date</c> and in the rate limit's reset.</summary>
    WrongClock,

    /// <summary>The request is processed, and the answer shows another experiment.</summary>
    OtherExperiment,
}

/// <summary>Which requests fail, and how: by number, or at random with a seed.</summary>
public sealed record SandboxFaults
{
    /// <summary>The share of requests that fail, 0 to 1.</summary>
    public double Rate { get; init; }

    /// <summary>The seed of the random numbers: the same seed and requests give the same faults.</summary>
    public int Seed { get; init; }

    /// <summary>The faults that are chosen at random.</summary>
    public SandboxFault[] Kinds { get; init; } = [];

    /// <summary>The faults by the request's number, from 1; they have priority over random ones.</summary>
    public IReadOnlyDictionary<int, SandboxFault> Schedule { get; init; } = new Dictionary<int, SandboxFault>();

    /// <summary>The wait that a 429 asks for; whole seconds.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How much longer an answer takes with <see cref="SandboxFault.Latency"/>.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(3);
}
