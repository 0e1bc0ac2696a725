using System.Diagnostics;
using System.Management.Automation;
using Microsoft.Extensions.Time.Testing;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

public sealed class CompletionTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("Suspend-PictifyExperiment exp_sandbox_0", 9, "exp_sandbox_01")]
    [InlineData("Suspend-PictifyExperiment -Uid exp_sandbox_1", 3, "exp_sandbox_10")]
    [InlineData("Suspend-PictifyExperiment -Uid newsl", 1, "exp_sandbox_07")]
    [InlineData("Get-PictifyExperiment -Name hero", 5, "'Hero Summer Sale'")]
    [InlineData("Get-PictifyExperiment hero", 5, "'Hero Summer Sale'")]
    [InlineData("Get-PictifyExperiment -Slug hero-s", 2, "hero-summer-sale")]
    [InlineData("Get-PictifyExperiment -Status Pau", 1, "Paused")]
    [InlineData("Get-PictifyExperiment -Type Sma", 1, "SmartLink")]
    [InlineData("Complete-PictifyExperiment exp_sandbox_03 -WinnerVariantId ", 2, "mobile")]
    [InlineData("Complete-PictifyExperiment -Uid exp_sandbox_01 -WinnerVariantId sh", 1, "short-headline")]
    [InlineData("Send-PictifyEvent -Event cl", 1, "click")]
    [InlineData("Save-PictifyExperimentImage check", 1, "checkout-trust-badge")]
    [InlineData("Suspend-PictifyExperiment -Uid nothing-like-this", 0, null)]
    public void Tab_knows_experiments(string line, int count, string? first)
    {
        using ModuleSession session = ModuleSession.InProcess();

        AwaitTab(session);
        string[] matches = Complete(session, line);

        Assert.Equal(count, matches.Length);
        Assert.Equal(first, matches.FirstOrDefault());
    }

    [Fact]
    public void Without_a_connection_Tab_is_silent()
    {
        using var session = new ModuleSession();

        Assert.Empty(Complete(session, "Suspend-PictifyExperiment -Uid exp_"));
    }

    [Fact]
    public async Task A_slow_service_never_holds_the_prompt()
    {
        PictifySandbox slow = ModuleSession.SandboxWithKey(
            new PictifySandboxOptions { Latency = TimeSpan.FromSeconds(1.5) }
        );
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(slow);
        using ModuleSession session = ModuleSession.Over(server);

        // The first completion loads the completion engine itself.
        Complete(session, "Get-PictifyExperiment -Status R");
        var clock = Stopwatch.StartNew();
        string[] matches = Complete(session, "Suspend-PictifyExperiment -Uid exp_");

        Assert.Empty(matches);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 1000);
    }

    [Fact]
    public void A_service_that_fails_is_silent()
    {
        using var server = new RawServer(static _ => RawServer.Http(401, "{}"));
        using ModuleSession session = ModuleSession.Over(server.BaseUri, "-RetryIntervalSec 0");

        Assert.Empty(Complete(session, "Suspend-PictifyExperiment -Uid exp_"));
        Assert.Equal("False", $"{session.Must("$Error.Count -gt 0")[0]}");
    }

    [Fact]
    public async Task What_was_just_listed_costs_no_request()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using ModuleSession session = ModuleSession.Over(server);
        session.Must("Get-PictifyExperiment");

        Assert.Equal(9, Complete(session, "Suspend-PictifyExperiment -Uid exp_sandbox_0").Length);
        Assert.Equal(1, server.Sandbox.Requests["GET list"]);
    }

    [Fact]
    public async Task What_one_command_met_is_not_taken_for_all_there_is()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using ModuleSession session = ModuleSession.Over(server);
        session.Must("Suspend-PictifyExperiment exp_sandbox_01");
        SpinWait.SpinUntil(() => Complete(session, "Suspend-PictifyExperiment -Uid exp_").Length > 1, _patience);

        Assert.Equal(9, Complete(session, "Suspend-PictifyExperiment -Uid exp_sandbox_0").Length);
        Assert.Equal(1, server.Sandbox.Requests["GET list"]);
    }

    [Fact]
    public void What_was_removed_is_offered_no_more()
    {
        using ModuleSession session = ModuleSession.InProcess();
        session.Must("Get-PictifyExperiment; Remove-PictifyExperiment exp_sandbox_12 -Confirm:$false");

        Assert.Equal(
            ["exp_sandbox_10", "exp_sandbox_11"],
            Complete(session, "Suspend-PictifyExperiment -Uid exp_sandbox_1").Order()
        );
    }

    [Fact]
    public void Tab_asks_again_after_two_minutes()
    {
        var clock = new FakeTimeProvider();
        var sandbox = new PictifySandbox(new PictifySandboxOptions { TimeProvider = clock });
        using var session = new ModuleSession();
        session.Must("Connect-Pictify -Sandbox $args[0]", sandbox);
        string[] Tab() => Complete(session, "Suspend-PictifyExperiment -Uid exp_sandbox_0");

        AwaitTab(session);
        clock.Advance(TimeSpan.FromSeconds(119));
        Assert.Equal(9, Tab().Length);
        Assert.Equal(1, sandbox.Requests["GET list"]);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(9, Tab().Length);
        Assert.True(SpinWait.SpinUntil(() => sandbox.Requests["GET list"] == 2, _patience));
    }

    [Fact]
    public void A_service_that_failed_is_not_asked_at_each_key()
    {
        var clock = new FakeTimeProvider();
        var sandbox = new PictifySandbox(
            new PictifySandboxOptions { TimeProvider = clock, AcceptKey = static _ => false }
        );
        using var session = new ModuleSession();
        session.Must("Connect-Pictify -Sandbox $args[0]", sandbox);
        string[] Tab() => Complete(session, "Suspend-PictifyExperiment -Uid exp_sandbox_0");

        Assert.Empty(Tab());
        Assert.True(SpinWait.SpinUntil(() => sandbox.Requests.GetValueOrDefault("GET list") == 1, _patience));
        Assert.Empty(Tab());
        Assert.Equal(1, sandbox.Requests["GET list"]);

        // The first call may still be at its end.
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    clock.Advance(TimeSpan.FromSeconds(11));
                    Tab();
                    return sandbox.Requests["GET list"] > 1;
                },
                _patience
            )
        );
    }

    /// <summary>A Tab that came too early for the quick call's answer; on a busy machine that is usual.</summary>
    private static void AwaitTab(ModuleSession session) =>
        Assert.True(
            SpinWait.SpinUntil(() => Complete(session, "Suspend-PictifyExperiment -Uid exp_").Length > 0, _patience)
        );

    private static string[] Complete(ModuleSession session, string line) =>
        [
            .. session
                .Must(
                    "[System.Management.Automation.CommandCompletion]::CompleteInput($args[0], $args[0].Length, $null).CompletionMatches",
                    line
                )
                .Select(static match => (CompletionResult)match.BaseObject)
                .Where(static match => match.ResultType == CompletionResultType.ParameterValue)
                .Select(static match => match.CompletionText),
        ];
}
