using System.Net.Http;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>
/// What taking operations back comes to, and what ending a pause comes to, by the lines of a ledger and by what the service shows; with
/// the words that a person reads.
/// </summary>
public sealed class UndoPlanTests : IDisposable
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly PictifyLedger _ledger = PictifyLedger.InMemory();
    private readonly FakeService _service;
    private readonly PictifyConnection _connection;
    private readonly PictifyOperations _room;
    private (int Status, string Body) _read = (200, "{}");
    private int _minute;

    public UndoPlanTests()
    {
        _service = new FakeService(
            (request, _) =>
                request.Method == HttpMethod.Get
                    ? FakeService.Answer(_read.Status, _read.Body)
                    : FakeService.Answer(
                        200,
                        FakeService.Experiment(
                            "e",
                            request.RequestUri!.AbsolutePath.EndsWith("pause", StringComparison.Ordinal)
                                ? "paused"
                                : "running",
                            _now
                        )
                    )
        );
        _connection = _service.Connect();
        _connection.FeatureSeen = true;
        _room = new PictifyOperations(_connection, _ledger);
    }

    public void Dispose()
    {
        _connection.Dispose();
        _service.Dispose();
    }

    [Theory]
    // The history, the operations that are taken back, the status now, and the plan: a status, an end, or a conflict.
    [InlineData("a pause", "a", "paused", "running")]
    [InlineData("a pause", "a", "running", "running there")]
    [InlineData("a pause", "a", "rendering", "running there")]
    [InlineData("a pause; b resume", "b", "running", "paused")]
    [InlineData("a pause until 60; b resume", "b", "running", "paused until 60")]
    [InlineData("a pause; b resume", "a b", "running", "running there")]
    [InlineData("a pause; b resume", "b a", "running", "running there")]
    [InlineData("a pause; b resume; c pause", "c", "paused", "running")]
    [InlineData("a pause; b resume; c pause", "b c", "paused", "paused there")]
    [InlineData("a pause; u undo a", "u", "running", "paused")]
    [InlineData("a pause until 60; u undo a", "u", "running", "paused until 60")]
    [InlineData("a pause; u undo a", "a u", "running", "restored")]
    [InlineData("a pause; u undo a", "a", "running", "restored")]
    [InlineData("a pause until 60; b pause again until 90", "b", "paused", "end 60")]
    [InlineData("a pause; b pause again until 90", "b", "paused", "end none")]
    [InlineData("a pause until 60; b pause again", "b", "paused", "end 60")]
    [InlineData("a pause until 60; b pause again until 90", "a b", "paused", "running")]
    [InlineData("a rendering", "a", "rendering", "paused")]
    [InlineData("a rendering", "a", "running", "paused")]
    [InlineData("a pause; u undo a", "a", "paused", "it was taken back already, and it is 'paused' again")]
    [InlineData(
        "a pause until 60; b pause again until 90",
        "b",
        "running",
        "the operation changed the end of a pause, and it is 'running' now"
    )]
    [InlineData("a pause; b resume", "a", "running", "operation b (Resume) changed it after this one, or may have")]
    [InlineData(
        "a pause; b resume; c pause; d resume",
        "a",
        "running",
        "operation d (Resume) changed it after this one, or may have"
    )]
    [InlineData(
        "a pause; b resume; c resume unknown",
        "a",
        "running",
        "operation c (Resume) changed it after this one, or may have"
    )]
    [InlineData("a pause; u undo a unknown", "a", "paused", "it is not known what operation u did to it")]
    [InlineData("a start", "a", "running", "it was a draft before, and nothing becomes a draft again")]
    [InlineData("a complete", "a", "completed", "it was 'running' before, and no way leads back", "pause")]
    [InlineData("a pause", "a", "completed", "the operation left it 'paused', and it is 'completed' now")]
    [InlineData("a pause from nowhere", "a", "paused", "the ledger does not say what it was before")]
    [InlineData("a pause from asleep", "a", "paused", "the ledger does not say what it was before")]
    public async Task A_plan_is_the_status_before_or_why_there_is_none(
        string history,
        string taken,
        string status,
        string plan,
        string? kind = null
    )
    {
        await WriteAsync(history);
        if (kind is not null)
        {
            // What cannot be taken back alone is in an operation whose first change can.
            await _ledger.AppendAsync(Line("a", 0, ChangeKind.Pause, "running", "paused") with { Uid = "f" });
        }

        Show(status);

        Assert.Equal(plan, await PlanAsync(taken));
    }

    [Fact]
    public async Task What_somebody_else_changed_since_is_left_alone()
    {
        await WriteAsync("a pause");
        Show("paused", minutes: 5);

        Assert.Equal("somebody else changed it since, at 2026-11-23 12:05:00Z", await PlanAsync("a"));
        Show("paused", minutes: null);
        Assert.Equal("running", await PlanAsync("a"));
    }

    /// <summary>It does not matter what came after an undo that is given with what it took back.</summary>
    [Fact]
    public async Task An_undo_that_is_given_with_its_operation_is_in_nobodys_way()
    {
        await WriteAsync("a pause; u undo a; b pause until 60; c resume");
        Show("running");

        Assert.Equal("paused until 60", await PlanAsync("a u c"));
        Assert.Equal("operation c (Resume) changed it after this one, or may have", await PlanAsync("u"));
    }

    [Fact]
    public async Task What_the_operations_only_found_is_not_planned()
    {
        await _ledger.AppendAsync(
            Line("a", 1, ChangeKind.Pause, "paused", "paused") with
            {
                Outcome = ChangeOutcome.Unchanged,
            }
        );
        await _ledger.AppendAsync(
            Line("a", 2, ChangeKind.Pause, "running", "paused") with
            {
                Uid = "f",
                Outcome = ChangeOutcome.Failed,
            }
        );

        using UndoSession undo = await _room.BeginUndoAsync(["a", "a"]);

        Assert.Empty(undo.Uids);
        Assert.Empty(undo.Refused);
        Assert.Empty(_service.Requests);
    }

    [Theory]
    [InlineData(ChangeKind.Complete, "completing is final")]
    [InlineData(ChangeKind.Remove, "no API brings a removed experiment back")]
    [InlineData(ChangeKind.Create, "it created experiments, which Remove-PictifyExperiment removes")]
    [InlineData(ChangeKind.Edit, "the fields' earlier values are not recorded")]
    [InlineData(ChangeKind.Event, "events cannot be taken back")]
    [InlineData(ChangeKind.Call, "what the call did is not known here")]
    [InlineData(ChangeKind.Unknown, "the ledger does not say what kind of change it was")]
    [InlineData(ChangeKind.Pause, null)]
    [InlineData(ChangeKind.Resume, null)]
    [InlineData(ChangeKind.Start, null)]
    [InlineData(ChangeKind.End, null)]
    public async Task An_operation_that_cannot_be_taken_back_says_why(ChangeKind kind, string? why)
    {
        // A change from running to a status that nobody knows, which lines of version 0.1.0 would not tell the kind of.
        await _ledger.AppendAsync(Line("a", 1, kind, "running", "asleep"));
        await _ledger.AppendAsync(Line("a", 2, kind, "running", "asleep") with { Uid = null });
        await _ledger.AppendAsync(Line("b", 1, ChangeKind.Pause, "running", "paused") with { Uid = "f" });

        using UndoSession undo = await _room.BeginUndoAsync(["a", "b"]);

        Assert.Equal(why, undo.Refused.GetValueOrDefault("a"));
        Assert.Equal(why is null ? ["e", "f"] : ["f"], undo.Uids);
    }

    [Fact]
    public async Task An_operation_that_is_not_here_says_where_it_was()
    {
        using var sandbox = new PictifyConnection(new PictifyConnectionOptions { Sandbox = new PictifySandbox() });
        await _ledger.AppendAsync(Line("a", 1, ChangeKind.Pause, null, null) with { BaseUrl = "https://elsewhere/" });
        await _ledger.AppendAsync(
            Line("b", 1, ChangeKind.Pause, null, null) with
            {
                BaseUrl = sandbox.BaseUri.AbsoluteUri,
                Key = "another",
            }
        );
        await _ledger.AppendAsync(Line("c", 1, ChangeKind.Unknown, "running", "asleep") with { Uid = null });

        using UndoSession here = await _room.BeginUndoAsync(["a", "z", "c"]);
        using UndoSession inSandbox = await new PictifyOperations(sandbox, _ledger).BeginUndoAsync(["b"]);

        Assert.Equal(
            "it was at https://elsewhere/, and this connection leads to https://api.pictify.io/",
            here.Refused["a"]
        );
        Assert.Equal("the ledger has no such operation", here.Refused["z"]);
        Assert.False(here.Refused.ContainsKey("c"));
        Assert.Equal("it was in another sandbox", inSandbox.Refused["b"]);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task What_another_key_changed_may_only_be_hidden_from_this_one(int status)
    {
        await WriteAsync("a pause");
        await _ledger.AppendAsync(Line("a", 2, ChangeKind.Pause, "running", "paused") with { Key = "other" });
        _read = (status, "{}");

        Assert.Equal(
            "this connection's key does not see it, and another key (fingerprint other) changed it",
            await PlanAsync("a")
        );
    }

    [Fact]
    public async Task What_this_key_changed_and_does_not_see_is_the_services_error()
    {
        await _ledger.AppendAsync(Line("a", 1, ChangeKind.Pause, "running", "paused") with { Key = "other" });
        await _ledger.AppendAsync(Line("a", 2, ChangeKind.Pause, "running", "paused"));
        _read = (404, "{}");

        var error = await Assert.ThrowsAsync<PictifyException>(() => PlanAsync("a"));
        Assert.Equal(PictifyErrorKind.NotFound, error.Kind);
        _read = (401, "{}");
        error = await Assert.ThrowsAsync<PictifyException>(() => PlanAsync("a"));
        Assert.Equal(PictifyErrorKind.Unauthorized, error.Kind);
    }

    [Theory]
    // The history, what is taken back, the status now; the kind of change, the status and the operations in the ledger's last line.
    [InlineData("a pause", "a", "paused", ChangeKind.Resume, "running", "a", 1)]
    [InlineData("a pause until 60; b resume", "b", "running", ChangeKind.Pause, "paused", "b", 1)]
    [InlineData("a pause until 60; b pause again until 90", "b", "paused", ChangeKind.End, "paused", "b", 0)]
    [InlineData("a pause; b resume", "a b", "running", ChangeKind.Resume, "running", "a b", 0)]
    public async Task What_is_restored_is_recorded_as_what_it_takes_back(
        string history,
        string taken,
        string status,
        ChangeKind kind,
        string after,
        string undoes,
        int posts
    )
    {
        await WriteAsync(history);
        Show(status);
        OperationRun run = _room.Begin("Undo");
        using UndoSession undo = await _room.BeginUndoAsync(taken.Split(' '));
        UndoPlan plan = (await undo.PlanAsync("e"))!;

        ExperimentChange change = await undo.RestoreAsync(run, plan);

        LedgerEntry line = _ledger.ReadLines().Last();
        Assert.Equal((kind, after, undoes), (line.Change, line.AfterText, line.Undoes));
        Assert.Equal(("e", "Hero", run.Operation.Id), (line.Uid, line.Name, line.OperationId));
        Assert.Equal(change.Outcome, line.Outcome);
        Assert.Equal(
            posts,
            _service.Requests.Count(static request => request.StartsWith("POST", StringComparison.Ordinal))
        );
        Assert.Equal(kind != ChangeKind.Resume || posts > 0, change.Changed);
    }

    [Fact]
    public async Task A_conflict_is_recorded_as_not_tried_and_nothing_is_sent()
    {
        await WriteAsync("a pause; b resume");
        Show("running");
        OperationRun run = _room.Begin("Undo");
        using UndoSession undo = await _room.BeginUndoAsync(["a"]);

        ExperimentChange change = await undo.RestoreAsync(run, (await undo.PlanAsync("e"))!);

        Assert.Equal(
            (ChangeOutcome.Failed, "It was left alone: operation b (Resume) changed it after this one, or may have."),
            (change.Outcome, change.Error!.Message)
        );
        LedgerEntry line = _ledger.ReadLines().Last();
        Assert.Equal((ChangeOutcome.Failed, "UndoConflict"), (line.Outcome, line.Error));
        Assert.Equal(["GET /experiments/api/e"], _service.Requests);
        await Assert.ThrowsAsync<ArgumentNullException>(() => undo.RestoreAsync(run, null!));
        Assert.Throws<ArgumentNullException>(() => UndoSession.Subject(null!, new UndoPlan()));
    }

    [Fact]
    public async Task What_was_planned_is_planned_anew_where_the_ledger_has_more_now()
    {
        await WriteAsync("a pause");
        Show("paused");
        OperationRun run = _room.Begin("Undo");
        using UndoSession undo = await _room.BeginUndoAsync(["a"]);
        UndoPlan plan = (await undo.PlanAsync("e"))!;
        await WriteAsync("b resume");
        Show("running");

        ExperimentChange change = await undo.RestoreAsync(run, plan);

        Assert.Equal(
            "It was left alone: operation b (Resume) changed it after this one, or may have.",
            change.Error!.Message
        );
    }

    [Theory]
    // The history, the status now, when it was changed since, and what becomes of the pause.
    [InlineData("a pause until -1", "paused", 0, "resumed")]
    [InlineData("a pause until 0", "paused", 0, "resumed")]
    [InlineData("a pause until -1", "running", 0, "running")]
    [InlineData("a pause until -1", "completed", 0, "over: it is 'completed' now, so that its end no longer holds")]
    [InlineData(
        "a pause until -1",
        "paused",
        5,
        "over: it was changed by somebody else since, at 2026-11-23 12:05:00Z, so that its end no longer holds"
    )]
    [InlineData(
        "a pause until -1; b resume unknown",
        "paused",
        0,
        "error: It is paused, and what operation b did to it is not known, so that it stays paused."
    )]
    [InlineData(
        "a pause until -1; b pause unknown",
        "paused",
        null,
        "error: It is paused, and what operation b did to it is not known, so that it stays paused."
    )]
    public async Task A_pause_whose_end_has_come_is_ended_or_left_alone(
        string history,
        string status,
        int? minutes,
        string what
    )
    {
        await WriteAsync(history);
        Show(status, minutes);

        Assert.Equal(what, await EndAsync());
    }

    [Fact]
    public async Task A_pause_that_somebody_else_changed_is_noted_as_over_once()
    {
        await WriteAsync("a pause until -1");
        Show("completed", 3);

        Assert.StartsWith("over: ", await EndAsync(), StringComparison.Ordinal);

        LedgerEntry line = _ledger.ReadLines().Last();
        Assert.Equal((LedgerKind.Outcome, ChangeKind.Resume, "PauseEnded"), (line.Kind, line.Change, line.Error));
        Assert.Equal((ChangeOutcome.Unchanged, "completed", "e"), (line.Outcome, line.AfterText, line.Uid));
        Assert.Equal(("Hero", "hero", _now.AddMinutes(3)), (line.Name, line.Slug, line.UpdatedAtMoment));
        using DueSession again = await _room.BeginDueAsync();
        Assert.Empty(again.Pauses);
    }

    [Fact]
    public async Task A_preview_of_an_end_records_nothing_and_sends_nothing()
    {
        await WriteAsync("a pause until -1");
        Show("completed");
        using DueSession due = await _room.BeginDueAsync(record: false, CancellationToken.None);

        DueDecision decision = await due.PreviewAsync(due.Pauses[0], CancellationToken.None);

        Assert.Equal(
            ("it is 'completed' now, so that its end no longer holds", true),
            (decision.Note, decision.IsOver)
        );
        Assert.Single(_ledger.ReadLines());
        Show("running");
        Assert.Equal("running", (await due.PreviewAsync(due.Pauses[0], CancellationToken.None)).Running!.StatusText);
        Show("paused");
        Assert.Equal("paused", (await due.PreviewAsync(due.Pauses[0], CancellationToken.None)).Resume!.StatusText);
    }

    [Fact]
    public async Task What_names_a_pause_is_what_is_seen_or_else_what_was_recorded()
    {
        await WriteAsync("a pause until -1");
        _read = (200, """{"experiment":{"uid":"e","status":"completed"}}""");

        _ = await EndAsync();

        LedgerEntry line = _ledger.ReadLines().Last();
        Assert.Equal(("Known", "known"), (line.Name, line.Slug));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_pause_that_is_not_seen_is_told_once_and_tried_each_time(int status)
    {
        await WriteAsync("a pause until -1");
        _read = (status, "{}");
        string error =
            status == 404
                ? "There is no such experiment, or it belongs to another team (HTTP 404)."
                : "It existed, and has expired (HTTP 410).";

        Assert.Equal($"error: {error}", await EndAsync());
        LedgerEntry line = _ledger.ReadLines().Last();
        Assert.Equal((ChangeOutcome.Failed, ChangeKind.Resume), (line.Outcome, line.Change));
        Assert.Equal(status == 404 ? "ExperimentNotFound" : "Expired", line.Error);
        Assert.Equal(("e", "Known", "known", "running"), (line.Uid, line.Name, line.Slug, line.AfterText));

        Assert.Equal("left: it is still not found", await EndAsync());
        Show("paused");
        Assert.Equal("resumed", await EndAsync());
    }

    [Fact]
    public async Task A_pause_of_another_key_that_is_not_seen_is_not_this_ones()
    {
        await _ledger.AppendAsync(
            Line("a", 1, ChangeKind.Pause, "running", "paused") with
            {
                Key = "other",
                UntilMoment = _now.AddMinutes(-1),
            }
        );
        _read = (404, "{}");

        Assert.Equal("left: this connection's key does not see it", await EndAsync());
    }

    [Fact]
    public async Task A_pause_that_was_changed_meanwhile_is_left_alone()
    {
        await WriteAsync("a pause until -1");
        using DueSession due = await _room.BeginDueAsync();
        await WriteAsync("b resume");
        OperationRun run = _room.Begin("Resume");

        DueResult result = await due.EndAsync(run, due.Pauses[0], DueSession.Subject(run, due.Pauses[0]));

        Assert.Equal(
            (null, "another operation changed it meanwhile", false),
            (result.Change, result.Note, result.IsOver)
        );
        Assert.Empty(_service.Requests);
        Assert.Throws<ArgumentNullException>(() => DueSession.Subject(null!, due.Pauses[0]));
    }

    /// <summary>A pause that may have been made and was not, by what the service shows, is nothing to end.</summary>
    [Fact]
    public async Task A_pause_that_turns_out_not_to_have_been_made_is_left_alone()
    {
        await WriteAsync("a pause unknown until -1");
        Show("paused", -70);

        Assert.Equal("left: what was open of its changes shows that no pause of ours holds", await EndAsync());
    }

    [Fact]
    public async Task Pauses_come_in_the_order_in_which_they_were_made()
    {
        foreach (string uid in new[] { "f", "a", "e" })
        {
            await _ledger.AppendAsync(
                Line(uid, 1, ChangeKind.Pause, "running", "paused") with
                {
                    Uid = uid,
                    UntilMoment = _now.AddMinutes(-1),
                }
            );
        }

        using DueSession due = await _room.BeginDueAsync();

        Assert.Equal(["f", "a", "e"], due.Pauses.Select(static pause => pause.Uid));
        Assert.All(due.Pauses, static pause => Assert.Equal(_now.AddMinutes(-1), pause.Until));
    }

    private async Task<string> EndAsync()
    {
        OperationRun run = _room.Begin("Resume");
        using DueSession due = await _room.BeginDueAsync();
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

    private async Task<string> PlanAsync(string taken)
    {
        using UndoSession undo = await _room.BeginUndoAsync(taken.Split(' '));
        UndoPlan plan = (await undo.PlanAsync("e"))!;
        string end = plan.Until is { } until ? $"{(until - _now).TotalMinutes}" : "none";
        return plan.Conflict
            ?? (
                plan.IsRestored ? "restored"
                : plan.IsEndOnly ? $"end {end}"
                : $"{ApiName.Of(plan.Target)}{(plan.Until is null ? "" : $" until {end}")}{(plan.IsThere ? " there" : "")}"
            );
    }

    private void Show(string status, int? minutes = 0) =>
        _read = (
            200,
            minutes is { } m
                ? $$$"""{"experiment":{"uid":"e","name":"Hero","slug":"hero","status":"{{{status}}}","updatedAt":"{{{_now.AddMinutes(m):O}}}"}}"""
                : $$$"""{"experiment":{"uid":"e","name":"Hero","slug":"hero","status":"{{{status}}}"}}"""
        );

    /// <summary>Steps such as <c>a pause until 60</c>, which was made unless it says unknown, or <c>u undo a</c>.</summary>
    private async Task WriteAsync(string history)
    {
        foreach (string step in history.Split("; "))
        {
            string[] words = step.Split(' ');
            string id = words[0];
            LedgerEntry line = words[1] switch
            {
                "pause" => Line(id, 1, ChangeKind.Pause, "running", "paused"),
                "resume" => Line(id, 1, ChangeKind.Resume, "paused", "running"),
                "rendering" => Line(id, 1, ChangeKind.Resume, "paused", "rendering"),
                "start" => Line(id, 1, ChangeKind.Start, "draft", "running"),
                "complete" => Line(id, 1, ChangeKind.Complete, "running", "completed"),
                _ => Line(id, 1, ChangeKind.Resume, "paused", "running") with { Undoes = words[2] },
            };
            int until = Array.IndexOf(words, "until");
            line = line with
            {
                UntilMoment =
                    until < 0
                        ? null
                        : _now.AddMinutes(
                            int.Parse(words[until + 1], System.Globalization.CultureInfo.InvariantCulture)
                        ),
            };
            if (words.Contains("from"))
            {
                line = line with { BeforeText = words[^1] == "nowhere" ? null : words[^1] };
            }

            if (words.Contains("again"))
            {
                line = line with { BeforeText = "paused", Outcome = ChangeOutcome.Unchanged };
            }

            if (words.Contains("unknown"))
            {
                line = line with { Kind = LedgerKind.Intent, Outcome = ChangeOutcome.Unknown, UpdatedAtMoment = null };
            }

            await _ledger.AppendAsync(line);
        }
    }

    private LedgerEntry Line(string id, int number, ChangeKind kind, string? before, string? after) =>
        new()
        {
            Kind = LedgerKind.Outcome,
            OperationId = id,
            Number = number,
            Command = kind == ChangeKind.Resume ? "Resume" : "Suspend",
            Change = kind,
            Outcome = ChangeOutcome.Changed,
            Moment = _now.AddHours(-1).AddMinutes(_minute++),
            SkewMilliseconds = 0,
            Uid = "e",
            Name = "Known",
            Slug = "known",
            BeforeText = before,
            AfterText = after,
            UpdatedAtMoment = _now,
            BaseUrl = _connection.BaseUri.AbsoluteUri,
            Key = _connection.KeyFingerprint,
        };
}
