using System.Management.Automation;
using Pictify;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

public sealed class SuspendTests
{
    private const string Line = "Get-PictifyExperiment | Where Name -like 'Hero*' | Suspend-PictifyExperiment";
    private static readonly string[] _heroes =
    [
        "exp_sandbox_01",
        "exp_sandbox_02",
        "exp_sandbox_03",
        "exp_sandbox_04",
        "exp_sandbox_05",
    ];

    [Fact]
    public async Task The_line_pauses_exactly_the_running_heroes_over_http_and_twice_is_once()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using ModuleSession session = ModuleSession.Over(server);
        Dictionary<string, string?> before = Statuses(server.Sandbox);

        Result first = session.Run(Line);

        Assert.Empty(first.Errors);
        Assert.Equal(_heroes, first.Strings("Uid"));
        Assert.All(first.Strings("Status"), static status => Assert.Equal("Paused", status));
        Dictionary<string, string?> after = Statuses(server.Sandbox);
        Assert.Equal(
            ["exp_sandbox_01", "exp_sandbox_02", "exp_sandbox_03", "exp_sandbox_05"],
            after.Keys.Where(uid => after[uid] != before[uid]).Order()
        );

        Result second = session.Run(Line);

        Assert.Empty(second.Errors);
        Assert.Empty(second.Warnings);
        Assert.Equal(_heroes, second.Strings("Uid"));
        Assert.Equal(after, Statuses(server.Sandbox));
    }

    [Fact]
    public void The_line_works_in_process_and_twice_is_once()
    {
        using ModuleSession session = ModuleSession.InProcess();

        for (int i = 0; i < 2; i++)
        {
            Result result = session.Run(Line);

            Assert.Empty(result.Errors);
            Assert.Equal(_heroes, result.Strings("Uid"));
            Assert.All(result.Strings("Status"), static status => Assert.Equal("Paused", status));
        }

        Assert.Equal(6, session.Must("Get-PictifyExperiment -Status Paused").Count);
    }

    [Fact]
    public async Task WhatIf_sends_nothing_that_changes_anything()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using ModuleSession session = ModuleSession.Over(server);

        session.Must(Line + " -WhatIf");
        session.Must("Suspend-PictifyExperiment -Name 'Hero*' -WhatIf");
        session.Must("Suspend-PictifyExperiment -Uid exp_sandbox_01 -WhatIf");

        Assert.Equal(0, server.Sandbox.ChangeRequests);
        Assert.Equal(["GET list"], server.Sandbox.Requests.Keys);
    }

    [Fact]
    public void WhatIf_names_the_experiment_its_uid_and_the_environment()
    {
        string text = PwshProcess.Show(
            "Connect-Pictify -Sandbox; Suspend-PictifyExperiment -Name 'Hero Summer*' -WhatIf",
            200
        );

        Assert.Contains("\"Suspend\"", text, StringComparison.Ordinal);
        Assert.Contains("'Hero Summer Sale' (exp_sandbox_01) in Sandbox", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'exp_sandbox_01' | Suspend-PictifyExperiment")]
    [InlineData("Suspend-PictifyExperiment exp_sandbox_01")]
    [InlineData("Suspend-PictifyExperiment -Uid exp_sandbox_01")]
    [InlineData("Suspend-PictifyExperiment -Name 'Hero Summer Sale'")]
    [InlineData("Pause-PictifyExperiment -Name 'hero summer*'")]
    [InlineData("[pscustomobject]@{ Uid = 'exp_sandbox_01'; Other = 1 } | Suspend-PictifyExperiment")]
    [InlineData("@{ uid = 'exp_sandbox_01' } | Suspend-PictifyExperiment")]
    [InlineData("$e = Get-PictifyExperiment -Uid exp_sandbox_01; Suspend-PictifyExperiment $e")]
    [InlineData("Suspend-PictifyExperiment -InputObject (Get-PictifyExperiment 'Hero Summer*')")]
    [InlineData(
        "[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-PictifyExperiment -Uid exp_sandbox_01))) | Suspend-PictifyExperiment"
    )]
    public void Every_way_of_naming_an_experiment_works(string script)
    {
        using ModuleSession session = ModuleSession.InProcess();

        PSObject paused = Assert.Single(session.Must(script));

        Assert.Equal("exp_sandbox_01", $"{paused.Properties["Uid"].Value}");
        Assert.Equal("Paused", $"{paused.Properties["Status"].Value}");
        Assert.Equal("paused", $"{session.Must("(Get-PictifyExperiment -Uid exp_sandbox_01).StatusText")[0]}");
    }

    [Fact]
    public void A_failure_is_an_error_for_its_item_and_the_rest_goes_on_in_order()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result result = session.Run(
            "'exp_sandbox_01', 'exp_none', 'a/b', 'exp_sandbox_12', 'exp_sandbox_02' | Suspend-PictifyExperiment"
        );

        Assert.Equal(["exp_sandbox_01", "exp_sandbox_02"], result.Strings("Uid"));
        Assert.Equal(["ExperimentNotFound", "InvalidUid", "StateConflict"], result.ErrorIds);
        Assert.Equal(["exp_none", "a/b", "exp_sandbox_12"], result.Errors.Select(static error => error.TargetObject));
        Assert.Equal(["Suspended 2 of 5: 3 failed."], result.Warnings);
    }

    [Theory]
    [InlineData("5 | Suspend-PictifyExperiment", "InvalidInput")]
    [InlineData("@{ id = 'exp_sandbox_01' } | Suspend-PictifyExperiment", "InvalidInput")]
    [InlineData("'' | Suspend-PictifyExperiment", "InvalidUid")]
    [InlineData("'..' | Suspend-PictifyExperiment", "InvalidUid")]
    [InlineData("'exp 1' | Suspend-PictifyExperiment", "InvalidUid")]
    [InlineData("Suspend-PictifyExperiment -Uid 'a/../b'", "InvalidUid")]
    [InlineData("Suspend-PictifyExperiment 'Hero*'", "InvalidUid")]
    [InlineData("Suspend-PictifyExperiment -Name 'No Such Name'", "ExperimentNotFound")]
    public void Bad_input_is_an_error_with_a_stable_id_and_sends_no_change(string script, string id)
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result result = session.Run(script);

        Assert.Equal([id], result.ErrorIds);
        Assert.Empty(result.Output);
        Assert.Equal(0, session.Must("(Get-PictifyConnection).Sandbox.ChangeRequests")[0].BaseObject);
    }

    [Fact]
    public async Task Names_with_brackets_quotes_and_emoji_work()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey(new PictifySandboxOptions { Experiments = [] });
        string[] names = ["Hero [Beta] \"final\"", "Héro 🚀 it's", "Hero `tick $var", "日本"];
        for (int i = 0; i < names.Length; i++)
        {
            sandbox.Add(
                new Experiment
                {
                    Uid = $"exp_{i}",
                    Name = names[i],
                    StatusText = "running",
                }
            );
        }

        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server);
        for (int i = 0; i < names.Length; i++)
        {
            PSObject paused = Assert.Single(session.Must("Suspend-PictifyExperiment -Name $args[0]", names[i]));

            Assert.Equal(names[i], paused.Properties["Name"].Value);
            Assert.Equal($"exp_{i}", paused.Properties["Uid"].Value);
        }
    }

    [Fact]
    public async Task A_refused_key_is_one_terminating_error()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(
            new PictifySandbox(new PictifySandboxOptions { AcceptKey = static _ => false })
        );
        using ModuleSession session = ModuleSession.Over(server);

        Result result = session.Run("1..100 | ForEach-Object { \"exp_$_\" } | Suspend-PictifyExperiment");

        Assert.Equal("KeyRefused", result.TerminatingId);
        Assert.Empty(result.Errors);
        Assert.Empty(result.Output);
        Assert.InRange(server.Sandbox.ChangeRequests, 1, 40);
        Assert.DoesNotContain(
            ModuleSession.Key,
            $"{result.Terminating}{result.Terminating!.Exception}",
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_account_without_the_feature_is_one_terminating_error()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(
            ModuleSession.SandboxWithKey(new PictifySandboxOptions { HasExperiments = false })
        );
        using ModuleSession session = ModuleSession.Over(server);

        Assert.Equal("FeatureUnavailable", session.Run("'exp_1', 'exp_2' | Suspend-PictifyExperiment").TerminatingId);
        Assert.Equal("FeatureUnavailable", session.Run("Get-PictifyExperiment").TerminatingId);
        Assert.Equal("FeatureUnavailable", session.Run("Get-PictifyExperiment -Uid exp_1").TerminatingId);
    }

    [Fact]
    public void An_experiment_of_another_connection_is_not_touched()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result result = session.Run(
            "$old = Get-PictifyExperiment -Uid exp_sandbox_01; Connect-Pictify -Sandbox; $old | Suspend-PictifyExperiment"
        );

        Assert.Equal(["ConnectionMismatch"], result.ErrorIds);
        Assert.Equal("Running", $"{session.Must("(Get-PictifyExperiment -Uid exp_sandbox_01).Status")[0]}");
    }

    [Fact]
    public void MaximumCount_is_a_fuse()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result blown = session.Run("Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -MaximumCount 4");
        Assert.Equal("TooManyExperiments", blown.TerminatingId);
        Assert.Equal(0, session.Must("(Get-PictifyConnection).Sandbox.ChangeRequests")[0].BaseObject);

        Assert.Equal(
            5,
            session.Must("Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -MaximumCount 5").Count
        );
    }

    [Fact]
    public async Task Pausing_what_the_running_filter_lists_misses_none()
    {
        // Each pause takes an experiment out of the list that is still being read.
        PictifySandbox sandbox = ModuleSession.SandboxWithKey();
        sandbox.Generate(1000);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server);

        Result result = session.Run("Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment");

        Assert.Empty(result.Errors);
        Assert.Equal(1000, result.Strings("Uid").Distinct().Count());
        Assert.All(sandbox.Experiments, static experiment => Assert.Equal("paused", experiment.StatusText));
        Assert.Single(result.Warnings);
    }

    [Fact]
    public async Task Stopping_leaves_no_request_behind_and_every_pause_is_whole()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey(
            new PictifySandboxOptions { Latency = TimeSpan.FromMilliseconds(20) }
        );
        sandbox.Generate(1000);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server);
        using PowerShell shell = session.NewShell("Get-PictifyExperiment | Suspend-PictifyExperiment");
        using var output = new PSDataCollection<PSObject>();
        IAsyncResult running = shell.BeginInvoke<PSObject, PSObject>(null, output);
        Assert.True(SpinWait.SpinUntil(() => sandbox.ChangeRequests >= 20, TimeSpan.FromSeconds(30)));

        shell.Stop();

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        int requests = sandbox.ChangeRequests;
        int paused = sandbox.Experiments.Count(static experiment => experiment.StatusText == "paused");
        Assert.InRange(requests, 20, 999);
        await Task.Delay(100);
        Assert.Equal(requests, sandbox.ChangeRequests);
        Assert.Equal(requests, paused);
        Assert.Equal(1000, session.Must("Get-PictifyExperiment").Count);
    }

    [Fact]
    public async Task A_downstream_throw_stops_the_rest()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey();
        sandbox.Generate(1000);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server);

        Result result = session.Run(
            "Get-PictifyExperiment | Suspend-PictifyExperiment | ForEach-Object { throw 'enough' }"
        );

        Assert.Equal("enough", result.Terminating!.Exception.Message);
        Assert.InRange(sandbox.ChangeRequests, 1, 60);
    }

    [Fact]
    public async Task Ten_thousand_come_out_in_the_order_they_went_in()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey();
        sandbox.Generate(10_000);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server);

        Result result = session.Run("Get-PictifyExperiment | Suspend-PictifyExperiment -ThrottleLimit 16");

        Assert.Empty(result.Errors);
        Assert.Equal(sandbox.Experiments.Select(static experiment => experiment.Uid), result.Strings("Uid"));
        Assert.Equal(10_000, sandbox.Requests["POST pause"]);
    }

    private static Dictionary<string, string?> Statuses(PictifySandbox sandbox) =>
        sandbox.Experiments.ToDictionary(static e => e.Uid, static e => e.StatusText);
}
