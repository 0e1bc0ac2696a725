using System.Management.Automation;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

public sealed class GetTests
{
    [Fact]
    public async Task A_thousand_experiments_come_exactly_once()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey();
        sandbox.Generate(1000);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server);

        Result result = session.Run("Get-PictifyExperiment");

        Assert.Equal(sandbox.Experiments.Select(static experiment => experiment.Uid), result.Strings("Uid"));
        Assert.Equal(10, sandbox.Requests["GET list"]);
        Assert.Empty(result.Warnings);
    }

    [Theory]
    [InlineData("Get-PictifyExperiment", 12)]
    [InlineData("Get-PictifyExperiment 'Hero*'", 5)]
    [InlineData("Get-PictifyExperiment 'Hero*','*Card'", 7)]
    [InlineData("Get-PictifyExperiment -Name nothing*", 0)]
    [InlineData("Get-PictifyExperiment -Slug hero-summer-sale", 1)]
    [InlineData("Get-PictifyExperiment -Status Running", 8)]
    [InlineData("Get-PictifyExperiment -Status paused, draft", 3)]
    [InlineData("Get-PictifyExperiment -Status Archived", 0)]
    [InlineData("Get-PictifyExperiment -Type SmartLink", 2)]
    [InlineData("Get-PictifyExperiment -Type smart_link, scheduled", 4)]
    [InlineData("Get-PictifyExperiment -Type AbTest -Status Running 'Hero*'", 3)]
    [InlineData("Get-PictifyExperiment -First 3", 3)]
    [InlineData("Get-PictifyExperiment -Skip 10", 2)]
    [InlineData("Get-PictifyExperiment -Skip 100", 0)]
    [InlineData("Get-PictifyExperiment -First 0", 0)]
    [InlineData("Get-PictifyExperiment 'Hero*' -Skip 1 -First 2", 2)]
    [InlineData("Get-PictifyExperiment -Uid exp_sandbox_01, exp_sandbox_02", 2)]
    [InlineData("'exp_sandbox_01', 'exp_sandbox_02' | Get-PictifyExperiment", 2)]
    [InlineData("Get-PictifyExperiment 'Hero*' | Get-PictifyExperiment", 5)]
    [InlineData("[pscustomobject]@{ Uid = 'exp_sandbox_03' } | Get-PictifyExperiment", 1)]
    public void Filters_find_what_they_should(string script, int count)
    {
        using ModuleSession session = ModuleSession.InProcess();

        Assert.Equal(count, session.Must(script).Count);
    }

    [Fact]
    public void One_status_and_one_type_are_filtered_by_the_service_and_a_small_First_reads_little()
    {
        using ModuleSession session = ModuleSession.InProcess();
        session.Must("(Get-PictifyConnection).Sandbox.Generate(1000)");

        Assert.Equal(
            "exp_sandbox_000003",
            $"{session.Must("Get-PictifyExperiment -Skip 2 -First 1")[0].Properties["Uid"].Value}"
        );
        Assert.Equal(1, session.Must("(Get-PictifyConnection).Sandbox.Requests['GET list']")[0].BaseObject);
    }

    [Theory]
    [InlineData("Get-PictifyExperiment -IncludeTotalCount -First 1", "12")]
    [InlineData("Get-PictifyExperiment 'Hero*' -IncludeTotalCount -First 1", "5")]
    [InlineData("Get-PictifyExperiment -Status Running -IncludeTotalCount -First 1", "8")]
    public void The_total_count_comes_first(string script, string total)
    {
        using ModuleSession session = ModuleSession.InProcess();

        IReadOnlyList<PSObject> output = session.Must(script);

        Assert.Equal(2, output.Count);
        Assert.Equal(total, $"{output[0].BaseObject}");
    }

    [Theory]
    [InlineData("Get-PictifyExperiment 'No Such Name'", "ExperimentNotFound")]
    [InlineData("Get-PictifyExperiment -Slug no-such-slug", "ExperimentNotFound")]
    [InlineData("Get-PictifyExperiment -Uid exp_none", "ExperimentNotFound")]
    [InlineData("Get-PictifyExperiment -Uid ''", "InvalidUid")]
    [InlineData("Get-PictifyExperiment -Uid quota", "InvalidUid")]
    [InlineData("Get-PictifyExperiment -Uid '../quota'", "InvalidUid")]
    public void What_is_not_there_is_an_error(string script, string id)
    {
        using ModuleSession session = ModuleSession.InProcess();

        Assert.Equal([id], session.Run(script).ErrorIds);
    }

    [Fact]
    public void A_wrong_status_lists_the_right_ones()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result result = session.Run("Get-PictifyExperiment -Status Runing");

        Assert.Contains("Running, Paused, Completed", result.Terminating!.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("html", "InvalidResponse", "HTTP 200")]
    [InlineData("empty", "InvalidResponse", "empty")]
    [InlineData("half json", "InvalidResponse", "{\"experiments\":[{\"uid")]
    [InlineData("half body", "ConnectionFailed", "ended")]
    [InlineData("gateway", "ServiceFailed", "502 Bad Gateway")]
    [InlineData("silence", "ConnectionFailed", "connection")]
    public void Strange_servers_are_typed_errors(string kind, string id, string said)
    {
        using var server = new RawServer(_ =>
            kind switch
            {
                "html" => RawServer.Http(200, "<html><title>Welcome</title></html>", "text/html"),
                "empty" => RawServer.Http(200, ""),
                "half json" => RawServer.Http(200, "{\"experiments\":[{\"uid\":\"exp_1\""),
                "half body" => RawServer.Http(200, "{\"experiments\":[", claimedLength: 5000),
                "gateway" => RawServer.Http(502, "<html><h1>502 Bad Gateway</h1></html>", "text/html"),
                _ => null,
            }
        );
        using ModuleSession session = ModuleSession.Over(server.BaseUri, "-RetryIntervalSec 0");

        Result result = session.Run("Get-PictifyExperiment");

        Assert.Equal(id, result.TerminatingId);
        Assert.Contains(said, $"{result.Terminating}", StringComparison.OrdinalIgnoreCase);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void A_dead_server_is_a_connection_error()
    {
        Uri gone;
        using (var server = new RawServer(static _ => null))
        {
            gone = server.BaseUri;
        }

        using ModuleSession session = ModuleSession.Over(gone, "-RetryIntervalSec 0");

        Assert.Equal("ConnectionFailed", session.Run("Get-PictifyExperiment").TerminatingId);
        Assert.Equal(["ConnectionFailed"], session.Run("Suspend-PictifyExperiment exp_1").ErrorIds);
    }

    [Fact]
    public void Retries_are_visible_with_Verbose()
    {
        int count = 0;
        using var server = new RawServer(_ =>
            Interlocked.Increment(ref count) == 1
                ? RawServer.Http(503, "")
                : RawServer.Http(200, "{\"experiments\":[],\"total\":0}")
        );
        using ModuleSession session = ModuleSession.Over(server.BaseUri, "-RetryIntervalSec 0");

        Result result = session.Run("Get-PictifyExperiment -Verbose");

        Assert.Contains(
            result.Verbose,
            static line =>
                line.Contains("attempt 1", StringComparison.Ordinal) && line.Contains("503", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Stopping_after_the_first_leaves_nothing_running()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey();
        sandbox.Generate(1000);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server);

        Result result = session.Run("Get-PictifyExperiment | ForEach-Object { throw 'enough' }");

        Assert.Equal("enough", result.Terminating!.Exception.Message);
        Assert.InRange(sandbox.Requests["GET list"], 1, 5);
    }

    /// <summary>Jobs, remoting and Export-Clixml cut objects off at a depth of one or two where a type does not say otherwise.</summary>
    [Fact]
    public void What_leaves_the_process_keeps_its_variants_down_to_a_nested_condition()
    {
        using ModuleSession session = ModuleSession.InProcess();

        object nested = session
            .Must(
                """
                $inner = @{ type = 'rule'; property = 'country'; ruleOperator = 'equals'; value = 'DE' }
                $of = @{ type = 'group'; operator = 'AND'; children = @(@{ type = 'group'; operator = 'OR'; children = @($inner, $inner) }, $inner) }
                $experiment = New-PictifyExperiment 'Deep' -Type SmartLink -TemplateUid tmpl_1 -Variant (New-PictifyVariant a 5000 -Conditions $of), (New-PictifyVariant b 5000 -IsDefault)
                $text = [System.Management.Automation.PSSerializer]::Serialize($experiment)
                [System.Management.Automation.PSSerializer]::Deserialize($text).Variants[0].Conditions.Children[0].Children[1].Value
                """
            )
            .Single();

        Assert.Equal("DE", $"{nested}");
    }
}
