using System.Management.Automation;
using Pictify;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

/// <summary>Bulk commands on a service that fails: the account is exact, and stopping is clean.</summary>
public sealed class FaultTests
{
    /// <summary>All that breaks one request in ten; those that wait are waited for elsewhere, by a clock that is turned.</summary>
    private static readonly SandboxFault[] _kinds =
    [
        SandboxFault.Error500,
        SandboxFault.Error502,
        SandboxFault.Error503,
        SandboxFault.Error504,
        SandboxFault.RateLimitSeconds,
        SandboxFault.RateLimitDate,
        SandboxFault.RateLimitBare,
        SandboxFault.ResetBefore,
        SandboxFault.ResetAfter,
        SandboxFault.HalfBody,
        SandboxFault.WrongContentType,
        SandboxFault.Html,
        SandboxFault.Gzip,
        SandboxFault.OtherExperiment,
    ];

    [Fact]
    public async Task Ten_thousand_pauses_with_a_tenth_of_faults_end_with_an_exact_account()
    {
        PictifySandbox sandbox = Faulty(10_000, 0.1);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server, "-RetryIntervalSec 0");
        string[] uids = [.. sandbox.Experiments.Select(static experiment => experiment.Uid)];

        Result result = session.Run("$args[0] | Suspend-PictifyExperiment", (object)uids);

        Assert.Null(result.Terminating);
        string[] done = result.Strings("Uid");
        string[] failed = [.. result.Errors.Select(static error => $"{error.TargetObject}")];

        // Each input ends in exactly one output or one error, the outputs in the order of the input.
        Assert.Equal(uids.Order(StringComparer.Ordinal), done.Concat(failed).Order(StringComparer.Ordinal));
        Assert.Equal(uids.Where(done.ToHashSet().Contains), done);
        Assert.All(result.Strings("Status"), static status => Assert.Equal("Paused", status));

        // What is said is what the server holds, and it was changed once for each.
        Dictionary<string, string?> held = sandbox.Experiments.ToDictionary(
            static e => e.Uid,
            static e => e.StatusText
        );
        Assert.All(done, uid => Assert.Equal("paused", held[uid]));
        foreach (
            ErrorRecord error in result.Errors.Where(static e =>
                !e.FullyQualifiedErrorId.StartsWith("OutcomeUnknown", StringComparison.Ordinal)
            )
        )
        {
            Assert.Equal("running", held[$"{error.TargetObject}"]);
        }

        Assert.Equal(held.Values.Count(static status => status == "paused"), sandbox.AppliedChanges);
        Assert.InRange(failed.Length, 0, 100);
        if (failed.Length > 0)
        {
            Assert.Equal([$"Suspended {done.Length} of 10000: {failed.Length} failed."], result.Warnings);
        }
    }

    [Fact]
    public async Task Stopped_at_random_moments_it_never_hangs_and_never_disagrees_with_the_server()
    {
        const int runs = 500;
        PictifySandbox sandbox = Faulty(0, 0.05);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server, "-RetryIntervalSec 0");
        var random = new Random(42);
        int stopped = 0;
        for (int run = 0; run < runs; run++)
        {
            sandbox.Generate(40);
            string[] uids = [.. sandbox.Experiments.Select(static experiment => experiment.Uid)];
            int before = sandbox.AppliedChanges;
            using PowerShell shell = session.NewShell(
                "$args[0] | Suspend-PictifyExperiment -ThrottleLimit 4",
                (object)uids
            );
            using var output = new PSDataCollection<PSObject>();
            IAsyncResult running = shell.BeginInvoke<PSObject, PSObject>(null, output);
            int moment = random.Next(0, 45);
            SpinWait.SpinUntil(() => running.IsCompleted || sandbox.AppliedChanges - before >= moment, 20_000);
            await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(20));
            try
            {
                shell.EndInvoke(running);
            }
            catch (PipelineStoppedException)
            {
                stopped++;
            }

            Dictionary<string, string?> held = sandbox.Experiments.ToDictionary(
                static e => e.Uid,
                static e => e.StatusText
            );
            Assert.All(output, item => Assert.Equal("paused", held[$"{item.Properties["Uid"].Value}"]));
            int paused = held.Values.Count(static status => status == "paused");
            Assert.Equal(paused, sandbox.AppliedChanges - before);
            Assert.InRange(paused, output.Count, 40);

            // Nothing is under way any more.
            int after = sandbox.ChangeRequests;
            await Task.Delay(1);
            Assert.Equal(after, sandbox.ChangeRequests);
        }

        Assert.InRange(stopped, runs / 4, runs);
    }

    [Fact]
    public async Task A_spent_limit_is_one_clear_error_and_every_other_input_is_accounted_for()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey(
            new PictifySandboxOptions
            {
                Experiments = [],
                RateLimit = 20,
                RateLimitWindow = TimeSpan.FromHours(5),
            }
        );
        sandbox.Generate(100);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server);
        string[] uids = [.. sandbox.Experiments.Select(static experiment => experiment.Uid)];

        Result result = session.Run("$args[0] | Suspend-PictifyExperiment", (object)uids);

        Assert.Null(result.Terminating);
        Assert.Equal(1, result.ErrorIds.Count(static id => id == "RateLimited"));
        Assert.Equal(100, result.Output.Count + result.Errors.Count);
        Assert.All(
            result.ErrorIds.Where(static id => id != "RateLimited"),
            static id => Assert.Equal("NotAttempted", id)
        );
        Assert.Equal(result.Output.Count, sandbox.AppliedChanges);
        Assert.Equal(20, result.Output.Count);
        ErrorRecord limited = result.Errors.First(static e =>
            e.FullyQualifiedErrorId.StartsWith("RateLimited", StringComparison.Ordinal)
        );
        Assert.Matches(@"Run it again after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", $"{limited}");
    }

    [Fact]
    public async Task A_short_limit_is_waited_out_without_an_error_and_almost_without_a_429()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey(
            new PictifySandboxOptions { RateLimit = 100, RateLimitWindow = TimeSpan.FromSeconds(2) }
        );
        sandbox.Generate(250);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server);
        string[] uids = [.. sandbox.Experiments.Select(static experiment => experiment.Uid)];

        Result result = session.Run("$args[0] | Suspend-PictifyExperiment -Verbose", (object)uids);

        Assert.Empty(result.Errors);
        Assert.Equal(250, result.Output.Count);
        Assert.Contains(
            result.Verbose,
            static line => line.StartsWith("The rate limit is spent", StringComparison.Ordinal)
        );
        Assert.InRange(sandbox.Requests["POST pause"], 250, 258);
    }

    private static PictifySandbox Faulty(int count, double rate)
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey(
            new PictifySandboxOptions
            {
                Experiments = [],
                Faults = new SandboxFaults
                {
                    Rate = rate,
                    Seed = 20261123,
                    Kinds = _kinds,
                    RetryAfter = TimeSpan.Zero,
                },
            }
        );
        sandbox.Generate(count);
        return sandbox;
    }
}
