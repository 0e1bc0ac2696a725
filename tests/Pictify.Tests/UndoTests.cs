using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>What taking operations back comes to, what is left alone with which words, and what is sent and recorded.</summary>
public sealed class UndoTests
{
    [Theory]
    // The history, the operations that are taken back, what the service shows, and the plan.
    [InlineData("pause at:0", "1", "paused 0", "running")]
    [InlineData("pause; resume", "2", "running", "paused without an end")]
    [InlineData("pause until:8; resume", "2", "running", "paused until 8")]
    // It shows what is to be restored: nothing is left to do, whoever did it.
    [InlineData("pause", "1", "running", "running")]
    [InlineData("pause", "1", "running 500", "running")]
    // A start may be on its way to running.
    [InlineData("resume after:rendering", "1", "running", "paused without an end")]
    [InlineData("resume after:rendering", "1", "rendering", "paused without an end")]
    [InlineData("pause; resume after:rendering; pause undoes:2", "3", "paused", "running")]
    // The ledger does not know the status that the last change left.
    [InlineData("pause after:published", "1", "completed", "running")]
    // The last of the changes that live again says what is restored.
    [InlineData("pause; resume; resume undoes:1,2", "3", "running", "running")]
    [InlineData("pause; resume undoes:1; pause", "2,3", "paused", "paused without an end")]
    // An undo that is open and older than what is taken back is in nobody's way.
    [InlineData("pause; resume? undoes:1; resume undoes:1", "3", "running", "paused without an end")]
    // Only the ledger knows the end of a pause.
    [InlineData("pause until:8; extend until:12", "2", "paused", "the end 8")]
    [InlineData("pause; extend until:12", "2", "paused", "no end")]
    [InlineData("pause until:8; extend until:12; end undoes:2", "2", "paused", "is restored")]
    public void What_was_before_is_restored(string history, string operations, string shown, string expected) =>
        Assert.Equal(expected, Describe(Plan(history, operations, shown)));

    [Theory]
    // Somebody else was there.
    [InlineData("pause at:0", "1", "paused 5", "somebody else changed it since, at 2026-11-23 12:00:05Z")]
    [InlineData("pause", "1", "completed", "the operation left it 'paused', and it is 'completed' now")]
    [InlineData("pause", "1", "lost\u001b", "the operation left it 'paused', and it is 'lost\uFFFD' now")]
    [InlineData(
        "resume after:rendering",
        "1",
        "completed",
        "the operation left it 'rendering', and it is 'completed' now"
    )]
    [InlineData(
        "pause until:8; extend until:12; end undoes:2",
        "2",
        "running",
        "it was undone already, and it is 'running' again"
    )]
    [InlineData(
        "pause until:8; extend until:12",
        "2",
        "running",
        "the operation changed the end of a pause, and it is 'running' now"
    )]
    // Another operation stands above, and the last of several is named, even where other things are not known.
    [InlineData(
        "pause; resume?; pause",
        "1",
        "paused",
        "operation op3 (Suspend-PictifyExperiment) changed it after this one, or may have"
    )]
    [InlineData(
        "pause; resume undoes:1; pause; extend until:8; end undoes:4",
        "1,4",
        "paused",
        "operation op3 (Suspend-PictifyExperiment) changed it after this one, or may have"
    )]
    [InlineData(
        "pause until:5; extend until:12; end undoes:2",
        "1,3",
        "paused",
        "undoing these operations would put a change back into effect that was made after another change that they undo"
    )]
    // What is taken back, or what stands above it, is not known.
    [InlineData("pause?", "1", "paused", "it is not known what operation op1 did to it")]
    [InlineData("pause?; resume?", "1,2", "paused", "it is not known what operation op2 did to it")]
    [InlineData(
        "pause; resume undoes:1; resume?; pause",
        "1,4",
        "paused",
        "it is not known what operation op3 did to it"
    )]
    [InlineData(
        "pause; resume? undoes:1; resume undoes:1; pause undoes:3",
        "4",
        "paused",
        "it is not known what operation op2 did to it"
    )]
    // There is no way back, or it is not known where to.
    [InlineData("pause before:", "1", "paused", "the ledger does not record its status before")]
    [InlineData("start", "1", "running", "it was a draft before, and no API turns an experiment back into a draft")]
    [InlineData("complete", "1", "completed", "it was 'running' before, and no API changes it back to that status")]
    [InlineData(
        "complete before:",
        "1",
        "completed",
        "it was 'unknown' before, and no API changes it back to that status"
    )]
    public void An_experiment_is_left_alone_and_the_plan_says_why(
        string history,
        string operations,
        string shown,
        string conflict
    ) => Assert.Equal(conflict, Plan(history, operations, shown).Conflict);

    [Theory]
    // The history, the operations that are taken back, what the service shows when it is read, and the plan or the conflict.
    [InlineData("pause", "1", "paused", "running")]
    [InlineData("pause", "1", "running", "running, which it is")]
    [InlineData("pause", "1", "rendering", "running, which it is")]
    [InlineData("pause; resume", "2", "running", "paused without an end")]
    [InlineData("pause until:1; resume", "2", "running", "paused until 1")]
    [InlineData("pause; resume", "1,2", "running", "running, which it is")]
    [InlineData("pause; resume", "2,1", "running", "running, which it is")]
    [InlineData("pause; resume; pause", "3", "paused", "running")]
    [InlineData("pause; resume; pause", "2,3", "paused", "paused without an end, which it is")]
    [InlineData("pause; resume undoes:1", "2", "running", "paused without an end")]
    [InlineData("pause until:1; resume undoes:1", "2", "running", "paused until 1")]
    [InlineData("pause; resume undoes:1", "1,2", "running", "is restored")]
    [InlineData("pause; resume undoes:1", "1", "running", "is restored")]
    [InlineData("pause until:1; extend until:1.5", "2", "paused", "the end 1")]
    [InlineData("pause; extend until:1.5", "2", "paused", "no end")]
    [InlineData("pause until:1; extend", "2", "paused", "the end 1")]
    [InlineData("pause until:1; extend until:1.5", "1,2", "paused", "running")]
    [InlineData("resume after:rendering", "1", "rendering", "paused without an end")]
    [InlineData("resume after:rendering", "1", "running", "paused without an end")]
    [InlineData("pause; resume undoes:1", "1", "paused", "it was undone already, and it is 'paused' again")]
    [InlineData(
        "pause until:1; extend until:1.5",
        "2",
        "running",
        "the operation changed the end of a pause, and it is 'running' now"
    )]
    [InlineData(
        "pause; resume",
        "1",
        "running",
        "operation op2 (Suspend-PictifyExperiment) changed it after this one, or may have"
    )]
    [InlineData(
        "pause; resume; pause; resume",
        "1",
        "running",
        "operation op4 (Suspend-PictifyExperiment) changed it after this one, or may have"
    )]
    [InlineData(
        "pause at:0; resume at:0; resume? intent sent:-1",
        "1",
        "running 0",
        "operation op3 (Suspend-PictifyExperiment) changed it after this one, or may have"
    )]
    [InlineData(
        "pause at:0; resume? intent sent:-1 undoes:1",
        "1",
        "paused 0",
        "it is not known what operation op2 did to it"
    )]
    [InlineData("start", "1", "running", "it was a draft before, and no API turns an experiment back into a draft")]
    // What cannot be taken back alone is in an operation whose other change can.
    [InlineData(
        "pause op:op1 uid:exp_2; complete op:op1 number:2",
        "1",
        "completed",
        "it was 'running' before, and no API changes it back to that status"
    )]
    [InlineData("pause", "1", "completed", "the operation left it 'paused', and it is 'completed' now")]
    [InlineData("pause before:", "1", "paused", "the ledger does not record its status before")]
    [InlineData("pause before:asleep", "1", "paused", "the ledger does not record its status before")]
    public async Task A_plan_is_made_by_what_the_service_shows_when_it_is_asked_for(
        string history,
        string operations,
        string shown,
        string expected
    )
    {
        using var one = new OneExperiment(history, shown);

        UndoPlan plan = await PlanAsync(one, operations);

        bool needsNoRequest = plan is { Conflict: null, IsRestored: false, NeedsNoRequest: true };
        Assert.Equal(expected, needsNoRequest ? $"{Describe(plan)}, which it is" : Describe(plan));
    }

    [Fact]
    public async Task What_somebody_else_changed_since_is_left_alone()
    {
        using var one = new OneExperiment("pause at:0", "paused 300");

        UndoPlan changed = await PlanAsync(one, "1");
        one.Show("paused");
        UndoPlan unknown = await PlanAsync(one, "1");

        Assert.Equal("somebody else changed it since, at 2026-11-23 12:05:00Z", changed.Conflict);
        Assert.Equal("running", Describe(unknown));
    }

    /// <summary>It does not matter what came after an undo that is given with what it took back.</summary>
    [Fact]
    public async Task An_undo_that_is_given_with_its_operation_is_not_a_conflict()
    {
        using var one = new OneExperiment("pause; resume undoes:1; pause until:1; resume", "running");

        UndoPlan together = await PlanAsync(one, "1,2,4");
        UndoPlan alone = await PlanAsync(one, "2");

        Assert.Equal("paused until 1", Describe(together));
        Assert.Equal(
            "operation op4 (Suspend-PictifyExperiment) changed it after this one, or may have",
            alone.Conflict
        );
    }

    [Fact]
    public async Task What_the_operations_only_found_is_not_planned()
    {
        using var one = new OneExperiment("pause= before:paused op:op1; pause! op:op1 number:2 uid:exp_2");

        using UndoSession undo = await one.Room.BeginUndoAsync(["op1", "op1"]);

        Assert.Empty(undo.Uids);
        Assert.Empty(undo.Refused);
        Assert.Empty(one.Requests);
    }

    [Fact]
    public void A_pause_that_is_over_has_no_end()
    {
        UndoPlan plan = Plan("pause until:8; extend until:12; end undoes:2", "2", "running");

        Assert.Null(plan.Until);
    }

    [Theory]
    [InlineData("complete", "completing is final")]
    [InlineData("remove", "no API restores a removed experiment")]
    [InlineData("create", "it created experiments, which Remove-PictifyExperiment removes")]
    [InlineData("edit", "the fields' earlier values are not recorded")]
    [InlineData("event uid:", "events cannot be undone")]
    [InlineData("call uid:", "what the call changed is not known")]
    [InlineData("unknown before:running after:published", "the ledger does not record what kind of change it was")]
    [InlineData(
        "unknown before:running after:published op:op1; unknown! before:running after:published op:op1 uid: number:2",
        "the ledger does not record what kind of change it was"
    )]
    [InlineData("", "the ledger has no such operation")]
    [InlineData("unknown! after:published uid:", null)]
    [InlineData("unknown before:running after:published uid:", null)]
    [InlineData("start", null)]
    public async Task An_operation_of_which_nothing_can_be_taken_back_is_refused(string history, string? why)
    {
        using var one = new OneExperiment(history);

        using UndoSession undo = await one.Room.BeginUndoAsync(["op1"]);

        Assert.Equal(why is null ? [] : [new("op1", why)], undo.Refused);
        Assert.Empty(why is null ? [] : undo.Uids);
    }

    /// <summary>The kind decides, whatever the statuses are that lines of version 0.1.0 would tell it by.</summary>
    [Theory]
    [InlineData("complete", "completing is final")]
    [InlineData("remove", "no API restores a removed experiment")]
    [InlineData("create", "it created experiments, which Remove-PictifyExperiment removes")]
    [InlineData("edit", "the fields' earlier values are not recorded")]
    [InlineData("event", "events cannot be undone")]
    [InlineData("call", "what the call changed is not known")]
    [InlineData("unknown", "the ledger does not record what kind of change it was")]
    [InlineData("pause", null)]
    [InlineData("resume", null)]
    [InlineData("start", null)]
    [InlineData("end", null)]
    public async Task An_operation_is_refused_by_its_kind_and_the_others_are_not(string kind, string? why)
    {
        string change = $"{kind} before:running after:asleep op:op1";
        using var one = new OneExperiment($"{change}; {change} number:2 uid:; pause op:op2 uid:exp_2");

        using UndoSession undo = await one.Room.BeginUndoAsync(["op1", "op2"]);

        Assert.Equal(why is null ? [] : [new("op1", why)], undo.Refused);
        Assert.Equal(why is null ? [Written.Uid, "exp_2"] : ["exp_2"], undo.Uids);
    }

    [Fact]
    public async Task An_operation_at_another_address_or_in_another_sandbox_is_refused()
    {
        using var one = new OneExperiment("");
        await one.Ledger.AppendAsync(Written.Line("pause", 1));
        var sandbox = new PictifySandbox(new PictifySandboxOptions());
        using var connection = new PictifyConnection(new PictifyConnectionOptions { Sandbox = sandbox });
        await one.Ledger.AppendAsync(
            Written.Line("pause key:other", 2) with
            {
                BaseUrl = connection.BaseUri.AbsoluteUri,
            }
        );

        using UndoSession undo = await one.Room.BeginUndoAsync(["op1"]);
        using UndoSession inSandbox = await new PictifyOperations(connection, one.Ledger).BeginUndoAsync(["op2"]);

        Assert.Equal(
            [new("op1", "it was at https://here/, and this connection is to https://api.pictify.io/")],
            undo.Refused
        );
        Assert.Equal([new("op2", "it was in another sandbox")], inSandbox.Refused);
    }

    /// <summary>What a refused operation concerns has no place in the order of those that are taken back.</summary>
    [Fact]
    public async Task The_experiments_are_in_the_order_of_the_operations_that_are_not_refused()
    {
        using var one = new OneExperiment(
            "complete op:op1 uid:exp_3; pause op:op2 number:1 uid:exp_2; pause op:op2 number:2 uid:exp_3"
        );

        using UndoSession undo = await one.Room.BeginUndoAsync(["op1", "op2"]);

        Assert.Equal(["exp_2", "exp_3"], undo.Uids);
    }

    [Theory]
    [InlineData("complete", 1)]
    [InlineData("pause", 2)]
    public async Task The_ledger_is_read_a_second_time_only_where_an_experiment_is_concerned(
        string history,
        int readings
    )
    {
        using var one = new OneExperiment(history);
        var ledger = new WatchedLedger(one.Ledger);

        using UndoSession undo = await new PictifyOperations(one.Connection, ledger).BeginUndoAsync(["op1"]);
        PictifyOperation? operation = undo.FindOperation("op1");

        Assert.Equal(readings, ledger.Readings);
        Assert.Equal((1, 1), (operation?.Total, operation?.Changed));
        Assert.Null(undo.FindOperation("op2"));
    }

    [Theory]
    [InlineData("pause key:b; extend until:8 key:c", 404, "c")]
    [InlineData("pause; extend until:8 key:c", 404, "c")]
    [InlineData("pause; pause op:op1 number:2 key:c", 404, "c")]
    [InlineData("pause; pause op:op1 number:2 key:c", 410, "c")]
    [InlineData("pause key:b", 410, "b")]
    public async Task An_experiment_that_only_another_key_sees_is_left_alone(string history, int status, string key)
    {
        using var one = new OneExperiment(history, refusal: status);
        using UndoSession undo = await one.Room.BeginUndoAsync(["op1", "op2"]);

        UndoPlan plan = (await undo.PlanAsync(Written.Uid))!;

        Assert.Equal(
            $"this connection's key does not see it, and another key (fingerprint {key}) changed it",
            plan.Conflict
        );
        Assert.Equal(key, plan.Entry.Key);
    }

    [Theory]
    [InlineData("pause", 404, PictifyErrorKind.NotFound)]
    [InlineData("pause key:b; extend until:8", 404, PictifyErrorKind.NotFound)]
    [InlineData("pause key:b; pause op:op1 number:2", 404, PictifyErrorKind.NotFound)]
    [InlineData("pause key:b; pause op:op1 number:2", 401, PictifyErrorKind.Unauthorized)]
    [InlineData("pause", 410, PictifyErrorKind.Gone)]
    [InlineData("pause key:b", 403, PictifyErrorKind.Forbidden)]
    public async Task An_experiment_that_cannot_be_read_is_an_error(string history, int status, PictifyErrorKind kind)
    {
        using var one = new OneExperiment(history, refusal: status);
        using UndoSession undo = await one.Room.BeginUndoAsync(["op1", "op2"]);

        PictifyException error = await Assert.ThrowsAsync<PictifyException>(() => undo.PlanAsync(Written.Uid));

        Assert.Equal(kind, error.Kind);
    }

    [Theory]
    [InlineData(ExperimentStatus.Running, false, ChangeKind.Resume, "running")]
    [InlineData(ExperimentStatus.Paused, false, ChangeKind.Pause, "paused")]
    [InlineData(ExperimentStatus.Paused, true, ChangeKind.End, "paused")]
    [InlineData(ExperimentStatus.Unknown, false, ChangeKind.Resume, null)]
    public void The_entry_of_a_restoration_says_what_is_restored(
        ExperimentStatus target,
        bool isEndOnly,
        ChangeKind kind,
        string? after
    )
    {
        using var one = new OneExperiment("");
        var plan = new UndoPlan
        {
            Uid = Written.Uid,
            Target = target,
            IsEndOnly = isEndOnly,
        };

        LedgerEntry entry = UndoSession.Subject(one.Room.Begin("Undo"), plan);

        Assert.Equal((kind, after, Written.Uid), (entry.Change, entry.AfterText, entry.Uid));
    }

    [Fact]
    public async Task Nothing_is_restored_without_a_plan()
    {
        using var one = new OneExperiment("pause");
        using UndoSession undo = await one.Room.BeginUndoAsync(["op1"]);

        ArgumentNullException error = await Assert.ThrowsAsync<ArgumentNullException>(() =>
            undo.RestoreAsync(one.Room.Begin("Undo"), null!)
        );

        Assert.Equal("plan", error.ParamName);
        error = Assert.Throws<ArgumentNullException>(() => UndoSession.Subject(null!, new UndoPlan()));
        Assert.Equal("run", error.ParamName);
    }

    [Theory]
    // The history, what is taken back, what is shown; the kind of change, the status and the operations in the ledger's last line.
    [InlineData("pause", "1", "paused 0 Hero", ChangeKind.Resume, "running", "op1", 1)]
    [InlineData("pause until:1; resume", "2", "running 0 Hero", ChangeKind.Pause, "paused", "op2", 1)]
    [InlineData("pause until:1; extend until:1.5", "2", "paused 0 Hero", ChangeKind.End, "paused", "op2", 0)]
    [InlineData("pause; resume", "1,2", "running 0 Hero", ChangeKind.Resume, "running", "op1 op2", 0)]
    public async Task What_is_restored_is_recorded_as_what_it_takes_back(
        string history,
        string operations,
        string shown,
        ChangeKind kind,
        string after,
        string undoes,
        int posts
    )
    {
        using var one = new OneExperiment(history, shown);
        OperationRun run = one.Room.Begin("Undo");
        using UndoSession undo = await one.Room.BeginUndoAsync(Ids(operations));
        UndoPlan plan = (await undo.PlanAsync(Written.Uid))!;

        ExperimentChange change = await undo.RestoreAsync(run, plan);

        LedgerEntry line = one.Recorded[^1];
        Assert.Equal((kind, after, undoes), (line.Change, line.AfterText, line.Undoes));
        Assert.Equal((Written.Uid, "Hero", run.Operation.Id), (line.Uid, line.Name, line.OperationId));
        Assert.Equal(change.Outcome, line.Outcome);
        Assert.Equal(posts, one.Requests.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)));
        Assert.Equal(kind != ChangeKind.Resume || posts > 0, change.Changed);
    }

    [Fact]
    public async Task A_conflict_is_recorded_as_not_tried_and_nothing_is_sent()
    {
        using var one = new OneExperiment("pause; resume", "running");

        ExperimentChange change = await RestoreAsync(one, static _ => { });

        AssertConflict(
            "It was not restored: operation op2 (Suspend-PictifyExperiment) changed it after this one, or may have.",
            one,
            change
        );
        Assert.Single(one.Requests);
    }

    [Fact]
    public async Task What_shows_what_is_to_be_restored_is_recorded_and_nothing_is_sent_for_it()
    {
        using var one = new OneExperiment("pause", "running");

        ExperimentChange change = await RestoreAsync(one, static _ => { });

        Assert.Equal((ChangeOutcome.Unchanged, null), (change.Outcome, change.Error));
        Assert.Equal(["GET /experiments/api/exp_1"], one.Requests);
        LedgerEntry line = one.Recorded[^1];
        Assert.Equal((ChangeOutcome.Unchanged, ChangeKind.Resume, "op1"), (line.Outcome, line.Change, line.Undoes));
    }

    [Fact]
    public async Task What_another_operation_changed_after_it_was_planned_is_planned_again()
    {
        using var one = new OneExperiment("pause", "paused");

        ExperimentChange change = await RestoreAsync(one, static one => one.Append("extend until:8", first: 2));

        AssertConflict(
            "It was not restored: operation op2 (Suspend-PictifyExperiment) changed it after this one, or may have.",
            one,
            change
        );
        Assert.Equal(2, one.Requests.Length);
    }

    [Fact]
    public async Task What_was_found_meanwhile_not_to_have_been_made_is_left_alone()
    {
        using var one = new OneExperiment("pause?", "paused");

        ExperimentChange change = await RestoreAsync(one, static one => one.Append("pause! settled"));

        AssertConflict("It was not restored: another operation changed it meanwhile.", one, change);
    }

    private static void AssertConflict(string message, OneExperiment one, ExperimentChange change)
    {
        Assert.Equal(message, change.Error?.Message);
        Assert.Equal((ChangeOutcome.Failed, "UndoConflict"), (change.Outcome, change.Error?.ErrorId));
        Assert.All(one.Requests, static request => Assert.Equal("GET /experiments/api/exp_1", request));
        LedgerEntry line = one.Recorded[^1];
        Assert.Equal(
            (LedgerKind.Outcome, "Undo", ChangeOutcome.Failed, "UndoConflict"),
            (line.Kind, line.Command, line.Outcome, line.Error)
        );
    }

    private static async Task<ExperimentChange> RestoreAsync(OneExperiment one, Action<OneExperiment> meanwhile)
    {
        using UndoSession undo = await one.Room.BeginUndoAsync(["op1"]);
        UndoPlan plan = (await undo.PlanAsync(Written.Uid))!;
        meanwhile(one);
        return await undo.RestoreAsync(one.Room.Begin("Undo"), plan);
    }

    private static async Task<UndoPlan> PlanAsync(OneExperiment one, string operations)
    {
        using UndoSession undo = await one.Room.BeginUndoAsync(Ids(operations));
        return (await undo.PlanAsync(Written.Uid))!;
    }

    private static UndoPlan Plan(string history, string operations, string shown) =>
        new UndoPlanner(Written.Stack(history), Written.Shown(shown), Ids(operations)).Complete(new UndoPlan());

    private static string[] Ids(string operations) => [.. operations.Split(',').Select(static id => $"op{id}")];

    private static string Describe(UndoPlan plan)
    {
        string end = plan.Until is { } until
            ? FormattableString.Invariant($"until {(until - Written.Noon).TotalHours}")
            : "without an end";
        return plan.Conflict
            ?? (
                plan.IsRestored ? "is restored"
                : plan.IsEndOnly
                    ? (plan.Until is null ? "no end" : end.Replace("until", "the end", StringComparison.Ordinal))
                : plan.Target == ExperimentStatus.Paused ? $"paused {end}"
                : ApiName.Of(plan.Target)!
            );
    }
}
