using CsCheck;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>
/// Histories of operations in any order, with faults, stops, kills, clocks that are set, other keys and somebody without our ledger,
/// against a model of what was really done.
/// </summary>
public sealed class OperationsModelTests
{
    private static readonly Gen<Weather> _weather = Gen.Frequency<Weather>(
        (5, Gen.Const(Weather.Calm)),
        (
            4,
            Gen.Select(
                Gen.Int[0, 4],
                Gen.Int[1, (int)Enum.GetValues<Trouble>().Max()],
                Gen.OneOf(1, 2, 9),
                static (at, trouble, times) =>
                    Weather.Calm with
                    {
                        TroubleAt = at,
                        Trouble = (Trouble)trouble,
                        Times = times,
                    }
            )
        ),
        (1, Gen.Int[0, 4].Select(static at => Weather.Calm with { StopAt = at })),
        (
            1,
            Gen.Select(
                Gen.Int[0, 4],
                Gen.Bool,
                static (at, after) => Weather.Calm with { DieAt = at, DieAfterSending = after }
            )
        ),
        (
            1,
            Gen.Select(
                Gen.Int[0, 4],
                Gen.Int[0, 1],
                Gen.OneOf("pause", "start", "rename"),
                static (at, uid, action) => Weather.Calm with { OtherAt = at, OtherUid = uid, OtherAction = action }
            )
        ),
        (
            1,
            Gen.Select(
                Gen.Int[0, 3],
                Gen.OneOf(Trouble.LostBefore, Trouble.LostAfter, Trouble.Error504After, Trouble.Error504Before),
                Gen.Int[0, 5],
                static (at, trouble, stop) =>
                    Weather.Calm with
                    {
                        TroubleAt = at,
                        Trouble = trouble,
                        Times = 1,
                        StopAt = stop,
                    }
            )
        )
    );

    private static readonly Gen<Step> _step = Gen.Select(
        Gen.Frequency<Deed>(
            (4, Gen.Const(Deed.Pause)),
            (2, Gen.Const(Deed.Resume)),
            (3, Gen.Const(Deed.Undo)),
            (3, Gen.Const(Deed.Due)),
            (2, Gen.Const(Deed.Settle)),
            (2, Gen.Const(Deed.Other)),
            (2, Gen.Const(Deed.Wait)),
            (1, Gen.Const(Deed.SetClock))
        ),
        Gen.Frequency<int>((4, Gen.Int[1, 2]), (1, Gen.Const(3))),
        Gen.Int[0, 2],
        Gen.Int[0, 2],
        Gen.Int[1, 63],
        Gen.Frequency<int>((5, Gen.Const(0)), (1, Gen.Const(1)), (1, Gen.Const(2))),
        _weather,
        static (deed, uids, end, detail, targets, key, weather) =>
            new Step(deed, uids, end, detail, targets, key, weather)
    );

    private static readonly Gen<History> _history = Gen.Select(
        Gen.Int[0, 3],
        Gen.Frequency<int>((5, Gen.Const(0)), (2, Gen.Const(1)), (1, Gen.Const(2))),
        _step.Array[1, 9],
        static (paused, updatedAt, steps) => new History(paused, updatedAt, steps)
    );

    /// <summary>
    /// The same 2,000 histories each time, so that a build does not depend on chance; PICTIFY_MODEL_HISTORIES plays as many others,
    /// by chance and shrunk on failure.
    /// </summary>
    [Fact]
    public void What_the_ledger_says_is_true_and_only_what_is_ours_is_taken_back_or_ended()
    {
        if (long.TryParse(Environment.GetEnvironmentVariable("PICTIFY_MODEL_HISTORIES"), out long count))
        {
            _history.Sample(
                static history => Run(history),
                seed: Environment.GetEnvironmentVariable("PICTIFY_MODEL_SEED"),
                iter: count,
                threads: 1
            );
            return;
        }

        var random = new PCG(1, 20261125);
        for (int number = 1; number <= 2_000; number++)
        {
            Run(_history.Generate(random, null, out _));
        }
    }

    private static void Run(History history) =>
        Task.Run(async () =>
            {
                using var run = new HistoryRun(history);
                await run.PlayAsync();
            })
            .GetAwaiter()
            .GetResult();
}

internal enum Deed
{
    Pause,
    Resume,
    Undo,
    Due,
    Settle,
    Other,
    Wait,
    SetClock,
}

/// <param name="Uids">A bit for each experiment.</param>
/// <param name="End">0: none, 1: soon, 2: late.</param>
/// <param name="Detail">What is known of the experiment before, what somebody else does, or which clock is set.</param>
/// <param name="Targets">A bit for each earlier operation, the last one first.</param>
/// <param name="Key">0 and 1: keys of the team, 2: another team's.</param>
internal sealed record Step(Deed Deed, int Uids, int End, int Detail, int Targets, int Key, Weather Weather)
{
    public override string ToString() =>
        Deed switch
        {
            Deed.Pause => $"Pause uids {Uids} end {End} known {Detail}",
            Deed.Resume => $"Resume uids {Uids} known {Detail}",
            Deed.Undo => $"Undo {Convert.ToString(Targets, 2)}",
            Deed.Due => "Due",
            Deed.Settle => $"Settle {Convert.ToString(Targets, 2)}",
            Deed.Other => $"Other uids {Uids} action {Detail}/{End}",
            _ => $"{Deed} {Detail}",
        }
        + (Key == 0 ? "" : $" key {Key}")
        + (Weather.IsCalm || Deed is Deed.Other or Deed.Wait or Deed.SetClock ? "" : $" {Weather}");
}

/// <param name="Paused">A bit for each experiment that is paused before the history begins.</param>
/// <param name="UpdatedAt">0: to the millisecond, 1: in whole seconds, 2: not told.</param>
internal sealed record History(int Paused, int UpdatedAt, Step[] Steps)
{
    public override string ToString() =>
        $"paused {Paused}, updatedAt {UpdatedAt}\n" + string.Join("\n", Steps.Select(static step => step.ToString()));
}

/// <summary>Plays one history, and holds what it finds against the model after each step.</summary>
internal sealed class HistoryRun : IDisposable
{
    private static readonly string[] _keys = [StandIn.TeamKey, StandIn.ColleagueKey, StandIn.OtherTeamKey];

    private readonly History _history;
    private readonly StandIn _service;
    private readonly ExperimentModel[] _models;
    private readonly ILedger _ledger = PictifyLedger.InMemory();
    private readonly Dictionary<int, PictifyConnection> _connections = [];
    private readonly Dictionary<int, Experiment> _stale = [];

    /// <summary>The ledger's ids of our operations, by their numbers.</summary>
    private readonly List<string> _operations = [];
    private Dictionary<(int Op, int Uid), LedgerEntry> _entries = [];

    /// <summary>How many changes an experiment had when an operation began.</summary>
    private readonly Dictionary<(int Op, int Uid), int> _places = [];
    private readonly HashSet<(int Op, int Uid)> _settledEnds = [];

    /// <summary>
    /// Experiments that an operation changed while somebody else did, where nobody could see it. The ledger cannot know that the end of
    /// the pause before it was no longer in force, and undoing that operation brings the end back.
    /// </summary>
    private readonly HashSet<int> _madeUnseen = [];

    /// <summary>What the undo of this step takes back; null where the step is no undo.</summary>
    private int[]? _undone;
    private DateTimeOffset? _until;
    private string? _violation;
    private bool _isDue;
    private bool _isClockSet;

    public HistoryRun(History history)
    {
        _history = history;
        string[] status =
        [
            .. Enumerable.Range(0, 2).Select(i => (history.Paused >> i & 1) == 1 ? "paused" : "running"),
        ];
        _service = new StandIn(status, history.UpdatedAt != 2, history.UpdatedAt == 1) { Changing = OnChanging };
        _models = [.. status.Select(static s => new ExperimentModel(s))];
    }

    public void Dispose()
    {
        foreach (PictifyConnection connection in _connections.Values)
        {
            connection.Dispose();
        }

        _service.Dispose();
    }

    public async Task PlayAsync()
    {
        foreach (Step step in _history.Steps)
        {
            switch (step.Deed)
            {
                case Deed.Other:
                    string action = (step.Detail, step.End) switch
                    {
                        (0, _) => "pause",
                        (1, _) => "start",
                        (_, 2) => "complete",
                        _ => "rename",
                    };
                    foreach (int uid in UidsOf(step))
                    {
                        _service.ByOther(uid, action);
                    }

                    break;
                case Deed.Wait:
                    _service.Machine.Advance(TimeSpan.FromMinutes(step.Detail == 2 ? 90 : 10));
                    break;
                case Deed.SetClock:
                    SetClock(step);
                    foreach (PictifyConnection known in _connections.Values)
                    {
                        await LearnClockAsync(known);
                    }

                    break;
                default:
                    await PlayAsync(step);
                    break;
            }

            Assert.True(_violation is null, $"{_violation}\n{string.Join("\n", await TellAsync())}");
        }
    }

    /// <summary>
    /// Each connection reads once after a clock was set. Without a date of the service, or with an old one, the time of what a process
    /// left open when it ended cannot be compared with the service's.
    /// </summary>
    private async Task LearnClockAsync(PictifyConnection connection)
    {
        _service.Begin(-1, Weather.Calm, new CancellationTokenSource());
        _ = await TryAsync(() => new PictifyClient(connection).GetAsync("e0"));
    }

    private void SetClock(Step step)
    {
        _isClockSet = true;
        var by = TimeSpan.FromMinutes(
            step.End == 0 ? -60
            : step.End == 1 ? 60
            : 7
        );
        if (step.Detail == 0)
        {
            _service.Skew += by;
            return;
        }

        _service.Skew -= by;
        _service.Machine.SetBy(by);
    }

    private async Task PlayAsync(Step step)
    {
        using var stop = new CancellationTokenSource();
        _isDue = step.Deed == Deed.Due;
        _undone = step.Deed == Deed.Undo ? Targets(step) : null;
        _until =
            step.Deed == Deed.Pause && step.End > 0
                ? _service.Machine.GetUtcNow().AddMinutes(step.End == 1 ? 5 : 60)
                : null;
        if (step.Deed is Deed.Undo or Deed.Settle && Targets(step).Length == 0)
        {
            return;
        }

        bool isNew = !_connections.ContainsKey(step.Key);
        PictifyConnection connection = Connect(step.Key);
        if (isNew)
        {
            await LearnClockAsync(connection);
        }

        var client = new PictifyClient(connection);
        var ledger = new MortalLedger(_ledger, () => _service.IsDead);
        var operations = new PictifyOperations(connection, client, ledger);
        OperationRun run = operations.Begin(step.Deed.ToString(), until: _until);
        int number = _operations.Count;
        if (step.Deed != Deed.Settle)
        {
            _operations.Add(run.Operation.Id);
        }

        DateTimeOffset began = _service.Machine.GetUtcNow();
        DateTimeOffset?[] due = [.. _models.Select(static model => model.End)];
        int[] settledEnds = [.. _models.Select((_, uid) => CountSettledEnds(uid))];
        bool[] isOpen = [.. _models.Select((_, uid) => IsOpen(uid))];
        bool[] wasPaused = [.. _models.Select((_, uid) => _service.StatusOf(uid) == "paused")];
        bool[] canUndo = [.. _models.Select(model => _undone is not null && model.CanUndo(_undone))];
        (string? Status, DateTimeOffset? End)[] restored = [.. _models.Select(model => model.Restored(_undone ?? []))];
        int made = _service.Log.Count;
        for (int uid = 0; uid < _models.Length; uid++)
        {
            _places[(number, uid)] = _models[uid].Count;
        }

        _service.Begin(number, step.Weather, stop);
        bool isWhole = true;
        switch (step.Deed)
        {
            case Deed.Pause or Deed.Resume:
                foreach (int uid in UidsOf(step))
                {
                    isWhole &= await TryAsync(() => ChangeAsync(client, run, step, uid, stop.Token));
                }

                break;
            case Deed.Undo:
                isWhole = await TryAsync(() => UndoAsync(operations, run, stop.Token));
                break;
            case Deed.Due:
                isWhole = await TryAsync(() => EndAsync(operations, client, run, stop.Token));
                break;
            case Deed.Settle:
                isWhole = await TryAsync(() => SettleAsync(operations, step, stop.Token));
                break;
        }

        if (!isWhole && !_service.IsDead)
        {
            // That a run was stopped must change nothing of what its lines say.
            await run.StoppedAsync();
        }

        if (_service.IsDead)
        {
            // What a process sent before it ended is not known: somebody else's change of the next 30 seconds may be taken for it.
            _service.Machine.Advance(TimeSpan.FromSeconds(31));
            connection.Dispose();
            _ = _connections.Remove(step.Key);
        }

        bool wasOther = _service.Log.Skip(made).Any(static change => change.By is null);
        await ReadLedgerAsync(step, number);
        Complete(step, number, restored);
        CompleteSettledEnds();
        CheckEntries();
        for (int uid = 0; uid < _models.Length; uid++)
        {
            LedgerEntry? entry = _entries.GetValueOrDefault((number, uid));
            if (
                _undone is not null
                && entry is { Undoes: not null, Outcome: ChangeOutcome.Changed or ChangeOutcome.Unchanged }
                && !wasOther
                && restored[uid].Status is { } wanted
            )
            {
                Check(
                    _service.StatusOf(uid) == wanted,
                    $"the undo restored {_service.StatusOf(uid)} of e{uid}, and it was {wanted}"
                );
            }

            bool isTold = step.Weather.IsCalm && step.Key != 2 && _history.UpdatedAt != 2;
            if (
                canUndo[uid]
                && isTold
                && !isOpen[uid]
                && wasPaused[uid] == (_models[uid].Top is { } top ? top.After == "paused" : wasPaused[uid])
            )
            {
                Check(entry is { Undoes: not null, Error: null }, $"the undo left e{uid} alone: {entry?.Error}");
            }

            // What was open of the pause's end may be known only now.
            bool isSameEnd = settledEnds[uid] == CountSettledEnds(uid);
            if (_isDue && isTold && !_isClockSet && due[uid] <= began && wasPaused[uid] && isSameEnd)
            {
                Check(_service.StatusOf(uid) == "running", $"the pause of e{uid} was due, and was not ended");
            }
        }

        await CheckEndsAsync();
        if (_undone is not null && isWhole && !wasOther && step.Weather.IsCalm && step.Key != 2)
        {
            await CheckTwiceAsync(operations, client, _undone);
        }
    }

    /// <summary>The same undo once more sends nothing.</summary>
    private async Task CheckTwiceAsync(PictifyOperations operations, PictifyClient client, int[] undone)
    {
        using var stop = new CancellationTokenSource();
        OperationRun again = operations.Begin("Undo");
        _service.Begin(_operations.Count, Weather.Calm, stop);
        _operations.Add(again.Operation.Id);
        _undone = undone;
        _ = await TryAsync(() => UndoAsync(operations, again, stop.Token));
        Check(_service.Posts == 0, "the second run of an undo sent something");
        await ReadLedgerAsync(null, 0);
    }

    private async Task ChangeAsync(PictifyClient client, OperationRun run, Step step, int uid, CancellationToken token)
    {
        Experiment? known = step.Detail == 1 ? await client.GetAsync($"e{uid}", token) : null;
        known = step.Detail == 2 ? _stale.GetValueOrDefault(uid) : known;
        bool isPause = step.Deed == Deed.Pause;
        LedgerEntry subject = run.NewEntry() with
        {
            Change = isPause ? ChangeKind.Pause : ChangeKind.Resume,
            Uid = $"e{uid}",
            BeforeText = known?.StatusText,
            AfterText = isPause ? "paused" : "running",
        };
        ExperimentChange change = await run.RunAsync(
            subject,
            stop => isPause ? client.PauseAsync($"e{uid}", known, stop) : client.ResumeAsync($"e{uid}", known, stop),
            token
        );
        if (change.Experiment is { } seen)
        {
            _stale[uid] = seen;
        }

        _ = change.EnsureDone();
    }

    private async Task UndoAsync(PictifyOperations operations, OperationRun run, CancellationToken token)
    {
        UndoSession undo = await operations.BeginUndoAsync(
            [.. _undone!.Select(op => _operations[op])],
            cancellationToken: token
        );
        PictifyException? failed = null;
        var plans = new List<UndoPlan>();
        foreach (string uid in undo.Uids)
        {
            try
            {
                if (await undo.PlanAsync(uid, token) is { } plan)
                {
                    plans.Add(plan);
                }
            }
            catch (PictifyException exception)
            {
                failed = exception;
            }
        }

        foreach (UndoPlan plan in plans)
        {
            failed = (await undo.RestoreAsync(run, plan, token)).Error ?? failed;
        }

        if (failed is not null)
        {
            throw failed;
        }
    }

    internal static async Task EndAsync(
        PictifyOperations operations,
        PictifyClient client,
        OperationRun run,
        CancellationToken token
    )
    {
        DueSession session = await operations.BeginDueAsync(token);
        foreach (DuePause pause in session.Pauses)
        {
            LedgerEntry subject = run.NewEntry() with
            {
                Change = ChangeKind.Resume,
                Uid = pause.Uid,
                AfterText = "running",
            };
            try
            {
                _ = await session.EndAsync(run, pause, subject, token);
            }
            catch (PictifyException)
            {
                // The others have their turn.
            }
        }
    }

    private async Task SettleAsync(PictifyOperations operations, Step step, CancellationToken token)
    {
        foreach (int target in Targets(step))
        {
            if (await operations.BeginSettleAsync(_operations[target], cancellationToken: token) is not { } session)
            {
                continue;
            }

            foreach (LedgerEntry entry in session.UnknownEntries)
            {
                _ = await TryAsync(() => session.SettleAsync(entry, token));
            }
        }
    }

    private static async Task<bool> TryAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception exception) when (exception is PictifyException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>A change is about to be made: whether it may be, and what it does to the model.</summary>
    private void OnChanging(Made change)
    {
        ExperimentModel model = _models[change.Uid];
        if (change.By is not null && _service.Unseen[change.Uid])
        {
            _ = _madeUnseen.Add(change.Uid);
        }

        if (change.By is { } by && (_isDue || _undone is not null) && _history.UpdatedAt != 2)
        {
            Check(
                !model.IsOtherLast || _service.Unseen[change.Uid],
                $"operation {by} ({(_isDue ? "due" : "undo")}) changed e{change.Uid}, which somebody else had changed last"
            );
            Check(
                !_isDue
                    || _madeUnseen.Contains(change.Uid)
                    || model.End <= _service.Machine.GetUtcNow()
                    || IsEndOpen(change.Uid),
                $"operation {by} ended a pause of e{change.Uid} that was not due: {model.End:u}"
            );
        }

        DateTimeOffset? end =
            change.To != "paused" || change.By is null ? null
            : _undone is null ? _until
            : model.Restored(_undone).End;
        int[]? undoes = change.By is null ? null : _undone;
        model.Add(new ExperimentModel.Change(change.By, undoes, change.From, change.To, end));
    }

    /// <summary>What an operation does to the model without a change of the service: ends, and undos of them.</summary>
    private void Complete(Step step, int number, (string? Status, DateTimeOffset? End)[] restored)
    {
        for (int uid = 0; uid < _models.Length; uid++)
        {
            ExperimentModel model = _models[uid];
            bool isMade = _service.Log.Any(change => change.By == number && change.Uid == uid);
            if (
                isMade
                || !_entries.TryGetValue((number, uid), out LedgerEntry? entry)
                || entry.Outcome is ChangeOutcome.Unknown or ChangeOutcome.Failed
            )
            {
                continue;
            }

            if (step.Deed == Deed.Pause && entry.Outcome == ChangeOutcome.Unchanged)
            {
                if (model.Top is { By: not null, After: "paused" } pause && pause.End != _until)
                {
                    model.Add(new ExperimentModel.Change(number, null, "paused", "paused", _until));
                }
            }
            else if (_undone is not null && entry.Undoes is not null)
            {
                string status = _service.StatusOf(uid);
                model.Add(new ExperimentModel.Change(number, _undone, status, status, restored[uid].End));
            }
        }
    }

    /// <summary>
    /// A pause whose answer was lost, and which found the experiment paused, says another end for that pause from its own place on,
    /// where its key had been seen to reach the experiment.
    /// </summary>
    private void CompleteSettledEnds()
    {
        foreach (((int op, int uid), LedgerEntry entry) in _entries)
        {
            bool isEnd =
                entry is
                { Kind: LedgerKind.Settled, Outcome: ChangeOutcome.Unchanged, Change: ChangeKind.Pause, Undoes: null };
            bool isSeen = _entries.Any(pair =>
                pair.Key.Uid == uid
                && pair.Key.Op < op
                && pair.Value.Key == entry.Key
                && pair.Value is { Kind: LedgerKind.Outcome, Outcome: ChangeOutcome.Changed or ChangeOutcome.Unchanged }
            );
            if (isEnd && isSeen && _settledEnds.Add((op, uid)))
            {
                _models[uid].AddEnd(_places[(op, uid)], op, entry.UntilMoment);
            }
        }
    }

    private async Task ReadLedgerAsync(Step? step, int number)
    {
        var entries = new Dictionary<(int Op, int Uid), LedgerEntry>();
        foreach (LedgerEntry line in await _ledger.FindAsync(LedgerQuery.All))
        {
            int op = _operations.IndexOf(line.OperationId!);
            if (line.Uid is null || op < 0)
            {
                continue;
            }

            (int, int) place = (op, line.Uid[1] - '0');
            if (
                line.Kind != LedgerKind.Settled
                || !entries.TryGetValue(place, out LedgerEntry? earlier)
                || earlier.Outcome == ChangeOutcome.Unknown
            )
            {
                entries[place] = line;
            }
        }

        if (step?.Key == 2)
        {
            foreach (((int Op, int Uid) place, LedgerEntry entry) in _entries)
            {
                Check(
                    place.Op == number || entries[place].Outcome == entry.Outcome,
                    $"another team's key made operation {place.Op} of e{place.Uid} {entries[place].Outcome}"
                );
            }
        }

        _entries = entries;
    }

    /// <summary>Each outcome that the ledger has is true, and each change of the service belongs to one operation.</summary>
    private void CheckEntries()
    {
        foreach (((int op, int uid), LedgerEntry entry) in _entries)
        {
            if (entry.Outcome == ChangeOutcome.Unknown || entry.Change == ChangeKind.End)
            {
                continue;
            }

            Made[] made = [.. _service.Log.Where(change => change.By == op && change.Uid == uid)];
            bool isChanged = entry.Outcome == ChangeOutcome.Changed;
            Check(
                isChanged == (made.Length > 0),
                $"the ledger says that operation {op} is {entry.Outcome} for e{uid}, and it made {made.Length} changes"
            );
            if (isChanged && made.Length > 0)
            {
                Check(
                    entry.BeforeText == made[^1].From && entry.AfterText == made[^1].To,
                    $"the ledger says {entry.BeforeText} to {entry.AfterText}, and it was {made[^1].From} to {made[^1].To}"
                );
            }
        }
    }

    /// <summary>The ends in force, as a look from ten years later sees them.</summary>
    private async Task CheckEndsAsync()
    {
        using var later = new PictifyConnection(
            new PictifyConnectionOptions
            {
                ApiKey = FakeService.Secure(StandIn.TeamKey),
                Handler = _service,
                TimeProvider = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(
                    _service.Machine.GetUtcNow().AddYears(10)
                ),
            }
        );
        DueSession session = await new PictifyOperations(later, _ledger).BeginDueAsync();
        for (int uid = 0; uid < _models.Length; uid++)
        {
            // What somebody else did, the ledger learns when the experiment is read next.
            if (IsOpen(uid) || _models[uid].WasChangedByOther)
            {
                continue;
            }

            DateTimeOffset? end = session.Pauses.FirstOrDefault(pause => pause.Uid == $"e{uid}")?.Until;
            Check(end == _models[uid].End, $"the end of e{uid} is {end:u}, and should be {_models[uid].End:u}");
        }
    }

    private int CountSettledEnds(int uid) => _settledEnds.Count(end => end.Uid == uid);

    /// <summary>Whether a pause with an end that has come was not known to be made or not, before this step found out.</summary>
    private bool IsEndOpen(int uid) =>
        _entries.Any(pair =>
            pair.Key.Uid == uid
            && pair.Value is { Outcome: ChangeOutcome.Unknown, Change: ChangeKind.Pause }
            && pair.Value.UntilMoment <= _service.Machine.GetUtcNow()
        );

    private bool IsOpen(int uid) =>
        _entries.Any(pair => pair.Key.Uid == uid && pair.Value.Outcome == ChangeOutcome.Unknown);

    /// <summary>The ledger, and what was really done.</summary>
    private async Task<IEnumerable<string>> TellAsync() =>
        (await _ledger.FindAsync(LedgerQuery.All))
            .Select(line =>
                $"{line.Moment:HH:mm:ss.fff} {_operations.IndexOf(line.OperationId!)} {line.Kind} {line.Change} {line.Uid} {line.BeforeText} > "
                + $"{line.AfterText} {line.Outcome} {line.Error} at {line.UpdatedAtMoment:HH:mm:ss.fff} until {line.UntilMoment:HH:mm} key {line.Key} "
                + $"skew {line.SkewMilliseconds} undoes {line.Undoes?.Split(' ').Select(id => _operations.IndexOf(id)).Aggregate("", (a, b) => $"{a} {b}")}"
            )
            .Concat(_service.Log.Select(static made => made.ToString()));

    private void Check(bool holds, string violation)
    {
        if (!holds)
        {
            _violation ??= violation;
        }
    }

    private PictifyConnection Connect(int key)
    {
        if (!_connections.TryGetValue(key, out PictifyConnection? connection))
        {
            connection = new PictifyConnection(
                new PictifyConnectionOptions
                {
                    ApiKey = FakeService.Secure(_keys[key]),
                    Handler = _service,
                    TimeProvider = _service.Machine,
                    RetryInterval = TimeSpan.Zero,
                }
            );
            _connections.Add(key, connection);
        }

        return connection;
    }

    private int[] Targets(Step step) =>
        [
            .. Enumerable
                .Range(0, _operations.Count)
                .Where(op => (step.Targets >> (_operations.Count - 1 - op) & 1) == 1 && _operations.Count - op <= 6),
        ];

    private static IEnumerable<int> UidsOf(Step step) =>
        Enumerable.Range(0, 2).Where(uid => (step.Uids >> uid & 1) == 1);

    /// <summary>The ledger of a process that may end: what it would write afterwards is not written.</summary>
    private sealed class MortalLedger(ILedger ledger, Func<bool> isDead) : ILedger
    {
        public LedgerLocation Location => ledger.Location;

        public Task AppendAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken = default) =>
            isDead() ? Task.CompletedTask : ledger.AppendAsync(entries, cancellationToken);

        public Task ProbeAsync(CancellationToken cancellationToken = default) => ledger.ProbeAsync(cancellationToken);

        public Task<long> ReadAsync(
            LedgerQuery query,
            Action<LedgerEntry> onLine,
            CancellationToken cancellationToken = default
        ) => ledger.ReadAsync(query, onLine, cancellationToken);

        public Task<LedgerReport> VerifyAsync(string? contains = null, CancellationToken cancellationToken = default) =>
            ledger.VerifyAsync(contains, cancellationToken);
    }
}
