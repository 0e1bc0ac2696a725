using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Pictify.Ledger;

namespace Pictify.Tests;

/// <summary>What a ledger does with what others did to its bytes; in a file, and in memory.</summary>
public sealed class LedgerStoreTests : LedgerPlaces
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_word_is_read_by_its_name_only(bool inMemory)
    {
        PictifyLedger ledger = await Filled(inMemory, 3);
        string[] lines = Lines();
        Assert.All(lines, static line => Assert.Contains("\"outcome\":\"changed\"", line, StringComparison.Ordinal));
        lines[0] = lines[0].Replace("\"changed\"", "\"7\"", StringComparison.Ordinal);
        lines[1] = lines[1].Replace("\"changed\"", "\"99\"", StringComparison.Ordinal);
        lines[2] = lines[2].Replace("\"changed\"", "7", StringComparison.Ordinal);
        ledger = Reopened(string.Join("\n", lines) + "\n");

        LedgerEntry[] entries = await ledger.FindAsync(LedgerQuery.All);
        PictifyOperation operation = Assert.Single(await ledger.ReadOperationsAsync(LedgerQuery.All));

        Assert.Equal(Enumerable.Repeat(ChangeOutcome.Unknown, 3), entries.Select(static entry => entry.Outcome));
        Assert.Equal((3, 3), (operation.Unknown, operation.Total));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_value_without_a_word_is_written_as_unknown(bool inMemory)
    {
        PictifyLedger ledger = New(inMemory);

        await ledger.AppendAsync(
            LedgerTests.Entry("op1", 1, (ChangeOutcome)42) with
            {
                Kind = (LedgerKind)42,
                Change = (ChangeKind)42,
            }
        );

        LedgerEntry read = Assert.Single(await ledger.FindAsync(LedgerQuery.All));
        Assert.Equal(
            (LedgerKind.Unknown, ChangeOutcome.Unknown, ChangeKind.Unknown),
            (read.Kind, read.Outcome, read.Change)
        );
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_text_that_is_too_long_is_refused_and_nothing_of_its_batch_is_written(bool inMemory)
    {
        PictifyLedger ledger = New(inMemory);
        string longest = new('\u0001', LedgerEntry.MaximumText);
        LedgerEntry entry = LedgerTests.Entry("op1", 1);

        ArgumentException one = await Assert.ThrowsAsync<ArgumentException>(() =>
            ledger.AppendAsync([entry, entry with { Reason = longest + "x" }])
        );
        ArgumentException all = await Assert.ThrowsAsync<ArgumentException>(() =>
            ledger.AppendAsync(entry with { Reason = longest, Ticket = longest, Name = longest, Detail = longest })
        );

        Assert.Equal(
            "The reason has 32769 characters, and an entry of the ledger may have 32768. Shorten it.",
            one.Message
        );
        Assert.Contains("together", all.Message, StringComparison.Ordinal);
        Assert.Empty(await ledger.FindAsync(LedgerQuery.All));

        // The longest line that there can be is read, and followed by another process.
        await ledger.AppendAsync(
            entry with
            {
                Reason = longest,
                Ticket = longest,
                Name = longest,
                Detail = longest[..^1000],
            }
        );
        ledger = Reopened();
        await ledger.AppendAsync(entry);
        Assert.Equal([1, 2], (await ledger.FindAsync(LedgerQuery.All)).Select(static e => e.Sequence));
        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    [Theory]
    [InlineData(false, "not json")]
    [InlineData(true, "not json")]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(false, "[1]")]
    [InlineData(true, "[1]")]
    [InlineData(false, "null")]
    [InlineData(true, "null")]
    [InlineData(false, "{\"v\":1,\"seq\":4,\"time\":\"yesterday\"}")]
    [InlineData(true, "{\"v\":1,\"seq\":4,\"time\":\"yesterday\"}")]
    [InlineData(false, "{\"v\":1,\"seq\":99999999999999999999}")]
    [InlineData(true, "{\"v\":1,\"seq\":99999999999999999999}")]
    [InlineData(false, "a megabyte")]
    [InlineData(true, "a megabyte")]
    public async Task A_line_that_cannot_be_read_is_skipped_and_named_and_the_chain_goes_on(bool inMemory, string line)
    {
        PictifyLedger ledger = await Filled(inMemory, 4);
        string[] lines = Lines();
        string foreign = line == "a megabyte" ? new string('z', (3 * 1024 * 1024) + 5) : line;
        ledger = Reopened(string.Join("\n", [.. lines[..2], foreign, .. lines[2..], foreign]) + "\n");

        await ledger.AppendAsync(LedgerTests.Entry("op1", 5));

        List<string> skipped = [];
        LedgerQuery query = new() { OperationId = "op1", Skipped = problem => skipped.Add(problem.ToString()) };
        LedgerEntry[] entries = await ledger.FindAsync(query);
        Assert.Equal([1, 2, 3, 4, 5], entries.Select(static entry => entry.Sequence));
        string[] named =
        [
            "Line 3: it is not an entry of a ledger, or it was changed and is no longer one",
            "Line 6: it is not an entry of a ledger, or it was changed and is no longer one",
        ];
        Assert.Equal(named, skipped);
        Assert.Equal(named, (await ledger.VerifyAsync()).Problems.Select(static problem => problem.ToString()));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_line_that_was_cut_off_and_marked_is_not_named(bool inMemory)
    {
        await Filled(inMemory, 3);
        PictifyLedger ledger = Reopened(Text()[..^20]);
        List<LedgerProblem> skipped = [];
        LedgerQuery query = new() { Skipped = skipped.Add };

        Assert.Equal(2, (await ledger.FindAsync(query)).Length);
        await ledger.AppendAsync(LedgerTests.Entry("op1", 4));
        Assert.Equal(4, (await ledger.FindAsync(query)).Length);

        Assert.Empty(skipped);
        LedgerReport report = await ledger.VerifyAsync();
        Assert.Equal((true, 1), (report.IsValid, report.TornLines));
    }

    [Theory]
    [InlineData(false, "CRLF")]
    [InlineData(true, "CRLF")]
    [InlineData(false, "mark")]
    [InlineData(true, "mark")]
    [InlineData(false, "no end")]
    [InlineData(true, "no end")]
    public async Task What_an_editor_does_to_line_ends_changes_no_line(bool inMemory, string done)
    {
        await Filled(inMemory, 3);
        string text = Text();
        PictifyLedger ledger = Reopened(
            done switch
            {
                "CRLF" => text.Replace("\n", "\r\n", StringComparison.Ordinal),
                "mark" => "\uFEFF" + text,
                _ => text[..^1],
            }
        );
        Assert.Equal(3, (await ledger.FindAsync(LedgerQuery.All)).Length);
        Assert.True((await ledger.VerifyAsync()).IsValid);

        await ledger.AppendAsync(LedgerTests.Entry("op1", 4));

        List<LedgerProblem> skipped = [];
        LedgerEntry[] entries = await ledger.FindAsync(new LedgerQuery { Skipped = skipped.Add });
        Assert.Equal([1, 2, 3, 4], entries.Select(static entry => entry.Sequence));
        Assert.Empty(skipped);
        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Lines_of_a_doubled_ledger_count_once(bool inMemory)
    {
        await Filled(inMemory, 4);
        PictifyLedger ledger = Reopened(Text() + Text());

        await ledger.AppendAsync(LedgerTests.Entry("op1", 5));

        LedgerEntry[] entries = await ledger.FindAsync(LedgerQuery.All);
        Assert.Equal([1, 2, 3, 4, 5], entries.Select(static entry => entry.Sequence));
        Assert.Equal(5, (await ledger.FindOperationAsync("op1"))!.Changed);
        Assert.Equal(
            ["Line 5: it repeats entry 1, and 3 more follow it: a copy, or another ledger"],
            (await ledger.VerifyAsync()).Problems.Select(static problem => problem.ToString())
        );
    }

    [Theory]
    [InlineData(false, 2, 4)]
    [InlineData(false, 4, 2)]
    [InlineData(true, 2, 4)]
    [InlineData(true, 4, 2)]
    public async Task Lines_of_two_ledgers_in_one_count_all_and_the_chain_goes_on(bool inMemory, int first, int second)
    {
        await Filled(inMemory, first);
        string one = Text();
        await Filled(inMemory, second, "op2");
        PictifyLedger ledger = Reopened(one + Text());

        for (int n = 1; n <= 4; n++)
        {
            await ledger.AppendAsync(LedgerTests.Entry("op3", n));
        }

        PictifyOperation[] operations = await ledger.ReadOperationsAsync(LedgerQuery.All);
        Assert.Equal(
            [("op1", first), ("op2", second), ("op3", 4)],
            operations.Select(static operation => (operation.Id, operation.Changed))
        );
        LedgerProblem problem = Assert.Single((await ledger.VerifyAsync()).Problems);
        Assert.Equal(first + 1, problem.Line);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Each_part_of_a_query_has_to_hold(bool inMemory)
    {
        PictifyLedger ledger = New(inMemory);
        LedgerEntry entry = LedgerTests.Entry("op1", 1);
        await ledger.AppendAsync([
            entry with
            {
                Uid = "exp_a",
            },
            entry with
            {
                Uid = "exp_b",
                UntilMoment = _now,
                Moment = _now.AddHours(1),
            },
            entry with
            {
                OperationId = "op2",
                Uid = "exp_ä'1",
                Moment = _now.AddHours(2),
            },
            entry with
            {
                OperationId = "op2",
                Number = 2,
                Uid = null,
                Detail = "exp_a",
                Moment = _now.AddHours(2),
            },
        ]);

        Assert.Equal([1, 2, 3, 4], await Found(LedgerQuery.All));
        Assert.Equal([1, 2], await Found(new LedgerQuery { OperationId = "op1" }));
        Assert.Equal([1], await Found(new LedgerQuery { Uids = ["exp_a"] }));
        Assert.Equal([3], await Found(new LedgerQuery { Uids = ["exp_ä'1"] }));
        Assert.Equal([1, 3], await Found(new LedgerQuery { Uids = ["exp_a", "exp_ä'1", "exp_none"] }));
        Assert.Equal([], await Found(new LedgerQuery { Uids = [] }));
        Assert.Equal([2, 3, 4], await Found(new LedgerQuery { Since = _now.AddHours(1) }));
        Assert.Equal([2], await Found(new LedgerQuery { WithEnd = true }));
        Assert.Equal([], await Found(new LedgerQuery { WithEnd = true, OperationId = "op2" }));

        // An operation counts as a whole, also where only one of its lines shows that it is meant.
        LedgerQuery ofOne = new() { Uids = ["exp_ä'1"] };
        Assert.Equal([("op2", 2)], (await ledger.ReadOperationsAsync(ofOne)).Select(static o => (o.Id, o.Total)));
        LedgerQuery since = new() { Since = _now.AddHours(1) };
        Assert.Equal(["op2"], (await ledger.ReadOperationsAsync(since)).Select(static o => o.Id));

        async Task<IEnumerable<long>> Found(LedgerQuery query) =>
            (await ledger.FindAsync(query)).Select(static line => line.Sequence);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Suggestions_read_the_end_only(bool inMemory)
    {
        PictifyLedger ledger = New(inMemory);
        await ledger.AppendAsync([
            .. Enumerable.Range(1, 40).Select(n => LedgerTests.Entry($"op{n}", 1) with { Reason = new('x', 10_000) }),
        ]);
        List<LedgerProblem> skipped = [];

        LedgerEntry[] recent = await ledger.FindAsync(new LedgerQuery { Recent = true, Skipped = skipped.Add });

        Assert.Equal("op40", recent[^1].OperationId);
        Assert.InRange(recent.Length, 20, 30);
        Assert.Empty(skipped);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Operations_come_in_the_order_of_the_ledger_and_not_of_their_ids(bool inMemory)
    {
        PictifyLedger ledger = New(inMemory);
        await ledger.AppendAsync(LedgerTests.Entry("25691123T120000000Z-aaaaaaaa", 1));
        await ledger.AppendAsync(LedgerTests.Entry("20261123T120000000Z-bbbbbbbb", 1));

        PictifyOperation[] operations = await ledger.ReadOperationsAsync(LedgerQuery.All);

        Assert.Equal("20261123T120000000Z-bbbbbbbb", operations[^1].Id);
    }

    [Theory]
    [InlineData("th-TH", false)]
    [InlineData("ar-SA", false)]
    [InlineData("fa-IR", false)]
    [InlineData("th-TH", true)]
    [InlineData("ar-SA", true)]
    [InlineData("fa-IR", true)]
    public async Task Ids_and_lines_are_the_same_in_every_culture(string culture, bool inMemory)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            Assert.StartsWith("20261123T120000000Z-", PictifyOperation.NewId(_now), StringComparison.Ordinal);
            PictifyLedger ledger = New(inMemory);
            await ledger.AppendAsync(LedgerTests.Entry("op1", 1) with { UntilMoment = _now, SkewMilliseconds = -5 });
            Assert.Contains("\"time\":\"2026-11-23T12:00:00Z\"", Text(), StringComparison.Ordinal);
            Assert.Contains("\"until\":\"2026-11-23T12:00:00Z\"", Text(), StringComparison.Ordinal);
            Assert.Contains("\"skewMs\":-5", Text(), StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task The_entries_of_an_operation_are_an_array_that_is_read_once(bool inMemory)
    {
        PictifyLedger ledger = await Filled(inMemory, 2);
        PictifyOperation operation = (await ledger.FindOperationAsync("op1"))!;

        Assert.Equal([1, 2], operation.Entries.Select(static entry => entry.Number!.Value));
        Assert.Same(operation.Entries, operation.Entries);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Batches_of_many_tasks_stay_together(bool inMemory)
    {
        PictifyLedger ledger = New(inMemory);

        await Task.WhenAll(
            Enumerable
                .Range(1, 50)
                .Select(batch =>
                    Task.Run(() =>
                        ledger.AppendAsync([.. Enumerable.Range(1, 5).Select(n => LedgerTests.Entry($"op{batch}", n))])
                    )
                )
        );

        LedgerEntry[] lines = await ledger.FindAsync(LedgerQuery.All);
        Assert.Equal(250, lines.Length);
        foreach (LedgerEntry[] batch in lines.Chunk(5))
        {
            Assert.Single(batch.Select(static line => line.OperationId).Distinct());
            Assert.Equal([1, 2, 3, 4, 5], batch.Select(static line => line.Number!.Value));
        }

        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    /// <summary>A file only. Memory has no lock: nobody else writes it.</summary>
    [Fact]
    public async Task A_ledger_that_is_locked_for_too_long_fails_the_append_and_the_next_one_tries_again()
    {
        var time = new FakeTimeProvider();
        Store = new LedgerStore.InFile(LedgerFile);
        var ledger = new PictifyLedger(Store, TimeSpan.FromSeconds(10), time);
        LedgerStore.WriteLock somebodyElses = new LedgerStore.InFile(LedgerFile).TryLock()!;

        LedgerException failure = await Assert.ThrowsAsync<LedgerException>(() =>
            Passing(time, ledger.AppendAsync(LedgerTests.Entry("op1", 1)))
        );
        Task second = ledger.AppendAsync(LedgerTests.Entry("op1", 2));
        Assert.False(second.IsCompleted);
        somebodyElses.Dispose();
        await Passing(time, second);
        await ledger.AppendAsync(LedgerTests.Entry("op1", 3));

        Assert.Equal(LedgerFailure.Unwritable, failure.Failure);
        Assert.Contains("locked for 10 seconds", failure.Message, StringComparison.Ordinal);
        Assert.Contains(LedgerFile, failure.Message, StringComparison.Ordinal);
        Assert.Equal([2, 3], (await ledger.FindAsync(LedgerQuery.All)).Select(static line => line.Number!.Value));
        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    public static TheoryData<Exception, bool, bool> Thrown()
    {
        var data = new TheoryData<Exception, bool, bool>();
        foreach (bool whileLocking in new[] { true, false })
        {
            data.Add(new IOException("no"), whileLocking, true);
            data.Add(new UnauthorizedAccessException("no"), whileLocking, true);
            data.Add(new System.Security.SecurityException("no"), whileLocking, true);
            data.Add(new NotSupportedException("no"), whileLocking, true);
            data.Add(new System.Security.Cryptography.CryptographicException("no"), whileLocking, true);
            data.Add(new FormatException("no"), whileLocking, false);
            data.Add(new InvalidOperationException("no"), whileLocking, false);
        }

        return data;
    }

    /// <summary>Every caller that waits gets an answer, whatever is thrown; but a defect is not said to be a file that cannot be written.</summary>
    [Theory]
    [MemberData(nameof(Thrown))]
    public async Task Whatever_is_thrown_while_lines_are_written_reaches_each_caller(
        Exception thrown,
        bool whileLocking,
        bool isFailure
    )
    {
        var store = new ThrowingStore(thrown, whileLocking);
        var ledger = new PictifyLedger(store);

        Exception?[] met = await Task.WhenAll(
            Enumerable
                .Range(1, 20)
                .Select(n => Record.ExceptionAsync(() => ledger.AppendAsync(LedgerTests.Entry("op1", n))))
        );

        Assert.All(
            met,
            exception =>
            {
                Assert.Equal(isFailure, exception is LedgerException { Failure: LedgerFailure.Unwritable });
                Assert.Same(thrown.GetType(), (isFailure ? exception!.InnerException : exception)!.GetType());
            }
        );
        store.Throws = false;
        await ledger.AppendAsync(LedgerTests.Entry("op1", 21));
        Assert.Equal(21, Assert.Single(await ledger.FindAsync(LedgerQuery.All)).Number);
        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    /// <summary>A file only. Memory has no lock.</summary>
    [Fact]
    public async Task Waiting_for_the_lock_can_be_cancelled_and_then_nothing_is_written()
    {
        PictifyLedger ledger = New(inMemory: false);
        using LedgerStore.WriteLock somebodyElses = new LedgerStore.InFile(LedgerFile).TryLock()!;
        using var stop = new CancellationTokenSource();
        Task append = ledger.AppendAsync(LedgerTests.Entry("op1", 1), stop.Token);
        Task kept = ledger.AppendAsync(LedgerTests.Entry("op1", 2));

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => append);
        somebodyElses.Dispose();
        await kept;
        Assert.Equal(2, Assert.Single(await ledger.FindAsync(LedgerQuery.All)).Number);
    }

    /// <summary>A file only. Memory has no name.</summary>
    [Fact]
    public async Task The_lock_is_one_for_every_name_of_the_file_and_keeps_no_reader_out()
    {
        PictifyLedger ledger = await Filled(inMemory: false, 1);
        (string symbolic, string hard) = Links();

        using (new LedgerStore.InFile(LedgerFile).TryLock())
        {
            Assert.Null(new LedgerStore.InFile(symbolic).TryLock());
            Assert.Null(new LedgerStore.InFile(hard).TryLock());
            Assert.Single(await ledger.FindAsync(LedgerQuery.All));
            Assert.Single(await File.ReadAllLinesAsync(hard));

            // That a reader of this process closes the file is no end of the lock.
            Assert.Null(new LedgerStore.InFile(LedgerFile).TryLock());
        }

        new LedgerStore.InFile(hard).TryLock()!.Dispose();
        Assert.Equal(["hard.jsonl", "ledger.jsonl", "symbolic.jsonl"], Names());
    }

    /// <summary>A file only. Memory has no name.</summary>
    [Fact]
    public async Task Writers_by_a_path_and_by_links_make_one_chain()
    {
        PictifyLedger first = await Filled(inMemory: false, 1);
        (string symbolic, string hard) = Links();
        PictifyLedger[] ledgers = [first, .. new[] { LedgerFile, symbolic, hard }.Select(Fresh)];

        await Task.WhenAll(
            ledgers.Select(
                (ledger, writer) =>
                    Task.Run(async () =>
                    {
                        for (int n = 1; n <= 100; n++)
                        {
                            await ledger.AppendAsync(LedgerTests.Entry($"w{writer}", n));
                        }
                    })
            )
        );

        LedgerReport report = await first.VerifyAsync();
        Assert.True(report.IsValid, string.Join("; ", report.Problems.Take(5)));
        Assert.Equal(401, report.Lines);

        static PictifyLedger Fresh(string path) => new(new LedgerStore.InFile(path));
    }

    /// <summary>A file only. Memory has no path.</summary>
    [Fact]
    public async Task A_folder_in_its_place_or_a_link_to_itself_is_no_empty_ledger()
    {
        string loop = Path.Combine(Folder, "loop");
        File.CreateSymbolicLink(loop, loop);
        foreach (string path in new[] { Folder, Path.Combine(loop, "ledger.jsonl") })
        {
            PictifyLedger ledger = PictifyLedger.Open(path);

            LedgerException[] failures =
            [
                await Assert.ThrowsAsync<LedgerException>(() => ledger.FindAsync(LedgerQuery.All)),
                await Assert.ThrowsAsync<LedgerException>(() => ledger.VerifyAsync()),
                Assert.Throws<LedgerException>(() => PictifyLedger.OpenExisting(path)),
            ];
            Assert.All(failures, static failure => Assert.Equal(LedgerFailure.Unreadable, failure.Failure));
            Assert.All(failures, failure => Assert.Contains(path, failure.Message, StringComparison.Ordinal));

            LedgerException unwritable = await Assert.ThrowsAsync<LedgerException>(() =>
                ledger.AppendAsync(LedgerTests.Entry("op1", 1))
            );
            Assert.Equal(LedgerFailure.Unwritable, unwritable.Failure);
        }
    }

    /// <summary>A file only. Memory exists always.</summary>
    [Fact]
    public async Task What_does_not_exist_is_empty_and_is_not_found_where_it_has_to_exist()
    {
        string path = Path.Combine(Folder, "nowhere", "ledger.jsonl");

        Assert.Empty(await PictifyLedger.Open(path).FindAsync(LedgerQuery.All));
        LedgerReport report = await PictifyLedger.Open(path).VerifyAsync();
        Assert.Equal((true, 0L), (report.IsValid, report.Lines));
        LedgerException failure = Assert.Throws<LedgerException>(() => PictifyLedger.OpenExisting(path));

        Assert.Equal((LedgerFailure.NotFound, path), (failure.Failure, failure.Location.Path));
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains("an empty file is a ledger as well", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));

        // What the message says: an empty file serves for reading, and so does what the first line makes.
        await File.WriteAllTextAsync(LedgerFile, "");
        Assert.Empty(await PictifyLedger.OpenExisting(LedgerFile).FindAsync(LedgerQuery.All));
        await PictifyLedger.Open(path).AppendAsync(LedgerTests.Entry("op1", 1));
        Assert.Single(await PictifyLedger.OpenExisting(path).FindAsync(LedgerQuery.All));
    }

    /// <summary>A file only. Memory can be written always.</summary>
    [Fact]
    public async Task What_cannot_be_written_says_so()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "file"), "");
        PictifyLedger ledger = PictifyLedger.Open(Path.Combine(Folder, "file", "ledger.jsonl"));

        LedgerException failure = await Assert.ThrowsAsync<LedgerException>(() =>
            ledger.AppendAsync(LedgerTests.Entry("op1", 1))
        );
        Assert.Equal(LedgerFailure.Unwritable, failure.Failure);
        await Assert.ThrowsAsync<LedgerException>(() => ledger.ProbeAsync());
    }

    /// <summary>A file only. Memory has no rights.</summary>
    [Fact]
    public async Task The_file_and_its_folder_are_made_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string folder = Path.Combine(Folder, "a", "b");
        PictifyLedger ledger = PictifyLedger.Open(Path.Combine(folder, "ledger.jsonl"));
        await ledger.AppendAsync(LedgerTests.Entry("op1", 1));

        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(file, File.GetUnixFileMode(Path.Combine(folder, "ledger.jsonl")));
        Assert.Equal(file | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        Assert.Equal(["ledger.jsonl"], Directory.EnumerateFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void A_location_is_named_by_a_text_and_reads_as_it()
    {
        Assert.Same(LedgerLocation.Off, LedgerLocation.Parse(" OFF "));
        Assert.Same(LedgerLocation.Off, LedgerLocation.Parse(null));
        Assert.Same(LedgerLocation.Memory, LedgerLocation.Parse("memory"));
        LedgerLocation file = LedgerLocation.Parse("a/ledger.jsonl");
        Assert.Equal(LedgerLocation.File(Path.GetFullPath("a/ledger.jsonl")), file);
        Assert.Equal(Path.GetFullPath("a/ledger.jsonl"), file.ToString());
        foreach (LedgerLocation location in new[] { LedgerLocation.Off, LedgerLocation.Memory, file })
        {
            Assert.Equal(location, LedgerLocation.Parse(location.ToString()));
        }

        FormatException address = Assert.Throws<FormatException>(() =>
            LedgerLocation.Parse("postgres://operator:secret@host/ledger")
        );
        Assert.DoesNotContain("secret", address.ToString(), StringComparison.Ordinal);
    }

    private (string Symbolic, string Hard) Links()
    {
        string symbolic = Path.Combine(Folder, "symbolic.jsonl");
        string hard = Path.Combine(Folder, "hard.jsonl");
        File.CreateSymbolicLink(symbolic, LedgerFile);
        (string command, string[] arguments) = OperatingSystem.IsWindows()
            ? ("cmd", new[] { "/c", "mklink", "/H", hard, LedgerFile })
            : ("ln", [LedgerFile, hard]);
        using Process process = Process.Start(command, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return (symbolic, hard);
    }

    private IEnumerable<string?> Names() => Directory.EnumerateFiles(Folder).Select(Path.GetFileName).Order();

    /// <summary>Lets time pass until the task is done.</summary>
    private static async Task Passing(FakeTimeProvider time, Task task)
    {
        while (!task.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        await task;
    }

    /// <summary>A place where writing throws, at the lock or at the append.</summary>
    private sealed class ThrowingStore(Exception thrown, bool whileLocking) : LedgerStore
    {
        private readonly InMemory _memory = new();

        public bool Throws { get; set; } = true;

        public override LedgerLocation Location => _memory.Location;

        public override WriteLock? TryLock() =>
            !Throws ? _memory.TryLock()
            : whileLocking ? throw thrown
            : new ThrowingLock(_memory.TryLock(), thrown);

        public override Stream? OpenRead() => _memory.OpenRead();

        private sealed class ThrowingLock(WriteLock inner, Exception thrown) : WriteLock
        {
            public override long Length => inner.Length;

            public override Stream Read() => inner.Read();

            public override void Append(byte[] bytes, int count) => throw thrown;

            public override void Dispose() => inner.Dispose();
        }
    }
}
