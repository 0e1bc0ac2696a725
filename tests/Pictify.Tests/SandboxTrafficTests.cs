using Microsoft.Extensions.Time.Testing;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>Visitors who are simulated in a sandbox: which are counted, by which rates, and how the clock advances.</summary>
public sealed class SandboxTrafficTests
{
    private readonly PictifySandbox _sandbox = new();

    private Experiment Get(string uid) => _sandbox.Experiments.Single(experiment => experiment.Uid == uid);

    /// <summary>These numbers are the module's promise to whoever wrote a rehearsal down; another sequence would be another rehearsal.</summary>
    [Fact]
    public void The_same_seed_counts_the_same_forever()
    {
        Experiment before = Get("exp_sandbox_07");
        (long, long)[] start = Counts(before);

        Experiment after = Assert.Single(
            _sandbox.Simulate(
                new SandboxTraffic
                {
                    Uids = ["exp_sandbox_07"],
                    Visitors = 1000,
                    ClickRates = new Dictionary<string, double> { ["control"] = 0.1, ["short-headline"] = 0.5 },
                    Seed = 42,
                }
            )
        );

        (long, long)[] end = Counts(after);
        Assert.Equal(
            [(503L, 53L), (497L, 243L)],
            end.Select((counts, i) => (counts.Item1 - start[i].Item1, counts.Item2 - start[i].Item2))
        );
    }

    private static (long, long)[] Counts(Experiment experiment) =>
        [.. experiment.Variants.Select(static variant => (variant.Impressions!.Value, variant.Clicks!.Value))];

    [Fact]
    public void Weights_of_nothing_and_rates_of_nothing_and_all_are_played()
    {
        Experiment experiment = _sandbox.Experiments[0];
        experiment.Variants[0].Weight = 0;
        experiment.Variants[1].Weight = 1;
        _sandbox.Replace([experiment]);

        Experiment after = _sandbox.Simulate(
            new SandboxTraffic
            {
                Uids = [experiment.Uid],
                Visitors = 500,
                ClickRates = new Dictionary<string, double> { ["control"] = 0, ["short-headline"] = 1 },
            }
        )[0];

        Assert.Equal(48_210, after.Variants[0].Impressions);
        Assert.Equal(47_904 + 500, after.Variants[1].Impressions);
        Assert.Equal(3_611 + 500, after.Variants[1].Clicks);
    }

    [Fact]
    public void What_comes_back_is_a_copy()
    {
        Experiment after = _sandbox.Simulate(new SandboxTraffic { Uids = ["exp_sandbox_07"] })[0];
        after.Variants[0].Impressions = -1;
        after.StatusText = "archived";

        Assert.True(Get("exp_sandbox_07").Variants[0].Impressions > 0);
        Assert.Equal("running", Get("exp_sandbox_07").StatusText);
    }

    [Fact]
    public void Nothing_is_played_where_one_is_not_there()
    {
        long before = _sandbox.Experiments.Sum(static experiment => experiment.Impressions ?? 0);

        Assert.Throws<KeyNotFoundException>(() =>
            _sandbox.Simulate(new SandboxTraffic { Uids = ["exp_sandbox_01", "exp_nothing"] })
        );

        Assert.Equal(before, _sandbox.Experiments.Sum(static experiment => experiment.Impressions));
    }

    [Fact]
    public void Time_moves_on_and_a_clock_of_somebody_else_is_left_alone()
    {
        DateTimeOffset before = _sandbox.Options.TimeProvider.GetUtcNow();
        _sandbox.Simulate(new SandboxTraffic { Visitors = 0, Time = TimeSpan.FromDays(3) });
        Assert.True(_sandbox.Options.TimeProvider.GetUtcNow() - before >= TimeSpan.FromDays(3));

        var other = new PictifySandbox(new PictifySandboxOptions { TimeProvider = new FakeTimeProvider() });
        Assert.Throws<InvalidOperationException>(() =>
            other.Simulate(new SandboxTraffic { Time = TimeSpan.FromSeconds(1) })
        );
        Assert.Equal(8, other.Simulate(new SandboxTraffic()).Length);
    }

    [Fact]
    public void A_reset_begins_the_numbers_again()
    {
        var traffic = new SandboxTraffic { Uids = ["exp_sandbox_01"], Visitors = 300 };
        (long, long)[] first = Counts(_sandbox.Simulate(traffic)[0]);
        _sandbox.Reset();

        Assert.Equal(first, Counts(_sandbox.Simulate(traffic)[0]));
    }
}
