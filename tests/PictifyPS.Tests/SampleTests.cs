using System.Management.Automation.Language;

namespace PictifyPS.Tests;

/// <summary>The runbooks in samples/: each says what it needs and how it fails, and those that can run here do.</summary>
public sealed class SampleTests
{
    private static readonly Dictionary<string, string?> _ledgerOn = new() { ["PICTIFY_LEDGER"] = null };

    private static string Folder => Path.Combine(Repository.Root, "samples");

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Folder).Select(static f => Path.GetFileName(f)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_says_what_it_does_what_it_may_and_how_it_fails(string file)
    {
        string text = File.ReadAllText(Path.Combine(Folder, file));
        string[] sections =
            file.EndsWith(".ps1", StringComparison.Ordinal)
                ? [".SYNOPSIS", "What it needs:", "Permissions:", "How it fails:", "Exit codes:"]
            : file.EndsWith(".timer", StringComparison.Ordinal) ? ["# What:"]
            : ["# What:", "# Permissions:", "# How it fails:", "# Exit codes:"];

        Assert.All(sections, section => Assert.Contains(section, text, StringComparison.Ordinal));
        if (file.EndsWith(".ps1", StringComparison.Ordinal))
        {
            Parser.ParseInput(text, out _, out ParseError[] errors);
            Assert.Empty(errors);
        }
    }

    [Fact]
    public void The_friday_freeze_runs_as_it_stands()
    {
        (int exit, string output) = PwshProcess.RunFile(_ledgerOn, "samples/friday-freeze.ps1");

        Assert.Equal(0, exit);
        Assert.Matches(
            "Paused until .*: 8 of 8\\. Undo-PictifyOperation [0-9TZ]+-[0-9a-f]{8} takes it back\\.",
            output
        );
    }

    [Fact]
    public void The_friday_freeze_takes_WhatIf_and_a_date_of_ones_own()
    {
        (int exit, string output) = PwshProcess.RunFile(
            _ledgerOn,
            "samples/friday-freeze.ps1",
            "-WhatIf",
            "-Until",
            "tomorrow 08:00"
        );
        Assert.Equal(0, exit);
        Assert.Equal(8, output.Split('\n').Count(static line => line.StartsWith("What if:", StringComparison.Ordinal)));

        (exit, output) = PwshProcess.RunFile(_ledgerOn, "samples/friday-freeze.ps1", "-Until", "someday");
        Assert.Equal(1, exit);
        Assert.Contains("is no date", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_due_has_nothing_to_do_in_a_sandbox_of_its_own() =>
        Assert.Equal((0, ""), PwshProcess.RunFile(_ledgerOn, "samples/resume-due.ps1"));

    [Fact]
    public void The_azure_runbook_pauses_resumes_and_fails_as_a_job()
    {
        using var session = new ModuleSession();
        string ledger = Path.Combine(Path.GetTempPath(), $"pictify-{Guid.NewGuid():N}.jsonl");
        string script = Path.Combine(Folder, "azure-automation.ps1");
        try
        {
            session.Must("$c = Connect-Pictify -Sandbox -LedgerPath $args[0] -PassThru", ledger);

            Assert.Equal(4, session.Must("& $args[0] -Name 'Hero*' -Reason Test -For 2h -Connection $c", script).Count);
            Assert.Empty(session.Must("& $args[0] -Due -Connection $c", script));
            Assert.Equal("4", $"{session.Must("(Get-PictifyOperation).Changed")[0]}");

            session.Must("$gone = Connect-Pictify -Sandbox -LedgerPath $args[0] -PassThru", ledger);
            session.Must("$gone.Dispose()");
            Assert.NotNull(session.Run("& $args[0] -Name 'Hero*' -Reason Test -Connection $gone", script).Terminating);
        }
        finally
        {
            File.Delete(ledger);
            File.Delete($"{ledger}.lock");
        }
    }

    /// <summary>A scheduler knows nothing but the exit code.</summary>
    [Theory]
    [InlineData("samples/pause-hero.ps1")]
    [InlineData("samples/friday-freeze.ps1")]
    [InlineData("samples/resume-due.ps1")]
    public void What_could_not_even_begin_is_a_failure(string sample)
    {
        var environment = new Dictionary<string, string?>
        {
            ["PICTIFY_API_KEY"] = "pk_test_nowhere",
            ["PICTIFY_BASE_URL"] = "ftp://nowhere",
            ["PICTIFY_LEDGER"] = null,
        };

        Assert.Equal(1, PwshProcess.RunFile(environment, sample, "-Live").ExitCode);
    }
}
