using System.Diagnostics;
using System.Management.Automation;
using System.Text.RegularExpressions;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

/// <summary>What every cmdlet owes its users, whatever it does.</summary>
public sealed class ContractTests
{
    /// <summary>A call of every cmdlet that changes something, on the sandbox's own experiments.</summary>
    private static readonly Dictionary<string, string> _changing = new()
    {
        ["Start-PictifyExperiment"] = "Start-PictifyExperiment exp_sandbox_11",
        ["Suspend-PictifyExperiment"] = "Suspend-PictifyExperiment exp_sandbox_01",
        ["Resume-PictifyExperiment"] = "Resume-PictifyExperiment exp_sandbox_04",
        ["Complete-PictifyExperiment"] =
            "Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId control -Confirm:$false",
        ["Set-PictifyExperiment"] = "Set-PictifyExperiment exp_sandbox_01 -Name 'New'",
        ["Remove-PictifyExperiment"] = "Remove-PictifyExperiment exp_sandbox_11 -Confirm:$false",
        ["Copy-PictifyExperiment"] = "Copy-PictifyExperiment exp_sandbox_01 -NewSlug copy-1",
        ["New-PictifyExperiment"] =
            "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }",
        ["Send-PictifyEvent"] = "Send-PictifyEvent view hero-summer-sale",
        ["Save-PictifyExperimentImage"] = "Save-PictifyExperimentImage hero-summer-sale -Path $args[0] -Force",
        ["Invoke-PictifyApi"] = "Invoke-PictifyApi experiments/api/exp_sandbox_01/pause -Method Post",
    };

    public static TheoryData<string> Cmdlets
    {
        get
        {
            var names = new TheoryData<string>();
            string manifest = File.ReadAllText(Repository.Manifest);
            string list = Regex.Match(manifest, @"CmdletsToExport\s*=\s*@\(([^)]*)\)").Groups[1].Value;
            foreach (Match name in Regex.Matches(list, "'([^']+)'"))
            {
                names.Add(name.Groups[1].Value);
            }

            return names;
        }
    }

    public static TheoryData<string> Changing => [.. _changing.Keys];

    /// <summary>Those that need the experiments collection: events, images and other endpoints are beside it.</summary>
    public static TheoryData<string> ChangingExperiments =>
        [.. _changing.Keys.Except(["Send-PictifyEvent", "Save-PictifyExperimentImage", "Invoke-PictifyApi"])];

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_is_there_on_a_fresh_import(string cmdlet)
    {
        using var session = new ModuleSession();
        PSObject help = session.Must("Get-Help $args[0]", cmdlet)[0];

        string synopsis = $"{help.Properties["Synopsis"].Value}".Trim();
        Assert.EndsWith(".", synopsis, StringComparison.Ordinal);
        object[] examples = [.. session.Must("(Get-Help $args[0]).examples.example", cmdlet)];
        Assert.True(examples.Length >= 2, $"{examples.Length} examples");
        Assert.All(
            session.Must("(Get-Help $args[0]).examples.example | ForEach-Object { $_.code }", cmdlet),
            code => Assert.Contains(cmdlet.Split('-')[1][..7], $"{code}", StringComparison.Ordinal)
        );
        Assert.All(
            session.Must("(Get-Help $args[0]).examples.example | ForEach-Object { \"$($_.remarks.Text)\" }", cmdlet),
            static remarks => Assert.NotEqual("", $"{remarks}".Trim())
        );

        string[] common = [.. Cmdlet.CommonParameters, .. Cmdlet.OptionalCommonParameters];
        IReadOnlyList<PSObject> parameters = session.Must("(Get-Command $args[0]).Parameters.Keys", cmdlet);
        foreach (string parameter in parameters.Select(static p => $"{p}").Except(common))
        {
            string description =
                $"{session.Must("(Get-Help $args[0] -Parameter $args[1]).description.Text", cmdlet, parameter)[0]}";
            Assert.True(description.Trim().Length > 10, $"-{parameter} is not described");
        }
    }

    [Theory]
    [InlineData("Suspend-PictifyExperiment", "System.Management.Automation.PSObject", "Pictify.Experiment")]
    [InlineData("Get-PictifyConnection", "None", "Pictify.Http.PictifyConnection")]
    public void Help_names_what_comes_in_and_what_goes_out(string cmdlet, string input, string output)
    {
        using var session = new ModuleSession();

        Assert.Equal(input, $"{session.Must("(Get-Help $args[0]).inputTypes.inputType.type.name", cmdlet)[0]}".Trim());
        Assert.Equal(
            output,
            $"{session.Must("(Get-Help $args[0]).returnValues.returnValue.type.name", cmdlet)[0]}".Trim()
        );
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_example_is_a_call_that_binds(string cmdlet)
    {
        using var session = new ModuleSession();
        foreach (
            PSObject code in session.Must("(Get-Help $args[0]).examples.example | ForEach-Object { $_.code }", cmdlet)
        )
        {
            _ = System.Management.Automation.Language.Parser.ParseInput($"{code}", out _, out var errors);
            Assert.Empty(errors);
            foreach (Match parameter in Regex.Matches($"{code}", $@"{cmdlet}[^|;)]*?\s-([A-Za-z]+)"))
            {
                string name = parameter.Groups[1].Value;
                Assert.NotEmpty(session.Must("(Get-Command $args[0]).Parameters[$args[1]]", cmdlet, name));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Output_types_are_declared(string cmdlet)
    {
        using var session = new ModuleSession();
        object? declared = session.Must("(Get-Command $args[0]).OutputType.Count", cmdlet)[0].BaseObject;

        // Disconnect emits nothing and says nothing; Remove says void.
        Assert.True(declared is > 0 || cmdlet == "Disconnect-Pictify", $"{declared}");
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void What_talks_to_Pictify_takes_a_connection(string cmdlet)
    {
        using var session = new ModuleSession();
        bool takes =
            session.Must("(Get-Command $args[0]).Parameters.ContainsKey('Connection')", cmdlet)[0].BaseObject is true;

        Assert.Equal(cmdlet is not ("Connect-Pictify" or "Get-PictifyConnection" or "New-PictifyVariant"), takes);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void What_changes_something_asks_ShouldProcess_and_nothing_else_does(string cmdlet)
    {
        using var session = new ModuleSession();
        bool asks =
            session.Must("(Get-Command $args[0]).Parameters.ContainsKey('WhatIf')", cmdlet)[0].BaseObject is true;

        // An undo needs an operation before it: LedgerTests has its own.
        Assert.Equal(_changing.ContainsKey(cmdlet) || cmdlet == "Undo-PictifyOperation", asks);
    }

    [Theory]
    [MemberData(nameof(Changing))]
    public async Task WhatIf_sends_nothing_that_changes_anything_and_without_it_something_does(string cmdlet)
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using ModuleSession session = ModuleSession.Over(server);
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        try
        {
            Assert.Empty(session.Must(_changing[cmdlet] + " -WhatIf", folder));
            Assert.Equal(0, server.Sandbox.ChangeRequests);
            Assert.Empty(Directory.GetFiles(folder));
            Assert.DoesNotContain("GET /s/image", server.Sandbox.Requests.Keys);

            session.Must(_changing[cmdlet], folder);
            Assert.Equal(1, server.Sandbox.ChangeRequests + Directory.GetFiles(folder).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("Complete-PictifyExperiment")]
    [InlineData("Remove-PictifyExperiment")]
    public void What_is_final_asks_by_itself(string cmdlet)
    {
        string call = _changing[cmdlet].Replace(" -Confirm:$false", "", StringComparison.Ordinal);
        string text = PwshProcess.Show(
            $"Connect-Pictify -Sandbox; {call}; \"sent $((Get-PictifyConnection).Sandbox.ChangeRequests)\"",
            200,
            "n\n"
        );

        Assert.Contains("Are you sure", text, StringComparison.Ordinal);
        Assert.Contains("sent 0", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ChangingExperiments))]
    public async Task Where_the_feature_is_gone_every_cmdlet_says_just_that(string cmdlet)
    {
        PictifySandbox gone = ModuleSession.SandboxWithKey(new PictifySandboxOptions { HasExperiments = false });
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(gone);
        using ModuleSession session = ModuleSession.Over(server);

        Assert.Equal("FeatureUnavailable", session.Run(_changing[cmdlet]).TerminatingId);
    }

    [Theory]
    [InlineData("Suspend-PictifyExperiment")]
    [InlineData("Set-PictifyExperiment -Name X")]
    [InlineData("Wait-PictifyExperiment -Status Running")]
    [InlineData("Resume-PictifyExperiment")]
    [InlineData("Start-PictifyExperiment")]
    [InlineData("Get-PictifyExperiment")]
    [InlineData("Complete-PictifyExperiment -WinnerVariantId control -Confirm:$false")]
    [InlineData("Copy-PictifyExperiment -NewSlug copied")]
    public void The_pipeline_binds_objects_rows_and_uids(string call)
    {
        foreach (
            string input in new[]
            {
                "(Get-PictifyExperiment -Uid exp_sandbox_01)",
                "[pscustomobject]@{ Uid = 'exp_sandbox_01' }",
                "'exp_sandbox_01'",
            }
        )
        {
            using ModuleSession session = ModuleSession.InProcess();

            Assert.NotEmpty(session.Must($"{input} | {call}"));
        }
    }

    [Fact]
    public void Every_error_id_is_documented_and_every_documented_one_exists()
    {
        string code = File.ReadAllText(Path.Combine(Repository.Root, "src", "PictifyPS", "Pipeline", "Errors.cs"));
        string[] made =
        [
            .. Regex
                .Matches(
                    code,
                    "\\(\\s*\"([A-Z][A-Za-z]+)\",\\s*ErrorCategory|exception, \"([A-Z][A-Za-z]+)\"|^\\s*\"([A-Z][A-Za-z]+)\",\\s*$",
                    RegexOptions.Multiline
                )
                .Select(static match => string.Concat(match.Groups.Values.Skip(1).Select(static g => g.Value)))
                .Distinct(),
        ];
        string[] documented =
        [
            .. Regex
                .Matches(
                    File.ReadAllText(Path.Combine(Repository.Root, "docs", "errors.md")),
                    @"^\| `([A-Za-z]+)`",
                    RegexOptions.Multiline
                )
                .Select(static match => match.Groups[1].Value),
        ];

        Assert.True(made.Length > 20);
        Assert.Equal(made.Order(), documented.Order());
    }

    [Fact]
    public void The_picture_in_the_readme_is_of_real_output()
    {
        string program = Path.Combine(
            Repository.Root,
            "tools",
            "TablePicture",
            "bin",
            Configuration,
            "net10.0",
            "TablePicture.dll"
        );
        using Process process = Process.Start(
            new ProcessStartInfo("dotnet", [program]) { RedirectStandardOutput = true }
        )!;
        string drawn = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal(
            File.ReadAllText(Path.Combine(Repository.Root, "docs", "table.svg")).ReplaceLineEndings("\n"),
            drawn.ReplaceLineEndings("\n")
        );
    }

    [Fact]
    public void The_reference_in_docs_is_what_the_code_says()
    {
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        try
        {
            string generator = Path.Combine(
                Repository.Root,
                "tools",
                "HelpGenerator",
                "bin",
                Configuration,
                "net10.0",
                "HelpGenerator.dll"
            );
            using Process process = Process.Start(
                "dotnet",
                [generator, Path.Combine(Repository.Root, "bin", "PictifyPS.dll"), folder, "--markdown"]
            );
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            foreach (string made in Directory.GetFiles(folder))
            {
                string kept = Path.Combine(Repository.Root, "docs", "en-US", Path.GetFileName(made));
                Assert.True(
                    File.Exists(kept)
                        && File.ReadAllText(kept).ReplaceLineEndings() == File.ReadAllText(made).ReplaceLineEndings(),
                    $"{kept} is not what the code says: run HelpGenerator with --markdown (CONTRIBUTING.md)."
                );
            }

            Assert.Equal(
                Directory.GetFiles(folder).Length,
                Directory.GetFiles(Path.Combine(Repository.Root, "docs", "en-US"), "*-*.md").Length
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("about_PictifyPS")]
    [InlineData("about_PictifyPS_Connections")]
    [InlineData("about_PictifyPS_Bulk")]
    public void About_topics_are_found(string topic)
    {
        using var session = new ModuleSession();

        Assert.Contains($"# {topic}", $"{session.Must("Get-Help $args[0]", topic)[0]}", StringComparison.Ordinal);
    }

#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif
}
