using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>What the ledger gets of a change that is settled by what the service shows, and what a person is told where it cannot be.</summary>
public sealed class SettlementTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly LedgerEntry _open = LedgerTests.Entry("op1", 1) with
    {
        Kind = LedgerKind.Outcome,
        Change = ChangeKind.Pause,
        Outcome = ChangeOutcome.Unknown,
        BeforeText = "draft",
        AfterText = "paused",
        Error = "ServiceFailed",
        Key = "k1",
        SkewMilliseconds = 0,
        Previous = "a",
        Hash = "b",
    };

    [Fact]
    public void A_change_that_was_made_has_what_the_service_shows_and_no_error()
    {
        LedgerEntry settled = Settled(_open, Shown("paused", 0))!;

        Assert.Equal((LedgerKind.Settled, ChangeOutcome.Changed), (settled.Kind, settled.Outcome));
        Assert.Equal(("exp_1", "running", "paused"), (settled.Uid, settled.BeforeText, settled.AfterText));
        Assert.Equal(
            (_now, null, null, null),
            (settled.UpdatedAtMoment, settled.Error, settled.Previous, settled.Hash)
        );
        Assert.Equal(_open.OperationId, settled.OperationId);
    }

    [Fact]
    public void A_change_that_was_not_needed_was_there_before()
    {
        LedgerEntry settled = Settled(_open, Shown("paused", -60))!;

        Assert.Equal(ChangeOutcome.Unchanged, settled.Outcome);
        Assert.Equal(("paused", "paused"), (settled.BeforeText, settled.AfterText));
        Assert.Equal((_now.AddSeconds(-60), null), (settled.UpdatedAtMoment, settled.Error));
    }

    [Fact]
    public void A_change_that_failed_keeps_what_was_wanted_and_why_it_failed()
    {
        LedgerEntry settled = Settled(_open, Shown("running", -60))!;

        Assert.Equal(ChangeOutcome.Failed, settled.Outcome);
        Assert.Equal(("draft", "paused"), (settled.BeforeText, settled.AfterText));
        Assert.Equal((null, "ServiceFailed"), (settled.UpdatedAtMoment, settled.Error));
    }

    /// <summary>One status leads to paused, and a resume reads first; of other changes the entry knows more than anybody.</summary>
    [Theory]
    [InlineData(ChangeKind.Pause, "paused", "running")]
    [InlineData(ChangeKind.Resume, "running", "paused")]
    [InlineData(ChangeKind.Start, "running", "draft")]
    [InlineData(ChangeKind.Complete, "completed", "draft")]
    public void The_status_before_is_the_one_that_leads_there(ChangeKind kind, string wanted, string before) =>
        Assert.Equal(before, Settled(_open with { Change = kind, AfterText = wanted }, Shown(wanted, 0))!.BeforeText);

    [Fact]
    public void A_start_that_is_still_rendering_is_recorded_as_it_is_seen()
    {
        LedgerEntry start = _open with { Change = ChangeKind.Start, AfterText = "running" };

        Assert.Equal("rendering", Settled(start, Shown("rendering", 0))!.AfterText);
    }

    [Fact]
    public void A_create_gets_its_uid_from_what_was_found()
    {
        LedgerEntry create = Create() with { Uid = null };

        Assert.Equal("exp_9", Settled(create, Shown("draft", 0, "exp_9"))!.Uid);
        Assert.Equal("exp_1", Settled(Create(), Shown("draft", 0, "exp_9"))!.Uid);
    }

    [Fact]
    public void A_removal_of_what_is_gone_keeps_what_was_wanted()
    {
        LedgerEntry removal = _open with { Change = ChangeKind.Remove, AfterText = "archived", BeforeText = "paused" };

        LedgerEntry gone = Settled(removal, null)!;
        Assert.Equal((ChangeOutcome.Changed, "paused", "archived"), (gone.Outcome, gone.BeforeText, gone.AfterText));
        Assert.Equal(ChangeOutcome.Changed, Settled(removal, Shown("archived", 0))!.Outcome);
        Assert.Equal(ChangeOutcome.Failed, Settled(removal, Shown("paused", 0))!.Outcome);
    }

    [Theory]
    [InlineData(ChangeKind.Remove, null, 0, "it is gone")]
    [InlineData(ChangeKind.Remove, "paused", 0, "it is still there")]
    [InlineData(ChangeKind.Create, null, 0, "no experiment has the slug")]
    [InlineData(ChangeKind.Create, "draft", -60, "the slug belongs to an older experiment")]
    [InlineData(ChangeKind.Create, "draft", 1, "it was created then")]
    [InlineData(ChangeKind.Create, "draft", 60, "the slug belongs to an experiment that was created later")]
    [InlineData(ChangeKind.Pause, null, 0, "the service has no such experiment now")]
    [InlineData(ChangeKind.Pause, "paused", 0, "it is 'paused', changed while the request was under way")]
    public void Why_it_is_settled_so_or_not_is_told(ChangeKind kind, string? status, int seconds, string reason)
    {
        LedgerEntry entry = kind == ChangeKind.Create ? Create() : _open with { Change = kind };

        Assert.Equal(reason, Classify(entry, status is null ? null : Shown(status, seconds)).Reason);
    }

    [Fact]
    public void A_create_that_another_operation_claims_or_that_has_no_date_is_open()
    {
        Assert.Equal(
            (null, "another operation created it, or may have"),
            Settlement.Classify(Create(), Shown("draft", 0), isOwnKey: true, LastChange.Claimed)
        );
        Assert.Equal(
            (null, "the service does not show when it was created"),
            Classify(Create(), new Experiment { Uid = "exp_1", StatusText = "draft" })
        );
    }

    [Theory]
    [InlineData(ChangeKind.Pause)]
    [InlineData(ChangeKind.Create)]
    [InlineData(ChangeKind.Remove)]
    public void What_another_key_does_not_see_may_be_another_teams(ChangeKind kind)
    {
        (LedgerEntry? settled, string reason) = Settlement.Classify(
            _open with
            {
                Change = kind,
            },
            null,
            isOwnKey: false,
            LastChange.Unclaimed
        );

        Assert.Null(settled);
        Assert.Equal("this connection's key does not see it, and another key (fingerprint k1) changed it", reason);
    }

    [Theory]
    [InlineData(ChangeKind.Pause, true)]
    [InlineData(ChangeKind.Resume, true)]
    [InlineData(ChangeKind.Start, true)]
    [InlineData(ChangeKind.Complete, true)]
    [InlineData(ChangeKind.Create, true)]
    [InlineData(ChangeKind.Remove, true)]
    [InlineData(ChangeKind.Edit, false)]
    [InlineData(ChangeKind.Event, false)]
    [InlineData(ChangeKind.Call, false)]
    [InlineData(ChangeKind.End, false)]
    public void What_reading_an_experiment_shows_can_be_settled(ChangeKind kind, bool canSettle)
    {
        Assert.Equal(canSettle, Settlement.CanSettle(_open with { Change = kind }));
        Assert.Equal(canSettle, Settlement.CanSettle(_open with { Change = kind, Uid = null, Slug = "hero" }));
        Assert.False(Settlement.CanSettle(_open with { Change = kind, Uid = null }));
        Assert.False(Settlement.CanSettle(_open with { Change = kind, Outcome = ChangeOutcome.Failed }));
    }

    /// <summary>When requests were under way, by the service's clock: a second to each side where its clock is known, else two.</summary>
    [Theory]
    [InlineData(0L, 1)]
    [InlineData(60_000L, 1)]
    [InlineData(null, 2)]
    public void A_window_is_as_wide_as_the_clock_is_uncertain(long? skew, int tolerance)
    {
        LedgerEntry entry = _open with
        {
            SkewMilliseconds = skew,
            SentFromMoment = _now.AddSeconds(-10),
            SentToMoment = _now.AddSeconds(-5),
        };
        TimeSpan by = TimeSpan.FromMilliseconds(skew ?? 0);

        Assert.Equal(
            new SendWindow(_now.AddSeconds(-10 - tolerance) + by, _now.AddSeconds(-5 + tolerance) + by),
            ExperimentHistory.Window(entry)
        );
        Assert.Equal(
            new SendWindow(_now.AddSeconds(-tolerance) + by, _now.AddSeconds(tolerance) + by),
            ExperimentHistory.Window(entry with { SentFromMoment = null, SentToMoment = null })
        );
    }

    [Theory]
    [InlineData(null, 30_000)]
    [InlineData(5_000L, 5_000)]
    [InlineData(-1L, 0)]
    [InlineData(long.MaxValue, 24 * 60 * 60 * 1000)]
    public void An_intents_window_is_as_long_as_its_time_limit(long? limit, int milliseconds)
    {
        LedgerEntry intent = _open with { Kind = LedgerKind.Intent, LimitMilliseconds = limit };

        Assert.Equal(
            new SendWindow(_now.AddSeconds(-1), _now.AddMilliseconds(milliseconds).AddSeconds(1)),
            ExperimentHistory.Window(intent)
        );
        Assert.Equal(
            _now.AddSeconds(4),
            ExperimentHistory.Window(intent with { SentToMoment = _now.AddSeconds(3) }).To
        );
    }

    private static LedgerEntry Create() =>
        _open with
        {
            Change = ChangeKind.Create,
            Slug = "hero",
            BeforeText = null,
            AfterText = "draft",
        };

    private static Experiment Shown(string status, int seconds, string uid = "exp_1") =>
        new()
        {
            Uid = uid,
            StatusText = status,
            UpdatedAtMoment = _now.AddSeconds(seconds),
            CreatedAtMoment = _now.AddSeconds(seconds),
        };

    private static (LedgerEntry? Settled, string Reason) Classify(LedgerEntry entry, Experiment? present) =>
        Settlement.Classify(entry, present, isOwnKey: true, LastChange.Unclaimed);

    private static LedgerEntry? Settled(LedgerEntry entry, Experiment? present) => Classify(entry, present).Settled;
}
