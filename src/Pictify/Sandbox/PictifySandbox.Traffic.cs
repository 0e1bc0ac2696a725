namespace Pictify.Sandbox;

/// <summary>Simulated visitors of a sandbox's experiments, in a period of its time.</summary>
public sealed record SandboxTraffic
{
    /// <summary>The experiments that get them; all A/B tests if it is null. Only running ones count visitors.</summary>
    public string[]? Uids { get; init; }

    /// <summary>Visitors of each experiment; each sees one variant, drawn by weight.</summary>
    public int Visitors { get; init; } = 1000;

    /// <summary>
    /// The true click rate of a variant, 0 to 1, by its id. A variant that is not listed has the rate of its counters so far,
    /// and 0.02 without impressions.
    /// </summary>
    public IReadOnlyDictionary<string, double> ClickRates { get; init; } = new Dictionary<string, double>();

    /// <summary>How far the clock advances.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>The same sandbox, traffic, order and seed give the same counts.</summary>
    public int Seed { get; init; } = 1;
}

/// <content>Simulated visitors, for rehearsals: which variant each sees, who clicks, and the time that passes meanwhile.</content>
public sealed partial class PictifySandbox
{
    private const double DefaultClickRate = 0.02;

    private int _steps;

    /// <summary>
    /// Simulates visitors and advances the clock. It is not a request: it is not counted or limited, and no fault is injected.
    /// </summary>
    /// <returns>Copies of the requested experiments, as they are afterwards.</returns>
    /// <exception cref="KeyNotFoundException">No experiment has one of the requested uids; nothing was simulated.</exception>
    /// <exception cref="InvalidOperationException">The clock is not the sandbox's own and cannot be advanced; nothing was simulated.</exception>
    public Experiment[] Simulate(SandboxTraffic traffic)
    {
        if (traffic is null)
        {
            throw new ArgumentNullException(nameof(traffic));
        }

        lock (_sync)
        {
            List<Experiment> asked = traffic.Uids is { } uids
                ? [.. uids.Distinct(StringComparer.Ordinal).Select(Asked)]
                : [.. _experiments.Where(static experiment => experiment.Type == ExperimentType.AbTest)];
            if (traffic.Time != TimeSpan.Zero)
            {
                SandboxClock clock =
                    _options.TimeProvider as SandboxClock
                    ?? throw new InvalidOperationException(
                        "The sandbox was given another clock, which it cannot advance."
                    );
                clock.Ahead += traffic.Time;
            }

            _steps++;
            foreach (Experiment experiment in asked.Where(static e => e.Status == ExperimentStatus.Running))
            {
                Visit(experiment, traffic);
            }

            return [.. asked.Select(Copy)];
        }
    }

    private Experiment Asked(string uid) =>
        _experiments.FirstOrDefault(experiment => experiment.Uid == uid)
        ?? throw new KeyNotFoundException($"The sandbox has no experiment '{SafeText.Clean(uid)}'.");

    private void Visit(Experiment experiment, SandboxTraffic traffic)
    {
        // Each experiment and each step has its own random numbers, whatever else is simulated.
        var random = new Draws(traffic.Seed, _steps, _experiments.IndexOf(experiment));
        ReadableList<Variant> variants = experiment.Variants;
        var ends = new double[variants.Count];
        var rates = new double[variants.Count];
        double weights = variants.Sum(static variant => (double)(variant.Weight ?? 0));
        double end = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            end += (variants[i].Weight ?? 0) / weights;
            ends[i] = end;
            rates[i] = traffic.ClickRates.TryGetValue(variants[i].Id, out double rate)
                ? rate
                : variants[i].ClickRate ?? DefaultClickRate;
        }

        var impressions = new long[ends.Length];
        var clicks = new long[ends.Length];
        for (int visitor = 0; visitor < traffic.Visitors && weights > 0; visitor++)
        {
            double at = random.Next();
            int i = 0;
            while (i < ends.Length - 1 && at >= ends[i])
            {
                i++;
            }

            impressions[i]++;
            if (random.Next() < rates[i])
            {
                clicks[i]++;
            }
        }

        for (int i = 0; i < ends.Length; i++)
        {
            variants[i].Impressions = (variants[i].Impressions ?? 0) + impressions[i];
            variants[i].Clicks = (variants[i].Clicks ?? 0) + clicks[i];
        }
    }

    /// <summary>
    /// Numbers from 0 up to 1, the same on every system (splitmix64; Steele, Lea and Flood, "Fast splittable pseudorandom number
    /// generators", 2014).
    /// </summary>
    private struct Draws
    {
        private ulong _state;

        public Draws(int seed, int step, int number)
        {
            _state = 0;
            foreach (int part in new[] { seed, step, number })
            {
                _state = Mix() ^ unchecked((ulong)part);
            }
        }

        public double Next() => (Mix() >> 11) * (1.0 / (1UL << 53));

        private ulong Mix()
        {
            unchecked
            {
                _state += 0x9E3779B97F4A7C15;
                ulong z = _state;
                z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
                z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
                return z ^ (z >> 31);
            }
        }
    }
}
