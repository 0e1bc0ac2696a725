using System.Text;
using Pictify.Ledger;

namespace Pictify.Tests;

/// <summary>Lines of any length, read one after the other, and how long experiments ran by them.</summary>
public sealed class LedgerReaderTests
{
    /// <summary>Beyond any line of a ledger.</summary>
    private const int TooLong = 1024 * 1024;

    private static readonly DateTimeOffset _created = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly LedgerStore _store = new LedgerStore.InMemory();

    [Theory]
    // Lengths of lines; the last one has no line break where its length is below zero.
    [InlineData(0)]
    [InlineData(5, 0, 7)]
    [InlineData(5, -7)]
    [InlineData(65_535, 1)]
    [InlineData(65_536, 1)]
    [InlineData(65_537, 1)]
    [InlineData(40_000, 40_000, 40_000, -3)]
    [InlineData(200_000, 3, -100_000)]
    [InlineData(TooLong - 1, 4)]
    [InlineData(TooLong + 70_000, 4)]
    [InlineData(3, 2 * TooLong + 5, 4, 3 * TooLong, 1, -2)]
    [InlineData(3, -(2 * TooLong + 5))]
    public void Lines_have_their_numbers_places_and_bytes(params int[] lengths)
    {
        var text = new StringBuilder();
        var expected = new List<(long Number, long Offset, string? Text, bool IsWhole)>();
        foreach (int given in lengths)
        {
            int length = Math.Abs(given);
            string line = new((char)('a' + expected.Count), length);
            expected.Add((expected.Count + 1, text.Length, length > TooLong ? null : line, given >= 0));
            text.Append(line).Append(given < 0 ? "" : "\n");
        }

        Assert.Equal(expected, Read(text.ToString()));
    }

    [Fact]
    public void Nothing_has_no_lines() => Assert.Empty(Read(""));

    [Fact]
    public void Reading_may_begin_behind_the_first_line() =>
        Assert.Equal([(1L, 3L, "cd", true)], Read("ab\ncd\n", from: 3));

    /// <summary>An editor puts a mark at the beginning of a file, and CR LF at the end of each line; neither is part of a line.</summary>
    [Fact]
    public void What_an_editor_adds_is_no_part_of_a_line()
    {
        Assert.Equal([(1L, 0L, "ab", true), (2L, 7L, "", true)], Read("\uFEFFab\r\n\r\n"));
        Assert.Equal([(1L, 0L, "a\rb", true), (2L, 4L, "\uFEFFc", true)], Read("a\rb\n\uFEFFc\n"));
        Assert.Equal([(1L, 0L, "ab\r", false)], Read("ab\r"));
        Assert.Equal([(1L, 0L, "", true)], Read("\n"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_that_cannot_be_read_on_is_an_error_of_the_ledger(bool isDenied)
    {
        using var stream = new BrokenStream(isDenied);

        var error = Assert.Throws<LedgerException>(() => LedgerReader.Lines(_store, stream).Count());

        Assert.Equal(LedgerFailure.Unreadable, error.Failure);
        Assert.Equal(
            "The ledger 'memory' cannot be read: The disk is gone. Make it readable, or name another file.",
            error.Message
        );
    }

    /// <summary>A line that is too long is no entry, and nothing of it is taken for one.</summary>
    [Fact]
    public async Task A_ledger_with_a_line_that_is_too_long_is_read_and_reported()
    {
        PictifyLedger ledger = Filled(static lines =>
            [lines[0], new string('z', 2 * TooLong), lines[1], lines[2], "zz"]
        );

        List<LedgerProblem> skipped = [];
        LedgerEntry[] entries = await ledger.FindAsync(new LedgerQuery { Skipped = skipped.Add });

        Assert.Equal([1, 2, 3], entries.Select(static entry => entry.Number));
        Assert.Equal([2, 5], skipped.Select(static problem => problem.Line));
        Assert.Equal([2, 5], (await ledger.VerifyAsync()).Problems.Select(static problem => problem.Line));
    }

    [Fact]
    public async Task A_hash_that_is_not_there_is_told()
    {
        PictifyLedger ledger = Filled(static lines => lines);

        LedgerProblem problem = Assert.Single((await ledger.VerifyAsync(new string('a', 64))).Problems);

        Assert.Equal(
            "Line 3: after it the end was cut off, or this is another ledger: the ledger does not contain the hash",
            problem.ToString()
        );
        Assert.Null((await PictifyLedger.InMemory().VerifyAsync()).LastHash);
    }

    /// <summary>A copy of a ledger behind it is reported where it begins, and followed where it is longer.</summary>
    [Fact]
    public async Task A_copy_behind_a_ledger_is_one_problem()
    {
        PictifyLedger ledger = Filled(static lines => [.. lines[..2], .. lines]);

        LedgerReport report = await ledger.VerifyAsync();

        Assert.Equal(
            "Line 3: it repeats entry 1, and 1 more follow it: a copy, or another ledger",
            Assert.Single(report.Problems).ToString()
        );
        Assert.Equal(
            Assert.Single(await ledger.FindAsync(LedgerQuery.All), static e => e.Sequence == 3).Hash,
            report.LastHash
        );
        Assert.Equal(3, (await ledger.FindAsync(LedgerQuery.All)).Length);
    }

    [Fact]
    public async Task Entries_that_stand_where_none_is_missing_are_repeated_and_not_moved()
    {
        PictifyLedger ledger = Filled(static lines => [lines[0], lines[2], lines[1], lines[1], lines[0]]);

        Assert.Equal(
            [
                "Line 3: it is out of order: entry 2 is after entry 3",
                "Line 4: it repeats entry 2",
                "Line 5: it repeats entry 1",
            ],
            (await ledger.VerifyAsync()).Problems.Select(static problem => problem.ToString())
        );
    }

    [Fact]
    public async Task Reading_and_verifying_end_when_they_are_canceled()
    {
        PictifyLedger ledger = Filled(static lines => lines);
        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ledger.ReadAsync(LedgerQuery.All, _ => cancel.Cancel(), cancel.Token)
        );
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ledger.VerifyAsync(null, cancel.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ledger.AppendAsync(LedgerTests.Entry("op2", 1), cancel.Token)
        );
        Assert.Equal(3, (await ledger.VerifyAsync()).Lines);
    }

    /// <summary>Memory grows by as much as is needed, and what a reader has is not moved.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(50_000)]
    public void Memory_takes_what_it_is_given(int length)
    {
        byte[] bytes = [.. Enumerable.Range(0, length).Select(static n => (byte)n)];
        using LedgerStore.WriteLock writeLock = _store.TryLock()!;

        writeLock.Append([1, 2, 3, 4], 3);
        using Stream before = _store.OpenRead()!;
        writeLock.Append(bytes, length);
        writeLock.Append(bytes, length);

        Assert.Equal(3 + 2 * length, writeLock.Length);
        using var copy = new MemoryStream();
        writeLock.Read().CopyTo(copy);
        Assert.Equal([1, 2, 3, .. bytes, .. bytes], copy.ToArray());
        Assert.Equal(3, before.Length);
        Assert.False(before.CanWrite);
    }

    [Fact]
    public void A_folder_is_no_ledger_and_says_so()
    {
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        var store = new LedgerStore.InFile(folder);

        Assert.Equal(
            $"The ledger '{folder}' cannot be written: it is a folder. Make it writable, or choose another file.",
            Assert.Throws<LedgerException>(store.TryLock).Message
        );
        Assert.Equal(
            $"The ledger '{folder}' cannot be read: it is a folder. Make it readable, or name another file.",
            Assert.Throws<LedgerException>(store.OpenRead).Message
        );
        Directory.Delete(folder);
    }

    [Fact]
    public void A_turn_ends_when_it_is_given_back_and_not_before()
    {
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        var store = new LedgerStore.InFile(Path.Combine(folder, "a", "b", "ledger.jsonl"));
        Assert.Null(store.OpenRead());

        using (LedgerStore.WriteLock first = store.TryLock()!)
        {
            Assert.Null(store.TryLock());
            first.Append(Encoding.UTF8.GetBytes("ab\ncd"), 3);
            Assert.Equal(3, first.Length);
            using Stream read = store.OpenRead()!;
            Assert.Equal(3, read.Length);
        }

        using (LedgerStore.WriteLock second = store.TryLock()!)
        {
            second.Append(Encoding.UTF8.GetBytes("cd\n"), 3);
        }

        Assert.Equal("ab\ncd\n", File.ReadAllText(store.Location.Path!));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    // The day on which it was started, the status now, the days when it was paused and resumed, and how many days it ran and was paused.
    [InlineData("completed", "", 8, 0)]
    [InlineData("completed", "p3 r5", 6, 2)]
    [InlineData("completed", "p9", 8, 0)]
    [InlineData("paused", "p3", 3, 7)]
    [InlineData("paused", "p3 v5", 3, 7)]
    [InlineData("paused", "p3 p4", 3, 7)]
    [InlineData("paused", "v3", 7, 0)]
    [InlineData("paused", "p3 r5", 5, 2)]
    [InlineData("running", "p3", 6, 4)]
    [InlineData("running", "p3 r5 p12", 8, 2)]
    [InlineData("draft", "p3", 0, 0)]
    public void Days_are_told_by_the_turns_that_are_known(string status, string turns, double days, double paused)
    {
        LedgerEntry[] lines =
        [
            .. turns
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(
                    (turn, number) =>
                        new LedgerEntry
                        {
                            Kind = LedgerKind.Outcome,
                            OperationId = $"op{number}",
                            Number = 1,
                            Outcome = ChangeOutcome.Changed,
                            Uid = "exp_1",
                            Moment = _created.AddDays(
                                int.Parse(turn[1..], System.Globalization.CultureInfo.InvariantCulture)
                            ),
                            Change = turn[0] switch
                            {
                                'p' => ChangeKind.Pause,
                                'r' => ChangeKind.Resume,
                                _ => ChangeKind.Edit,
                            },
                            BeforeText = turn[0] == 'r' ? "paused" : "running",
                            AfterText = turn[0] == 'r' ? "running" : "paused",
                            Detail = turn[0] == 'v' ? "variants" : null,
                        }
                ),
        ];
        var experiment = new Experiment
        {
            Uid = "exp_1",
            StatusText = status,
            CreatedAtMoment = _created,
            UpdatedAtMoment = status == "completed" ? _created.AddDays(8) : _created.AddDays(7),
        };

        RunTime time = new RunTimes(lines, static _ => true).Of(experiment, _created.AddDays(10));

        Assert.Equal((days, paused, true), (time.Days, time.PausedDays, time.HasLedger));
        experiment.WinnerDeclaredAtMoment = _created.AddDays(5);
        if (status == "completed" && turns.Length == 0)
        {
            Assert.Equal(5, new RunTimes(lines, static _ => true).Of(experiment, _created.AddDays(10)).Days);
        }
    }

    [Fact]
    public void Without_a_ledger_days_count_from_the_start_that_the_service_tells()
    {
        var experiment = new Experiment
        {
            Uid = "exp_1",
            StatusText = "running",
            CreatedAtMoment = _created,
            StartAtMoment = _created.AddDays(4),
        };

        Assert.Equal(6, RunTimes.Without(experiment, _created.AddDays(10)).Days);
        Assert.Equal(0, RunTimes.Without(experiment, _created.AddDays(3)).Days);
    }

    private List<(long, long, string?, bool)> Read(string text, long from = 0)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return
        [
            .. LedgerReader
                .Lines(_store, stream, from)
                .Select(static line =>
                    (
                        line.Number,
                        line.Offset,
                        line.IsTooLong ? null : Encoding.UTF8.GetString(line.Bytes.AsSpan()),
                        line.IsWhole
                    )
                ),
        ];
    }

    /// <summary>A ledger of three entries, with something done to its lines.</summary>
    private static PictifyLedger Filled(Func<string[], string[]> change)
    {
        var first = new LedgerStore.InMemory();
        var ledger = new PictifyLedger(first);
        for (int number = 1; number <= 3; number++)
        {
            ledger.AppendAsync(LedgerTests.Entry("op1", number)).GetAwaiter().GetResult();
        }

        using var reader = new StreamReader(first.OpenRead());
        string[] lines = change(reader.ReadToEnd().TrimEnd('\n').Split('\n'));
        byte[] bytes = Encoding.UTF8.GetBytes(string.Join("\n", lines) + "\n");
        var second = new LedgerStore.InMemory();
        using (LedgerStore.WriteLock writeLock = second.TryLock())
        {
            writeLock.Append(bytes, bytes.Length);
        }

        return new PictifyLedger(second);
    }

    private sealed class BrokenStream(bool isDenied) : MemoryStream(new byte[10])
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            throw (
                isDenied ? new UnauthorizedAccessException("The disk is gone.") : new IOException("The disk is gone.")
            );
    }
}
