using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>What becomes of a pause whose end has come, by the lines of a ledger and by what the service shows.</summary>
public sealed class DueSessionTests
{
    private const string Ended = "pause until:-1 at:0 name:Known";

    [Theory]
    // The history, what the service shows, and what becomes of the pause.
    [InlineData("pause until:-1 at:0", "paused 0", "resumed")]
    [InlineData("pause until:0 at:0", "paused 0", "resumed")]
    [InlineData("pause until:-1 at:0", "running 0", "running")]
    [InlineData(
        "pause until:-1 at:0",
        "completed 0",
        "over: it is 'completed' now, so its recorded end no longer applies"
    )]
    [InlineData(
        "pause until:-1 at:0",
        "paused 300",
        "over: it was changed by somebody else since, at 2026-11-23 12:05:00Z, so its recorded end no longer applies"
    )]
    [InlineData(
        "pause until:-1 at:0; resume? intent sent:-1",
        "paused 0",
        "error: It is paused, and what operation op2 did to it is not known, so it stays paused."
    )]
    [InlineData(
        "pause until:-1 at:0; pause? intent sent:-1",
        "paused",
        "error: It is paused, and what operation op2 did to it is not known, so it stays paused."
    )]
    // The service shows a change that is older than the pause that may have been made, and so it was not.
    [InlineData(
        "pause? intent sent:-1 until:-1",
        "paused -4200",
        "left: settling its changes whose outcome was unknown showed that no recorded pause is in effect"
    )]
    public async Task A_pause_whose_end_has_come_is_ended_or_left_alone(string history, string shown, string what)
    {
        using var one = new OneExperiment(history, shown);

        Assert.Equal(what, await EndAsync(one));
    }

    [Fact]
    public async Task A_pause_that_somebody_else_changed_is_noted_as_over_once()
    {
        using var one = new OneExperiment(Ended, "completed 180 Hero");

        Assert.StartsWith("over: ", await EndAsync(one), StringComparison.Ordinal);

        LedgerEntry line = one.Recorded[^1];
        Assert.Equal((LedgerKind.Outcome, ChangeKind.Resume, "PauseEnded"), (line.Kind, line.Change, line.Error));
        Assert.Equal((ChangeOutcome.Unchanged, "completed", Written.Uid), (line.Outcome, line.AfterText, line.Uid));
        Assert.Equal(("Hero", "hero", Written.Noon.AddMinutes(3)), (line.Name, line.Slug, line.UpdatedAtMoment));
        using DueSession again = await one.Room.BeginDueAsync();
        Assert.Empty(again.Pauses);
    }

    [Fact]
    public async Task A_preview_of_an_end_records_nothing_and_sends_nothing()
    {
        using var one = new OneExperiment(Ended, "completed 0");
        using DueSession due = await one.Room.BeginDueAsync(record: false, CancellationToken.None);

        DueDecision decision = await due.PreviewAsync(due.Pauses[0], CancellationToken.None);

        Assert.Equal(
            ("it is 'completed' now, so its recorded end no longer applies", true),
            (decision.Note, decision.IsOver)
        );
        Assert.Single(one.Recorded);
        one.Show("running 0");
        Assert.Equal("running", (await due.PreviewAsync(due.Pauses[0], CancellationToken.None)).Running!.StatusText);
        one.Show("paused 0");
        Assert.Equal("paused", (await due.PreviewAsync(due.Pauses[0], CancellationToken.None)).Resume!.StatusText);
        Assert.All(one.Requests, static request => Assert.StartsWith("GET ", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_names_a_pause_is_what_is_seen_or_else_what_was_recorded()
    {
        using var one = new OneExperiment(Ended, "completed");

        _ = await EndAsync(one);

        LedgerEntry line = one.Recorded[^1];
        Assert.Equal(("Known", "known"), (line.Name, line.Slug));
    }

    [Theory]
    [InlineData(404, "There is no such experiment, or it belongs to another team (HTTP 404).", "ExperimentNotFound")]
    [InlineData(410, "It existed, and has expired (HTTP 410).", "Expired")]
    public async Task A_pause_that_is_not_seen_is_told_once_and_tried_each_time(int status, string error, string id)
    {
        using var one = new OneExperiment(Ended, refusal: status);

        Assert.Equal($"error: {error}", await EndAsync(one));
        LedgerEntry line = one.Recorded[^1];
        Assert.Equal((ChangeOutcome.Failed, ChangeKind.Resume, id), (line.Outcome, line.Change, line.Error));
        Assert.Equal((Written.Uid, "Known", "known", "running"), (line.Uid, line.Name, line.Slug, line.AfterText));

        Assert.Equal("left: it is still not found", await EndAsync(one));
        one.Show("paused 0");
        Assert.Equal("resumed", await EndAsync(one));
    }

    [Fact]
    public async Task A_pause_of_another_key_that_is_not_seen_is_not_this_ones()
    {
        using var one = new OneExperiment("pause key:other until:-1 at:0");

        Assert.Equal("left: this connection's key does not see it", await EndAsync(one));
    }

    [Fact]
    public async Task A_pause_that_was_changed_meanwhile_is_left_alone()
    {
        using var one = new OneExperiment(Ended);
        using DueSession due = await one.Room.BeginDueAsync();
        one.Append("resume", first: 2);
        OperationRun run = one.Room.Begin("Resume");

        DueResult result = await due.EndAsync(run, due.Pauses[0], DueSession.Subject(run, due.Pauses[0]));

        Assert.Equal(
            (null, "another operation changed it meanwhile", false),
            (result.Change, result.Note, result.IsOver)
        );
        Assert.Empty(one.Requests);
    }

    [Fact]
    public async Task The_entry_of_an_end_needs_an_operation()
    {
        using var one = new OneExperiment(Ended);
        using DueSession due = await one.Room.BeginDueAsync();

        ArgumentNullException error = Assert.Throws<ArgumentNullException>(() =>
            DueSession.Subject(null!, due.Pauses[0])
        );

        Assert.Equal("run", error.ParamName);
    }

    [Fact]
    public async Task Pauses_come_in_the_order_in_which_they_were_made()
    {
        using var one = new OneExperiment(
            "pause uid:exp_3 until:-1; pause uid:exp_1 until:-1; pause uid:exp_2 until:-1"
        );

        using DueSession due = await one.Room.BeginDueAsync();

        Assert.Equal(["exp_3", "exp_1", "exp_2"], due.Pauses.Select(static pause => pause.Uid));
        Assert.All(due.Pauses, static pause => Assert.Equal(Written.Noon.AddHours(-1), pause.Until));
    }

    private static async Task<string> EndAsync(OneExperiment one)
    {
        OperationRun run = one.Room.Begin("Resume");
        using DueSession due = await one.Room.BeginDueAsync();
        DuePause pause = Assert.Single(due.Pauses);
        try
        {
            DueResult result = await due.EndAsync(run, pause, DueSession.Subject(run, pause));
            return result.Change is { } change
                ? change.Changed
                    ? "resumed"
                    : "running"
                : result.IsOver
                    ? $"over: {result.Note}"
                    : $"left: {result.Note}";
        }
        catch (PictifyException error)
        {
            return $"error: {error.Message}";
        }
    }
}
