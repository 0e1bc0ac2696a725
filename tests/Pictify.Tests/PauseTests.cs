using System.Globalization;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>What a paused experiment's pause is, as the ledger tells it: whose, since when, until when, and what is not known of it.</summary>
public sealed class PauseTests : IDisposable
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeService _service = new(static (_, _) => FakeService.Answer(500));
    private readonly PictifyConnection _connection;
    private readonly PictifyLedger _ledger = PictifyLedger.InMemory();
    private int _operations;

    public PauseTests() => _connection = _service.Connect();

    public void Dispose()
    {
        _connection.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task A_pause_that_is_not_in_the_ledger_shows_the_experiment_alone()
    {
        PictifyPause pause = await DescribeAsync();

        Assert.Equal(("exp_1", "Hero", "hero", false), (pause.Uid, pause.Name, pause.Slug, pause.IsOurs));
        Assert.Equal((_now.LocalDateTime, null, null), (pause.Since, pause.Until, pause.Note));
        Assert.Equal("Hero (exp_1)", pause.ToString());
        Assert.Equal("exp_2", new PictifyPause { Uid = "exp_2" }.ToString());
        Assert.Equal("", new PictifyPause().Uid);
    }

    [Fact]
    public async Task No_experiments_have_no_pauses_and_no_ledger_is_read()
    {
        var room = new PictifyOperations(_connection, new WatchedLedger { IsUnreadable = true });

        Assert.Empty(await room.DescribePausesAsync([]));
        await Assert.ThrowsAsync<LedgerException>(() => room.DescribePausesAsync([Present()]));
        await Assert.ThrowsAsync<ArgumentNullException>(() => room.DescribePausesAsync(null!));
    }

    [Fact]
    public async Task A_pause_of_ours_tells_all_that_its_entry_does()
    {
        LedgerEntry entry = await AddAsync(Pause(until: 60));

        PictifyPause pause = await DescribeAsync();

        Assert.Equal((true, null, false, false), (pause.IsOurs, pause.Note, pause.IsDue, pause.IsOverdue));
        Assert.Equal((_now.LocalDateTime, _now.AddMinutes(60).LocalDateTime), (pause.Since, pause.Until));
        Assert.Equal(
            ("jo", "host1", "Suspend", "launch", "OPS-1", entry.OperationId),
            (pause.User, pause.Host, pause.Command, pause.Reason, pause.Ticket, pause.OperationId)
        );
        Assert.Equal(("exp_1", "Hero", "hero"), (pause.Uid, pause.Name, pause.Slug));
    }

    /// <summary>A pause is due from its end on, and overdue from a quarter of an hour after it on.</summary>
    [Theory]
    [InlineData(1, false, false)]
    [InlineData(0, true, false)]
    [InlineData(-14, true, false)]
    [InlineData(-15, true, true)]
    [InlineData(-16, true, true)]
    public async Task A_pause_is_due_at_its_end_and_overdue_some_time_later(int minutes, bool isDue, bool isOverdue)
    {
        await AddAsync(Pause(until: minutes));

        PictifyPause pause = await DescribeAsync();

        Assert.Equal((isDue, isOverdue), (pause.IsDue, pause.IsOverdue));
    }

    /// <summary>When the service changed it; where it does not say so, when the request was sent, or else when the line was written.</summary>
    [Fact]
    public async Task A_pause_is_since_what_is_known_best()
    {
        LedgerEntry entry = await AddAsync(Pause(until: null) with { UpdatedAtMoment = null });
        Assert.Equal(entry.Moment.LocalDateTime, (await DescribeAsync(updated: null)).Since);

        await AddAsync(Pause(until: null) with { UpdatedAtMoment = null, SentFromMoment = _now.AddSeconds(-3) });
        Assert.Equal(_now.AddSeconds(-3).LocalDateTime, (await DescribeAsync(updated: null)).Since);

        await AddAsync(Pause(until: null) with { SentFromMoment = _now.AddSeconds(-3) });
        Assert.Equal(_now.LocalDateTime, (await DescribeAsync()).Since);
    }

    [Fact]
    public async Task A_pause_that_somebody_changed_since_is_not_ours_any_more_and_says_so()
    {
        LedgerEntry entry = await AddAsync(Pause(until: 60));

        PictifyPause pause = await DescribeAsync(updated: _now.AddMinutes(5));

        Assert.Equal((false, null, null), (pause.IsOurs, pause.Until, pause.OperationId));
        Assert.Equal(_now.AddMinutes(5).LocalDateTime, pause.Since);
        Assert.Equal(
            $"Operation {entry.OperationId} paused it, and somebody else changed it since, at 2026-11-23 12:05:00Z: the pause and the end "
                + "recorded in the ledger no longer apply.",
            pause.Note
        );
    }

    [Fact]
    public async Task A_pause_over_which_something_is_open_is_not_known_to_be_ours()
    {
        await AddAsync(Pause(until: 60));
        LedgerEntry open = await AddAsync(
            Pause(until: 90) with
            {
                Kind = LedgerKind.Intent,
                Outcome = ChangeOutcome.Unknown,
                UpdatedAtMoment = null,
            }
        );

        // The service does not say when it was changed, so that what is open stays open.
        PictifyPause pause = await DescribeAsync(updated: null);

        Assert.Null(pause.IsOurs);
        Assert.Equal(
            $"What operation {open.OperationId} did to it is not known; Update-PictifyOperation finds it out if the service shows it.",
            pause.Note
        );
        Assert.Equal(_now.AddMinutes(90).LocalDateTime, pause.Until);
    }

    /// <summary>The end of a pause that may have been made does not hide that pause.</summary>
    [Fact]
    public async Task A_resume_that_is_open_leaves_the_pause_below_it_to_be_seen()
    {
        LedgerEntry pause = await AddAsync(Pause(until: 60));
        await AddAsync(
            Pause(until: null) with
            {
                Kind = LedgerKind.Intent,
                Change = ChangeKind.Complete,
                Outcome = ChangeOutcome.Unknown,
                AfterText = "completed",
                UpdatedAtMoment = null,
            }
        );

        PictifyPause seen = await DescribeAsync(updated: null);

        Assert.Equal((null, pause.OperationId), (seen.IsOurs, seen.OperationId));
    }

    [Fact]
    public async Task A_pause_that_was_ended_is_none_of_ours()
    {
        await AddAsync(Pause(until: 60));
        await AddAsync(Pause(until: null) with { Change = ChangeKind.Resume, AfterText = "running" });

        Assert.False((await DescribeAsync()).IsOurs);
    }

    [Fact]
    public async Task Ends_are_those_of_pauses_that_nobody_changed_since()
    {
        await AddAsync(Pause(until: 60));
        await AddAsync(Pause(until: null) with { Uid = "exp_2" });
        await AddAsync(Pause(until: 60) with { Uid = "exp_3", BaseUrl = "https://elsewhere/" });

        PauseEnds ends = await PauseEnds.ReadAsync(_connection, _ledger, CancellationToken.None);

        Assert.Equal(_now.AddMinutes(60), ends.Of(Present()));
        Assert.Null(ends.Of(Present(updated: _now.AddMinutes(5))));
        Assert.Null(ends.Of(Present(uid: "exp_2")));
        Assert.Null(ends.Of(Present(uid: "exp_3")));
        Assert.Null(ends.Of(Present(uid: "exp_4")));
    }

    [Fact]
    public async Task Ends_up_to_a_time_leave_the_later_ones_out()
    {
        await AddAsync(Pause(until: 60));
        await AddAsync(Pause(until: 61) with { Uid = "exp_2" });
        await AddAsync(Pause(until: null) with { Uid = "exp_3" });

        (HistoryCache cache, HashSet<string> uids) = await PauseEnds.FollowAsync(
            _connection,
            _ledger,
            _now.AddMinutes(60),
            CancellationToken.None
        );
        using (cache)
        {
            Assert.Equal(["exp_1"], uids);
            Assert.True(cache.Follows("exp_1"));
            Assert.False(cache.Follows("exp_2"));
        }
    }

    [Fact]
    public void An_entry_is_of_the_place_that_its_connection_leads_to()
    {
        using var sandbox = new PictifyConnection(new PictifyConnectionOptions { Sandbox = new PictifySandbox() });
        Func<LedgerEntry, bool> isHere = PictifyOperations.IsHere(_connection);
        Func<LedgerEntry, bool> isInSandbox = PictifyOperations.IsHere(sandbox);
        LedgerEntry entry = Pause(until: null);
        LedgerEntry sandboxed = entry with { BaseUrl = sandbox.BaseUri.AbsoluteUri, Key = sandbox.Sandbox!.Id };

        // Keys change, and the experiments behind them stay.
        Assert.True(isHere(entry));
        Assert.True(isHere(entry with { Key = "other" }));
        Assert.False(isHere(entry with { BaseUrl = "https://elsewhere/" }));
        Assert.True(isInSandbox(sandboxed));
        Assert.False(isInSandbox(sandboxed with { Key = "other" }));
        Assert.False(isInSandbox(sandboxed with { BaseUrl = "https://elsewhere/" }));
        Assert.Null(PictifyOperations.WhyElsewhere(entry with { Key = "other" }, _connection));
        Assert.Null(PictifyOperations.WhyElsewhere(sandboxed, sandbox));
        Assert.Equal(
            "it was in another sandbox",
            PictifyOperations.WhyElsewhere(sandboxed with { Key = "other" }, sandbox)
        );
        Assert.Equal(
            $"it was at https://elsewhere/, and this connection is to {sandbox.BaseUri}",
            PictifyOperations.WhyElsewhere(sandboxed with { BaseUrl = "https://elsewhere/" }, sandbox)
        );
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("th-TH")]
    [InlineData("fa-IR")]
    public void A_plan_says_what_restoring_does(string culture)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            var plan = new UndoPlan { Target = ExperimentStatus.Running };

            Assert.Equal("", new UndoPlan().Uid);
            Assert.Equal("Restore 'running'", plan.Action);
            Assert.Equal("Restore the pause without an end", (plan with { IsEndOnly = true }).Action);
            string end = _now.LocalDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            Assert.Equal($"Restore the end {end} of the pause", (plan with { IsEndOnly = true, Until = _now }).Action);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("paused", false, false, true)]
    [InlineData("running", false, false, false)]
    [InlineData(null, false, false, false)]
    [InlineData("paused", true, false, false)]
    [InlineData(null, true, false, false)]
    [InlineData("running", false, true, true)]
    [InlineData(null, true, true, true)]
    public void Nothing_is_sent_for_what_is_there_already(
        string? present,
        bool isEndOnly,
        bool isRestored,
        bool isThere
    ) =>
        Assert.Equal(
            isThere,
            new UndoPlan
            {
                Target = ExperimentStatus.Paused,
                Present = present is null ? null : new Experiment { Uid = "e", StatusText = present },
                IsEndOnly = isEndOnly,
                IsRestored = isRestored,
            }.NeedsNoRequest
        );

    [Fact]
    public async Task Reading_writes_nothing_and_sends_nothing()
    {
        await AddAsync(
            Pause(until: 60) with
            {
                Kind = LedgerKind.Intent,
                Outcome = ChangeOutcome.Unknown,
                UpdatedAtMoment = null,
                SkewMilliseconds = 0,
            }
        );

        // It was changed while the request was under way: the pause was made.
        Assert.True((await DescribeAsync()).IsOurs);

        Assert.Single(_ledger.ReadLines());
        Assert.Empty(_service.Requests);
    }

    private async Task<LedgerEntry> AddAsync(LedgerEntry entry)
    {
        LedgerEntry added = entry with { OperationId = $"op{++_operations}" };
        await _ledger.AppendAsync(added);
        return added;
    }

    private LedgerEntry Pause(int? until) =>
        new()
        {
            Kind = LedgerKind.Outcome,
            Change = ChangeKind.Pause,
            Outcome = ChangeOutcome.Changed,
            Moment = _now.AddSeconds(-1),
            Number = 1,
            Uid = "exp_1",
            Command = "Suspend",
            BeforeText = "running",
            AfterText = "paused",
            UpdatedAtMoment = _now,
            UntilMoment = until is { } minutes ? _now.AddMinutes(minutes) : null,
            User = "jo",
            Host = "host1",
            Reason = "launch",
            Ticket = "OPS-1",
            BaseUrl = _connection.BaseUri.AbsoluteUri,
            Key = _connection.KeyFingerprint,
        };

    private static Experiment Present(string uid = "exp_1", DateTimeOffset? updated = null) =>
        new()
        {
            Uid = uid,
            Name = "Hero",
            Slug = "hero",
            StatusText = "paused",
            UpdatedAtMoment = updated ?? _now,
        };

    private Task<PictifyPause> DescribeAsync() => DescribeAsync(_now);

    private async Task<PictifyPause> DescribeAsync(DateTimeOffset? updated)
    {
        Experiment present = Present();
        present.UpdatedAtMoment = updated;
        return Assert.Single(await new PictifyOperations(_connection, _ledger).DescribePausesAsync([present]));
    }
}
