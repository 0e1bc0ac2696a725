using System.Management.Automation;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

public sealed class ProgressTests
{
    [Theory]
    [InlineData(80, "", true)]
    [InlineData(80, "-ProgressAction SilentlyContinue", false)]
    [InlineData(3, "", false)]
    public async Task Progress_is_shown_after_a_second_and_taken_away_at_the_end(int count, string more, bool shown)
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey(
            new PictifySandboxOptions { Latency = TimeSpan.FromMilliseconds(20) }
        );
        sandbox.Generate(count);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server);
        session.Must("$all = Get-PictifyExperiment");
        using PowerShell shell = session.NewShell(
            $"$null = Suspend-PictifyExperiment -Uid $all.Uid -ThrottleLimit 1 {more}"
        );

        shell.Invoke();

        ProgressRecord[] records = [.. shell.Streams.Progress];
        Assert.Equal(shown, records.Length > 0);
        if (shown)
        {
            Assert.Equal(ProgressRecordType.Completed, records[^1].RecordType);
            Assert.Contains(
                records,
                static record => record.StatusDescription.Contains(" of 80,", StringComparison.Ordinal)
            );
            Assert.Contains(records, static record => record.PercentComplete > 0);
        }
    }

    [Fact]
    public async Task Two_that_spend_the_same_limit_unknown_to_each_other_end_without_an_error()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey(
            new PictifySandboxOptions { RateLimit = 60, RateLimitWindow = TimeSpan.FromSeconds(1) }
        );
        sandbox.Generate(200);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        string[] uids = [.. sandbox.Experiments.Select(static experiment => experiment.Uid)];

        Result[] results = await Task.WhenAll(
            new[] { uids[..100], uids[100..] }.Select(half =>
                Task.Run(() =>
                {
                    using ModuleSession session = ModuleSession.Over(server);
                    return session.Run("$args[0] | Suspend-PictifyExperiment", (object)half);
                })
            )
        );

        Assert.All(results, static result => Assert.Empty(result.Errors));
        Assert.Equal(200, results.Sum(static result => result.Output.Count));
        Assert.Equal(200, sandbox.AppliedChanges);
    }

    [Fact]
    public void The_summary_is_information_where_all_went_well()
    {
        using ModuleSession session = ModuleSession.InProcess();

        IReadOnlyList<PSObject> said = session.Must(
            "$null = Suspend-PictifyExperiment -Name 'Hero*' -InformationVariable said; $said"
        );

        Assert.Equal("Suspended 4 of 5: 1 already paused.", $"{Assert.Single(said)}");
    }
}
