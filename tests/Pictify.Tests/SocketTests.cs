using Microsoft.Extensions.Time.Testing;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>What arrives at a server, and what the client makes of its answers, over real sockets that are kept open.</summary>
public sealed class SocketTests : IDisposable
{
    private const string Key = "pk_test_first";
    private readonly ScriptedServer _server = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly Served _hero;

    public SocketTests()
    {
        _server.Account(Key, "team");
        _server.Account("pk_test_second", "team");
        _server.Account("pk_test_other", "another team");
        _hero = _server.Add("e", "team");
        _server.Add("f", "another team");
    }

    public void Dispose() => _server.Dispose();

    /// <summary>.NET sends a request without content again by itself where a reused connection closes before an answer.</summary>
    [Theory]
    [InlineData(Act.CloseBefore, ChangeOutcome.Unknown)]
    [InlineData(Act.CloseAfter, ChangeOutcome.Changed)]
    [InlineData(Act.ResetAfter, ChangeOutcome.Changed)]
    internal async Task A_pause_on_a_reused_connection_that_closes_arrives_once(Act act, ChangeOutcome outcome)
    {
        using PictifyConnection connection = Connect(retries: 0);
        var client = new PictifyClient(connection);
        _ = await client.GetAsync("e");
        _server.OnChanges(new Turn(act));

        ExperimentChange change = await client.PauseAsync("e");

        Assert.Equal(1, _server.Count("POST"));
        Assert.Equal(_server.Arrivals.First().Connection, _server.Arrivals.First(a => a.Method == "POST").Connection);
        Assert.Equal(outcome, change.Outcome);
    }

    [Theory]
    [InlineData(Act.CloseBefore, ChangeOutcome.Unknown)]
    [InlineData(Act.CloseAfter, ChangeOutcome.Changed)]
    internal async Task A_removal_on_a_reused_connection_that_closes_arrives_once(Act act, ChangeOutcome outcome)
    {
        _hero.Status = "paused";
        using PictifyConnection connection = Connect(retries: 0);
        var client = new PictifyClient(connection);
        _ = await client.GetAsync("e");
        _server.OnChanges(new Turn(act));

        ExperimentChange change = await client.DeleteAsync("e");

        Assert.Equal(1, _server.Count("DELETE"));
        Assert.Equal(outcome, change.Outcome);
    }

    /// <summary>What is kept open for the next request is closed with the connection, and at once.</summary>
    [Fact]
    public async Task Closing_the_connection_closes_every_socket()
    {
        PictifyConnection connection = Connect();
        var client = new PictifyClient(connection);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.GetAsync("e")));
        Assert.InRange(_server.Open, 1, 8);

        connection.Dispose();

        for (int i = 0; i < 1_000 && _server.Open > 0; i++)
        {
            await Task.Delay(10);
        }

        Assert.Equal(0, _server.Open);
    }

    /// <summary>A request under way ends, and its socket with it.</summary>
    [Fact]
    public async Task Closing_the_connection_closes_the_socket_of_a_request_under_way()
    {
        PictifyConnection connection = Connect(retries: 0);
        _server.OnReads(new Turn(Act.StallBefore));
        Task<Experiment> read = new PictifyClient(connection).GetAsync("e");
        while (_server.Count("GET") == 0)
        {
            await Task.Delay(1);
        }

        connection.Dispose();

        var error = await Assert.ThrowsAsync<PictifyException>(() => read);
        Assert.Equal(PictifyErrorKind.ConnectionClosed, error.Kind);
        for (int i = 0; i < 1_000 && _server.Open > 0; i++)
        {
            await Task.Delay(10);
        }

        Assert.Equal(0, _server.Open);
    }

    /// <summary>The first answer hides that it was done: no later answer takes that back.</summary>
    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(501)]
    public async Task A_504_that_was_carried_out_and_a_definitive_answer_are_a_pause(int status)
    {
        using PictifyConnection connection = Connect();
        _server.OnChanges(Turn.After(504, "<html>Gateway Timeout</html>"), Turn.Before(status));

        ExperimentChange change = await new PictifyClient(connection).PauseAsync("e");

        Assert.Equal(ChangeOutcome.Changed, change.Outcome);
        Assert.Equal(2, _server.Count("POST"));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(410)]
    [InlineData(501)]
    public async Task A_504_that_was_carried_out_and_reads_that_fail_are_unknown(int status)
    {
        using PictifyConnection connection = Connect(retries: 1);
        _server.OnChanges(Turn.After(504), Turn.Before(status));
        _server.OnReads([.. Enumerable.Repeat(Turn.Before(500), 8)]);

        ExperimentChange change = await new PictifyClient(connection).PauseAsync("e");

        Assert.Equal(ChangeOutcome.Unknown, change.Outcome);
        Assert.True(change.Error!.OutcomeUnknown);
        Assert.NotNull(change.SentFrom);
    }

    [Fact]
    public async Task A_504_that_was_carried_out_and_a_409_that_is_stopped_before_it_is_read_are_unknown()
    {
        using PictifyConnection connection = Connect();
        using var stop = new CancellationTokenSource();
        _server.OnChanges(Turn.After(504));
        _server.Arrived = arrival =>
        {
            if (arrival.Method == "POST" && _server.Count("POST") == 2)
            {
                stop.Cancel();
            }
        };

        ExperimentChange change = await new PictifyClient(connection).PauseAsync("e", null, stop.Token);

        Assert.Equal((2, 0), (_server.Count("POST"), _server.Count("GET")));
        Assert.Equal(ChangeOutcome.Unknown, change.Outcome);
    }

    /// <summary>Looks do not multiply the attempts: all sends of one change together are bounded.</summary>
    [Theory]
    [InlineData(0, Act.CloseBefore)]
    [InlineData(3, Act.CloseBefore)]
    [InlineData(0, Act.RefuseBefore)]
    [InlineData(3, Act.RefuseBefore)]
    internal async Task The_retry_count_bounds_all_sends_of_a_change(int retries, Act act)
    {
        using PictifyConnection connection = Connect(retries: retries);
        _server.OnChanges([.. Enumerable.Repeat(new Turn(act, 503), 20)]);

        _ = await new PictifyClient(connection).PauseAsync("e");

        Assert.Equal(retries + 1, _server.Count("POST"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_answer_does_not_claim_the_pause_that_a_colleague_made_before(bool isKnown)
    {
        _hero.Status = "paused";
        using PictifyConnection connection = Connect();
        var client = new PictifyClient(connection);
        Experiment? known = isKnown ? await client.GetAsync("e") : null;
        _server.OnChanges(new Turn(Act.CloseBefore));

        ExperimentChange change = await client.PauseAsync("e", known);

        Assert.Equal(ChangeOutcome.Unchanged, change.Outcome);
    }

    [Fact]
    public async Task A_lost_answer_without_updatedAt_is_unknown()
    {
        _hero.UpdatedAt = null;
        using PictifyConnection connection = Connect();
        _server.OnChanges(new Turn(Act.CloseAfter));

        Assert.Equal(ChangeOutcome.Unknown, (await new PictifyClient(connection).PauseAsync("e")).Outcome);
    }

    [Fact]
    public async Task A_409_whose_read_shows_that_the_transition_is_allowed_is_sent_again()
    {
        using PictifyConnection connection = Connect();
        _server.OnChanges(Turn.Before(409));

        Assert.Equal(ChangeOutcome.Changed, (await new PictifyClient(connection).PauseAsync("e")).Outcome);
        Assert.Equal(2, _server.Count("POST"));
    }

    /// <summary>Wherever the answer is cut, the pause was made, is recorded so, and arrived once.</summary>
    [Fact]
    public async Task An_answer_that_is_cut_at_any_byte_is_a_pause_that_arrived_once()
    {
        using PictifyConnection connection = Connect();
        var client = new PictifyClient(connection);
        for (int bytes = 0; bytes < 260; bytes += 13)
        {
            int before = _server.Count("POST");
            _hero.Status = "running";
            _server.OnChanges(new Turn(Act.CutAfter, Bytes: bytes));

            ExperimentChange change = await client.PauseAsync("e");

            Assert.Equal((bytes, ChangeOutcome.Changed), (bytes, change.Outcome));
            Assert.Equal(1, _server.Count("POST") - before);
        }
    }

    [Theory]
    [InlineData(200, "", true)]
    [InlineData(200, "<html>Be right back</html>", true)]
    [InlineData(408, "", true)]
    [InlineData(503, "", true)]
    [InlineData(200, "", false)]
    [InlineData(503, "", false)]
    public async Task An_answer_that_does_not_tell_is_decided_by_what_the_server_shows(
        int status,
        string body,
        bool after
    )
    {
        using PictifyConnection connection = Connect();
        _server.OnChanges(after ? Turn.After(status, body) : Turn.Before(status, body));

        ExperimentChange change = await new PictifyClient(connection).PauseAsync("e");

        Assert.Equal(ChangeOutcome.Changed, change.Outcome);
        Assert.Equal("paused", _hero.Status);
    }

    [Fact]
    public async Task Disconnect_while_changes_are_in_flight_leaves_them_unknown_and_refuses_the_rest()
    {
        PictifyConnection connection = Connect();
        PictifyLedger ledger = PictifyLedger.InMemory();
        var operations = new PictifyOperations(connection, ledger);
        var client = new PictifyClient(connection);
        OperationRun run = operations.Begin("Suspend");
        var arrived = new TaskCompletionSource();
        _server.OnChanges(new Turn(Act.StallAfter), new Turn(Act.StallAfter));
        _server.Add("e2", "team");
        _server.Arrived = _ =>
        {
            if (_server.Count("POST") == 2)
            {
                arrived.TrySetResult();
            }
        };
        Task<ExperimentChange>[] flying = [.. new[] { "e", "e2" }.Select(uid => Pause(run, client, uid))];
        await arrived.Task;

        connection.Dispose();
        ExperimentChange[] changes = await Task.WhenAll(flying);
        ExperimentChange rest = await Pause(run, client, "e3");

        Assert.All(changes, change => Assert.Equal("OutcomeUnknown", change.Error!.ErrorId));
        Assert.Equal("ConnectionClosed", rest.Error!.ErrorId);
        LedgerEntry[] entries = await ledger.EntriesOfAsync(run.Operation.Id);
        Assert.Equal(
            [ChangeOutcome.Unknown, ChangeOutcome.Unknown, ChangeOutcome.Failed],
            entries.Select(static entry => entry.Outcome)
        );
        Assert.Equal(
            ["OutcomeUnknown", "OutcomeUnknown", "ConnectionClosed"],
            entries.Select(static entry => entry.Error)
        );
    }

    [Fact]
    public async Task Keys_of_a_team_see_the_same_and_another_teams_sees_nothing()
    {
        using PictifyConnection second = Connect("pk_test_second");
        using PictifyConnection other = Connect("pk_test_other");

        Assert.Equal("e", (await new PictifyClient(second).GetAsync("e")).Uid);
        var error = await Assert.ThrowsAsync<PictifyException>(() => new PictifyClient(other).GetAsync("e"));
        Assert.Equal(PictifyErrorKind.NotFound, error.Kind);
    }

    /// <summary>A change that was made, whatever was answered afterwards, is one that can be taken back, and that ends.</summary>
    [Theory]
    [InlineData(403, true, true)]
    [InlineData(403, true, false)]
    [InlineData(409, false, true)]
    [InlineData(409, false, false)]
    public async Task A_504_that_was_carried_out_and_a_refusal_can_be_undone_and_ends(
        int status,
        bool canBeRead,
        bool isUndone
    )
    {
        using PictifyConnection connection = Connect(retries: 1);
        PictifyLedger ledger = PictifyLedger.InMemory();
        var operations = new PictifyOperations(connection, ledger);
        var client = new PictifyClient(connection);
        OperationRun run = operations.Begin("Suspend");
        _server.OnChanges(Turn.After(504), Turn.Before(status));
        _server.OnReads([.. Enumerable.Repeat(Turn.Before(500), canBeRead ? 0 : 2)]);

        _ = await Pause(run, client, "e", _time.GetUtcNow().AddMinutes(5));
        Assert.Equal(
            canBeRead ? ChangeOutcome.Changed : ChangeOutcome.Unknown,
            Assert.Single(await ledger.EntriesOfAsync(run.Operation.Id)).Outcome
        );
        _time.Advance(TimeSpan.FromMinutes(10));
        _server.Now += TimeSpan.FromMinutes(10);
        OperationRun next = operations.Begin("Next");
        if (isUndone)
        {
            using UndoSession undo = await operations.BeginUndoAsync([run.Operation.Id]);
            _ = (await undo.RestoreAsync(next, (await undo.PlanAsync("e"))!)).EnsureDone();
        }
        else
        {
            using DueSession due = await operations.BeginDueAsync();
            DuePause pause = Assert.Single(due.Pauses);
            _ = (await due.EndAsync(next, pause, DueSession.Subject(next, pause))).Change!.EnsureDone();
        }

        Assert.Equal("running", _hero.Status);
    }

    /// <summary>What is read after a refusal is no refusal of its own.</summary>
    [Theory]
    [InlineData("pause")]
    [InlineData("complete")]
    [InlineData("create")]
    [InlineData("set")]
    [InlineData("remove")]
    public async Task A_refusal_is_told_in_its_own_words_where_the_look_after_it_fails(string operation)
    {
        using PictifyConnection connection = Connect(retries: 0);
        var client = new PictifyClient(connection);
        Experiment hero = await client.GetAsync("e");
        hero.Variants = [new Variant { Id = "a" }];
        _server.OnChanges(Turn.Before(409, """{"message":"The slug is taken."}"""));
        _server.OnReads([.. Enumerable.Repeat(Turn.Before(503), 8)]);

        ExperimentChange change = operation switch
        {
            "pause" => await client.PauseAsync("e", hero),
            "complete" => await client.CompleteAsync("e", "a", hero),
            "create" => await client.CreateAsync(new Experiment { Name = "New", Slug = "hero" }),
            "set" => await client.UpdateAsync("e", new Dictionary<string, object?> { ["slug"] = "hero" }, hero),
            _ => await client.DeleteAsync("e"),
        };

        Assert.Equal(ChangeOutcome.Failed, change.Outcome);
        Assert.Equal(PictifyErrorKind.Conflict, change.Error!.Kind);
        Assert.Contains("The slug is taken.", change.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("503", change.Error.Message, StringComparison.Ordinal);
    }

    /// <summary>What to do about an outcome that is not known depends on it: an event that is sent again counts again.</summary>
    [Theory]
    [InlineData("pause", RequestKind.Transition)]
    [InlineData("create", RequestKind.Create)]
    [InlineData("set", RequestKind.Idempotent)]
    [InlineData("remove", RequestKind.Idempotent)]
    [InlineData("events", RequestKind.Event)]
    [InlineData("call", RequestKind.Other)]
    internal async Task An_outcome_that_is_not_known_says_what_was_asked(string operation, RequestKind asked)
    {
        using PictifyConnection connection = Connect(retries: 0);
        var client = new PictifyClient(connection);
        _server.OnChanges(new Turn(Act.CloseBefore));
        _server.OnReads([.. Enumerable.Repeat(Turn.Before(503), 8)]);

        ExperimentChange change = operation switch
        {
            "pause" => await client.PauseAsync("e"),
            "create" => await client.CreateAsync(new Experiment { Name = "New", Slug = "hero" }),
            "set" => await client.UpdateAsync("e", new Dictionary<string, object?> { ["name"] = "New" }),
            "remove" => await client.DeleteAsync("e"),
            _ => await Call(client, asked),
        };

        Assert.True(change.Error!.OutcomeUnknown);
        Assert.Equal(asked, change.Error.Asked);
    }

    /// <summary>An update is no transition: its answer shows the status after it, and none before it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_status_before_an_update_is_the_one_that_was_known_and_not_the_new_one(bool isKnown)
    {
        using PictifyConnection connection = Connect();
        var client = new PictifyClient(connection);
        Experiment? known = isKnown ? await client.GetAsync("e") : null;
        _hero.Status = "paused";

        ExperimentChange change = await client.UpdateAsync(
            "e",
            new Dictionary<string, object?> { ["name"] = "New" },
            known
        );

        Assert.Equal(ExperimentStatus.Paused, change.Experiment!.Status);
        Assert.Equal(isKnown ? ExperimentStatus.Running : null, change.Before);
    }

    private static async Task<ExperimentChange> Call(PictifyClient client, RequestKind kind)
    {
        var request = new ApiRequest(kind, System.Net.Http.HttpMethod.Post, "s/events") { Body = "{}"u8.ToArray() };
        return (await client.CallAsync(request, static _ => true, CancellationToken.None)).Change;
    }

    private static Task<ExperimentChange> Pause(
        OperationRun run,
        PictifyClient client,
        string uid,
        DateTimeOffset? until = null
    ) =>
        run.RunAsync(
            run.NewEntry() with
            {
                Change = ChangeKind.Pause,
                Uid = uid,
                AfterText = "paused",
                UntilMoment = until,
            },
            token => client.PauseAsync(uid, null, token)
        );

    private PictifyConnection Connect(string key = Key, int retries = 3) =>
        new(
            new PictifyConnectionOptions
            {
                BaseUri = _server.Address,
                ApiKey = FakeService.Secure(key),
                MaximumRetryCount = retries,
                RetryInterval = TimeSpan.Zero,
                NoProxy = true,
                TimeProvider = _time,
            }
        );
}
