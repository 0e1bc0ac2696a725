namespace Pictify.Sandbox;

/// <summary>How a sandbox behaves. The defaults are a Business plan, no key, no rate limit and no faults.</summary>
public sealed record PictifySandboxOptions
{
    /// <summary>The sandbox's clock.</summary>
#if !NET
    // A package's type there, which other modules may bring in another version.
    internal
#else
    public
#endif
    TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Which keys are accepted; null accepts requests without one.</summary>
    public Func<string, bool>? AcceptKey { get; init; }

    /// <summary>Requests per window.</summary>
    public int RateLimit { get; init; } = 1_000_000;

    /// <summary>The rate limit's window.</summary>
    public TimeSpan RateLimitWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The plan, which decides quota and variants: Starter, Basic, Standard, Business or Enterprise.</summary>
    public string Plan { get; init; } = "Business";

    /// <summary>False answers as an account without the experiments feature does: 404 for the whole collection.</summary>
    public bool HasExperiments { get; init; } = true;

    /// <summary>How long each answer takes.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>What goes wrong on purpose; nothing, where it is null.</summary>
    public SandboxFaults? Faults { get; init; }

    /// <summary>The experiments it begins with; the believable handful where it is null.</summary>
    public IReadOnlyList<Experiment>? Experiments { get; init; }
}
