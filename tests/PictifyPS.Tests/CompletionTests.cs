using System.Diagnostics;
using System.Management.Automation;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

public sealed class CompletionTests
{
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
