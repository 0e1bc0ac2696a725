using System.Management.Automation;
using Pictify;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

/// <summary>Each operation's cmdlet, by what is its own.</summary>
public sealed class OperationTests
{
    /// <summary>Every cmdlet of the state machine on every status: what the status is afterwards, or the error's id.</summary>
    [Theory]
    [InlineData("Draft", "Start", "Running")]
    [InlineData("Running", "Start", "Running")]
    [InlineData("Paused", "Start", "Running")]
    [InlineData("Completed", "Start", "StateConflict")]
    [InlineData("Draft", "Suspend", "StateConflict")]
    [InlineData("Running", "Suspend", "Paused")]
    [InlineData("Paused", "Suspend", "Paused")]
    [InlineData("Completed", "Suspend", "StateConflict")]
    [InlineData("Draft", "Resume", "StateConflict")]
    [InlineData("Running", "Resume", "Running")]
    [InlineData("Paused", "Resume", "Running")]
    [InlineData("Completed", "Resume", "StateConflict")]
    [InlineData("Draft", "Complete", "StateConflict")]
    [InlineData("Running", "Complete", "Completed")]
    [InlineData("Paused", "Complete", "Completed")]
    [InlineData("Completed", "Complete", "StateConflict")]
    [InlineData("Draft", "Remove", "gone")]
    [InlineData("Running", "Remove", "StateConflict")]
    [InlineData("Paused", "Remove", "gone")]
    [InlineData("Completed", "Remove", "gone")]
    public void The_state_machine_holds_for_cmdlets(string status, string verb, string expected)
    {
        using ModuleSession session = ModuleSession.InProcess();
        string uid = status switch
        {
            "Draft" => "exp_sandbox_11",
            "Running" => "exp_sandbox_01",
            "Paused" => "exp_sandbox_04",
            _ => "exp_sandbox_12",
        };

        // Of the completed one, the winner is another.
        string winner = status == "Draft" ? "day" : "control";
        string more =
            verb == "Complete" ? $" -WinnerVariantId {winner} -Confirm:$false"
            : verb == "Remove" ? " -Confirm:$false"
            : "";
        Result result = session.Run($"{verb}-PictifyExperiment {uid}{more}");

        Result after = session.Run($"Get-PictifyExperiment -Uid {uid}");
        switch (expected)
        {
            case "StateConflict":
                Assert.Equal(["StateConflict"], result.ErrorIds);
                Assert.Equal([status], after.Strings("Status"));
                break;
            case "gone":
                Assert.Empty(result.Errors);
                Assert.Equal(["ExperimentNotFound"], after.ErrorIds);
                break;
            default:
                Assert.Equal([expected], result.Strings("Status"));
                Assert.Equal([expected], after.Strings("Status"));
                break;
        }
    }

    [Fact]
    public void Suspend_and_Resume_are_a_round_trip()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result result = session.Run(
            "Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment | Resume-PictifyExperiment"
        );

        Assert.Empty(result.Errors);
        Assert.Equal(8, session.Must("Get-PictifyExperiment -Status Running").Count);
    }

    [Fact]
    public void A_draft_is_not_resumed_and_the_error_names_Start()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result result = session.Run("Resume-PictifyExperiment exp_sandbox_11");

        Assert.Contains("Start-PictifyExperiment", $"{Assert.Single(result.Errors)}", StringComparison.Ordinal);
        Assert.Equal(0, session.Must("(Get-PictifyConnection).Sandbox.ChangeRequests")[0].BaseObject);
    }

    [Fact]
    public void A_winner_that_is_no_variant_is_refused_before_anything_is_sent()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result result = session.Run(
            "Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId nobody -Confirm:$false"
        );

        Assert.Equal(["InvalidArgument"], result.ErrorIds);
        Assert.Contains("control, short-headline", $"{result.Errors[0]}", StringComparison.Ordinal);
        Assert.Equal(0, session.Must("(Get-PictifyConnection).Sandbox.ChangeRequests")[0].BaseObject);
    }

    [Fact]
    public void Completing_twice_with_one_winner_is_once()
    {
        using ModuleSession session = ModuleSession.InProcess();

        for (int i = 0; i < 2; i++)
        {
            Result result = session.Run(
                "Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId control -Confirm:$false"
            );

            Assert.Empty(result.Errors);
            Assert.Equal(["control"], result.Strings("WinnerVariantId"));
        }
    }

    [Fact]
    public void Removing_twice_is_once_and_a_running_one_names_what_ends_it()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Assert.Empty(session.Must("'exp_sandbox_11', 'exp_sandbox_11' | Remove-PictifyExperiment -Confirm:$false"));
        string error = $"{session.Run("Remove-PictifyExperiment exp_sandbox_01 -Confirm:$false").Errors[0]}";
        Assert.Contains("Suspend-PictifyExperiment or Complete-PictifyExperiment", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_transient_rendering_is_shown_and_Wait_follows_it()
    {
        int reads = 0;
        using var server = new RawServer(request =>
            request.StartsWith("POST", StringComparison.Ordinal)
                ? RawServer.Http(
                    200,
                    """{"experiment":{"uid":"e","status":"rendering","renderProgress":{"total":4,"completed":1}}}"""
                )
                : RawServer.Http(
                    200,
                    $$$"""{"experiment":{"uid":"e","status":"{{{(Interlocked.Increment(ref reads) == 1 ? "draft" : "running")}}}"}}"""
                )
        );
        using ModuleSession session = ModuleSession.Over(server.BaseUri);

        Result started = session.Run("Start-PictifyExperiment e");
        Assert.Equal(["Rendering"], started.Strings("Status"));
        reads = 0;
        Assert.Equal(["Running"], session.Run("Start-PictifyExperiment e -Wait").Strings("Status"));
    }

    [Fact]
    public void Wait_ends_with_the_status_last_seen()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Assert.Equal(
            ["Running"],
            session.Run("Wait-PictifyExperiment exp_sandbox_01 -Status Running, Paused").Strings("Status")
        );
        Result late = session.Run("Wait-PictifyExperiment exp_sandbox_01 -Status Paused -TimeoutSec 0");
        Assert.Equal(["WaitTimedOut"], late.ErrorIds);
        Assert.Contains("'running'", $"{late.Errors[0]}", StringComparison.Ordinal);
        Assert.Equal(["WaitTimedOut"], session.Run("Wait-PictifyExperiment exp_sandbox_12 -Status Paused").ErrorIds);
    }

    [Fact]
    public void New_takes_every_field_and_every_way_to_write_it()
    {
        using ModuleSession session = ModuleSession.InProcess();

        PSObject created = Assert.Single(
            session.Must(
                """
                New-PictifyExperiment -Name 'Hero Full' -Type ab_test -Slug hero-full -TemplateUid tmpl_1 -Hypothesis 'h' `
                    -Variant (New-PictifyVariant -Id a -Percent 33.33 -Name A -Variables @{ Title = 'x'; n = 1.5; list = 1, 2 }), '{"id":"b","weight":6667}' `
                    -GoalType ClickThrough -DestinationUrl https://shop.example/ -BanditConfig @{ Enabled = $true; Algorithm = 'EpsilonGreedy' } `
                    -OutputConfig @{ format = 'webp'; quality = 80 } -MinimumSampleSize 500 -ConfidenceThreshold 0.9 -MinimumRunDays 3 `
                    -MinimumDetectableEffect 0.1 -FallbackImageUrl https://shop.example/f.png -FallbackTemplateUid tmpl_2
                """
            )
        );

        string Value(string property) => $"{created.Properties[property].Value}";
        Assert.Equal("Draft", Value("Status"));
        Assert.Equal("hero-full", Value("Slug"));
        Assert.Equal("tmpl_1", Value("TemplateUid"));
        Assert.Equal("click_through https://shop.example/", Value("GoalConfig"));
        Assert.Equal("epsilon_greedy", Value("BanditConfig"));
        Assert.Equal("webp 80", Value("OutputConfig"));
        Assert.Equal("500", Value("MinimumSampleSize"));
        Assert.Equal("tmpl_2", Value("FallbackTemplateUid"));
        Assert.Equal(
            "3333|6667|x|1.5|2",
            $"{session.Must("$v = (Get-PictifyExperiment -Slug hero-full).Variants; \"$($v[0].Weight)|$($v[1].Weight)|$($v[0].Variables.Title)|$($v[0].Variables.n)|$($v[0].Variables.list[1])\"")[0]}"
        );
    }

    [Fact]
    public void New_tells_all_broken_rules_in_one_error_and_sends_nothing()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result result = session.Run(
            "New-PictifyExperiment ' ' -Type AbTest -Slug API -Variant @{ id = 'a b'; weight = 1 } -ConfidenceThreshold 2"
        );

        string message = $"{Assert.Single(result.Errors)}";
        Assert.Equal(["ValidationFailed"], result.ErrorIds);
        foreach (string field in new[] { "name:", "slug:", "variants:", "variants[0].id:", "confidenceThreshold:" })
        {
            Assert.Contains(field, message, StringComparison.Ordinal);
        }

        Assert.Equal(0, session.Must("(Get-PictifyConnection).Sandbox.ChangeRequests")[0].BaseObject);
    }

    [Fact]
    public void A_create_that_failed_is_sent_again()
    {
        int creates = 0;
        using var flaky = new RawServer(request =>
            request.StartsWith("POST", StringComparison.Ordinal) && Interlocked.Increment(ref creates) == 1
                ? RawServer.Http(503, "")
                : RawServer.Http(
                    201,
                    """{"experiment":{"uid":"exp_1","slug":"hero-one","name":"Hero One","status":"draft"}}"""
                )
        );
        using ModuleSession session = ModuleSession.Over(flaky.BaseUri, "-RetryIntervalSec 0");

        Assert.Single(
            session.Must(
                "New-PictifyExperiment 'Hero One' -Type AbTest -Variant @{id='a';weight=5000},@{id='b';weight=5000}"
            )
        );
        Assert.Equal(2, creates);
    }

    [Fact]
    public void Set_sends_only_what_was_given_and_keeps_what_it_does_not_know()
    {
        string? body = null;
        using var server = new BodyServer(
            """{"experiment":{"uid":"e","status":"paused","goalConfig":{"type":"click_through","destinationUrl":"https://a.example/","currency":"EUR"}}}""",
            sent => body = sent
        );
        using ModuleSession session = ModuleSession.Over(server.BaseUri);

        session.Must("Set-PictifyExperiment e -Name 'New' -MinimumRunDays 3");
        Assert.Equal("""{"minimumRunDays":3,"name":"New"}""", body);

        session.Must("Set-PictifyExperiment e -DestinationUrl https://b.example/");
        Assert.Equal(
            """{"goalConfig":{"type":"click_through","destinationUrl":"https://b.example/","currency":"EUR"}}""",
            body
        );
    }

    /// <summary>The API's fields are brought into its spelling; what belongs to templates and callers is sent as it was written.</summary>
    [Theory]
    [InlineData(
        "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ Id = 'a'; Weight = 5000; Variables = @{ HeadLine = 'x'; Deep = @{ TypeText = 1 } } }, (New-PictifyVariant b 5000 -Variables @{ CTA = 1 })",
        "\"id\":\"a\"",
        "\"HeadLine\":\"x\"",
        "\"TypeText\":1",
        "\"CTA\":1"
    )]
    [InlineData(
        "Invoke-PictifyApi x -Method Post -Body @{ HTML = 1; Nested = @{ ClickRate = 2 } }",
        "\"HTML\":1",
        "\"ClickRate\":2"
    )]
    [InlineData(
        "Invoke-PictifyApi x -Method Post -Body ([pscustomobject] @{ URL = 'u'; List = @(@{ A = 1 }) })",
        "\"URL\":\"u\"",
        "\"A\":1"
    )]
    [InlineData("Send-PictifyEvent view slug -Metadata @{ OrderId = 7 }", "\"event\":\"view\"", "\"OrderId\":7")]
    [InlineData(
        "@{ Event = 'view'; Experiment = 'slug'; Metadata = @{ OrderId = 7 } } | Send-PictifyEvent",
        "\"event\":\"view\"",
        "\"OrderId\":7"
    )]
    public void Names_that_are_not_the_apis_are_sent_as_they_were_written(string call, params string[] sent)
    {
        string body = "";
        using var server = new BodyServer(
            """{"uid":"e","experiment":{"uid":"e","slug":"new-one","status":"draft"},"processed":1}""",
            text => body = text
        );
        using var session = new ModuleSession();
        session.Must(
            "Connect-Pictify -ApiKey $args[0] -BaseUri $args[1] -NoProxy",
            ModuleSession.Secure(ModuleSession.Key),
            server.BaseUri
        );

        session.Must(call);

        Assert.All(sent, part => Assert.Contains(part, body, StringComparison.Ordinal));
    }

    [Fact]
    public void Set_says_what_may_change_now()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result running = session.Run("Set-PictifyExperiment exp_sandbox_01 -Hypothesis 'x'");
        Assert.Equal(["ValidationFailed"], running.ErrorIds);
        Assert.Contains(
            "only name, confidenceThreshold, minimumRunDays, goalConfig.destinationUrl",
            $"{running.Errors[0]}",
            StringComparison.Ordinal
        );
        Assert.Equal(["New"], session.Run("Set-PictifyExperiment exp_sandbox_12 -Name New").Strings("Name"));
        Assert.Equal("NothingToChange", session.Run("Set-PictifyExperiment exp_sandbox_01").TerminatingId);
        Assert.Equal(
            "ValidationFailed",
            session.Run("Set-PictifyExperiment exp_sandbox_04 -Slug 'No Slug'").TerminatingId
        );
    }

    [Fact]
    public void A_copy_is_a_draft_without_counters_and_winner()
    {
        using ModuleSession session = ModuleSession.InProcess();

        PSObject copy = Assert.Single(session.Must("Copy-PictifyExperiment exp_sandbox_12 -NewSlug referral-2"));

        Assert.Equal("Draft", $"{copy.Properties["Status"].Value}");
        Assert.Equal("Referral Share Card (copy)", $"{copy.Properties["Name"].Value}");
        Assert.Equal("0", $"{copy.Properties["Impressions"].Value}");
        Assert.Null(copy.Properties["WinnerVariantId"].Value);
        Assert.NotEqual("exp_sandbox_12", $"{copy.Properties["Uid"].Value}");
        Assert.Equal("ValidationFailed", session.Run("Copy-PictifyExperiment exp_sandbox_12 -NewSlug x").TerminatingId);
    }

    [Fact]
    public void The_quota_has_a_row_for_each_type()
    {
        string text = PwshProcess.Show("Connect-Pictify -Sandbox; Get-PictifyExperimentQuota");

        Assert.Matches(@"ab_test +7 +unlimited +unlimited +Business", text);
        Assert.Matches(@"smart_link +2", text);
        Assert.Matches(@"scheduled +2", text);
    }

    [Fact]
    public void Events_flow_in_batches_and_errors_are_for_their_events()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Result result = session.Run(
            "1..250 | ForEach-Object { [pscustomobject]@{ event = 'view'; experiment = if ($_ -eq 130) { 'nobody' } else { 'hero-summer-sale' }; variantId = 'control'; number = $_ } } | Send-PictifyEvent"
        );

        Assert.Equal(["100", "100", "50"], result.Strings("Sent"));
        Assert.Equal(["100", "99", "50"], result.Strings("Processed"));
        Assert.Equal(["EventRefused"], result.ErrorIds);
        Assert.Equal("130", $"{PSObject.AsPSObject(result.Errors[0].TargetObject).Properties["number"].Value}");
    }

    [Fact]
    public void Events_carry_the_write_key_and_never_the_api_key()
    {
        string? head = null;
        using var server = new BodyServer("""{"ok":true,"processed":1,"errors":[]}""", _ => { }, text => head = text);
        using ModuleSession session = ModuleSession.Over(server.BaseUri);

        Result result = session.Run("Send-PictifyEvent click hero -WriteKey $args[0]", ModuleSession.Secure("wk_1"));

        Assert.Empty(result.Errors);
        Assert.Contains("X-Write-Key: wk_1", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Authorization", head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_image_is_saved_whole_with_where_it_came_from()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using ModuleSession session = ModuleSession.Over(server);
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        try
        {
            PSObject image = Assert.Single(
                session.Must(
                    "Get-PictifyExperiment 'Hero Summer*' | Save-PictifyExperimentImage -Path $args[0] -Format webp",
                    folder
                )
            );

            string file = Path.Combine(folder, "hero-summer-sale.webp");
            Assert.Equal(file, image.Properties["Path"].Value);
            Assert.Equal("image/webp", image.Properties["ContentType"].Value);
            Assert.Equal(new FileInfo(file).Length, image.Properties["Length"].Value);
            Assert.NotEqual("", image.Properties["VariantId"].Value);
            Assert.Contains("/rendered/", $"{image.Properties["RedirectTarget"].Value}", StringComparison.Ordinal);
            Assert.Equal(
                ["FileExists"],
                session.Run("Save-PictifyExperimentImage hero-summer-sale -Path $args[0] -Format webp", folder).ErrorIds
            );
            Assert.Equal(
                ["ExperimentNotFound"],
                session.Run("Save-PictifyExperimentImage nobody-here -Path $args[0]", folder).ErrorIds
            );
            Assert.Single(Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Any_endpoint_can_be_called()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Assert.Equal(12, session.Must("Invoke-PictifyApi experiments/api?limit=5 -Paginate").Count);
        Assert.Equal(
            "Hero Summer Sale",
            $"{session.Must("(Invoke-PictifyApi /experiments/api/exp_sandbox_01).experiment.name")[0]}"
        );
        Assert.StartsWith(
            "{\"plan\"",
            $"{session.Must("Invoke-PictifyApi experiments/api/quota -Raw")[0]}",
            StringComparison.Ordinal
        );
        session.Must("Invoke-PictifyApi experiments/api/exp_sandbox_01 -Method PUT -Body @{ name = 'Renamed' }");
        Assert.Equal("Renamed", $"{session.Must("(Get-PictifyExperiment -Uid exp_sandbox_01).Name")[0]}");
    }

    [Theory]
    [InlineData("https://evil.example/x")]
    [InlineData("//evil.example/x")]
    [InlineData("/\\evil.example/x")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a/%2e%2e/x")]
    [InlineData("a%5cb")]
    [InlineData("a#b")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/")]
    public void A_path_that_could_leave_is_never_called(string path)
    {
        using ModuleSession session = ModuleSession.InProcess();

        Assert.Equal(["InvalidPath"], session.Run("Invoke-PictifyApi $args[0]", path).ErrorIds);
        Assert.Equal(0, session.Must("(Get-PictifyConnection).Sandbox.Requests.Count")[0].BaseObject);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_lifecycle_sample_runs(bool overHttp)
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        string[] arguments = overHttp
            ? ["samples/lifecycle.ps1", "-BaseUri", server.BaseUri.ToString()]
            : ["samples/lifecycle.ps1"];

        (int exit, string output) = PwshProcess.RunFile(
            new Dictionary<string, string?> { ["PICTIFY_API_KEY"] = ModuleSession.Key },
            arguments
        );

        Assert.Equal(0, exit);
        Assert.Equal(8, output.Split('\n').Count(static line => line.StartsWith("ok ", StringComparison.Ordinal)));
        Assert.Equal(overHttp, server.Sandbox.Requests.ContainsKey("POST /s/events"));
    }
}
