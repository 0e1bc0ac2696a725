using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>What the ledger and one look at the service tell of a change.</summary>
public sealed class HistoryTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    // What was tried, on what, what the service shows now, and what that says.
    [InlineData("running", "paused", "paused fresh", "Changed")]
    [InlineData("running", "paused", "paused old", "Unchanged")]
    [InlineData("running", "paused", "paused later", null)]
    [InlineData("running", "paused", "paused", null)]
    [InlineData("running", "paused", "running old", "Failed")]
    [InlineData("running", "paused", "running fresh", null)]
    [InlineData("running", "paused", "running", null)]
    [InlineData("running", "paused", "completed fresh", null)]
    [InlineData("running", "paused", null, null)]
    [InlineData("paused", "paused", "paused old", "Unchanged")]
    [InlineData("paused", "paused", "paused fresh", "Changed")]
    [InlineData(null, "paused", "running old", "Failed")]
    [InlineData(null, "paused", "paused fresh", "Changed")]
    [InlineData("paused", "running", "running fresh", "Changed")]
    [InlineData("paused", "running", "rendering fresh", "Changed")]
    [InlineData("paused", "running", "paused old", "Failed")]
    [InlineData("draft", "running", "running fresh", "Changed")]
    [InlineData("running", "completed", "completed fresh", "Changed")]
    [InlineData("running", "completed", "paused later", null)]
    [InlineData("draft", "archived", null, "Changed")]
    [InlineData("draft", "archived", "draft", "Failed")]
    [InlineData(null, "draft", "draft fresh", "Changed")]
    [InlineData(null, "draft", "draft old", "Failed")]
    [InlineData(null, "draft", "draft later", null)]
    [InlineData(null, "draft", null, "Failed")]
    public void What_is_open_is_judged_by_what_the_service_shows(
        string? before,
        string wanted,
        string? shown,
        string? outcome
    )
    {
        LedgerEntry entry = LedgerTests.Entry("op1", 1) with
        {
            Kind = LedgerKind.Intent,
            Outcome = ChangeOutcome.Unknown,
            BeforeText = before,
            AfterText = wanted,
            SkewMilliseconds = 60_000,
        };
        string[] parts = shown?.Split(' ') ?? [];
        DateTimeOffset? changed = parts switch
        {
            [_, "fresh"] => _now.AddSeconds(60),
            [_, "old"] => _now.AddSeconds(30),

            // A request that was under way when its process ended was over after its time limit.
            [_, "later"] => _now.AddSeconds(120),
            _ => null,
        };
        Experiment? present = shown is null
            ? null
            : new Experiment
            {
                Uid = "exp_1",
                StatusText = parts[0],
                UpdatedAtMoment = changed,
                CreatedAtMoment = changed,
            };

        LedgerEntry? settled = Settlement.Classify(entry, present, isOwnKey: true, LastChange.Unclaimed).Settled;

        Assert.Equal(outcome, settled?.Outcome.ToString());
        if (settled is { Outcome: ChangeOutcome.Changed } && wanted == "paused")
        {
            Assert.Equal(ExperimentStatus.Running, settled.Before);
        }
    }

    /// <summary>What a killed process sent was over after its connection's time limit, whatever that was.</summary>
    [Theory]
    [InlineData(null, 20, "Changed")]
    [InlineData(null, 60, null)]
    [InlineData(5_000L, 4, "Changed")]
    [InlineData(5_000L, 20, null)]
    [InlineData(100_000L, 60, "Changed")]
    [InlineData(100_000L, 120, null)]
    [InlineData(-5L, 3, null)]
    [InlineData(long.MaxValue, 60, "Changed")]
    public void An_intent_tells_how_long_its_request_may_be_under_way(long? limit, int seconds, string? outcome)
    {
        LedgerEntry entry = LedgerTests.Entry("op1", 1) with
        {
            Kind = LedgerKind.Intent,
            Change = ChangeKind.Pause,
            Outcome = ChangeOutcome.Unknown,
            AfterText = "paused",
            SkewMilliseconds = 0,
            LimitMilliseconds = limit,
        };
        var present = new Experiment
        {
            Uid = "exp_1",
            StatusText = "paused",
            UpdatedAtMoment = _now.AddSeconds(seconds),
        };

        LedgerEntry? settled = Settlement.Classify(entry, present, isOwnKey: true, LastChange.Unclaimed).Settled;

        Assert.Equal(outcome, settled?.Outcome.ToString());
    }

    [Theory]
    // The entries for one experiment, in order: before>after outcome [until in hours]. Due at hour 10?
    [InlineData("running>paused changed 8", true)]
    [InlineData("running>paused changed 12", false)]
    [InlineData("running>paused changed", false)]
    [InlineData("running>paused unknown 8", true)]
    [InlineData("running>paused failed 8", false)]
    [InlineData("paused>paused unchanged 8", false)]
    [InlineData("running>paused changed 8; paused>running changed", false)]
    [InlineData("running>paused changed 8; running>running unchanged", false)]
    [InlineData("running>paused changed 8; paused>running unknown", true)]
    [InlineData("running>paused changed 8; paused>running failed ServiceFailed", true)]
    [InlineData("running>paused changed 8; paused>running failed StateConflict", true)]
    [InlineData("running>paused changed 8; paused>running failed ExperimentNotFound", true)]
    [InlineData("running>paused changed 8; paused>paused unchanged 12", false)]
    [InlineData("running>paused changed 12; paused>paused unchanged 8", true)]
    [InlineData("running>paused changed 8; paused>paused unchanged", false)]
    [InlineData("running>paused changed 8; paused>paused changed", false)]
    [InlineData("running>paused changed 8; paused>completed changed", false)]
    [InlineData("running>paused changed 8; paused>completed failed StateConflict", true)]
    [InlineData("running>paused changed 8; paused>running changed; running>paused changed 9", true)]
    [InlineData("running>paused changed 8; paused>running changed; running>paused changed", false)]
    public async Task A_pause_is_due_once_its_time_has_come_and_nobody_touched_it(string history, bool isDue)
    {
        PictifyLedger ledger = PictifyLedger.InMemory();
        int n = 0;
        foreach (string step in history.Split("; "))
        {
            string[] parts = step.Split(' ');
            string[] status = parts[0].Split('>');
            string? last = parts.Length > 2 ? parts[2] : null;
            bool isHours = double.TryParse(last, System.Globalization.CultureInfo.InvariantCulture, out double hours);
            LedgerEntry intent = LedgerTests.Entry($"op{++n}", 1) with
            {
                Kind = LedgerKind.Intent,
                Outcome = ChangeOutcome.Unknown,
                BeforeText = status[0],
                AfterText = status[1],
                UntilMoment = isHours ? _now.AddHours(hours) : null,
            };
            await ledger.AppendAsync(intent);
            await ledger.AppendAsync(
                intent with
                {
                    Kind = LedgerKind.Outcome,
                    Outcome = Enum.Parse<ChangeOutcome>(parts[1], ignoreCase: true),
                    Error = isHours ? null : last,
                }
            );
        }

        // The same experiment at another place is another experiment.
        await ledger.AppendAsync(
            LedgerTests.Entry("op9", 1, ChangeOutcome.Changed) with
            {
                BeforeText = "running",
                AfterText = "paused",
                UntilMoment = _now,
                BaseUrl = "https://elsewhere/",
            }
        );
        using var cache = new HistoryCache(ledger, static entry => entry.BaseUrl == "https://here/");
        cache.Follow("exp_1");
        await cache.RefreshAsync(CancellationToken.None);

        Assert.Equal(isDue, cache.Of("exp_1").PauseInForce()?.End <= _now.AddHours(10));
    }
}
