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

    [Fact]
    public async Task The_same_undo_twice_sends_nothing_the_second_time()
    {
        await PauseAsync(StandIn.TeamKey, minutes: null);
        await ResumeAsync();
        await PauseAsync(StandIn.TeamKey, minutes: null);
        await UndoAsync([0, 1, 2]);
        Assert.Equal("running", _service.StatusOf(0));

        await UndoAsync([0, 1, 2]);

        Assert.Equal(("running", 0), (_service.StatusOf(0), _service.Posts));
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

    [Theory]
    [InlineData(0, Trouble.Error404)]
    [InlineData(1, Trouble.Error404)]
    [InlineData(1, Trouble.Error409)]
    [InlineData(1, Trouble.Error403)]
    internal async Task A_due_run_that_failed_is_repeated_by_the_next(int at, Trouble trouble)
    {
        await PauseAsync(StandIn.TeamKey, minutes: 5);
        _service.Machine.Advance(TimeSpan.FromMinutes(10));

        await DueAsync(StandIn.TeamKey, Weather.Calm with { TroubleAt = at, Trouble = trouble, Times = 9 });
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
                    Time = _service.Machine.GetUtcNow(),
                    SkewMilliseconds = 0,
                }
            );
            _ = await client.PauseAsync("e0", null);
            return;
        }

        _ = await run.RunAsync(subject, token => client.PauseAsync("e0", null, token));
    }

    private async Task SettleAsync(int operation)
    {
        (PictifyConnection connection, _) = Begin(StandIn.TeamKey, null);
        using SettleSession session = (
            await new PictifyOperations(connection, _ledger).BeginSettleAsync(_ids[operation])
        )!;
        foreach (LedgerEntry entry in session.Open)
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
