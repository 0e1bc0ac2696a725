using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pictify.Ledger;

namespace Pictify.Tests;

/// <summary>The parts of a ledger by themselves: entries, words, lines, places, queries, sums.</summary>
public sealed class LedgerPartsTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, "off", LedgerPlace.Off)]
    [InlineData("", "off", LedgerPlace.Off)]
    [InlineData("  ", "off", LedgerPlace.Off)]
    [InlineData("OFF", "off", LedgerPlace.Off)]
    [InlineData(" Memory ", "memory", LedgerPlace.Memory)]
    public void A_location_is_read_from_a_word(string? text, string shown, LedgerPlace kind)
    {
        LedgerLocation location = LedgerLocation.Parse(text);

        Assert.Equal((shown, kind, null), (location.ToString(), location.Kind, location.Path));
    }

    [Fact]
    public void A_location_that_is_no_word_is_a_full_path()
    {
        LedgerLocation location = LedgerLocation.Parse(" ledger.jsonl ");

        Assert.Equal((LedgerPlace.File, Path.GetFullPath("ledger.jsonl")), (location.Kind, location.Path));
        Assert.Equal(location.Path, location.ToString());
        Assert.Equal(Path.GetFullPath("c:/x"), LedgerLocation.Parse("c:/x").Path);
    }

    [Theory]
    [InlineData("https://me:word@example.com/x")]
    [InlineData("s3+x.y-z://bucket")]
    public void An_address_is_no_ledger_and_is_not_repeated(string text) =>
        Assert.Equal(
            "A ledger is a file: give its path, or 'off'. This is an address.",
            Assert.Throws<FormatException>(() => LedgerLocation.Parse(text)).Message
        );

    [Theory]
    [InlineData("Hero", "exp_1", "hero", "'Hero' (exp_1)")]
    [InlineData("Hero", null, "hero", "'Hero' (hero)")]
    [InlineData(null, "exp_1", "hero", "exp_1")]
    [InlineData(null, null, "hero", "hero")]
    [InlineData("He\u001bro", "exp_1", null, "'He\uFFFDro' (exp_1)")]
    public void An_entry_reads_as_what_its_experiment_is_called(string? name, string? uid, string? slug, string shown)
    {
        var entry = new LedgerEntry
        {
            Name = name,
            Uid = uid,
            Slug = slug,
            Outcome = ChangeOutcome.Changed,
        };

        Assert.Equal(shown, entry.ToString());
        Assert.Equal($"{shown}: Changed", ((IListed)entry).InList);
    }

    [Fact]
    public void An_entry_of_no_experiment_reads_as_its_detail_or_its_operation()
    {
        Assert.Equal("POST x", new LedgerEntry { Detail = "POST x", OperationId = "op1" }.ToString());
        Assert.Equal("op1", new LedgerEntry { OperationId = "op1" }.ToString());
        Assert.Equal("", new LedgerEntry().ToString());
        Assert.Equal(1, new LedgerEntry().Version);
    }

    /// <summary>Lines of version 0.1.0 do not say what kind of change they are about.</summary>
    [Theory]
    [InlineData("running", "paused", ChangeOutcome.Changed, ChangeKind.Pause)]
    [InlineData("paused", "paused", ChangeOutcome.Unchanged, ChangeKind.Pause)]
    [InlineData("paused", "paused", ChangeOutcome.Changed, ChangeKind.Edit)]
    [InlineData("paused", "running", ChangeOutcome.Changed, ChangeKind.Resume)]
    [InlineData(null, "running", ChangeOutcome.Changed, ChangeKind.Resume)]
    [InlineData("draft", "running", ChangeOutcome.Changed, ChangeKind.Start)]
    [InlineData("draft", "rendering", ChangeOutcome.Changed, ChangeKind.Start)]
    [InlineData("paused", "rendering", ChangeOutcome.Changed, ChangeKind.Resume)]
    [InlineData("running", "completed", ChangeOutcome.Changed, ChangeKind.Complete)]
    [InlineData(null, "draft", ChangeOutcome.Changed, ChangeKind.Create)]
    [InlineData("paused", "archived", ChangeOutcome.Changed, ChangeKind.Remove)]
    [InlineData("paused", "asleep", ChangeOutcome.Changed, ChangeKind.Unknown)]
    [InlineData("paused", null, ChangeOutcome.Failed, ChangeKind.Unknown)]
    public void An_entry_without_a_kind_is_of_the_one_that_its_statuses_tell(
        string? before,
        string? after,
        ChangeOutcome outcome,
        ChangeKind kind
    )
    {
        var entry = new LedgerEntry
        {
            BeforeText = before,
            AfterText = after,
            Outcome = outcome,
        };

        Assert.Equal(kind, entry.KindOfChange);
        Assert.Equal(ChangeKind.Event, (entry with { Change = ChangeKind.Event }).KindOfChange);
    }

    [Fact]
    public void An_entrys_times_are_local_and_kept_as_moments()
    {
        var entry = new LedgerEntry
        {
            Time = _now.LocalDateTime,
            Until = _now.LocalDateTime,
            UpdatedAt = _now.LocalDateTime,
            SentFrom = _now.LocalDateTime,
            SentTo = _now.LocalDateTime,
        };

        Assert.Equal(_now, entry.Moment);
        Assert.Equal((_now, _now), (entry.UntilMoment, entry.UpdatedAtMoment));
        Assert.Equal((_now, _now), (entry.SentFromMoment, entry.SentToMoment));
        Assert.Equal((_now.LocalDateTime, _now.LocalDateTime), (entry.Time, entry.Until));
        Assert.Equal((_now.LocalDateTime, _now.LocalDateTime), (entry.SentFrom, entry.SentTo));
        Assert.Equal(_now.LocalDateTime, entry.UpdatedAt);
        Assert.Null(new LedgerEntry().Until);
    }

    public static TheoryData<string, LedgerEntry> LongTexts()
    {
        string text = new('x', LedgerEntry.MaximumText + 1);
        return new TheoryData<string, LedgerEntry>
        {
            {
                "operation's id",
                new LedgerEntry { OperationId = text }
            },
            {
                "command",
                new LedgerEntry { Command = text }
            },
            {
                "uid",
                new LedgerEntry { Uid = text }
            },
            {
                "slug",
                new LedgerEntry { Slug = text }
            },
            {
                "name",
                new LedgerEntry { Name = text }
            },
            {
                "status before",
                new LedgerEntry { BeforeText = text }
            },
            {
                "status after",
                new LedgerEntry { AfterText = text }
            },
            {
                "error",
                new LedgerEntry { Error = text }
            },
            {
                "detail",
                new LedgerEntry { Detail = text }
            },
            {
                "reason",
                new LedgerEntry { Reason = text }
            },
            {
                "ticket",
                new LedgerEntry { Ticket = text }
            },
            {
                "list of operations that it undoes",
                new LedgerEntry { Undoes = text }
            },
            {
                "user",
                new LedgerEntry { User = text }
            },
            {
                "host",
                new LedgerEntry { Host = text }
            },
            {
                "process",
                new LedgerEntry { Process = text }
            },
            {
                "address",
                new LedgerEntry { BaseUrl = text }
            },
            {
                "key",
                new LedgerEntry { Key = text }
            },
            {
                "hash of a line",
                new LedgerEntry { Sha256 = text }
            },
        };
    }

    [Theory]
    [MemberData(nameof(LongTexts))]
    public void A_text_that_is_too_long_is_named(string field, LedgerEntry entry)
    {
        Assert.Equal(
            $"The {field} has 32769 characters, and an entry of the ledger may have 32768. Shorten it.",
            Assert.Throws<ArgumentException>(entry.CheckLengths).Message
        );
    }

    [Fact]
    public void Texts_may_be_as_long_as_said_each_and_together()
    {
        string text = new('x', LedgerEntry.MaximumText);
        var entry = new LedgerEntry
        {
            Reason = text,
            Ticket = text,
            Name = text,
            Detail = text,
        };

        entry.CheckLengths();
        Assert.Equal(
            "The texts have 131073 characters together, and an entry of the ledger may have 131072. Shorten them.",
            Assert.Throws<ArgumentException>((entry with { Uid = "x" }).CheckLengths).Message
        );
    }

    [Theory]
    [InlineData("\"changed\"", ChangeOutcome.Changed)]
    [InlineData("\"CHANGED\"", ChangeOutcome.Changed)]
    [InlineData("\"asleep\"", ChangeOutcome.Unknown)]
    [InlineData("\"1\"", ChangeOutcome.Unknown)]
    [InlineData("1", ChangeOutcome.Unknown)]
    [InlineData("{\"a\":[1]}", ChangeOutcome.Unknown)]
    [InlineData("null", ChangeOutcome.Unknown)]
    public void A_word_that_is_not_listed_reads_as_unknown(string json, ChangeOutcome outcome) =>
        Assert.Equal(
            outcome,
            JsonSerializer.Deserialize($$"""{"outcome":{{json}},"uid":"e"}""", LedgerJson.Default.LedgerEntry)!.Outcome
        );

    [Fact]
    public void A_line_is_written_in_a_fixed_order_and_covers_itself_by_its_hash()
    {
        using var sha = SHA256.Create();
        var stream = new MemoryStream();
        LedgerEntry entry = LedgerTests.Entry("op1", 1) with { Sequence = 7, Moment = _now, SkewMilliseconds = -3 };

        string hash = LedgerLine.Write(stream, entry, LedgerLine.NoHash, sha);

        string line = Encoding.UTF8.GetString(stream.ToArray());
        string body =
            "{\"v\":1,\"seq\":7,\"kind\":\"outcome\",\"time\":\"2026-11-23T12:00:00Z\",\"op\":\"op1\",\"n\":1,\"command\":\"Suspend-PictifyExperiment\","
            + "\"uid\":\"exp_1\",\"outcome\":\"changed\",\"baseUrl\":\"https://here/\",\"skewMs\":-3,\"prev\":"
            + $"\"{LedgerLine.NoHash}\"";
        Assert.Equal($"{body},\"hash\":\"{hash}\"}}\n", line);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))), hash);

        // The next one begins where this one ends.
        LedgerLine.Write(stream, entry with { Sequence = 8 }, hash, sha);
        string second = Encoding.UTF8.GetString(stream.ToArray())[line.Length..];
        LedgerEntry read = LedgerLine.Parse(Encoding.UTF8.GetBytes(second.TrimEnd('\n')))!;
        Assert.Equal((8L, hash), (read.Sequence, read.Previous));
        Assert.True(LedgerLine.IsIntact(Bytes(second.TrimEnd('\n')), read, sha));
    }

    [Theory]
    // What is done to a line, whether it still parses, whether its place can be read at a glance, and whether it is as it was written.
    [InlineData("nothing", true, true, true)]
    [InlineData("a space at its end", true, false, false)]
    [InlineData("a space after its first brace", true, false, true)]
    [InlineData("a sequence of 0", false, false, false)]
    [InlineData("a sequence beyond all", false, false, false)]
    [InlineData("a sequence that is a text", false, false, false)]
    [InlineData("another version", true, true, false)]
    [InlineData("a version that is a text", false, false, false)]
    [InlineData("no version", true, false, false)]
    [InlineData("a hash in capitals", true, true, false)]
    [InlineData("a hash that is short", false, false, false)]
    [InlineData("a hash of other letters", true, false, false)]
    [InlineData("another word for the hash", false, false, false)]
    [InlineData("a changed uid", true, true, false)]
    [InlineData("half of it", false, false, false)]
    [InlineData("its end only", false, false, false)]
    public void A_line_is_read_as_far_as_it_is_one(string done, bool isEntry, bool hasPlace, bool isIntact)
    {
        using var sha = SHA256.Create();
        var stream = new MemoryStream();
        string hash = LedgerLine.Write(
            stream,
            LedgerTests.Entry("op1", 1) with
            {
                Sequence = 7,
            },
            LedgerLine.NoHash,
            sha
        );
        string line = Encoding.UTF8.GetString(stream.ToArray()).TrimEnd('\n');
        string changed = done switch
        {
            "a space at its end" => line + " ",
            "a space after its first brace" => line,
            "a sequence of 0" => line.Replace("\"seq\":7", "\"seq\":0", StringComparison.Ordinal),
            "a sequence beyond all" => line.Replace("\"seq\":7", $"\"seq\":{long.MaxValue}", StringComparison.Ordinal),
            "a sequence that is a text" => line.Replace("\"seq\":7", "\"seq\":\"7\"", StringComparison.Ordinal),
            "another version" => line.Replace("\"v\":1", "\"v\":22", StringComparison.Ordinal),
            "a version that is a text" => line.Replace("\"v\":1", "\"v\":\"1\"", StringComparison.Ordinal),
            "no version" => line.Replace("\"v\":1,", "", StringComparison.Ordinal),
            "a hash in capitals" => line.Replace(hash, hash.ToUpperInvariant(), StringComparison.Ordinal),
            "a hash that is short" => line.Replace(hash, hash[1..], StringComparison.Ordinal),
            "a hash of other letters" => line.Replace(hash, "xyz" + hash[3..], StringComparison.Ordinal),
            "another word for the hash" => line.Replace("\"hash\"", "\"cash\"", StringComparison.Ordinal),
            "a changed uid" => line.Replace("exp_1", "exp_2", StringComparison.Ordinal),
            "half of it" => line[..(line.Length / 2)],
            "its end only" => line[^70..],
            _ => line,
        };
        if (done == "a space after its first brace")
        {
            // Somebody else's writer: another shape, and the hash of that.
            string body = "{ " + line[1..line.IndexOf(",\"hash\"", StringComparison.Ordinal)];
            hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
            changed = $"{body},\"hash\":\"{hash}\"}}";
        }

        byte[] bytes = Encoding.UTF8.GetBytes(changed);
        LedgerEntry? entry = LedgerLine.Parse(bytes);
        Assert.Equal(isEntry, entry is not null);
        Assert.Equal(hasPlace, LedgerLine.TryReadPlace(bytes, out LinePlace place));
        if (hasPlace)
        {
            Assert.Equal(LinePlace.Of(entry!), place);
            Assert.Equal(7, place.Sequence);
        }

        if (entry is not null)
        {
            Assert.Equal(isIntact, LedgerLine.IsIntact(Bytes(changed), entry, sha));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("not json")]
    [InlineData("\u00ff\u00fe")]
    public void What_is_no_line_is_none(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);

        Assert.Null(LedgerLine.Parse(bytes));
        Assert.False(LedgerLine.TryReadPlace(bytes, out _));
    }

    /// <summary>What a run has to record is counted whether the ledger takes it or not.</summary>
    [Theory]
    // Whether there is a ledger, whether it takes a line, whether a record is required, whether the change has an end; and what is counted.
    [InlineData(false, false, false, false, 0, 1, false)]
    [InlineData(true, true, false, false, 0, 1, true)]
    [InlineData(true, false, false, false, 0, 1, false)]
    [InlineData(true, false, true, false, 1, 0, false)]
    [InlineData(true, false, false, true, 1, 0, false)]
    [InlineData(true, true, true, true, 0, 1, true)]
    public async Task An_intent_that_cannot_be_recorded_and_has_to_be_is_a_failure(
        bool hasLedger,
        bool takes,
        bool isRequired,
        bool hasEnd,
        int failed,
        int unknown,
        bool isRecorded
    )
    {
        var inner = new WatchedLedger { Failures = takes ? 0 : 1 };
        var counted = new CountedLedger(hasLedger ? inner : null, isRequired);
        LedgerEntry intent = LedgerTests.Entry("op1", 1, ChangeOutcome.Unknown) with
        {
            Kind = LedgerKind.Intent,
            UntilMoment = hasEnd ? _now : null,
        };
        Assert.Null(counted.Operation());

        Exception? error = await Record.ExceptionAsync(() => counted.AppendAsync(intent));

        Assert.Equal(hasLedger && !takes, error is LedgerException);
        PictifyOperation operation = counted.Operation()!;
        Assert.Equal((failed, unknown, isRecorded), (operation.Failed, operation.Unknown, counted.HasRecorded));
    }

    [Fact]
    public async Task A_counted_ledger_counts_what_is_settled_later_and_nothing_else_so()
    {
        var counted = new CountedLedger(null, isRequired: false);
        LedgerEntry open = LedgerTests.Entry("op1", 1, ChangeOutcome.Unknown);
        await counted.AppendAsync(open);

        counted.AddSettled(open with { Outcome = ChangeOutcome.Failed });
        Assert.Equal((0, 1), (counted.Operation()!.Failed, counted.Operation()!.Unknown));
        counted.AddSettled(open with { Kind = LedgerKind.Settled, Outcome = ChangeOutcome.Changed });
        Assert.Equal((1, 0), (counted.Operation()!.Changed, counted.Operation()!.Unknown));
    }

    [Fact]
    public async Task A_counted_ledger_without_a_ledger_is_off_empty_and_whole()
    {
        var counted = new CountedLedger(null, isRequired: false);
        await counted.AppendAsync(LedgerTests.Entry("op1", 1));

        Assert.Equal(LedgerLocation.Off, counted.Location);
        Assert.Null(counted.Ledger);
        Assert.Equal(5, await counted.ReadAsync(new LedgerQuery { From = 5 }, static _ => { }));
        await counted.ProbeAsync();
        LedgerReport report = await counted.VerifyAsync();
        Assert.Equal((0, true, null), (report.Lines, report.IsValid, report.LastHash));
    }

    [Fact]
    public async Task A_counted_ledger_passes_everything_on()
    {
        PictifyLedger inner = PictifyLedger.InMemory();
        var counted = new CountedLedger(inner, isRequired: false);
        await counted.AppendAsync(LedgerTests.Entry("op1", 1));

        Assert.Same(inner, counted.Ledger);
        Assert.Equal(inner.Location, counted.Location);
        Assert.Single(await counted.FindAsync(LedgerQuery.All));
        Assert.Equal(1, (await counted.VerifyAsync()).Lines);
        await Assert.ThrowsAsync<LedgerException>(() =>
            new CountedLedger(new WatchedLedger { Failures = 1 }, true).ProbeAsync()
        );
    }

    [Fact]
    public void A_failure_says_what_failed_and_what_to_do()
    {
        var store = new LedgerStore.InMemory();
        var cause = new IOException("The disk is full.");

        LedgerException unwritable = store.Failed(LedgerFailure.Unwritable, cause);
        Assert.Equal(
            "The ledger 'memory' cannot be written: The disk is full. Make it writable, or choose another file.",
            unwritable.Message
        );
        Assert.Equal((LedgerFailure.Unwritable, LedgerLocation.Memory), (unwritable.Failure, unwritable.Location));
        Assert.Same(cause, unwritable.InnerException);
        Assert.Equal(
            "The ledger 'memory' cannot be read: no. Make it readable, or name another file.",
            store.Failed(LedgerFailure.Unreadable, "no").Message
        );
        Assert.Same(unwritable, store.Failed(LedgerFailure.Unreadable, unwritable));
    }

    [Fact]
    public async Task What_is_missing_is_named()
    {
        PictifyLedger ledger = PictifyLedger.InMemory();
        ILedger none = null!;

        Assert.Equal(
            "entries",
            (await Assert.ThrowsAsync<ArgumentNullException>(() => ledger.AppendAsync((LedgerEntry[])null!))).ParamName
        );
        Assert.Equal(
            "entry",
            (await Assert.ThrowsAsync<ArgumentNullException>(() => ledger.AppendAsync((LedgerEntry)null!))).ParamName
        );
        Assert.Equal(
            "id",
            (await Assert.ThrowsAsync<ArgumentNullException>(() => ledger.FindOperationAsync(null!))).ParamName
        );
        Assert.Equal(
            "operationId",
            (await Assert.ThrowsAsync<ArgumentNullException>(() => ledger.EntriesOfAsync(null!))).ParamName
        );
        foreach (
            Func<Task> use in new Func<Task>[]
            {
                () => none.AppendAsync(new LedgerEntry()),
                () => none.FindAsync(LedgerQuery.All),
                () => none.ReadOperationsAsync(LedgerQuery.All),
                () => none.EntriesOfAsync("op1"),
            }
        )
        {
            Assert.Equal("ledger", (await Assert.ThrowsAsync<ArgumentNullException>(use)).ParamName);
        }
    }

    [Fact]
    public async Task Operations_are_those_that_match_as_a_whole()
    {
        PictifyLedger ledger = PictifyLedger.InMemory();
        await ledger.AppendAsync([
            LedgerTests.Entry("op1", 1),
            LedgerTests.Entry("op1", 2) with
            {
                Uid = "exp_2",
                Moment = _now.AddSeconds(4),
            },
            LedgerTests.Entry("op2", 1) with
            {
                Uid = "exp_3",
                Moment = _now.AddSeconds(5),
                UntilMoment = _now,
            },
            new LedgerEntry { Kind = LedgerKind.Torn },
            LedgerTests.Entry("op3", 1) with
            {
                Kind = LedgerKind.Stopped,
                Number = null,
            },
        ]);

        Assert.Equal(["op1", "op2"], await IdsAsync(LedgerQuery.All));
        Assert.Equal(["op1"], await IdsAsync(new LedgerQuery { Uids = ["exp_2", "exp_9"] }));
        Assert.Empty(await IdsAsync(new LedgerQuery { Uids = [] }));
        Assert.Equal(["op2"], await IdsAsync(new LedgerQuery { WithEnd = true }));
        Assert.Equal(["op2"], await IdsAsync(new LedgerQuery { OperationId = "op2" }));
        Assert.Equal(["op2"], await IdsAsync(new LedgerQuery { Since = _now.AddSeconds(5) }));
        Assert.Equal(["op1", "op2"], await IdsAsync(new LedgerQuery { Since = _now }));
        Assert.Equal(2, (await ledger.ReadOperationsAsync(new LedgerQuery { Uids = ["exp_2"] }))[0].Changed);

        async Task<IEnumerable<string>> IdsAsync(LedgerQuery query) =>
            (await ledger.ReadOperationsAsync(query)).Select(static operation => operation.Id);
    }

    [Fact]
    public async Task Lines_are_those_that_match_by_everything_that_is_asked()
    {
        PictifyLedger ledger = PictifyLedger.InMemory();
        await ledger.AppendAsync([
            LedgerTests.Entry("op1", 1),
            LedgerTests.Entry("op1", 2) with
            {
                Uid = "exp_2",
                Moment = _now.AddSeconds(4),
                UntilMoment = _now,
            },
            LedgerTests.Entry("op2", 3) with
            {
                Uid = null,
                Reason = "op1 \"exp_1\" \"until\":",
            },
        ]);

        Assert.Equal([1, 2], await NumbersAsync(new LedgerQuery { OperationId = "op1" }));
        Assert.Equal([1], await NumbersAsync(new LedgerQuery { Uids = ["exp_1"] }));
        Assert.Equal([1, 2], await NumbersAsync(new LedgerQuery { Uids = ["exp_1", "exp_2"] }));
        Assert.Empty(await NumbersAsync(new LedgerQuery { Uids = [] }));
        Assert.Equal([2], await NumbersAsync(new LedgerQuery { WithEnd = true }));
        Assert.Equal([2], await NumbersAsync(new LedgerQuery { Since = _now.AddSeconds(4) }));
        Assert.Equal([1, 2, 3], await NumbersAsync(new LedgerQuery { Since = _now }));
        Assert.Empty(await NumbersAsync(new LedgerQuery { OperationId = "op1", Since = _now.AddSeconds(5) }));

        async Task<IEnumerable<int>> NumbersAsync(LedgerQuery query) =>
            (await ledger.FindAsync(query)).Select(static line => line.Number!.Value);
    }

    [Fact]
    public async Task Reading_goes_on_behind_what_was_read()
    {
        PictifyLedger ledger = PictifyLedger.InMemory();
        Assert.Equal(0, await ledger.ReadAsync(LedgerQuery.All, static _ => { }));
        await ledger.AppendAsync(LedgerTests.Entry("op1", 1));
        long position = await ledger.ReadAsync(LedgerQuery.All, static _ => { });
        await ledger.AppendAsync(LedgerTests.Entry("op1", 2));

        LedgerEntry line = Assert.Single(await ledger.FindAsync(new LedgerQuery { From = position }));

        Assert.Equal(2, line.Number);
        long end = await ledger.ReadAsync(new LedgerQuery { From = position }, static _ => { });
        Assert.Equal(end, await ledger.ReadAsync(new LedgerQuery { From = end }, static _ => { }));
    }

    [Fact]
    public async Task An_operation_tells_what_all_its_lines_have_in_common()
    {
        PictifyLedger ledger = PictifyLedger.InMemory();
        await ledger.AppendAsync(
            LedgerTests.Entry("op1", 1) with
            {
                Reason = "launch",
                Ticket = "OPS-1",
                UntilMoment = _now,
                Undoes = "op0",
                User = "jo",
                Host = "host1",
                ProcessId = 7,
                Key = "k1",
            }
        );

        PictifyOperation operation = (await ledger.FindOperationAsync("op1"))!;

        Assert.Equal(
            ("op1", "Suspend-PictifyExperiment", "op1"),
            (operation.Id, operation.Command, operation.ToString())
        );
        Assert.Equal(("launch", "OPS-1", "op0"), (operation.Reason, operation.Ticket, operation.Undoes));
        Assert.Equal(("jo", "host1", 7), (operation.User, operation.Host, operation.ProcessId));
        Assert.Equal(("https://here/", "k1"), (operation.BaseUrl, operation.KeyFingerprint));
        Assert.Equal((_now.LocalDateTime, _now.LocalDateTime), (operation.StartedAt, operation.Until));
        Assert.Equal((1, TimeSpan.Zero, null), (operation.Total, operation.Duration, operation.ErrorCount));
        Assert.Equal("exp_1", Assert.Single(operation.Entries).Uid);
        Assert.Empty(new PictifyOperation().Entries);
        Assert.Equal("", new PictifyOperation().Id);
    }

    [Theory]
    [InlineData(0, 0, false, null, true)]
    [InlineData(0, 0, false, 0, true)]
    [InlineData(1, 0, false, 0, false)]
    [InlineData(0, 1, false, 0, false)]
    [InlineData(0, 0, true, 0, false)]
    [InlineData(0, 0, false, 1, false)]
    public void An_operation_succeeded_where_nothing_is_left_to_look_after(
        int failed,
        int unknown,
        bool endedEarly,
        int? errors,
        bool succeeded
    ) =>
        Assert.Equal(
            succeeded,
            new PictifyOperation
            {
                Changed = 1,
                Failed = failed,
                Unknown = unknown,
                EndedEarly = endedEarly,
                ErrorCount = errors,
            }.Succeeded
        );

    [Fact]
    public void Ids_sort_by_time_and_differ()
    {
        string first = PictifyOperation.NewId(_now);
        string second = PictifyOperation.NewId(_now.AddMilliseconds(1));

        Assert.Matches("^20261123T120000000Z-[0-9a-f]{8}$", first);
        Assert.True(string.CompareOrdinal(first, second) < 0);
        Assert.NotEqual(first, PictifyOperation.NewId(_now));
    }

    [Fact]
    public void Operations_are_equal_only_to_themselves()
    {
        var operation = new PictifyOperation { Id = "op1" };

        Assert.True(operation.Equals(operation));
        Assert.False(operation.Equals(operation with { }));
        Assert.False(operation.Equals(null));
    }

    private static ArraySegment<byte> Bytes(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes("??" + text);
        return new ArraySegment<byte>(bytes, 2, bytes.Length - 2);
    }
}
