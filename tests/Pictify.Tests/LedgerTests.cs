using System.Security.Cryptography;
using System.Text;
using Pictify.Ledger;

namespace Pictify.Tests;

/// <summary>A ledger: chained, shared, torn and mended.</summary>
public sealed class LedgerTests : LedgerPlaces
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_line_is_read_as_it_was_written(bool inMemory)
    {
        PictifyLedger ledger = New(inMemory);
        Assert.Empty(await ledger.FindAsync(LedgerQuery.All));
        LedgerEntry entry = Entry("op1", 1, ChangeOutcome.Changed) with
        {
            Name = "Größe \"1\"\n\u001b[31m",
            Reason = "freeze",
            UntilMoment = _now.AddDays(1),
            SkewMilliseconds = -12,
            LimitMilliseconds = 30_000,
        };

        await ledger.AppendAsync(entry);

        LedgerEntry read = Assert.Single(await ledger.FindAsync(LedgerQuery.All));
        Assert.Equal(entry with { Sequence = 1, Previous = read.Previous, Hash = read.Hash }, read);
        Assert.Single(Lines());
        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Many_tasks_write_whole_lines_in_one_chain(bool inMemory)
    {
        PictifyLedger ledger = New(inMemory);

        await Task.WhenAll(Enumerable.Range(1, 500).Select(n => Task.Run(() => ledger.AppendAsync(Entry("op1", n)))));

        Assert.Equal(
            Enumerable.Range(1, 500),
            (await ledger.FindAsync(LedgerQuery.All)).Select(static e => e.Number!.Value).Order()
        );
        LedgerReport report = await ledger.VerifyAsync();
        Assert.True(report.IsValid, string.Join("; ", report.Problems));
        Assert.Equal(500, report.Lines);
    }

    /// <summary>A version that is not known yet may give its fields any meaning, but for the place in the chain.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_line_of_a_newer_version_is_skipped_and_named_and_the_chain_continues_after_it(bool inMemory)
    {
        _ = await Filled(inMemory, 1);
        PictifyLedger ledger = Reopened();
        await ledger.AppendAsync(Entry("op2", 1, ChangeOutcome.Changed) with { Version = 2 });
        ledger = Reopened();
        await ledger.AppendAsync(Entry("op3", 1));
        var skipped = new List<LedgerProblem>();

        LedgerEntry[] read = await ledger.FindAsync(new LedgerQuery { Skipped = skipped.Add });
        LedgerEntry[] none = await ledger.FindAsync(new LedgerQuery { OperationId = "op2", Skipped = skipped.Add });

        Assert.Equal([("op1", 1L), ("op3", 3L)], read.Select(static entry => (entry.OperationId!, entry.Sequence)));
        Assert.Empty(none);
        const string Why = "Line 2: it was written by a newer version of this module, and this version cannot read it";
        Assert.Equal([Why, Why], skipped.Select(static problem => problem.ToString()));
        LedgerReport report = await ledger.VerifyAsync();
        Assert.Equal([Why], report.Problems.Select(static problem => problem.ToString()));
        Assert.Equal(read[^1].Hash, report.LastHash);
    }

    /// <summary>A line of another version that was changed is first of all a line that was changed.</summary>
    [Fact]
    public async Task A_line_whose_version_was_changed_was_changed()
    {
        _ = await Filled(inMemory: false, 2);
        string file = Reopened().Location.Path!;
        string text = File.ReadAllText(file);
        File.WriteAllText(file, text.Replace("{\"v\":1,\"seq\":2,", "{\"v\":2,\"seq\":2,", StringComparison.Ordinal));

        LedgerReport report = await Reopened().VerifyAsync();

        Assert.Equal(
            ["Line 2: it was changed after it was written"],
            report.Problems.Select(static problem => problem.ToString())
        );
    }

    /// <summary>Such as a field with another type: only the place in the chain is certain.</summary>
    [Fact]
    public async Task A_newer_version_may_write_fields_that_this_one_cannot_read()
    {
        _ = await Filled(inMemory: false, 2);
        string file = Reopened().Location.Path!;
        string[] lines = File.ReadAllLines(file);
        string body = lines[1]
            [..lines[1].IndexOf(",\"hash\":\"", StringComparison.Ordinal)]
            .Replace("{\"v\":1,", "{\"v\":2,", StringComparison.Ordinal)
            .Replace("\"n\":", "\"n\":\"number\",\"was\":", StringComparison.Ordinal);
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        File.WriteAllText(file, $"{lines[0]}\n{body},\"hash\":\"{hash}\"}}\n");
        PictifyLedger ledger = Reopened();
        await ledger.AppendAsync(Entry("op3", 1));
        var skipped = new List<LedgerProblem>();

        LedgerEntry[] read = await ledger.FindAsync(new LedgerQuery { Skipped = skipped.Add });

        const string Why = "Line 2: it was written by a newer version of this module, and this version cannot read it";
        Assert.Equal([1L, 3L], read.Select(static entry => entry.Sequence));
        Assert.Equal(hash, read[^1].Previous);
        Assert.Equal([Why], skipped.Select(static problem => problem.ToString()));
        LedgerReport report = await ledger.VerifyAsync();
        Assert.Equal([Why], report.Problems.Select(static problem => problem.ToString()));
        var error = await Assert.ThrowsAsync<LedgerException>(() =>
            ledger.FindAsync(new LedgerQuery { RefuseNewer = true })
        );
        Assert.Equal(LedgerFailure.Unreadable, error.Failure);
    }

    /// <summary>Also where it is read past without being parsed, and where only what was added is read.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_line_of_a_newer_version_can_be_refused(bool inMemory)
    {
        PictifyLedger ledger = await Filled(inMemory, 2);
        var query = new LedgerQuery { RefuseNewer = true, OperationId = "op1" };
        long end = await ledger.ReadAsync(query, static _ => { });
        await ledger.AppendAsync(Entry("op2", 1) with { Version = int.MaxValue });

        foreach (long from in new[] { 0, end })
        {
            var error = await Assert.ThrowsAsync<LedgerException>(() =>
                ledger.ReadAsync(query with { From = from }, static _ => { })
            );

            Assert.Equal(LedgerFailure.Unreadable, error.Failure);
            Assert.Equal(
                $"The ledger '{ledger.Location}' has lines that a newer version of this module wrote, and this version does not know what "
                    + "they changed. Update the module on this machine.",
                error.Message
            );
        }

        Assert.Empty(await ledger.FindAsync(new LedgerQuery { From = end, Skipped = Assert.Null }));
    }

    /// <summary>A file only: nobody else writes memory.</summary>
    [Fact]
    public async Task Somebody_elses_line_is_followed()
    {
        PictifyLedger ledger = await Filled(inMemory: false, 3);
        string[] lines = Lines();

        // Taken back to two lines behind our back, as another process with another view would leave it.
        await File.WriteAllTextAsync(LedgerFile, string.Join("\n", lines[..2]) + "\n");
        await ledger.AppendAsync(Entry("op2", 1));

        Assert.Equal([1, 2, 3], (await ledger.FindAsync(LedgerQuery.All)).Select(static e => e.Sequence));
        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    /// <summary>A file only: memory cannot be moved away.</summary>
    [Fact]
    public async Task A_ledger_that_was_moved_away_begins_anew()
    {
        PictifyLedger ledger = await Filled(inMemory: false, 3);
        File.Move(LedgerFile, LedgerFile + ".old");

        await ledger.AppendAsync(Entry("op2", 1));

        Assert.Equal(1, Assert.Single(await ledger.FindAsync(LedgerQuery.All)).Sequence);
        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    /// <summary>Wherever a writer was cut off, the next one ends the line, marks it, and goes on.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_line_that_was_cut_off_is_marked_wherever_the_cut_is(bool inMemory)
    {
        _ = await Filled(inMemory, 3);
        string whole = Text();
        int second = whole.IndexOf('\n', StringComparison.Ordinal) + 1;
        for (int cut = second + 1; cut < whole.Length; cut += 37)
        {
            PictifyLedger ledger = Reopened(whole[..cut]);
            bool isTorn = whole[cut - 1] != '\n';
            Assert.True((await ledger.VerifyAsync()).IsValid);
            Assert.Equal(isTorn ? 1 : 0, (await ledger.VerifyAsync()).TornLines);

            await ledger.AppendAsync(Entry("op2", 1));

            LedgerReport report = await ledger.VerifyAsync();
            Assert.True(report.IsValid, $"cut at {cut}: {string.Join("; ", report.Problems)}");
            Assert.Equal(isTorn ? 1 : 0, report.TornLines);
            Assert.Equal("op2", (await ledger.FindAsync(LedgerQuery.All)).Last().OperationId);
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_torn_line_that_was_changed_afterwards_is_found(bool inMemory)
    {
        _ = await Filled(inMemory, 2);
        PictifyLedger ledger = Reopened(Text()[..^20]);
        await ledger.AppendAsync(Entry("op2", 1));
        string[] lines = Lines();
        lines[1] = lines[1].Replace("op1", "opX", StringComparison.Ordinal);
        ledger = Reopened(string.Join("\n", lines) + "\n");

        Assert.Equal(2, Assert.Single((await ledger.VerifyAsync()).Problems).Line);
    }

    public static TheoryData<bool, string, string> Done
    {
        get
        {
            var data = new TheoryData<bool, string, string>();
            foreach (bool inMemory in new[] { false, true })
            {
                data.Add(inMemory, "edited", "Line 4: it was changed after it was written");
                data.Add(inMemory, "rehashed", "Line 5: it does not follow the line before, which was replaced");
                data.Add(inMemory, "removed", "Line 4: an entry is missing before it");
                data.Add(inMemory, "two removed", "Line 4: 2 entries are missing before it");
                data.Add(inMemory, "first removed", "Line 1: an entry is missing before it");
                data.Add(inMemory, "swapped", "Line 5: it is out of order: entry 4 is after entry 5");
                data.Add(inMemory, "repeated", "Line 5: it repeats entry 4");
                data.Add(
                    inMemory,
                    "garbage",
                    "Line 4: it is not an entry of a ledger, or it was changed and is no longer one"
                );
                data.Add(
                    inMemory,
                    "emptied",
                    "Line 4: it is not an entry of a ledger, or it was changed and is no longer one"
                );
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Done))]
    public async Task What_was_done_to_a_line_is_found_and_the_line_is_named(bool inMemory, string done, string problem)
    {
        _ = await Filled(inMemory, 8);
        List<string> lines = [.. Lines()];
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

        PictifyLedger ledger = Reopened(string.Join("\n", lines) + "\n");

        LedgerReport report = await ledger.VerifyAsync();
        Assert.False(report.IsValid);
        Assert.Equal([problem], report.Problems.Select(static p => p.ToString()));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_cut_end_shows_by_a_hash_that_was_kept(bool inMemory)
    {
        PictifyLedger ledger = await Filled(inMemory, 5);
        string kept = (await ledger.VerifyAsync()).LastHash!;
        Assert.True((await ledger.VerifyAsync(kept)).IsValid);

        ledger = Reopened(string.Join("\n", Lines()[..3]) + "\n");

        Assert.True((await ledger.VerifyAsync()).IsValid);
        Assert.Equal(3, Assert.Single((await ledger.VerifyAsync(kept)).Problems).Line);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Operations_are_counted_with_what_is_open_as_unknown(bool inMemory)
    {
        PictifyLedger ledger = New(inMemory);
        await ledger.AppendAsync(Entry("op1", 1) with { Kind = LedgerKind.Intent, Outcome = ChangeOutcome.Unknown });
        await ledger.AppendAsync(Entry("op1", 2) with { Kind = LedgerKind.Intent, Outcome = ChangeOutcome.Unknown });
        await ledger.AppendAsync(Entry("op2", 1, ChangeOutcome.Unchanged));
        await ledger.AppendAsync(Entry("op1", 1, ChangeOutcome.Changed) with { Moment = _now.AddSeconds(3) });
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
        string topic = File.ReadAllText(
            Path.Combine(RepositoryRoot.Folder, "docs", "en-US", "about_PictifyPS_Ledger.md")
        );
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

    internal static LedgerEntry Entry(string operation, int number, ChangeOutcome outcome = ChangeOutcome.Changed) =>
        new()
        {
            Kind = LedgerKind.Outcome,
            Moment = _now,
            OperationId = operation,
            Number = number,
            Command = "Suspend-PictifyExperiment",
            Uid = "exp_1",
            Outcome = outcome,
            BaseUrl = "https://here/",
        };

    /// <summary>It is about no experiment: nothing is counted for it, and by itself it is no operation.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_stopped_line_marks_its_operation_and_counts_as_nothing(bool inMemory)
    {
        PictifyLedger ledger = New(inMemory);
        LedgerEntry stopped = Entry("op1", 1) with
        {
            Kind = LedgerKind.Stopped,
            Moment = _now.AddSeconds(5),
            Number = null,
            Uid = null,
            Outcome = ChangeOutcome.Unknown,
            UntilMoment = _now,
        };
        await ledger.AppendAsync(Entry("op1", 1));
        await ledger.AppendAsync(Entry("op2", 1));
        await ledger.AppendAsync(stopped);
        await ledger.AppendAsync(stopped with { OperationId = "op3" });

        foreach (PictifyLedger one in new[] { ledger, Reopened() })
        {
            PictifyOperation[] operations = await one.ReadOperationsAsync(LedgerQuery.All);

            Assert.Equal(
                [("op1", true, false), ("op2", false, true)],
                operations.Select(static o => (o.Id, o.EndedEarly, o.Succeeded))
            );
            Assert.Equal((1, 1, 0), (operations[0].Total, operations[0].Changed, operations[0].Unknown));
            Assert.Equal(TimeSpan.FromSeconds(5), operations[0].Duration);
            Assert.Equal(LedgerKind.Outcome, Assert.Single(operations[0].Entries).Kind);
            Assert.Null(await one.FindOperationAsync("op3"));
            Assert.True((await one.FindOperationAsync("op1"))!.EndedEarly);
            var query = new LedgerQuery { Since = _now, Uids = ["exp_1"] };
            Assert.Equal([true, false], (await one.ReadOperationsAsync(query)).Select(static o => o.EndedEarly));
            Assert.Empty(await one.ReadOperationsAsync(new LedgerQuery { WithEnd = true }));
            LedgerReport report = await one.VerifyAsync();
            Assert.True(report.IsValid);
            Assert.Equal(4, report.Lines);
        }

        Assert.Contains("\"kind\":\"stopped\"", Lines()[2], StringComparison.Ordinal);
    }

    /// <summary>What somebody does who knows the format: a line with a hash that is right for it.</summary>
    private static string Rehash(string line)
    {
        string covered = line[..line.LastIndexOf(",\"hash\"", StringComparison.Ordinal)];
        byte[] hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(covered));
        return $"{covered},\"hash\":\"{Convert.ToHexStringLower(hash)}\"}}";
    }
}
