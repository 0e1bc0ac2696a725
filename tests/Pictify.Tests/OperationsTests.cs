using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>Single histories of recorded changes: what was seen to go wrong once.</summary>
public sealed class OperationsTests : IDisposable
{
    private readonly StandIn _service = new(["running", "running"], tellsUpdatedAt: true, wholeSeconds: false);
    private readonly PictifyLedger _ledger = PictifyLedger.InMemory();
    private readonly List<PictifyConnection> _connections = [];
    private readonly List<string> _ids = [];

    public void Dispose()
    {
        _connections.ForEach(static connection => connection.Dispose());
        _service.Dispose();
    }

    [Fact]
    public async Task A_due_run_whose_outcome_is_not_known_is_repeated_by_the_next()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        _service.Machine.Advance(TimeSpan.FromMinutes(10));
        await DueAsync(StandIn.TeamKey, Lost(at: 1));
        Assert.Equal(ChangeOutcome.Unknown, (await LastAsync()).Outcome);

        await DueAsync(StandIn.TeamKey);

        Assert.Equal("running", _service.StatusOf(0));
        Assert.Equal(ChangeOutcome.Changed, (await LastAsync()).Outcome);
    }

    /// <summary>The open undo hides the resume: what was before it cannot be told.</summary>
    [Fact]
    public async Task An_undo_that_is_open_and_may_have_taken_back_one_of_the_operations_is_a_conflict()
    {
        await PauseAsync(StandIn.TeamKey, minutes: null);
        await ResumeAsync();
        await UndoAsync([1], Lost(at: 1));
        await PauseAsync(StandIn.TeamKey, minutes: null);

        Assert.Equal("UndoConflict", (await UndoAsync([1, 3])).Single().Error?.ErrorId);
        Assert.Equal("paused", _service.StatusOf(0));
    }

    [Fact]
    public async Task Pause_resume_and_the_undo_of_both_end_as_before()
    {
        await PauseAsync(StandIn.TeamKey, minutes: null);
        await ResumeAsync();

        Assert.Null((await UndoAsync([0, 1])).Single().Error);
        Assert.Equal("running", _service.StatusOf(0));
    }

    [Fact]
    public async Task The_undo_of_a_resume_restores_the_pauses_end()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        await ResumeAsync();
        await UndoAsync([1]);
        Assert.Equal("paused", _service.StatusOf(0));
        Assert.NotNull((await LastAsync()).Until);
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.TeamKey);

        Assert.Equal("running", _service.StatusOf(0));
    }

    [Fact]
    public async Task The_undo_of_an_extension_restores_the_earlier_end()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        await PauseAsync(StandIn.TeamKey, minutes: 600);
        await UndoAsync([1]);
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.TeamKey);

        Assert.Equal("running", _service.StatusOf(0));
    }

    /// <summary>The colleague ended the pause whose end was changed: no undo brings that pause back.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_colleagues_start_after_a_change_of_an_end_stays_when_all_is_undone(bool isResumed)
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        await PauseAsync(StandIn.TeamKey, minutes: 600);
        _service.Machine.Advance(TimeSpan.FromMinutes(1));
        _service.ByOther(0, "start");
        await PauseAsync(StandIn.TeamKey, minutes: null);
        if (isResumed)
        {
            await ResumeAsync();
        }

        Assert.Null((await UndoAsync(isResumed ? [1, 2, 3] : [1, 2])).Single().Error);

        Assert.Equal("running", _service.StatusOf(0));
        Assert.Null((await LastAsync()).Until);
    }

    /// <summary>The pause and its undo cancel each other, so that the second pause above them is in nobody's way.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_change_and_its_undo_given_with_a_later_operation_do_not_keep_that_from_being_undone(
        bool isResumed
    )
    {
        await PauseAsync(StandIn.TeamKey, minutes: null);
        await UndoAsync([0]);
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        DateTimeOffset? end = (await LastAsync()).UntilMoment;
        await (isResumed ? ResumeAsync() : PauseAsync(StandIn.TeamKey, minutes: 600));

        Assert.Null((await UndoAsync([0, 1, 3])).Single().Error);

        Assert.Equal("paused", _service.StatusOf(0));
        Assert.NotNull(end);
        Assert.Equal(end, (await LastAsync()).UntilMoment);
    }

    [Fact]
    public async Task The_same_undo_twice_sends_nothing_the_second_time()
    {
        await PauseAsync(StandIn.TeamKey, minutes: null);
        await ResumeAsync();
        await PauseAsync(StandIn.TeamKey, minutes: null);
        await UndoAsync([0, 1, 2]);
        Assert.Equal("running", _service.StatusOf(0));

        ExperimentChange again = (await UndoAsync([0, 1, 2])).Single();

        Assert.Equal((ChangeOutcome.Unchanged, null), (again.Outcome, again.Error));
        Assert.Equal(("running", 0), (_service.StatusOf(0), _service.Posts));

        // Listed by time, the undo is among them the next time.
        foreach (int[] all in new int[][] { [0, 1, 2, 3], [0, 1, 2, 3, 4], [5, 4, 3, 2, 1, 0] })
        {
            Assert.All(await UndoAsync(all), static change => Assert.Null(change.Error));
            Assert.Equal(("running", 0), (_service.StatusOf(0), _service.Posts));
        }
    }

    [Fact]
    public async Task A_pause_that_never_arrived_does_not_claim_a_colleagues_later_one()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5, Lost(at: 0));
        _service.ByOther(0, "pause");
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.TeamKey);
        await UndoAsync([0]);

        Assert.Equal("paused", _service.StatusOf(0));
    }

    [Fact]
    public async Task A_due_run_with_another_teams_key_ends_nothing()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.OtherTeamKey);
        await DueAsync(StandIn.ColleagueKey);

        Assert.Equal("running", _service.StatusOf(0));
    }

    /// <summary>One answer in passing, or a service that goes on like that: the pause is tried again either way.</summary>
    [Theory]
    [InlineData(0, Trouble.Error404, 1)]
    [InlineData(0, Trouble.Error404, 9)]
    [InlineData(1, Trouble.Error404, 9)]
    [InlineData(1, Trouble.Error409, 9)]
    [InlineData(1, Trouble.Error403, 9)]
    internal async Task A_due_run_that_failed_is_repeated_by_the_next(int at, Trouble trouble, int times)
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.TeamKey, Weather.Calm with { TroubleAt = at, Trouble = trouble, Times = times });
        Assert.Equal("paused", _service.StatusOf(0));
        await DueAsync(StandIn.TeamKey);

        Assert.Equal("running", _service.StatusOf(0));
    }

    [Fact]
    public async Task An_operator_who_pauses_for_good_while_the_due_run_decides_is_left_alone()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        _service.Machine.Advance(TimeSpan.FromMinutes(10));
        _service.ByOther(0, "start");
        _service.ByOther(0, "pause");

        await DueAsync(StandIn.TeamKey);

        Assert.Equal("paused", _service.StatusOf(0));
    }

    [Fact]
    public async Task A_lost_pause_of_another_teams_key_does_not_hide_the_end_of_ours()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        await PauseAsync(StandIn.OtherTeamKey, minutes: null, Lost(at: 0));
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.TeamKey);

        Assert.Equal("running", _service.StatusOf(0));
    }

    /// <summary>The pause's answer told no time, so that its own time bounds what may be its change.</summary>
    [Fact]
    public async Task A_colleagues_change_after_an_answer_without_its_time_is_left_alone()
    {
        Weather sparse = Weather.Calm with { Trouble = Trouble.SparseAfter, Times = 9 };
        await PauseAsync(StandIn.TeamKey, minutes: 5, sparse);
        Assert.Null((await LastAsync()).UpdatedAt);
        _service.ByOther(0, "rename");

        Assert.Equal("UndoConflict", (await UndoAsync([0])).Single().Error?.ErrorId);
        _service.Machine.Advance(TimeSpan.FromMinutes(10));
        await DueAsync(StandIn.TeamKey);

        Assert.Equal("paused", _service.StatusOf(0));
    }

    [Fact]
    public async Task What_a_later_operation_left_does_not_tell_what_became_of_an_earlier_one()
    {
        Weather killed = Weather.Calm with { DieAt = 0, DieAfterSending = true };
        await PauseAsync(StandIn.TeamKey, minutes: null, killed, isKilled: true);

        // The service's clock is set back, so that its later times look older than the open request.
        _service.Skew -= TimeSpan.FromHours(1);
        await ResumeAsync();
        await SettleAsync(0);

        Assert.Equal(ChangeOutcome.Unknown, (await _ledger.EntriesOfAsync(_ids[0])).Single().Outcome);
    }

    [Theory]
    [InlineData(true, "running")]
    [InlineData(false, "paused")]
    public async Task A_pause_with_an_end_is_looked_at_though_a_killed_one_hides_it(bool wasMade, string status)
    {
        Weather killed = Weather.Calm with { DieAt = 0, DieAfterSending = wasMade };
        await PauseAsync(StandIn.TeamKey, minutes: 5, killed, isKilled: true);
        _service.Machine.Advance(TimeSpan.FromMinutes(1));
        if (!wasMade)
        {
            _service.ByOther(0, "pause");
        }

        await PauseAsync(
            StandIn.TeamKey,
            minutes: null,
            Weather.Calm with
            {
                DieAt = 0,
                DieAfterSending = true,
            },
            isKilled: true
        );
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.TeamKey);

        Assert.Equal(status, _service.StatusOf(0));
    }

    [Fact]
    public async Task An_undo_that_was_killed_restores_the_end_of_the_pause_that_it_restored()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        await ResumeAsync();
        Weather killed = Weather.Calm with { DieAt = 0, DieAfterSending = true };
        await PauseAsync(StandIn.TeamKey, minutes: 4, killed, isKilled: true, undoes: _ids[1]);
        Assert.Equal("paused", _service.StatusOf(0));
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.TeamKey);

        Assert.Equal("running", _service.StatusOf(0));
    }

    [Fact]
    public async Task An_extension_whose_answer_was_lost_holds_once_a_look_shows_the_pause_unchanged()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        await PauseAsync(StandIn.TeamKey, minutes: 600, Lost(at: 0));
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.TeamKey);
        Assert.Equal("paused", _service.StatusOf(0));
        _service.Machine.Advance(TimeSpan.FromMinutes(600));
        await DueAsync(StandIn.TeamKey);

        Assert.Equal("running", _service.StatusOf(0));
    }

    /// <summary>What is shown as due is what a due run would try, and looking writes nothing.</summary>
    [Fact]
    public async Task A_pause_whose_end_was_tried_with_an_open_outcome_is_still_due()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        _service.Machine.Advance(TimeSpan.FromMinutes(30));
        await DueAsync(StandIn.TeamKey, Lost(at: 1));
        int lines = (await _ledger.FindAsync(LedgerQuery.All)).Length;

        PictifyPause pause = await DescribeAsync();

        Assert.Equal((true, true), (pause.IsDue, pause.IsOverdue));
        Assert.NotEqual(false, pause.IsOurs);
        Assert.Equal(lines, (await _ledger.FindAsync(LedgerQuery.All)).Length);
    }

    [Fact]
    public async Task A_pause_that_never_arrived_does_not_make_a_colleagues_later_one_ours()
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5, Lost(at: 0));
        _service.ByOther(0, "pause");
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        PictifyPause pause = await DescribeAsync();

        Assert.NotEqual(true, pause.IsOurs);
    }

    private async Task<PictifyPause> DescribeAsync()
    {
        (PictifyConnection connection, PictifyClient client) = Begin(StandIn.TeamKey, null);
        Experiment present = await client.GetAsync("e0", CancellationToken.None);
        return Assert.Single(await new PictifyOperations(connection, _ledger).DescribePausesAsync([present]));
    }

    /// <summary>Where the answer is lost, and the experiment was paused before, there is nothing to take back.</summary>
    [Fact]
    public async Task A_lost_answer_does_not_make_a_colleagues_earlier_pause_ours()
    {
        _service.ByOther(0, "pause");
        await PauseAsync(StandIn.TeamKey, minutes: 5, Weather.Calm with { Trouble = Trouble.LostAfter, Times = 1 });
        Assert.Equal(ChangeOutcome.Unchanged, (await LastAsync()).Outcome);
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.TeamKey);
        await UndoAsync([0]);

        Assert.Equal(("paused", 0), (_service.StatusOf(0), _service.Posts));
    }

    /// <summary>One of them made it, and nothing tells which: neither of them takes it back.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_operations_do_not_claim_one_pause(bool isSecondKilled)
    {
        Weather killed = Weather.Calm with { DieAt = 0 };
        await PauseAsync(StandIn.TeamKey, minutes: null, killed, isKilled: true);
        Weather second = isSecondKilled
            ? killed with
            {
                DieAfterSending = true,
            }
            : Weather.Calm with
            {
                Trouble = Trouble.LostAfter,
                Times = 1,
            };
        await PauseAsync(StandIn.TeamKey, minutes: null, second, isKilled: isSecondKilled);

        await SettleAsync(0);
        await SettleAsync(1);

        Assert.Equal(ChangeOutcome.Unknown, (await _ledger.EntriesOfAsync(_ids[0])).Single().Outcome);
        Assert.Equal(ChangeOutcome.Unknown, (await _ledger.EntriesOfAsync(_ids[1])).Single().Outcome);
        Assert.Equal("UndoConflict", (await UndoAsync([0, 1])).Single().Error?.ErrorId);
        Assert.Equal("paused", _service.StatusOf(0));
    }

    /// <summary>What the ledger or the service shows right before a pause is ended decides, and not what the list showed.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_operator_who_pauses_for_good_after_the_due_pauses_were_listed_is_left_alone(bool hasLedger)
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        _service.Machine.Advance(TimeSpan.FromMinutes(10));
        (PictifyConnection connection, _) = Begin(StandIn.ColleagueKey, null);
        var room = new PictifyOperations(connection, _ledger);
        using DueSession session = await room.BeginDueAsync();
        DuePause due = Assert.Single(session.Pauses);
        if (hasLedger)
        {
            await PauseAsync(StandIn.TeamKey, minutes: null);
        }
        else
        {
            _service.ByOther(0, "start");
            _service.ByOther(0, "pause");
        }

        OperationRun run = room.Begin("Resume");
        DueResult result = await session.EndAsync(run, due, DueSession.Subject(run, due));

        Assert.Null(result.Change);
        Assert.NotNull(result.Note);
        Assert.Equal("paused", _service.StatusOf(0));
    }

    /// <summary>To another team's key every experiment of this one is not there.</summary>
    [Fact]
    public async Task An_open_removal_is_not_settled_by_a_key_that_does_not_see_the_experiment()
    {
        (PictifyConnection connection, _) = Begin(StandIn.TeamKey, null);
        OperationRun run = new PictifyOperations(connection, _ledger).Begin("Remove");
        _ids.Add(run.Operation.Id);
        await _ledger.AppendAsync(
            run.NewEntry() with
            {
                Kind = LedgerKind.Intent,
                Change = ChangeKind.Remove,
                Uid = "e0",
                AfterText = "archived",
            }
        );

        await SettleAsync(0, StandIn.OtherTeamKey);
        Assert.Equal(ChangeOutcome.Unknown, (await LastAsync()).Outcome);
        await SettleAsync(0);

        Assert.Equal(ChangeOutcome.Failed, (await LastAsync()).Outcome);
    }

    /// <summary>What can be taken back says the kind of change; a command's name, known or new, says nothing.</summary>
    [Theory]
    [InlineData("Pause-AllOfThem", ChangeKind.Pause, true)]
    [InlineData("Suspend-PictifyExperiment", ChangeKind.Pause, true)]
    [InlineData("Suspend-PictifyExperiment", ChangeKind.Complete, false)]
    [InlineData("Suspend-PictifyExperiment", ChangeKind.Event, false)]
    [InlineData("Invoke-PictifyApi", ChangeKind.Call, false)]
    [InlineData("Rotate-PictifyExperiment", ChangeKind.Unknown, false)]
    public async Task An_operation_is_undone_by_its_kind_of_change_and_not_by_its_commands_name(
        string command,
        ChangeKind kind,
        bool isUndone
    )
    {
        (PictifyConnection connection, PictifyClient client) = Begin(StandIn.TeamKey, null);
        var room = new PictifyOperations(connection, _ledger);
        OperationRun run = room.Begin(command);
        _ = await run.RunAsync(
            run.NewEntry() with
            {
                Change = kind,
                Uid = "e0",
                AfterText = kind == ChangeKind.Unknown ? "published" : "paused",
            },
            async token =>
            {
                ExperimentChange change = await client.PauseAsync("e0", null, token);
                return kind == ChangeKind.Unknown ? change with { Experiment = null } : change;
            }
        );

        using UndoSession undo = await room.BeginUndoAsync([run.Operation.Id]);

        Assert.Equal(isUndone, undo.Refused.Count == 0);
        Assert.Equal(isUndone ? 1 : 0, undo.Uids.Length);
    }

    /// <summary>It can be free again for the next line; and without its line nobody would end a pause.</summary>
    [Fact]
    public async Task A_ledger_that_fails_for_a_while_misses_those_lines_only_and_refuses_a_pause_with_an_end()
    {
        var ledger = new WatchedLedger(_ledger) { Failures = 2 };
        int failures = 0;
        (PictifyConnection connection, PictifyClient client) = Begin(StandIn.TeamKey, null);
        var room = new PictifyOperations(connection, ledger);
        OperationRun run = room.Begin("Suspend", onFailure: _ => failures++);

        await Assert.ThrowsAsync<LedgerException>(() => Pause(run, "e0", _service.Machine.GetUtcNow().AddHours(1)));
        Assert.Equal(("running", 0), (_service.StatusOf(0), _service.Posts));
        _ = await Pause(run, "e0", null);
        _ = await Pause(run, "e1", _service.Machine.GetUtcNow().AddHours(1));

        Assert.Equal((1, 1), (failures, run.Unrecorded));
        Assert.Equal(("paused", "paused"), (_service.StatusOf(0), _service.StatusOf(1)));
        LedgerEntry[] lines = await _ledger.FindAsync(LedgerQuery.All);
        Assert.Equal(
            [("e0", LedgerKind.Outcome), ("e1", LedgerKind.Intent), ("e1", LedgerKind.Outcome)],
            lines.Select(static line => (line.Uid!, line.Kind))
        );

        Task<ExperimentChange> Pause(OperationRun by, string uid, DateTimeOffset? until) =>
            by.RunAsync(
                by.NewEntry() with
                {
                    Change = ChangeKind.Pause,
                    Uid = uid,
                    AfterText = "paused",
                    UntilMoment = until,
                },
                token => client.PauseAsync(uid, null, token)
            );
    }

    [Theory]
    [InlineData(3, "3 not attempted")]
    [InlineData(null, null)]
    public async Task A_run_that_is_stopped_says_so_for_all_sessions(int? notAttempted, string? detail)
    {
        (PictifyConnection connection, PictifyClient client) = Begin(StandIn.TeamKey, null);
        var room = new PictifyOperations(connection, _ledger);
        OperationRun run = room.Begin("Suspend", "freeze");
        await PauseAsync(run, client);

        await run.StoppedAsync(notAttempted);

        PictifyOperation operation = Assert.Single(await _ledger.ReadOperationsAsync(LedgerQuery.All));
        Assert.Equal(
            (1, 1, true, false),
            (operation.Total, operation.Changed, operation.EndedEarly, operation.Succeeded)
        );
        LedgerEntry line = await LastAsync();
        Assert.Equal((LedgerKind.Stopped, run.Operation.Id), (line.Kind, line.OperationId));
        Assert.Equal(("Suspend", "freeze", detail), (line.Command, line.Reason, line.Detail));
        Assert.Equal((null, null), (line.Number, line.Uid));
        Assert.Equal(connection.BaseUri.AbsoluteUri, line.BaseUrl);
        using UndoSession undo = await room.BeginUndoAsync([operation.Id]);
        Assert.Equal(["e0"], undo.Uids);
    }

    /// <summary>An operation is what the ledger has lines of; one that did nothing is none.</summary>
    [Fact]
    public async Task A_run_of_which_the_ledger_has_no_line_writes_none_where_it_is_stopped()
    {
        var ledger = new WatchedLedger(_ledger) { Failures = 2 };
        (PictifyConnection connection, PictifyClient client) = Begin(StandIn.TeamKey, null);
        OperationRun run = new PictifyOperations(connection, ledger).Begin("Suspend");

        await run.StoppedAsync(5);
        await PauseAsync(run, client);
        await run.StoppedAsync();

        Assert.Empty(await _ledger.FindAsync(LedgerQuery.All));
    }

    [Fact]
    public async Task A_ledger_that_fails_where_a_run_is_stopped_is_told_and_is_no_change_that_is_not_recorded()
    {
        var ledger = new WatchedLedger(_ledger);
        (PictifyConnection connection, PictifyClient client) = Begin(StandIn.TeamKey, null);
        OperationRun run = new PictifyOperations(connection, ledger).Begin("Suspend");
        await PauseAsync(run, client);
        ledger.Failures = 1;

        await Assert.ThrowsAsync<LedgerException>(() => run.StoppedAsync());

        Assert.Equal(0, run.Unrecorded);
        Assert.False(Assert.Single(await _ledger.ReadOperationsAsync(LedgerQuery.All)).EndedEarly);
    }

    /// <summary>Whoever presses Ctrl+C waits as long as they like, and no longer.</summary>
    [Fact]
    public async Task A_ledger_that_is_locked_is_waited_for_no_longer_than_the_caller_says()
    {
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        var store = new LedgerStore.InFile(Path.Combine(folder, "ledger.jsonl"));
        var ledger = new PictifyLedger(store, TimeSpan.FromDays(1));
        (PictifyConnection connection, PictifyClient client) = Begin(StandIn.TeamKey, null);
        OperationRun run = new PictifyOperations(connection, ledger).Begin("Suspend");
        await PauseAsync(run, client);
        using var limit = new CancellationTokenSource();
        using (store.TryLock())
        {
            Task stopping = run.StoppedAsync(null, limit.Token);
            await limit.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopping);
        }

        // The writer's own last try comes before this, and not after the folder is gone.
        await ledger.ProbeAsync();
        Assert.Equal(2, (await ledger.FindAsync(LedgerQuery.All)).Length);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task An_intent_has_its_connections_time_limit_and_an_outcome_has_none()
    {
        using var connection = new PictifyConnection(
            new PictifyConnectionOptions
            {
                ApiKey = FakeService.Secure(StandIn.TeamKey),
                Handler = _service,
                TimeProvider = _service.Machine,
                Timeout = TimeSpan.FromSeconds(7),
            }
        );
        var client = new PictifyClient(connection);
        OperationRun run = new PictifyOperations(connection, _ledger).Begin("Suspend");

        _ = await run.RunAsync(
            run.NewEntry() with
            {
                Change = ChangeKind.Pause,
                Uid = "e0",
            },
            token => client.PauseAsync("e0", null, token)
        );

        LedgerEntry[] lines = await _ledger.FindAsync(LedgerQuery.All);
        Assert.Equal([7_000, null], lines.Select(static line => line.LimitMilliseconds));
    }

    /// <summary>Such a line may have ended the pause, given it another end, or changed the experiment in any other way.</summary>
    [Fact]
    public async Task Nothing_is_undone_settled_or_ended_with_a_ledger_that_has_lines_of_a_newer_version()
    {
        using var one = new OneExperiment("pause until:-1", "paused 0");
        await one.Ledger.AppendAsync(
            new LedgerEntry
            {
                Version = 2,
                Kind = LedgerKind.Outcome,
                Moment = Written.Noon,
            }
        );
        await Refused(async () => (await one.Room.BeginUndoAsync(["op1"])).Dispose());
        await Refused(async () => (await one.Room.BeginUndoAsync(["op1", "op2"])).Dispose());
        await Refused(async () => (await one.Room.BeginSettleAsync("op1"))?.Dispose());
        await Refused(async () => (await one.Room.BeginDueAsync()).Dispose());
        await Refused(() => one.Room.DescribePausesAsync([Written.Shown("paused 0")]));

        Assert.Empty(one.Requests);

        static async Task Refused(Func<Task> action) =>
            Assert.Equal(LedgerFailure.Unreadable, (await Assert.ThrowsAsync<LedgerException>(action)).Failure);
    }

    /// <summary>The ledger is read again right before each change.</summary>
    [Fact]
    public async Task A_line_of_a_newer_version_that_is_added_meanwhile_stops_an_undo_and_the_end_of_a_pause()
    {
        using var one = new OneExperiment("pause until:-1 at:0", "paused 0");
        using UndoSession undo = await one.Room.BeginUndoAsync(["op1"]);
        UndoPlan plan = (await undo.PlanAsync(Written.Uid))!;
        using DueSession due = await one.Room.BeginDueAsync();
        OperationRun run = one.Room.Begin("Resume");
        await one.Ledger.AppendAsync(
            new LedgerEntry
            {
                Version = 2,
                Kind = LedgerKind.Outcome,
                Moment = Written.Noon,
            }
        );
        int sent = one.Requests.Length;

        await Assert.ThrowsAsync<LedgerException>(() => undo.RestoreAsync(run, plan));
        await Assert.ThrowsAsync<LedgerException>(() =>
            due.EndAsync(run, Assert.Single(due.Pauses), DueSession.Subject(run, due.Pauses[0]))
        );

        Assert.Equal(sent, one.Requests.Length);
    }

    /// <summary>However many operations are taken back: each line of the ledger is read a fixed number of times.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public async Task The_undo_of_many_operations_reads_the_ledger_as_often_as_that_of_few(int count)
    {
        var ledger = new WatchedLedger(_ledger);
        using var service = new FakeService(
            (request, _) =>
            {
                string uid = request.RequestUri!.Segments[3].TrimEnd('/');
                bool isRead = request.Method == System.Net.Http.HttpMethod.Get;
                return FakeService.Answer(
                    200,
                    FakeService.Experiment(uid, isRead ? "paused" : "running", _service.Machine.GetUtcNow())
                );
            }
        );
        using PictifyConnection connection = service.Connect();
        var room = new PictifyOperations(connection, ledger);
        var ids = new List<string>();
        for (int number = 0; number < count; number++)
        {
            OperationRun paused = room.Begin("Suspend");
            ids.Add(paused.Operation.Id);
            await ledger.AppendAsync(
                paused.NewEntry() with
                {
                    Kind = LedgerKind.Outcome,
                    Change = ChangeKind.Pause,
                    Outcome = ChangeOutcome.Changed,
                    Uid = $"e{number}",
                    BeforeText = "running",
                    AfterText = "paused",
                    UpdatedAtMoment = _service.Machine.GetUtcNow(),
                }
            );
        }

        OperationRun run = room.Begin("Undo");
        using UndoSession undo = await room.BeginUndoAsync(ids);
        int changed = 0;
        foreach (string uid in undo.Uids)
        {
            UndoPlan plan = (await undo.PlanAsync(uid))!;
            changed += (await undo.RestoreAsync(run, plan)).Changed ? 1 : 0;
        }

        Assert.Equal(count, changed);
        Assert.InRange(ledger.ReadFromStart, 1, 2);

        // Each line of the operations at each of those readings, and each line of the undo once.
        Assert.InRange(ledger.LinesRead, count, 2 * count + 2 * count);
    }

    private static Weather Lost(int at) =>
        Weather.Calm with
        {
            TroubleAt = at,
            Trouble = Trouble.LostBefore,
            Times = 9,
        };

    /// <param name="key">The key.</param>
    /// <param name="minutes">The pause's end, from now.</param>
    /// <param name="weather">What goes wrong.</param>
    /// <param name="isKilled">True leaves the ledger as a process that is killed while it sends leaves it.</param>
    /// <param name="undoes">The operation that the pause takes back; null where it is no undo.</param>
    private async Task PauseAsync(
        string key,
        int? minutes,
        Weather? weather = null,
        bool isKilled = false,
        string? undoes = null
    )
    {
        (PictifyConnection connection, PictifyClient client) = Begin(key, weather);
        DateTimeOffset? until = minutes is { } m ? _service.Machine.GetUtcNow().AddMinutes(m) : null;
        OperationRun run = new PictifyOperations(connection, _ledger).Begin("Suspend", until: until);
        _ids.Add(run.Operation.Id);
        LedgerEntry subject = run.NewEntry() with
        {
            Change = ChangeKind.Pause,
            Uid = "e0",
            AfterText = "paused",
            Undoes = undoes,
        };
        if (isKilled)
        {
            await _ledger.AppendAsync(
                subject with
                {
                    Kind = LedgerKind.Intent,
                    Moment = _service.Machine.GetUtcNow(),
                    SkewMilliseconds = 0,
                }
            );
            _ = await client.PauseAsync("e0", null);
            return;
        }

        _ = await run.RunAsync(subject, token => client.PauseAsync("e0", null, token));
    }

    private static Task<ExperimentChange> PauseAsync(OperationRun run, PictifyClient client) =>
        run.RunAsync(
            run.NewEntry() with
            {
                Change = ChangeKind.Pause,
                Uid = "e0",
                AfterText = "paused",
            },
            token => client.PauseAsync("e0", null, token)
        );

    private async Task SettleAsync(int operation, string key = StandIn.TeamKey)
    {
        (PictifyConnection connection, _) = Begin(key, null);
        using SettleSession session = (
            await new PictifyOperations(connection, _ledger).BeginSettleAsync(_ids[operation])
        )!;
        foreach (LedgerEntry entry in session.UnknownEntries)
        {
            _ = await Record.ExceptionAsync(() => session.SettleAsync(entry));
        }
    }

    private async Task ResumeAsync()
    {
        (PictifyConnection connection, PictifyClient client) = Begin(StandIn.TeamKey, null);
        OperationRun run = new PictifyOperations(connection, _ledger).Begin("Resume");
        _ids.Add(run.Operation.Id);
        LedgerEntry subject = run.NewEntry() with { Change = ChangeKind.Resume, Uid = "e0", AfterText = "running" };
        _ = await run.RunAsync(subject, token => client.ResumeAsync("e0", null, token));
    }

    private async Task<ExperimentChange[]> UndoAsync(int[] operations, Weather? weather = null)
    {
        (PictifyConnection connection, _) = Begin(StandIn.TeamKey, weather);
        var room = new PictifyOperations(connection, _ledger);
        OperationRun run = room.Begin("Undo");
        _ids.Add(run.Operation.Id);
        UndoSession undo = await room.BeginUndoAsync([.. operations.Select(number => _ids[number])]);
        var changes = new List<ExperimentChange>();
        foreach (string uid in undo.Uids)
        {
            if (await undo.PlanAsync(uid) is { } plan)
            {
                changes.Add(await undo.RestoreAsync(run, plan));
            }
        }

        return [.. changes];
    }

    private async Task DueAsync(string key, Weather? weather = null)
    {
        (PictifyConnection connection, PictifyClient client) = Begin(key, weather);
        var room = new PictifyOperations(connection, _ledger);
        OperationRun run = room.Begin("Resume");
        _ids.Add(run.Operation.Id);
        await HistoryRun.EndAsync(room, client, run, CancellationToken.None);
    }

    private (PictifyConnection, PictifyClient) Begin(string key, Weather? weather)
    {
        _service.Begin(_ids.Count, weather ?? Weather.Calm, new CancellationTokenSource());
        var connection = new PictifyConnection(
            new PictifyConnectionOptions
            {
                ApiKey = FakeService.Secure(key),
                Handler = _service,
                TimeProvider = _service.Machine,
                RetryInterval = TimeSpan.Zero,
            }
        );
        _connections.Add(connection);
        return (connection, new PictifyClient(connection));
    }

    private async Task<LedgerEntry> LastAsync() => (await _ledger.FindAsync(LedgerQuery.All))[^1];
}
