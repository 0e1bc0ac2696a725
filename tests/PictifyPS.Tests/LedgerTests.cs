using System.Diagnostics;
using System.Management.Automation;
using Microsoft.Extensions.Time.Testing;
using Pictify;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

/// <summary>Commands and the ledger: what is recorded, found, settled, undone and resumed.</summary>
public sealed class LedgerTests : IDisposable
{
    private const string New =
        "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }";

    private readonly string _folder = Directory.CreateTempSubdirectory("pictify").FullName;

    private string LedgerFile => Path.Combine(_folder, "ledger.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A call, the entry's status before and after, and what it is about.</summary>
    public static TheoryData<string, string?, string?, string?> Changes =>
        new()
        {
            { "Suspend-PictifyExperiment exp_sandbox_01", "running", "paused", null },
            { "Resume-PictifyExperiment exp_sandbox_04", "paused", "running", null },
            { "Start-PictifyExperiment exp_sandbox_11 -Wait", "draft", "running", null },
            {
                "Complete-PictifyExperiment exp_sandbox_01 control -Confirm:$false",
                "running",
                "completed",
                "winnerVariantId=control"
            },
            { "Remove-PictifyExperiment exp_sandbox_11 -Confirm:$false", null, "archived", null },
            { "Set-PictifyExperiment exp_sandbox_01 -Name 'New'", "running", "running", "name" },
            { "Copy-PictifyExperiment exp_sandbox_01 -NewSlug copy-1", null, "draft", "copy of exp_sandbox_01" },
            { New, null, "draft", null },
            { "Send-PictifyEvent view hero-summer-sale", null, null, "1 of 1 events" },
            {
                "Invoke-PictifyApi experiments/api/exp_sandbox_01/pause -Method Post",
                null,
                null,
                "POST experiments/api/exp_sandbox_01/pause"
            },
        };

    public static TheoryData<string> Calls => [.. Changes.Select(static row => (string)row[0]!)];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Every_change_is_recorded_with_who_why_and_where(
        string call,
        string? before,
        string? after,
        string? detail
    )
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using ModuleSession session = ModuleSession.Over(server, $"-LedgerPath '{LedgerFile}'");

        session.Must($"{call} -Reason 'A reason' -Ticket OPS-7");

        PSObject operation = Assert.Single(session.Must("Get-PictifyOperation"));
        Assert.Equal(call.Split(' ')[0], $"{operation.Properties["Command"].Value}");
        Assert.Equal(
            ["1", "0", "0", "0", "1"],
            new[] { "Changed", "Unchanged", "Failed", "Unknown", "Total" }.Select(name =>
                $"{operation.Properties[name].Value}"
            )
        );
        PSObject entry = Assert.Single(session.Must("(Get-PictifyOperation -Last).Entries"));
        string Of(string name) => $"{entry.Properties[name].Value}";
        Assert.Equal(before ?? "", Of("BeforeText"));
        Assert.Equal(after ?? "", Of("AfterText"));
        Assert.Equal(detail ?? "", Of("Detail"));
        Assert.Equal("A reason", Of("Reason"));
        Assert.Equal("OPS-7", Of("Ticket"));
        Assert.Equal(Environment.MachineName, Of("Host"));
        Assert.EndsWith(Environment.UserName, Of("User"), StringComparison.Ordinal);
        Assert.Equal($"{Environment.ProcessId}", Of("ProcessId"));
        Assert.Equal(server.BaseUri.AbsoluteUri, Of("BaseUrl"));
        Assert.Matches("^[0-9a-f]{8}$", Of("Key"));
        Assert.NotEqual("", Of("SkewMilliseconds"));
        Assert.DoesNotContain(ModuleSession.Key, await File.ReadAllTextAsync(LedgerFile), StringComparison.Ordinal);
        if (after is not null)
        {
            Assert.NotEqual("", Of("Uid"));
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Where_a_reason_is_required_nothing_is_sent_without_one(string call)
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using ModuleSession session = ModuleSession.Over(server, "-RequireReason");

        Assert.Equal("ReasonRequired", session.Run(call).TerminatingId);
        Assert.Equal("ReasonRequired", session.Run($"{call} -Reason ' '").TerminatingId);
        Assert.Equal(0, server.Sandbox.ChangeRequests);

        session.Must($"{call} -Reason x");
        session.Must("Invoke-PictifyApi experiments/api");
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_ledger_that_cannot_be_written_stops_nothing_unless_it_is_required(string call)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "file"), "");
        string nowhere = $"-LedgerPath '{Path.Combine(_folder, "file", "ledger.jsonl")}'";
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using (ModuleSession demanding = ModuleSession.Over(server, $"{nowhere} -RequireLedger"))
        {
            Assert.Equal("LedgerUnavailable", demanding.Run(call).TerminatingId);
            Assert.Equal(0, server.Sandbox.ChangeRequests);
        }

        using ModuleSession session = ModuleSession.Over(server, nowhere);
        Result result = session.Run(call);

        Assert.Null(result.Terminating);
        Assert.Empty(result.Errors);
        Assert.Contains("not recorded", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, server.Sandbox.ChangeRequests);
    }

    [Fact]
    public void A_warning_for_a_batch_comes_once_and_everything_is_paused()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        using var session = new ModuleSession();
        session.Must($"Connect-Pictify -Sandbox -LedgerPath '{Path.Combine(_folder, "file", "x")}'");

        Result result = session.Run("Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment -For 2h");

        Assert.Equal(8, result.Output.Count);
        Assert.Contains("nothing will resume", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void With_the_ledger_off_nothing_is_written_and_what_needs_it_says_so()
    {
        using var session = new ModuleSession();
        session.Must("Connect-Pictify -Sandbox -LedgerPath off");

        session.Must("Suspend-PictifyExperiment exp_sandbox_01");

        foreach (
            string call in new[]
            {
                "Get-PictifyOperation",
                "Test-PictifyLedger",
                "Undo-PictifyOperation x",
                "Update-PictifyOperation x",
                "Resume-PictifyExperiment -Due",
                "Suspend-PictifyExperiment exp_sandbox_02 -For 1h",
                "Connect-Pictify -Sandbox -LedgerPath off -RequireLedger",
            }
        )
        {
            Assert.Equal("LedgerOff", session.Run(call).TerminatingId);
        }
    }

    [Fact]
    public void What_if_records_nothing()
    {
        using ModuleSession session = WithLedger();

        session.Must("Get-PictifyExperiment | Suspend-PictifyExperiment -WhatIf");
        session.Run("'../x' | Suspend-PictifyExperiment -WhatIf");
        session.Must("Get-PictifyExperiment | Complete-PictifyExperiment -WinnerVariantId control -WhatIf");

        Assert.False(File.Exists(LedgerFile));
    }

    [Fact]
    public void What_failed_is_counted_whatever_it_failed_at()
    {
        using ModuleSession session = WithLedger();

        session.Run(
            "'exp_sandbox_01', 'exp_sandbox_04', 'exp_sandbox_11', 'nowhere', '../x', 7 | Suspend-PictifyExperiment"
        );

        PSObject last = session.Must("Get-PictifyOperation -Last")[0];
        Assert.Equal("1", $"{last.Properties["Changed"].Value}");
        Assert.Equal("1", $"{last.Properties["Unchanged"].Value}");
        Assert.Equal("4", $"{last.Properties["Failed"].Value}");
        Assert.Equal(
            ["", "", "StateConflict", "ExperimentNotFound", "InvalidUid", "InvalidInput"],
            session.Must("(Get-PictifyOperation -Last).Entries").Select(static e => $"{e.Properties["Error"].Value}")
        );
    }

    /// <summary>A job that finds nothing to do must not be judged by what another one did yesterday.</summary>
    [Fact]
    public void The_last_operation_is_this_sessions_own_even_where_it_did_nothing()
    {
        using ModuleSession other = WithLedger();
        other.Run("Suspend-PictifyExperiment nowhere");
        using ModuleSession session = WithLedger();
        Assert.Equal(
            "1",
            session.Must("Get-PictifyOperation -Last").Select(static o => $"{o.Properties["Failed"].Value}").Single()
        );

        session.Must("Get-PictifyExperiment | Where-Object Name -eq 'none' | Suspend-PictifyExperiment");

        PSObject last = session.Must("Get-PictifyOperation -Last")[0];
        Assert.Equal("0", $"{last.Properties["Total"].Value}");
        Assert.Equal("Suspend-PictifyExperiment", $"{last.Properties["Command"].Value}");
        Assert.Single(session.Must("Get-PictifyOperation"));
    }

    [Fact]
    public void Operations_are_found_by_id_time_experiment_and_reason()
    {
        using ModuleSession session = WithLedger();
        session.Must("Suspend-PictifyExperiment exp_sandbox_01 -Reason 'Friday freeze'");
        session.Must("Suspend-PictifyExperiment exp_sandbox_02");

        string[] ids = session.Run("Get-PictifyOperation").Strings("Id");
        Assert.Equal(2, ids.Length);
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(ids[..1], session.Run("Get-PictifyOperation -Reason '*FREEZE'").Strings("Id"));
        Assert.Equal(ids[1..], session.Run("Get-PictifyOperation -Uid exp_sandbox_02").Strings("Id"));
        Assert.Equal(ids, session.Run("Get-PictifyOperation -Since ([datetime]::Now.AddMinutes(-1))").Strings("Id"));
        Assert.Empty(session.Must("Get-PictifyOperation -Since ([datetime]::Now.AddMinutes(1))"));
        Assert.Equal(ids, session.Run("Get-PictifyOperation | Get-PictifyOperation").Strings("Id"));
        Assert.Equal(["OperationNotFound"], session.Run("Get-PictifyOperation nix").ErrorIds);

        // No connection is needed to read.
        using var bare = new ModuleSession();
        Assert.Equal(ids, bare.Run($"Get-PictifyOperation -LedgerPath '{LedgerFile}'").Strings("Id"));
        Assert.Equal("LedgerOff", bare.Run("Get-PictifyOperation").TerminatingId);
    }

    [Fact]
    public void An_undo_restores_what_was_changed_and_nothing_else()
    {
        using ModuleSession session = WithLedger();
        string[] before = Statuses(session);
        session.Must("Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment");
        session.Must("$op = Get-PictifyOperation -Last");

        Result result = session.Run("$op | Undo-PictifyOperation -Reason oops");

        Assert.Empty(result.Errors);
        Assert.Equal(4, result.Output.Count);
        Assert.Equal(before, Statuses(session));

        // Twice is once, and says so.
        Result again = session.Run("$op | Undo-PictifyOperation -Verbose");
        Assert.Empty(again.Errors);
        Assert.Contains("Restored 0 of 4: 4 restored already.", again.Verbose);
        Assert.Equal(before, Statuses(session));
    }

    [Fact]
    public void An_undo_can_be_undone()
    {
        using ModuleSession session = WithLedger();
        session.Must("Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment");
        string[] paused = Statuses(session);
        session.Must("Get-PictifyOperation -Last | Undo-PictifyOperation");
        Assert.NotEqual(paused, Statuses(session));

        session.Must("Get-PictifyOperation -Last | Undo-PictifyOperation");

        Assert.Equal(paused, Statuses(session));
        Assert.Equal(
            ["", "Suspend-PictifyExperiment", "Undo-PictifyOperation"],
            session
                .Must(
                    "$all = Get-PictifyOperation; $all | ForEach-Object { $u = $_.Undoes; \"$(($all | Where-Object Id -eq $u).Command)\" }"
                )
                .Select(static text => $"{text}")
        );
    }

    [Fact]
    public void What_somebody_touched_meanwhile_is_a_conflict_and_left_alone()
    {
        using ModuleSession session = WithLedger();
        session.Must(
            "'exp_sandbox_01', 'exp_sandbox_02', 'exp_sandbox_03', 'exp_sandbox_05' | Suspend-PictifyExperiment"
        );
        session.Must("$op = Get-PictifyOperation -Last");
        session.Must("Set-PictifyExperiment exp_sandbox_01 -Name 'Mine'");
        session.Must("Complete-PictifyExperiment exp_sandbox_02 -WinnerVariantId control -Confirm:$false");

        // Behind the ledger's back: one was resumed, which is what the undo wants, and stays.
        session.Must(
            "(Connect-Pictify -Sandbox (Get-PictifyConnection).Sandbox -LedgerPath off -PassThru) | ForEach-Object { Resume-PictifyExperiment exp_sandbox_03 -Connection $_ }"
        );
        session.Must($"Connect-Pictify -Sandbox (Get-PictifyConnection).Sandbox -LedgerPath '{LedgerFile}'");

        string whatIf = string.Join("\n", session.Run("$op | Undo-PictifyOperation -WhatIf").ErrorIds);
        Assert.Equal("UndoConflict\nUndoConflict", whatIf);
        Result result = session.Run("$op | Undo-PictifyOperation");

        Assert.Equal(["UndoConflict", "UndoConflict"], result.ErrorIds);
        Assert.Contains("Set-PictifyExperiment", $"{result.Errors[0]}", StringComparison.Ordinal);
        Assert.Equal(["exp_sandbox_03", "exp_sandbox_05"], result.Strings("Uid"));
        Assert.Equal(["Restored 1 of 4: 1 restored already, 2 not restored."], result.Warnings);
        Assert.Equal("Paused", $"{session.Must("(Get-PictifyExperiment -Uid exp_sandbox_01).Status")[0]}");
        PSObject undo = session.Must("Get-PictifyOperation -Last")[0];
        Assert.Equal("2", $"{undo.Properties["Failed"].Value}");
    }

    [Theory]
    [InlineData("Complete-PictifyExperiment exp_sandbox_01 control -Confirm:$false", "final")]
    [InlineData("Remove-PictifyExperiment exp_sandbox_11 -Confirm:$false", "brings a removed")]
    [InlineData("Set-PictifyExperiment exp_sandbox_01 -Name New", "not recorded")]
    [InlineData(New, "Remove-PictifyExperiment")]
    public void What_cannot_be_undone_says_so_before_anything_is_sent(string call, string why)
    {
        using ModuleSession session = WithLedger();
        session.Must(call);
        int requests = Requests(session);

        Result result = session.Run("Get-PictifyOperation -Last | Undo-PictifyOperation");

        Assert.Equal(["NotUndoable"], result.ErrorIds);
        Assert.Contains(why, $"{result.Errors[0]}", StringComparison.Ordinal);
        Assert.Equal(requests, Requests(session));
    }

    [Fact]
    public void A_first_start_is_not_undone_and_a_resume_is()
    {
        using ModuleSession session = WithLedger();
        session.Must("'exp_sandbox_11', 'exp_sandbox_04' | Start-PictifyExperiment -Wait");

        Result result = session.Run("Get-PictifyOperation -Last | Undo-PictifyOperation");

        Assert.Equal(["exp_sandbox_04"], result.Strings("Uid"));
        Assert.Equal(["Paused"], result.Strings("Status"));
        Assert.Contains("was a draft", $"{Assert.Single(result.Errors)}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_places_operation_is_not_undone_here()
    {
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(ModuleSession.SandboxWithKey());
        using ModuleSession session = ModuleSession.Over(server, $"-LedgerPath '{LedgerFile}'");
        session.Must("Suspend-PictifyExperiment exp_sandbox_01; $op = Get-PictifyOperation -Last");
        session.Must($"Connect-Pictify -Sandbox -LedgerPath '{LedgerFile}'");

        Assert.Equal(["NotUndoable"], session.Run("$op | Undo-PictifyOperation").ErrorIds);
        Assert.Empty(session.Must("Resume-PictifyExperiment -Due"));
    }

    /// <summary>Where a command is stopped, what was under way is in the ledger with its outcome.</summary>
    [Fact]
    public async Task A_stopped_command_leaves_no_intent_without_an_outcome()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey(new PictifySandboxOptions { Experiments = [] });
        sandbox.Generate(300);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        using ModuleSession session = ModuleSession.Over(server, $"-LedgerPath '{LedgerFile}'");

        session.Run(
            "Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment | ForEach-Object { throw 'enough' }"
        );

        PSObject operation = Assert.Single(session.Must("Get-PictifyOperation"));
        Assert.Equal("0", $"{operation.Properties["Unknown"].Value}");
        Assert.Equal(
            sandbox.Requests["POST pause"],
            int.Parse($"{operation.Properties["Total"].Value}", System.Globalization.CultureInfo.InvariantCulture)
        );
        Assert.Equal("True", $"{session.Must("Test-PictifyLedger")[0].Properties["IsValid"].Value}");
    }

    /// <summary>A real process, killed at a random point of a bulk pause, fifty times.</summary>
    [Fact]
    public async Task A_killed_process_leaves_a_ledger_that_settles_with_the_service_and_undoes_exactly()
    {
        var random = new Random(20261123);
        int[] kills = [.. Enumerable.Range(0, 50).Select(_ => random.Next(2, 100))];
        var wereOpen = new System.Collections.Concurrent.ConcurrentBag<bool>();
        await Parallel.ForEachAsync(
            kills.Index(),
            new ParallelOptions { MaxDegreeOfParallelism = 3 },
            async (kill, _) => wereOpen.Add(await KillAndRestoreAsync(kill.Item, kill.Index))
        );
        int interrupted = wereOpen.Count(static wasOpen => wasOpen);

        // Most of them were in the middle of it, or this test says nothing.
        Assert.True(interrupted >= 25, $"{interrupted} of 50 were interrupted");
    }

    [Fact]
    public async Task Eight_processes_write_a_thousand_entries_each_into_one_chain()
    {
        string script = Path.Combine(_folder, "many.ps1");
        await File.WriteAllTextAsync(
            script,
            """
            param($Manifest, $Ledger)
            Import-Module $Manifest
            $sandbox = [Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ Experiments = [Pictify.Experiment[]] @() })
            $sandbox.Generate(1000)
            Connect-Pictify -Sandbox $sandbox -LedgerPath $Ledger -RequireLedger
            $null = Get-PictifyExperiment | Suspend-PictifyExperiment -ErrorAction SilentlyContinue
            """
        );

        (int ExitCode, string Output)[] runs = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ => Task.Run(() => PwshProcess.RunFile(null, script, Repository.Manifest, LedgerFile)))
        );

        Assert.All(runs, static run => Assert.DoesNotContain("ledger", run.Output, StringComparison.OrdinalIgnoreCase));
        using ModuleSession session = WithLedger();
        PSObject report = session.Must("Test-PictifyLedger")[0];
        Assert.Equal("True", $"{report.Properties["IsValid"].Value}");
        Assert.Equal("16000", $"{report.Properties["Lines"].Value}");
        Result operations = session.Run("Get-PictifyOperation");
        Assert.Equal(8, operations.Output.Count);
        Assert.All(operations.Strings("Total"), static total => Assert.Equal("1000", total));
        Assert.All(operations.Strings("Unknown"), static unknown => Assert.Equal("0", unknown));
        Assert.Equal(8, operations.Strings("ProcessId").Distinct().Count());
    }

    [Fact]
    public void An_edited_line_is_named()
    {
        using ModuleSession session = WithLedger();
        session.Must("Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment");
        string[] lines = File.ReadAllLines(LedgerFile);
        lines[4] = lines[4].Replace("Suspend", "Removed", StringComparison.Ordinal);
        File.WriteAllLines(LedgerFile, lines);

        PSObject report = session.Must("Test-PictifyLedger")[0];

        Assert.Equal("False", $"{report.Properties["IsValid"].Value}");
        Assert.Equal(
            "Line 5: it was changed after it was written",
            $"{session.Must("\"$((Test-PictifyLedger).Problems)\"")[0]}"
        );
    }

    [Theory]
    // The clock stands at Friday 2026-11-27 16:00 UTC.
    [InlineData("-For 2h", "2026-11-27 18:00")]
    [InlineData("-For 90m", "2026-11-27 17:30")]
    [InlineData("-For '1d 12h'", "2026-11-29 04:00")]
    [InlineData("-For 1.5h", "2026-11-27 17:30")]
    [InlineData("-For 00:30:00", "2026-11-27 16:30")]
    [InlineData("-For ([timespan]::FromDays(3))", "2026-11-30 16:00")]
    [InlineData("-Until 'Monday 08:00'", "2026-11-30 08:00")]
    [InlineData("-Until 'mon 8am'", "2026-11-30 08:00")]
    [InlineData("-Until 'Friday 18:00'", "2026-11-27 18:00")]
    [InlineData("-Until 'Friday 08:00'", "2026-12-04 08:00")]
    [InlineData("-Until Monday", "2026-11-30 00:00")]
    [InlineData("-Until 18:00", "2026-11-27 18:00")]
    [InlineData("-Until 08:30", "2026-11-28 08:30")]
    [InlineData("-Until 'tomorrow 08:00'", "2026-11-28 08:00")]
    [InlineData("-Until 2026-12-24", "2026-12-24 00:00")]
    [InlineData("-Until '2026-12-24 12:00'", "2026-12-24 12:00")]
    [InlineData("-Until '2026-12-24T12:00:00+02:00'", "2026-12-24 10:00")]
    [InlineData("-Until ([datetime]'2026-12-24 12:00')", "2026-12-24 12:00")]
    [InlineData("-Until ([datetimeoffset]'2026-12-24 12:00Z')", "2026-12-24 12:00")]
    [InlineData("-For 2", null)]
    [InlineData("-For 0h", null)]
    [InlineData("-For 2years", null)]
    [InlineData("-For -2h", null)]
    [InlineData("-For 400d", null)]
    [InlineData("-Until 'today 08:00'", null)]
    [InlineData("-Until someday", null)]
    [InlineData("-Until '2026-11-26'", null)]
    [InlineData("-Until 2030-01-01", null)]
    [InlineData("-Until 25:00", null)]
    [InlineData("-For 2h -Until 18:00", null)]
    public void An_end_is_written_as_people_write_it(string end, string? until)
    {
        using ModuleSession session = OnFriday(out _);

        Result result = session.Run($"Suspend-PictifyExperiment exp_sandbox_01 {end}");

        Assert.Equal(until is null ? "InvalidArgument" : null, result.TerminatingId);
        Assert.Equal(
            until ?? "",
            $"{session.Must("if ($u = (Get-PictifyOperation).Until) { $u.ToUniversalTime().ToString('yyyy-MM-dd HH:mm') } else { '' }")[0]}"
        );
    }

    [Fact]
    public void The_friday_freeze_ends_on_monday_and_leaves_alone_what_somebody_touched()
    {
        using ModuleSession session = OnFriday(out FakeTimeProvider clock);
        string[] before = Statuses(session);
        session.Must("$c = Get-PictifyConnection");

        IReadOnlyList<PSObject> said = Sample(session, "friday-freeze.ps1", 0);

        Assert.Equal(8 + 1, said.Count);
        Assert.StartsWith("Paused until", $"{said[^1]}", StringComparison.Ordinal);
        Assert.DoesNotContain("Running", Statuses(session));
        Assert.Equal("Friday freeze", $"{session.Must("(Get-PictifyOperation -Last -Connection $c).Reason")[0]}");
        session.Must("Resume-PictifyExperiment exp_sandbox_01; Suspend-PictifyExperiment exp_sandbox_01");
        session.Must("Complete-PictifyExperiment exp_sandbox_02 control -Confirm:$false");

        // Every minute of the weekend nothing happens, and nothing is written.
        session.Must("Import-Module $args[0]", Repository.Manifest);
        for (int hour = 0; hour < 60; hour += 12)
        {
            clock.Advance(TimeSpan.FromHours(12));
            Assert.Empty(Sample(session, "resume-due.ps1", 0));
        }

        string[] sunday = Statuses(session);
        clock.Advance(TimeSpan.FromHours(4));

        Assert.Equal(6, Sample(session, "resume-due.ps1", 0).Count);
        Assert.Empty(Sample(session, "resume-due.ps1", 0));

        string[] after = Statuses(session);
        Assert.DoesNotContain("Running", sunday);
        Assert.Equal("Paused", after[0]);
        Assert.Equal("Completed", after[1]);
        Assert.Equal(before[2..], after[2..]);
    }

    [Fact]
    public void What_is_due_and_gone_is_one_error_and_not_one_a_minute()
    {
        using ModuleSession session = OnFriday(out FakeTimeProvider clock);
        session.Must("'exp_sandbox_01', 'exp_sandbox_03' | Suspend-PictifyExperiment -For 1h");
        session.Must("$c = Connect-Pictify -Sandbox (Get-PictifyConnection).Sandbox -LedgerPath off -PassThru");
        session.Must(
            "Remove-PictifyExperiment exp_sandbox_03 -Confirm:$false; Connect-Pictify -Sandbox $c.Sandbox -LedgerPath $args[0]",
            LedgerFile
        );
        clock.Advance(TimeSpan.FromHours(1));

        Result first = session.Run("Resume-PictifyExperiment -Due -WhatIf; Resume-PictifyExperiment -Due");

        Assert.Equal(["exp_sandbox_01"], first.Strings("Uid"));
        Assert.Equal(["ExperimentNotFound"], first.ErrorIds);
        Result second = session.Run("Resume-PictifyExperiment -Due");
        Assert.Empty(second.Output);
        Assert.Empty(second.Errors);
    }

    [Fact]
    public void Another_end_for_what_is_paused_already_is_the_one_that_holds()
    {
        using ModuleSession session = OnFriday(out FakeTimeProvider clock);
        session.Must("'exp_sandbox_01', 'exp_sandbox_03' | Suspend-PictifyExperiment -For 1h");
        session.Must("Suspend-PictifyExperiment exp_sandbox_01 -For 5h");

        // It was paused before anybody gave it an end: it is not resumed.
        session.Must("Suspend-PictifyExperiment exp_sandbox_04 -For 1h");
        clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(["exp_sandbox_03"], session.Run("Resume-PictifyExperiment -Due").Strings("Uid"));
        clock.Advance(TimeSpan.FromHours(4));

        Assert.Equal(["exp_sandbox_01"], session.Run("Resume-PictifyExperiment -Due").Strings("Uid"));
    }

    [Fact]
    public void The_environment_says_where_the_ledger_is()
    {
        const string Script =
            "Connect-Pictify -ApiKey $k -BaseUri http://127.0.0.1:1; (Get-PictifyConnection).LedgerPath";
        string secure =
            "$k = [securestring]::new(); 'pk_test_x'.ToCharArray() | ForEach-Object { $k.AppendChar($_) }; ";

        string PathIn(params (string, string?)[] environment) =>
            PwshProcess
                .RunCommand(environment.ToDictionary(static e => e.Item1, static e => e.Item2), secure + Script)
                .Output.Trim();

        Assert.Equal("off", PathIn(("PICTIFY_LEDGER", "OFF")));
        Assert.Equal(LedgerFile, PathIn(("PICTIFY_LEDGER", LedgerFile)));
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(
                Path.Combine(_folder, "PictifyPS", "ledger.jsonl"),
                PathIn(("PICTIFY_LEDGER", null), ("XDG_DATA_HOME", _folder))
            );
        }

        // A sandbox never writes into the record of what really happened, unless it is told to.
        (_, string sandbox) = PwshProcess.RunCommand(
            new Dictionary<string, string?> { ["PICTIFY_LEDGER"] = LedgerFile },
            "Connect-Pictify -Sandbox; Suspend-PictifyExperiment exp_sandbox_01; (Get-PictifyOperation).Changed"
        );
        Assert.EndsWith("1", sandbox.TrimEnd(), StringComparison.Ordinal);
        Assert.False(File.Exists(LedgerFile));
    }

    private async Task<bool> KillAndRestoreAsync(int atRequest, int run)
    {
        string ledger = Path.Combine(_folder, $"{run}.jsonl");
        Process? child = null;
        int requests = 0;
        var sandbox = new PictifySandbox(
            new PictifySandboxOptions
            {
                Experiments = [],
                AcceptKey = _ =>
                {
                    if (Interlocked.Increment(ref requests) == atRequest)
                    {
                        child!.Kill();
                    }

                    return true;
                },
            }
        );
        sandbox.Generate(150);
        Dictionary<string, string?> before = Held(sandbox);
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        child = PwshProcess.Start(
            PwshProcess.Command(
                new Dictionary<string, string?>
                {
                    ["PICTIFY_API_KEY"] = ModuleSession.Key,
                    ["PICTIFY_BASE_URL"] = server.BaseUri.AbsoluteUri,
                    ["PICTIFY_LEDGER"] = ledger,
                    // Its runtime's sockets stay behind it.
                    ["TMPDIR"] = _folder,
                },
                "-NonInteractive",
                "-Command",
                $"Import-Module '{Repository.Manifest}'; $null = Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment -ThrottleLimit 4"
            )
        );
        await child.WaitForExitAsync();
        child.Dispose();

        // What had reached the server when the process died is still carried out.
        await Task.Delay(TimeSpan.FromMilliseconds(50));
        using ModuleSession session = ModuleSession.Over(server, $"-LedgerPath '{ledger}'");
        bool wasOpen = session.Must("Get-PictifyOperation | Where-Object Unknown").Count > 0;

        session.Must("Get-PictifyOperation | Where-Object Unknown | Update-PictifyOperation");

        Dictionary<string, string?> after = Held(sandbox);
        string[] changed =
        [
            .. session
                .Must(
                    "Get-PictifyOperation | ForEach-Object Entries | Where-Object Outcome -eq Changed | ForEach-Object Uid"
                )
                .Select(static uid => $"{uid}"),
        ];
        Assert.Equal(after.Keys.Where(uid => after[uid] != before[uid]).Order(), changed.Order());
        Assert.Empty(session.Must("Get-PictifyOperation | ForEach-Object Entries | Where-Object Outcome -eq Unknown"));
        Assert.Equal("True", $"{session.Must("Test-PictifyLedger")[0].Properties["IsValid"].Value}");

        session.Must("Get-PictifyOperation | Undo-PictifyOperation");

        Assert.Equal(before, Held(sandbox));
        Assert.Equal("True", $"{session.Must("Test-PictifyLedger")[0].Properties["IsValid"].Value}");
        return wasOpen;
    }

    private static Dictionary<string, string?> Held(PictifySandbox sandbox) =>
        sandbox.Experiments.ToDictionary(static e => e.Uid, static e => e.StatusText);

    private ModuleSession WithLedger()
    {
        var session = new ModuleSession();
        session.Must("Connect-Pictify -Sandbox -LedgerPath $args[0]", LedgerFile);
        return session;
    }

    /// <summary>A sandbox whose clock stands at Friday, 16:00, and turns when the test turns it.</summary>
    private ModuleSession OnFriday(out FakeTimeProvider clock)
    {
        clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 27, 16, 0, 0, TimeSpan.Zero));
        var session = new ModuleSession();
        session.Must(
            "Connect-Pictify -Sandbox ([Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ TimeProvider = $args[0] })) -LedgerPath $args[1]",
            clock,
            LedgerFile
        );
        return session;
    }

    private static IReadOnlyList<PSObject> Sample(ModuleSession session, string name, int exitCode)
    {
        IReadOnlyList<PSObject> output = session.Must(
            "& $args[0] -Connection $c",
            Path.Combine(Repository.Root, "samples", name)
        );
        Assert.Equal($"{exitCode}", $"{session.Must("$LASTEXITCODE")[0]}");
        return output;
    }

    private static string[] Statuses(ModuleSession session) => session.Run("Get-PictifyExperiment").Strings("Status");

    private static int Requests(ModuleSession session) =>
        (int)session.Must("(Get-PictifyConnection).Sandbox.ChangeRequests")[0].BaseObject;
}
