using System.Text;
using Pictify.Ledger;

namespace Pictify.Tests;

/// <summary>The file: chained, shared, torn and mended.</summary>
public sealed class LedgerTests : IDisposable
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("pictify").FullName;

    private string LedgerFile => Path.Combine(_folder, "sub", "ledger.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_line_is_read_as_it_was_written_and_the_first_one_makes_the_file()
    {
        PictifyLedger ledger = PictifyLedger.Open(LedgerFile);
        Assert.Empty((await ledger.FindAsync(LedgerQuery.All)));
        LedgerEntry entry = Entry("op1", 1, ChangeOutcome.Changed) with
        {
            Name = "Größe \"1\"\n\u001b[31m",
            Reason = "freeze",
            Until = _now.AddDays(1),
            SkewMilliseconds = -12,
        };

        await ledger.AppendAsync(entry);

        LedgerEntry read = Assert.Single((await ledger.FindAsync(LedgerQuery.All)));
        Assert.Equal(entry with { Sequence = 1, Previous = read.Previous, Hash = read.Hash }, read);
        Assert.Single(await File.ReadAllLinesAsync(LedgerFile));
        Assert.True((await ledger.VerifyAsync()).IsValid);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(LedgerFile));
        }
    }

    [Fact]
    public async Task Many_tasks_write_whole_lines_in_one_chain()
    {
        PictifyLedger ledger = PictifyLedger.Open(LedgerFile);

        await Task.WhenAll(Enumerable.Range(1, 500).Select(n => Task.Run(() => ledger.AppendAsync(Entry("op1", n)))));

        Assert.Equal(
            Enumerable.Range(1, 500),
            (await ledger.FindAsync(LedgerQuery.All)).Select(static e => e.Number!.Value).Order()
        );
        LedgerReport report = (await ledger.VerifyAsync());
        Assert.True(report.IsValid, string.Join("; ", report.Problems));
        Assert.Equal(500, report.Lines);
    }

    [Fact]
    public async Task Somebody_elses_line_is_followed()
    {
        PictifyLedger ledger = await Filled(3);
        string[] lines = await File.ReadAllLinesAsync(LedgerFile);

        // Taken back to two lines behind our back, as another process with another view would leave it.
        await File.WriteAllTextAsync(LedgerFile, string.Join("\n", lines[..2]) + "\n");
        await ledger.AppendAsync(Entry("op2", 1));

        Assert.Equal([1, 2, 3], (await ledger.FindAsync(LedgerQuery.All)).Select(static e => e.Sequence));
        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    [Fact]
    public async Task A_ledger_that_was_moved_away_begins_anew()
    {
        PictifyLedger ledger = await Filled(3);
        File.Move(LedgerFile, LedgerFile + ".old");

        await ledger.AppendAsync(Entry("op2", 1));

        Assert.Equal(1, Assert.Single((await ledger.FindAsync(LedgerQuery.All))).Sequence);
        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    /// <summary>Wherever a writer was cut off, the next one ends the line, marks it, and goes on.</summary>
    [Fact]
    public async Task A_line_that_was_cut_off_is_marked_wherever_the_cut_is()
    {
        PictifyLedger ledger = await Filled(3);
        byte[] whole = await File.ReadAllBytesAsync(LedgerFile);
        int second = Encoding.UTF8.GetString(whole).IndexOf('\n', StringComparison.Ordinal) + 1;
        for (int cut = second + 1; cut < whole.Length; cut += 37)
        {
            await File.WriteAllBytesAsync(LedgerFile, whole[..cut]);
            bool isTorn = whole[cut - 1] != '\n';
            Assert.True((await ledger.VerifyAsync()).IsValid);
            Assert.Equal(isTorn ? 1 : 0, (await ledger.VerifyAsync()).TornLines);

            await ledger.AppendAsync(Entry("op2", 1));

            LedgerReport report = (await ledger.VerifyAsync());
            Assert.True(report.IsValid, $"cut at {cut}: {string.Join("; ", report.Problems)}");
            Assert.Equal(isTorn ? 1 : 0, report.TornLines);
            Assert.Equal("op2", (await ledger.FindAsync(LedgerQuery.All)).Last().OperationId);
        }
    }

    [Fact]
    public async Task A_torn_line_that_was_changed_afterwards_is_found()
    {
        PictifyLedger ledger = await Filled(2);
        byte[] whole = await File.ReadAllBytesAsync(LedgerFile);
        await File.WriteAllBytesAsync(LedgerFile, whole[..^20]);
        await ledger.AppendAsync(Entry("op2", 1));
        string[] lines = await File.ReadAllLinesAsync(LedgerFile);
        lines[1] = lines[1].Replace("op1", "opX", StringComparison.Ordinal);
        await File.WriteAllTextAsync(LedgerFile, string.Join("\n", lines) + "\n");

        Assert.Equal(2, Assert.Single((await ledger.VerifyAsync()).Problems).Line);
    }

    [Theory]
    [InlineData("edited", "Line 4: it was changed after it was written")]
    [InlineData("rehashed", "Line 5: it does not follow the line before, which was replaced")]
    [InlineData("removed", "Line 4: an entry is missing before it")]
    [InlineData("two removed", "Line 4: 2 entries are missing before it")]
    [InlineData("first removed", "Line 1: an entry is missing before it")]
    [InlineData("swapped", "Line 5: it is out of order: entry 4 stands after entry 5")]
    [InlineData("repeated", "Line 5: it repeats entry 4")]
    [InlineData("garbage", "Line 4: it is no entry of a ledger, or was changed into none")]
    [InlineData("emptied", "Line 4: it is no entry of a ledger, or was changed into none")]
    public async Task What_was_done_to_a_line_is_found_and_the_line_is_named(string done, string problem)
    {
        PictifyLedger ledger = await Filled(8);
        List<string> lines = [.. await File.ReadAllLinesAsync(LedgerFile)];
        switch (done)
        {
            case "edited":
                lines[3] = lines[3].Replace("changed", "failed", StringComparison.Ordinal);
                break;
            case "rehashed":
                lines[3] = Rehash(lines[3].Replace("changed", "failed", StringComparison.Ordinal));
                break;
            case "removed":
                lines.RemoveAt(3);
                break;
            case "two removed":
                lines.RemoveRange(3, 2);
                break;
            case "first removed":
                lines.RemoveAt(0);
                break;
            case "swapped":
                (lines[3], lines[4]) = (lines[4], lines[3]);
                break;
            case "repeated":
                lines.Insert(4, lines[3]);
                break;
            case "garbage":
                lines[3] = "{ not json";
                break;
            default:
                lines[3] = "";
                break;
        }

        await File.WriteAllTextAsync(LedgerFile, string.Join("\n", lines) + "\n");

        LedgerReport report = (await ledger.VerifyAsync());
        Assert.False(report.IsValid);
        Assert.Equal([problem], report.Problems.Select(static p => p.ToString()));
    }

    [Fact]
    public async Task A_cut_end_shows_by_a_hash_that_was_kept()
    {
        PictifyLedger ledger = await Filled(5);
        string kept = (await ledger.VerifyAsync()).LastHash!;
        Assert.True((await ledger.VerifyAsync(kept)).IsValid);
        string[] lines = await File.ReadAllLinesAsync(LedgerFile);

        await File.WriteAllTextAsync(LedgerFile, string.Join("\n", lines[..3]) + "\n");

        Assert.True((await ledger.VerifyAsync()).IsValid);
        Assert.Equal(3, Assert.Single((await ledger.VerifyAsync(kept)).Problems).Line);
    }

    [Fact]
    public async Task Operations_are_counted_with_what_is_open_as_unknown()
    {
        PictifyLedger ledger = PictifyLedger.InMemory();
        await ledger.AppendAsync(Entry("op1", 1) with { Kind = LedgerKind.Intent, Outcome = ChangeOutcome.Unknown });
        await ledger.AppendAsync(Entry("op1", 2) with { Kind = LedgerKind.Intent, Outcome = ChangeOutcome.Unknown });
        await ledger.AppendAsync(Entry("op2", 1, ChangeOutcome.Unchanged));
        await ledger.AppendAsync(Entry("op1", 1, ChangeOutcome.Changed) with { Time = _now.AddSeconds(3) });
        await ledger.AppendAsync(Entry("op2", 2, ChangeOutcome.Failed));
        await ledger.AppendAsync(Entry("op2", 3, ChangeOutcome.Unknown));

        PictifyOperation[] operations = await ledger.ReadOperationsAsync(LedgerQuery.All);

        Assert.Equal(["op1", "op2"], operations.Select(static o => o.Id));
        Assert.Equal((1, 0, 0, 1, 2), Counts(operations[0]));
        Assert.Equal((0, 1, 1, 1, 3), Counts(operations[1]));
        Assert.Equal(TimeSpan.FromSeconds(3), operations[0].Duration);
        Assert.Equal(
            [ChangeOutcome.Changed, ChangeOutcome.Unknown],
            operations[0].Entries.Select(static entry => entry.Outcome)
        );

        // Settled by two at once, which changes nothing.
        LedgerEntry settled = Entry("op1", 2, ChangeOutcome.Failed) with
        {
            Kind = LedgerKind.Settled,
        };
        await ledger.AppendAsync(settled);
        await ledger.AppendAsync(settled);
        Assert.Equal((1, 0, 1, 0, 2), Counts((await ledger.FindOperationAsync("op1"))!));
        Assert.Null(await ledger.FindOperationAsync("op"));

        static (int, int, int, int, int) Counts(PictifyOperation o) =>
            (o.Changed, o.Unchanged, o.Failed, o.Unknown, o.Total);
    }

    [Fact]
    public void Every_field_is_explained_to_those_who_read_the_file()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PictifyPS.sln")))
        {
            folder = folder.Parent!;
        }

        string topic = File.ReadAllText(Path.Combine(folder.FullName, "docs", "en-US", "about_PictifyPS_Ledger.md"));
        string[] explained =
        [
            .. System
                .Text.RegularExpressions.Regex.Matches(
                    topic[topic.IndexOf("## The format", StringComparison.Ordinal)..],
                    "^    ([a-zA-Z0-9]+) {2,}\\S",
                    System.Text.RegularExpressions.RegexOptions.Multiline
                )
                .Select(static match => match.Groups[1].Value),
        ];

        Assert.Equal(LedgerJson.Default.LedgerEntry.Properties.Select(static field => field.Name), explained);
    }

    private async Task<PictifyLedger> Filled(int count)
    {
        PictifyLedger ledger = PictifyLedger.Open(LedgerFile);
        for (int n = 1; n <= count; n++)
        {
            await ledger.AppendAsync(Entry("op1", n));
        }

        return ledger;
    }

    internal static LedgerEntry Entry(string operation, int number, ChangeOutcome outcome = ChangeOutcome.Changed) =>
        new()
        {
            Kind = LedgerKind.Outcome,
            Time = _now,
            OperationId = operation,
            Number = number,
            Command = "Suspend-PictifyExperiment",
            Uid = "exp_1",
            Outcome = outcome,
            BaseUrl = "https://here/",
        };

    /// <summary>What somebody does who knows the format: a line with a hash that is right for it.</summary>
    private static string Rehash(string line)
    {
        string covered = line[..line.LastIndexOf(",\"hash\"", StringComparison.Ordinal)];
        byte[] hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(covered));
        return $"{covered},\"hash\":\"{Convert.ToHexStringLower(hash)}\"}}";
    }
}
