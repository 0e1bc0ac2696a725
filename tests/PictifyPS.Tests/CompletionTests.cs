using System.Diagnostics;
using System.Management.Automation;
using Microsoft.Extensions.Time.Testing;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

/// <summary>When Tab asks the service again. Needs a clock that the test turns, which only a test in the process can give.</summary>
public sealed class CompletionTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void Tab_asks_again_after_two_minutes()
    {
        var clock = new FakeTimeProvider();
        var sandbox = new PictifySandbox(new PictifySandboxOptions { TimeProvider = clock });
        using var session = new ModuleSession();
        session.Must("Connect-Pictify -Sandbox $args[0]", sandbox);
        string[] Tab() => Complete(session, "Get-PictifyExperiment -Uid exp_sandbox_0");

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
        string[] Tab() => Complete(session, "Get-PictifyExperiment -Uid exp_sandbox_0");

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
