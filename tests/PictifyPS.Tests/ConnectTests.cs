using System.Management.Automation;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

public sealed class ConnectTests
{
    [Fact]
    public void Without_a_connection_the_error_names_both_ways_to_get_one()
    {
        (int exit, string output) = PwshProcess.RunCommand(null, "Get-PictifyExperiment");

        Assert.Equal(1, exit);
        Assert.Contains("Connect-Pictify", output, StringComparison.Ordinal);
        Assert.Contains("PICTIFY_API_KEY", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_connects_without_a_word()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());

        (int exit, string output) = PwshProcess.RunCommand(
            new Dictionary<string, string?>
            {
                ["PICTIFY_API_KEY"] = ModuleSession.Key,
                ["PICTIFY_BASE_URL"] = server.BaseUri.ToString(),
            },
            "(Get-PictifyExperiment).Count; (Get-PictifyConnection).Environment"
        );

        Assert.Equal("12\nTest\n", output);
        Assert.Equal(0, exit);
        Assert.DoesNotContain(ModuleSession.Key, output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_environment_that_cannot_be_right_says_so()
    {
        (int exit, string output) = PwshProcess.RunCommand(
            new Dictionary<string, string?>
            {
                ["PICTIFY_API_KEY"] = "pk_test_1",
                ["PICTIFY_BASE_URL"] = "not an address",
            },
            "Get-PictifyExperiment"
        );

        Assert.Equal(1, exit);
        Assert.Contains("PICTIFY_BASE_URL", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credentials_password_is_a_key()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using var session = new ModuleSession();
        var credential = new PSCredential("anybody", ModuleSession.Secure(ModuleSession.Key));

        session.Must("$args[0] | Connect-Pictify -BaseUri $args[1] -NoProxy", credential, server.BaseUri);
        Assert.Equal(12, session.Must("Get-PictifyExperiment").Count);
        session.Must("$args[0] | Connect-Pictify -BaseUri $args[1] -NoProxy", credential.Password, server.BaseUri);
        Assert.Equal(12, session.Must("Get-PictifyExperiment").Count);
    }

    [Fact]
    public void An_http_address_is_refused_before_the_key_is_sent()
    {
        using var session = new ModuleSession();

        Result result = session.Run(
            "Connect-Pictify -ApiKey $args[0] -BaseUri http://api.pictify.io",
            ModuleSession.Secure(ModuleSession.Key)
        );

        Assert.Equal("InvalidArgument", result.TerminatingId);
        Assert.Contains("https", result.Terminating!.Exception.Message, StringComparison.Ordinal);
        Assert.Empty(session.Must("Get-PictifyConnection"));
    }

    [Fact]
    public void The_key_is_in_no_stream_and_in_no_view()
    {
        using var session = new ModuleSession();

        Result result = session.Run(
            "Connect-Pictify -ApiKey $args[0] -PassThru -Verbose -Debug | ForEach-Object { $_; \"$_\"; [System.Management.Automation.PSSerializer]::Serialize($_, 5) }",
            ModuleSession.Secure("pk_live_topsecret")
        );
        string everything =
            string.Join("|", result.Output.Concat<object>(result.Verbose))
            + string.Join(
                "|",
                result.Output[0].Properties.Select(static property => $"{property.Name}={property.Value}")
            );

        Assert.Null(result.Terminating);
        Assert.Contains("Environment=Live", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", everything, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_no_known_kind_is_taken_for_live_with_a_warning()
    {
        using var session = new ModuleSession();

        Result result = session.Run("Connect-Pictify -ApiKey $args[0] -PassThru", ModuleSession.Secure("sk_1"));

        Assert.Equal(["Live"], result.Strings("Environment"));
        Assert.Single(result.Warnings);
    }

    [Fact]
    public void A_sandbox_can_be_handed_to_another_connection()
    {
        using ModuleSession first = ModuleSession.InProcess();
        first.Must("Suspend-PictifyExperiment exp_sandbox_01");
        PSObject sandbox = first.Must("(Get-PictifyConnection).Sandbox")[0];
        using var second = new ModuleSession();

        second.Must("Connect-Pictify -Sandbox $args[0]", sandbox);

        Assert.Equal("Paused", $"{second.Must("(Get-PictifyExperiment -Uid exp_sandbox_01).Status")[0]}");
    }

    [Fact]
    public void Disconnecting_closes_the_connection_for_whoever_holds_it()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result result = session.Run(
            "$c = Get-PictifyConnection; Disconnect-Pictify; Disconnect-Pictify; Get-PictifyExperiment -Connection $c"
        );

        Assert.Equal("ConnectionClosed", result.TerminatingId);
        Assert.Equal("NotConnected", session.Run("Get-PictifyExperiment").TerminatingId);
    }

    [Fact]
    public async Task Test_says_what_works()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using ModuleSession session = ModuleSession.Over(server);

        PSObject test = Assert.Single(session.Must("Test-PictifyConnection"));

        Assert.Equal("True", Value(test, "IsUsable"));
        Assert.Equal("True", Value(test, "IsReachable"));
        Assert.Equal("True", Value(test, "IsKeyAccepted"));
        Assert.Equal("True", Value(test, "HasExperiments"));
        Assert.Equal("Test", Value(test, "Environment"));
        Assert.Equal("Business", Value(test, "Plan"));
        Assert.Equal("1000000", Value(test, "RateLimit"));
        Assert.Equal("", Value(test, "Problem"));
        Assert.InRange(
            ((TimeSpan)test.Properties["ClockSkew"].Value).Duration(),
            TimeSpan.Zero,
            TimeSpan.FromSeconds(2)
        );
        Assert.Equal(0, server.Sandbox.ChangeRequests);
    }

    [Theory]
    [InlineData("key", "True", "False", "")]
    [InlineData("feature", "True", "", "False")]
    [InlineData("dead", "False", "", "")]
    [InlineData("html", "False", "", "")]
    public async Task Test_says_what_does_not_work(string broken, string reachable, string key, string feature)
    {
        var options = new PictifySandboxOptions
        {
            AcceptKey = _ => broken != "key",
            HasExperiments = broken != "feature",
        };
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(new PictifySandbox(options));
        using var strange = new RawServer(_ => broken == "html" ? RawServer.Http(200, "<html>", "text/html") : null);
        Uri address = broken is "dead" or "html" ? strange.BaseUri : server.BaseUri;
        using ModuleSession session = ModuleSession.Over(address, "-RetryIntervalSec 0");

        PSObject test = Assert.Single(session.Must("Test-PictifyConnection"));

        Assert.Equal("False", Value(test, "IsUsable"));
        Assert.Equal(reachable, Value(test, "IsReachable"));
        Assert.Equal(key, Value(test, "IsKeyAccepted"));
        Assert.Equal(feature, Value(test, "HasExperiments"));
        Assert.NotEqual("", Value(test, "Problem"));
    }

    private static string Value(PSObject item, string property) => $"{item.Properties[property].Value}";
}
