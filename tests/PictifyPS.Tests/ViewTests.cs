using System.Text.RegularExpressions;
using Pictify;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

public sealed class ViewTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void The_table_fits_and_cuts_nothing_off(int width)
    {
        string[] lines = Lines(PwshProcess.Show("Connect-Pictify -Sandbox; Get-PictifyExperiment", width));

        Assert.Equal(14, lines.Length);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
        Assert.DoesNotContain(lines, static line => line.Contains('…', StringComparison.Ordinal));
        Assert.Matches(@"^Name +Status +Type +Impressions +Uid$", lines[0]);
        Assert.Matches(@"^Hero Summer Sale +Running +AbTest +96114 +exp_sandbox_01$", lines[2]);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void Operations_and_their_entries_are_tables(int width)
    {
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        string pause =
            $"Connect-Pictify -Sandbox -LedgerPath '{Path.Combine(folder, "ledger")}'; "
            + "$null = Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -Reason 'Incident 7'; ";

        string[] operations = Lines(PwshProcess.Show(pause + "Get-PictifyOperation", width));
        string[] entries = Lines(PwshProcess.Show(pause + "(Get-PictifyOperation -Last).Entries", width));
        Directory.Delete(folder, recursive: true);

        Assert.Matches("^Id +Command +Result +Reason", operations[0]);
        Assert.Matches("^[0-9TZ]+-[0-9a-f]{8} Suspend-PictifyExperiment +4 changed", operations[2]);
        Assert.DoesNotContain("…", string.Join("", operations), StringComparison.Ordinal);
        Assert.Matches("^Time +Outcome +Before +After +Name", entries[0]);
        Assert.Matches("^[0-9-]{10} [0-9:]{8} Changed +running +paused +Hero", entries[2]);
        Assert.Equal(5, entries.Length - 2);
        Assert.All(operations.Concat(entries), line => Assert.True(line.Length <= width, line));
    }

    [Fact]
    public void Variants_have_a_table_of_their_own()
    {
        string text = PwshProcess.Show("Connect-Pictify -Sandbox; (Get-PictifyExperiment -First 1).Variants");

        Assert.Matches(@"Id +Name +Weight +Default +Impressions +Clicks +Rate", text);
        Assert.Matches(@"control +Control +50 % +False +48210 +3127 +6[.,]49 %", text);
    }

    [Fact]
    public async Task What_a_name_holds_never_reaches_the_terminal_as_a_sequence()
    {
        PictifySandbox sandbox = ModuleSession.SandboxWithKey(
            new PictifySandboxOptions
            {
                Experiments =
                [
                    new Experiment
                    {
                        Uid = "exp_1",
                        Name = "Evil\u001b]0;owned\u0007\u202ename",
                        StatusText = "\u001b[2J",
                    },
                ],
            }
        );
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);

        string text = PwshProcess.Show(
            $"$k = [securestring]::new(); '{ModuleSession.Key}'.ToCharArray() | ForEach-Object {{ $k.AppendChar($_) }}; "
                + $"Connect-Pictify -ApiKey $k -BaseUri {server.BaseUri} -NoProxy; Get-PictifyExperiment; Suspend-PictifyExperiment -Name Evil* -WhatIf",
            200,
            colours: true
        );

        Assert.Contains("owned", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\u001b(?!\[[0-9;]*[mK])", text);
        Assert.DoesNotContain('\u0007', text);
        Assert.DoesNotContain('\u202e', text);
    }

    [Fact]
    public void An_error_reads_well()
    {
        string text = PwshProcess.Show("Connect-Pictify -Sandbox; Suspend-PictifyExperiment exp_sandbox_12", 200);

        Assert.Equal(
            "Suspend-PictifyExperiment: exp_sandbox_12: It is 'completed', and the service refused to pause it (HTTP 409). "
                + "Nothing leads out of that status. The service says: An experiment that is completed cannot be paused.",
            text.Trim()
        );
    }

    private static string[] Lines(string text) =>
        [.. text.Split('\n').Select(static line => line.TrimEnd()).Where(static line => line.Length > 0)];
}
