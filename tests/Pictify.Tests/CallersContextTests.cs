using System.Net.Http;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>
/// The library never goes on in its caller's synchronization context, so that a program with a window may wait for it. Wherever it
/// may have to wait for an answer or a line, it is made to wait there, once, and nothing may be posted to the context.
/// </summary>
public sealed class CallersContextTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("get", 1)]
    [InlineData("get of what is not there", 2)]
    [InlineData("get after a failure", 2)]
    [InlineData("quota", 1)]
    [InlineData("probe", 1)]
    [InlineData("list", 3)]
    [InlineData("pause", 1)]
    [InlineData("pause that is refused", 2)]
    [InlineData("pause without an answer", 2)]
    [InlineData("pause of what is not there", 2)]
    [InlineData("start", 2)]
    [InlineData("resume", 2)]
    [InlineData("complete", 2)]
    [InlineData("create", 1)]
    [InlineData("create without an answer", 3)]
    [InlineData("update", 1)]
    [InlineData("update without an experiment", 2)]
    [InlineData("update that is refused", 2)]
    [InlineData("delete", 1)]
    [InlineData("delete that is refused", 2)]
    [InlineData("events", 1)]
    [InlineData("image", 2)]
    [InlineData("call", 1)]
    public async Task Requests_do_not_come_back_to_the_callers_context(string operation, int answers)
    {
        int waits = await CountWaitsAsync(async step =>
        {
            using PictifyConnection connection = Service(operation, step).Connect();
            await IgnoreErrorsAsync(SendAsync(operation, new PictifyClient(connection))).ConfigureAwait(false);
        });

        // Each answer is waited for, and then each body.
        Assert.True(waits >= 2 * answers, $"{waits} waits");
    }

    [Theory]
    [InlineData("run", 2)]
    [InlineData("run that is found by reading", 5)]
    [InlineData("run that throws", 2)]
    [InlineData("not started", 1)]
    [InlineData("note", 1)]
    [InlineData("probe", 1)]
    [InlineData("stopped", 1)]
    [InlineData("undo", 6)]
    [InlineData("undo of what is not there", 3)]
    [InlineData("undo that is a conflict", 5)]
    [InlineData("undo that has to be planned again", 6)]
    [InlineData("due", 6)]
    [InlineData("due of what is completed", 5)]
    [InlineData("due of what was changed since", 5)]
    [InlineData("due of what is not there", 4)]
    [InlineData("due that is open", 6)]
    [InlineData("settle", 5)]
    [InlineData("settle a create", 5)]
    [InlineData("pauses", 1)]
    [InlineData("ends", 2)]
    [InlineData("entries", 1)]
    [InlineData("operation", 1)]
    [InlineData("lines", 1)]
    public async Task Operations_do_not_come_back_to_the_callers_context(string operation, int steps)
    {
        int waits = await CountWaitsAsync(async step =>
        {
            var ledger = new SteppedLedger(PictifyLedger.InMemory(), step);
            using PictifyConnection connection = Service(operation, step).Connect();
            await IgnoreErrorsAsync(OperateAsync(operation, connection, ledger, step)).ConfigureAwait(false);
        });

        Assert.True(waits >= steps, $"{waits} waits");
    }

    /// <summary>Its own work is done on threads of the pool, so that every wait is a real one.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_ledger_does_not_come_back_to_the_callers_context(bool isLocked)
    {
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        var store = new LedgerStore.InFile(Path.Combine(folder, "ledger.jsonl"));
        var ledger = new PictifyLedger(store, TimeSpan.FromDays(1));
        var context = new CountingContext();
        LedgerStore.WriteLock? writeLock = isLocked ? store.TryLock() : null;

        await context.RunAsync(
            () => ledger.AppendAsync(LedgerTests.Entry("op1", 1)),
            () =>
            {
                writeLock?.Dispose();
                return Task.CompletedTask;
            }
        );
        await context.RunAsync(() => ledger.ProbeAsync());
        await context.RunAsync(() => ledger.FindAsync(LedgerQuery.All));
        await context.RunAsync(() => ledger.ReadOperationsAsync(LedgerQuery.All));
        await context.RunAsync(() => ledger.FindOperationAsync("op1"));
        await context.RunAsync(() => ledger.EntriesOfAsync("op1"));
        await context.RunAsync(() => ledger.VerifyAsync());

        Assert.Equal(0, context.Posted);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Runs an operation until it has waited at each of its steps, each time from its beginning.</summary>
    private static async Task<int> CountWaitsAsync(Func<Step, Task> operation)
    {
        for (int waiting = 0; ; waiting++)
        {
            var step = new Step(waiting);
            var context = new CountingContext();
            await context.RunAsync(() => operation(step), step.GoOnAsync);
            Assert.True(context.Posted == 0, $"It came back to the caller's context after wait {waiting}.");
            if (!step.HasWaited)
            {
                return waiting;
            }
        }
    }

    /// <summary>Where an operation goes on is asked here, and not what it comes to.</summary>
    private static async Task IgnoreErrorsAsync(Task operation)
    {
        try
        {
            await operation.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is PictifyException or InvalidDataException) { }
    }

    private static async Task SendAsync(string operation, PictifyClient client)
    {
        switch (operation.Split(' ')[0])
        {
            case "get":
                await client.GetAsync("e").ConfigureAwait(false);
                break;
            case "quota":
                await client.GetQuotaAsync().ConfigureAwait(false);
                break;
            case "probe":
                await client.ProbeAsync(default).ConfigureAwait(false);
                break;
            case "list":
                await foreach (
                    ExperimentPage _ in client.ListAsync(new ExperimentQuery { PageSize = 2 }).ConfigureAwait(false)
                ) { }
                break;
            case "pause":
                await client.PauseAsync("e").ConfigureAwait(false);
                break;
            case "start":
                await client.StartAsync("e").ConfigureAwait(false);
                break;
            case "resume":
                await client.ResumeAsync("e").ConfigureAwait(false);
                break;
            case "complete":
                await client.CompleteAsync("e", "a").ConfigureAwait(false);
                break;
            case "create":
                await client.CreateAsync(new Experiment { Slug = "hero", Name = "Hero" }).ConfigureAwait(false);
                break;
            case "update":
                await client
                    .UpdateAsync("e", new Dictionary<string, object?> { ["name"] = "New" })
                    .ConfigureAwait(false);
                break;
            case "delete":
                await client.DeleteAsync("e").ConfigureAwait(false);
                break;
            case "events":
                await client
                    .SendEventsAsync([new Dictionary<string, object?> { ["type"] = "view" }], null, default)
                    .ConfigureAwait(false);
                break;
            case "image":
                await client.GetImageAsync("hero", "png", default).ConfigureAwait(false);
                break;
            default:
                await client
                    .CallAsync(
                        new ApiRequest(RequestKind.Other, HttpMethod.Post, "experiments/api/e/refresh"),
                        static _ => true,
                        default
                    )
                    .ConfigureAwait(false);
                break;
        }
    }

    private static async Task OperateAsync(
        string operation,
        PictifyConnection connection,
        SteppedLedger ledger,
        Step step
    )
    {
        var room = new PictifyOperations(connection, ledger);
        var client = new PictifyClient(connection);
        OperationRun run = room.Begin("Test");
        LedgerEntry subject = run.NewEntry() with { Change = ChangeKind.Pause, Uid = "e", AfterText = "paused" };
        LedgerEntry[] history = History(operation, subject);
        ledger.Add(history);
        step.Begin();
        switch (operation.Split(' ')[0])
        {
            case "run":
                await run.RunAsync(
                        subject,
                        token =>
                            operation == "run that throws"
                                ? throw new InvalidDataException()
                                : client.PauseAsync("e", null, token)
                    )
                    .ConfigureAwait(false);
                break;
            case "not":
                await run.NotStartedAsync(subject, "Any").ConfigureAwait(false);
                break;
            case "note":
                await run.NoteAsync(subject).ConfigureAwait(false);
                break;
            case "probe":
                await run.ProbeAsync().ConfigureAwait(false);
                await new CountedLedger(ledger, isRequired: true).AppendAsync(subject).ConfigureAwait(false);
                break;
            case "stopped":
                await run.NotStartedAsync(subject, "Any").ConfigureAwait(false);
                await run.StoppedAsync().ConfigureAwait(false);
                break;
            case "undo":
                UndoSession undo = await room.BeginUndoAsync([.. history.Select(static line => line.OperationId!)])
                    .ConfigureAwait(false);
                UndoPlan plan = (await undo.PlanAsync("e").ConfigureAwait(false))!;
                if (operation == "undo that has to be planned again")
                {
                    ledger.Add([history[0] with { OperationId = "later", Change = ChangeKind.Pause }]);
                }

                await undo.RestoreAsync(run, plan).ConfigureAwait(false);
                break;
            case "due":
                DueSession due = await room.BeginDueAsync().ConfigureAwait(false);
                await due.EndAsync(run, due.Pauses[0], DueSession.Subject(run, due.Pauses[0])).ConfigureAwait(false);
                break;
            case "settle":
                SettleSession settle = (await room.BeginSettleAsync(history[0].OperationId!).ConfigureAwait(false))!;
                await settle.SettleAsync(settle.UnknownEntries[0]).ConfigureAwait(false);
                break;
            case "pauses":
                await room.DescribePausesAsync([new Experiment { Uid = "e", StatusText = "paused" }])
                    .ConfigureAwait(false);
                break;
            case "ends":
                await PauseEnds.ReadAsync(connection, ledger, default).ConfigureAwait(false);
                break;
            case "entries":
                await ledger.EntriesOfAsync("op1").ConfigureAwait(false);
                break;
            case "operation":
                await ledger.FindOperationAsync("op1").ConfigureAwait(false);
                break;
            default:
                await ledger.FindAsync(LedgerQuery.All).ConfigureAwait(false);
                break;
        }
    }

    private static LedgerEntry[] History(string operation, LedgerEntry subject)
    {
        LedgerEntry paused = subject with
        {
            Kind = LedgerKind.Outcome,
            OperationId = "op1",
            Moment = _now.AddHours(-1),
            Outcome = ChangeOutcome.Changed,
            BeforeText = "running",
            UntilMoment = operation.StartsWith("undo", StringComparison.Ordinal) ? null : _now.AddMinutes(-1),
            UpdatedAtMoment = _now.AddHours(-1),
        };
        LedgerEntry open = paused with
        {
            Kind = LedgerKind.Intent,
            Outcome = ChangeOutcome.Unknown,
            UpdatedAtMoment = null,
        };
        return operation switch
        {
            "settle" => [open],
            "settle a create" =>
            [
                open with
                {
                    Change = ChangeKind.Create,
                    Uid = null,
                    Slug = "hero",
                    AfterText = "draft",
                    UntilMoment = null,
                },
            ],
            "due that is open" =>
            [
                paused,
                open with
                {
                    OperationId = "op2",
                    Change = ChangeKind.Resume,
                    AfterText = "running",
                },
            ],
            "run that is found by reading" => [],
            _ when operation.StartsWith("run", StringComparison.Ordinal) => [],
            _ => [paused],
        };
    }

    /// <summary>A service whose answers and bodies come when the step says so.</summary>
    private static FakeService Service(string operation, Step step)
    {
        string status = operation switch
        {
            "pause that is refused" or "start" or "complete" => "draft",
            "due of what is completed" or "undo that is a conflict" => "completed",
            _ => "paused",
        };
        DateTimeOffset updated = operation.Contains("changed since", StringComparison.Ordinal)
            ? _now
            : _now.AddHours(-1);
        return new FakeService(
            async (request, number, token) =>
            {
                await step.WaitAsync().ConfigureAwait(false);
                bool isRead = request.Method == HttpMethod.Get;
                string path = request.RequestUri!.AbsolutePath;
                if (
                    operation.EndsWith("not there", StringComparison.Ordinal)
                    && path.EndsWith("/e", StringComparison.Ordinal)
                )
                {
                    return Answer(404, "{}");
                }

                return operation switch
                {
                    "get after a failure" when number == 1 => Answer(503, "{}"),
                    "pause of what is not there" when !isRead => Answer(404, "{}"),
                    "pause that is refused" or "delete that is refused" when !isRead => Answer(409, "{}"),
                    "update that is refused" when !isRead => Answer(400, "{}"),
                    "update without an experiment" when !isRead => Answer(200, "{}"),
                    "pause without an answer" or "run that is found by reading" when !isRead => Answer(200, "<html>"),
                    "create without an answer" when !isRead => Answer(200, "<html>"),
                    "image" when number == 1 => Redirect(),
                    "image" => Answer(200, "x", "image/png"),
                    "quota" => Answer(200, """{"limit":5,"used":1}"""),
                    "list" or "create without an answer" or "settle a create" or "probe" => List(number),
                    _ when operation.StartsWith("due", StringComparison.Ordinal) && !isRead => Experiment(
                        "running",
                        _now
                    ),
                    _ when operation.StartsWith("undo", StringComparison.Ordinal) && !isRead => Experiment(
                        "running",
                        _now
                    ),
                    "run that is found by reading" => Experiment("paused", _now),
                    _ when path.TrimEnd('/').EndsWith("experiments/api", StringComparison.Ordinal) && isRead => List(
                        number
                    ),
                    _ => Experiment(isRead ? status : "paused", updated),
                };
            }
        );

        HttpResponseMessage Answer(int code, string body, string type = "application/json")
        {
            HttpResponseMessage answer = FakeService.Answer(code, "", type);
            answer.Content = new StreamContent(new SteppedStream(System.Text.Encoding.UTF8.GetBytes(body), step));
            answer.Content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue(type);
            return answer;
        }

        HttpResponseMessage Redirect()
        {
            HttpResponseMessage answer = Answer(302, "");
            answer.Headers.Location = new Uri("https://cdn.example/hero.png");
            return answer;
        }

        HttpResponseMessage Experiment(string shown, DateTimeOffset at) =>
            Answer(
                200,
                $$$"""{"experiment":{"uid":"e","name":"Hero","slug":"hero","status":"{{{shown}}}","updatedAt":"{{{at:O}}}","createdAt":"{{{at:O}}}","variants":[{"id":"a"}]}}"""
            );

        HttpResponseMessage List(int page) =>
            Answer(
                200,
                $$"""{"experiments":[{"uid":"x{{page}}","slug":"x{{page}}"},{"uid":"y{{page}}","slug":"y{{page}}"}],"total":6,"page":{{page}},"limit":2}"""
            );
    }

    /// <summary>One wait of an operation: the one with this number is a real one, and the others are over at once.</summary>
    private sealed class Step(int waiting)
    {
        private readonly TaskCompletionSource _waiting = new();
        private readonly TaskCompletionSource _reached = new();
        private int _count;

        public bool HasWaited => _reached.Task.IsCompleted;

        /// <summary>Counts from here on.</summary>
        public void Begin() => _count = 0;

        public Task WaitAsync()
        {
            if (_count++ != waiting || HasWaited)
            {
                return Task.CompletedTask;
            }

            _reached.SetResult();
            return _waiting.Task;
        }

        /// <summary>Ends the wait from a thread that has no context.</summary>
        public Task<bool> GoOnAsync() => Task.Run(() => _waiting.TrySetResult());
    }

    private sealed class CountingContext : SynchronizationContext
    {
        private int _posted;

        public int Posted => Volatile.Read(ref _posted);

        public override void Post(SendOrPostCallback d, object? state)
        {
            Interlocked.Increment(ref _posted);
            base.Post(d, state);
        }

        public override void Send(SendOrPostCallback d, object? state)
        {
            Interlocked.Increment(ref _posted);
            base.Send(d, state);
        }

        /// <summary>Begins an operation in this context, and waits for it outside.</summary>
        public async Task RunAsync(Func<Task> operation, Func<Task>? goOn = null)
        {
            SynchronizationContext? before = Current;
            Task running;
            SetSynchronizationContext(this);
            try
            {
                running = operation();
            }
            finally
            {
                SetSynchronizationContext(before);
            }

            await (goOn?.Invoke() ?? Task.CompletedTask).ConfigureAwait(false);
            await running.ConfigureAwait(false);
        }
    }

    private sealed class SteppedStream(byte[] bytes, Step step) : MemoryStream(bytes)
    {
        public override async Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        )
        {
            await step.WaitAsync().ConfigureAwait(false);
            return Read(buffer, offset, count);
        }
    }

    /// <summary>A ledger that is done at once, except where the step waits.</summary>
    private sealed class SteppedLedger(PictifyLedger ledger, Step step) : ILedger
    {
        public LedgerLocation Location => ledger.Location;

        public void Add(LedgerEntry[] entries) => Wait(ledger.AppendAsync(entries));

        public async Task AppendAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken = default)
        {
            await step.WaitAsync().ConfigureAwait(false);
            Wait(ledger.AppendAsync(entries, cancellationToken));
        }

        public async Task ProbeAsync(CancellationToken cancellationToken = default) =>
            await step.WaitAsync().ConfigureAwait(false);

        public async Task<long> ReadAsync(
            LedgerQuery query,
            Action<LedgerEntry> onLine,
            CancellationToken cancellationToken = default
        )
        {
            await step.WaitAsync().ConfigureAwait(false);
            return ledger.ReadAsync(query, onLine, cancellationToken).GetAwaiter().GetResult();
        }

        public Task<LedgerReport> VerifyAsync(string? contains = null, CancellationToken cancellationToken = default) =>
            ledger.VerifyAsync(contains, cancellationToken);

        private static void Wait(Task task) => task.GetAwaiter().GetResult();
    }
}
