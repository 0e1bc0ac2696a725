using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>What one run of a command leaves in the ledger, line by line.</summary>
public sealed class OperationRunTests : IDisposable
{
    private readonly FakeService _service = new(
        static (request, _) =>
            FakeService.Answer(
                200,
                FakeService.Experiment(
                    "e",
                    request.Method == System.Net.Http.HttpMethod.Get ? "running" : "paused",
                    new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero)
                )
            )
    );

    private readonly PictifyConnection _connection;
    private readonly WatchedLedger _ledger = new();

    public OperationRunTests() => _connection = _service.Connect();

    public void Dispose()
    {
        _connection.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task A_run_is_named_by_who_runs_it_where_and_why()
    {
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin(
            "Suspend-PictifyExperiment",
            "launch",
            "OPS-1",
            _service.Time.GetUtcNow().AddHours(1)
        );

        await run.NotStartedAsync(run.NewEntry(), "Any");

        LedgerEntry line = Assert.Single(_ledger.Lines);
        Assert.Equal(
            ("Suspend-PictifyExperiment", "launch", "OPS-1", _service.Time.GetUtcNow().AddHours(1)),
            (line.Command, line.Reason, line.Ticket, line.UntilMoment!.Value)
        );
        Assert.Equal((run.Operation.Id, 1), (line.OperationId, line.Number));
        Assert.Equal(("https://api.pictify.io/", _connection.KeyFingerprint), (line.BaseUrl, line.Key));
        Assert.EndsWith(Environment.UserName, line.User, StringComparison.Ordinal);
        Assert.Equal((Environment.MachineName, Environment.ProcessId), (line.Host, line.ProcessId));
        Assert.False(string.IsNullOrEmpty(line.Process));
        Assert.Equal((LedgerKind.Outcome, ChangeOutcome.Failed, "Any"), (line.Kind, line.Outcome, line.Error));
    }

    /// <summary>A machine that is in no domain is its own domain.</summary>
    [Fact]
    public void A_user_has_the_domain_of_their_account_where_that_is_not_the_machine_itself()
    {
        string domain = Environment.UserDomainName;

        Assert.Equal(
            domain.Length == 0 || domain == Environment.MachineName
                ? Environment.UserName
                : $"{domain}\\{Environment.UserName}",
            ThisMachine.Entry.User
        );
    }

    [Fact]
    public void A_sandboxs_entries_are_told_apart_by_the_sandbox_and_the_services_by_the_key()
    {
        using var sandbox = new PictifyConnection(new PictifyConnectionOptions { Sandbox = new PictifySandbox() });

        Assert.Equal(sandbox.Sandbox!.Id, OperationRun.KeyOf(sandbox));
        Assert.Equal(_connection.KeyFingerprint, OperationRun.KeyOf(_connection));
        Assert.NotNull(OperationRun.KeyOf(_connection));
    }

    [Fact]
    public void What_the_service_showed_of_an_experiment_comes_before_what_was_known()
    {
        LedgerEntry subject = Subject() with { Name = "Known", Slug = "known", Detail = "why", BeforeText = "draft" };
        ExperimentChange change = ExperimentChange.Made(Seen(), ExperimentStatus.Running) with { Detail = "more" };

        LedgerEntry line = OperationRun.Outcome(subject, change);

        Assert.Equal(("exp_9", "seen", "Seen"), (line.Uid, line.Slug, line.Name));
        Assert.Equal(("running", "rendering", "more"), (line.BeforeText, line.AfterText, line.Detail));
        Assert.Equal((Seen().UpdatedAtMoment, ChangeOutcome.Changed), (line.UpdatedAtMoment, line.Outcome));
        Assert.Null(line.Error);
    }

    [Fact]
    public void What_was_known_stays_where_the_service_showed_nothing()
    {
        LedgerEntry subject = Subject() with { Name = "Known", Slug = "known", Detail = "why", BeforeText = "draft" };

        foreach (
            ExperimentChange change in new[]
            {
                ExperimentChange.Made(null, null),
                ExperimentChange.Made(new Experiment { Uid = "e" }, ExperimentStatus.Unknown),
            }
        )
        {
            LedgerEntry line = OperationRun.Outcome(subject, change);
            Assert.Equal(("e", "known", "Known"), (line.Uid, line.Slug, line.Name));
            Assert.Equal(("draft", "paused", "why"), (line.BeforeText, line.AfterText, line.Detail));
        }
    }

    /// <summary>What was only seen is not what was done: neither its status nor its time is the change's.</summary>
    [Theory]
    [InlineData(ChangeOutcome.Changed, "rendering", true, false)]
    [InlineData(ChangeOutcome.Unchanged, "rendering", true, false)]
    [InlineData(ChangeOutcome.Failed, "paused", false, false)]
    [InlineData(ChangeOutcome.Unknown, "paused", false, true)]
    public void An_outcome_has_the_times_that_belong_to_it(
        ChangeOutcome outcome,
        string after,
        bool hasUpdated,
        bool hasWindow
    )
    {
        DateTimeOffset from = _service.Time.GetUtcNow();
        var change = new ExperimentChange
        {
            Outcome = outcome,
            Experiment = Seen(),
            SentFrom = from,
            SentTo = from.AddSeconds(3),
            Error = new PictifyException(PictifyErrorKind.Timeout, "late"),
        };

        LedgerEntry line = OperationRun.Outcome(Subject(), change);

        Assert.Equal((outcome, after), (line.Outcome, line.AfterText));
        Assert.Equal(hasUpdated ? Seen().UpdatedAtMoment : null, line.UpdatedAtMoment);
        Assert.Equal(hasWindow ? from : null, line.SentFromMoment);
        Assert.Equal(hasWindow ? from.AddSeconds(3) : null, line.SentToMoment);
        Assert.Equal("TimedOut", line.Error);
    }

    [Fact]
    public async Task A_change_marks_its_experiment_with_its_operation_and_end()
    {
        DateTimeOffset until = _service.Time.GetUtcNow().AddHours(1);
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin("Suspend", until: until);

        ExperimentChange change = await PauseAsync(run);

        Assert.Equal(run.Operation.Id, change.Experiment!.OperationId);
        Assert.Equal(until.LocalDateTime, change.Experiment.PausedUntil);
    }

    /// <summary>Only the checks before a request are known to have sent nothing.</summary>
    [Theory]
    [InlineData("refused", ChangeOutcome.Failed, "StateConflict")]
    [InlineData("open", ChangeOutcome.Unknown, "OutcomeUnknown")]
    [InlineData("canceled", ChangeOutcome.Failed, "Stopped")]
    [InlineData("other", ChangeOutcome.Unknown, "UnexpectedError")]
    public async Task What_is_thrown_is_recorded_and_thrown_on(string thrown, ChangeOutcome outcome, string error)
    {
        Exception exception = thrown switch
        {
            "refused" => new PictifyException(PictifyErrorKind.Conflict, "no"),
            "open" => new PictifyException(PictifyErrorKind.Timeout, "late") { OutcomeUnknown = true },
            "canceled" => new OperationCanceledException(),
            _ => new InvalidDataException(),
        };
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin("Suspend");

        Assert.Same(exception, await Record.ExceptionAsync(() => run.RunAsync(Entry(run), _ => throw exception)));

        Assert.Equal([LedgerKind.Intent, LedgerKind.Outcome], _ledger.Lines.Select(static line => line.Kind));
        Assert.Equal((outcome, error), (_ledger.Lines[1].Outcome, _ledger.Lines[1].Error));
    }

    [Fact]
    public async Task A_run_that_is_canceled_before_it_begins_leaves_no_line_and_sends_nothing()
    {
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin("Suspend");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            run.RunAsync(
                Entry(run),
                _ => throw new InvalidOperationException("It was run."),
                new CancellationToken(canceled: true)
            )
        );

        Assert.Empty(_ledger.Lines);
    }

    [Fact]
    public async Task What_is_missing_is_named()
    {
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin("Suspend");

        Assert.Equal(
            "subject",
            (await Assert.ThrowsAsync<ArgumentNullException>(() => run.RunAsync(null!, null!))).ParamName
        );
        Assert.Equal(
            "change",
            (await Assert.ThrowsAsync<ArgumentNullException>(() => run.RunAsync(Entry(run), null!))).ParamName
        );
    }

    [Fact]
    public async Task A_change_that_can_be_done_without_a_record_is_done_and_the_loss_is_told_once()
    {
        var told = new List<LedgerException>();
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin("Suspend", onFailure: told.Add);
        _ledger.Failures = 3;

        Assert.True((await PauseAsync(run)).Changed);
        Assert.Equal(1, run.Unrecorded);
        Assert.Empty(_ledger.Lines);
        Assert.True((await PauseAsync(run)).Changed);

        // The intent failed; the outcome that was written says what happened.
        Assert.Equal((2, 1), (run.Unrecorded, told.Count));
        Assert.Equal(LedgerKind.Outcome, Assert.Single(_ledger.Lines).Kind);
    }

    [Fact]
    public async Task An_outcome_that_is_lost_alone_is_told_too()
    {
        var told = new List<LedgerException>();
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin("Suspend", onFailure: told.Add);

        _ = await run.RunAsync(
            Entry(run),
            _ =>
            {
                _ledger.Failures = 1;
                return Task.FromResult(ExperimentChange.Made(Seen(), null));
            }
        );

        Assert.Equal((1, 1), (run.Unrecorded, told.Count));
        Assert.Equal(LedgerKind.Intent, Assert.Single(_ledger.Lines).Kind);
    }

    [Fact]
    public async Task A_note_that_is_lost_is_told()
    {
        var told = new List<LedgerException>();
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin("Resume", onFailure: told.Add);
        _ledger.Failures = 1;

        await run.NoteAsync(Entry(run));
        await run.NoteAsync(Entry(run));

        Assert.Equal((1, 1), (run.Unrecorded, told.Count));
        Assert.Single(_ledger.Lines);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_change_that_needs_its_record_is_not_made_without(bool isRequired, bool hasEnd)
    {
        using PictifyConnection connection = _service.Connect(options => options with { RequireLedger = isRequired });
        OperationRun run = new PictifyOperations(connection, _ledger).Begin(
            "Suspend",
            until: hasEnd ? _service.Time.GetUtcNow().AddHours(1) : null
        );
        _ledger.Failures = 1;

        await Assert.ThrowsAsync<LedgerException>(() => PauseAsync(run));

        Assert.Empty(_service.Requests);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task A_probe_fails_only_where_the_ledger_is_required(bool isRequired, bool fails)
    {
        using PictifyConnection connection = _service.Connect(options => options with { RequireLedger = isRequired });
        _ledger.Failures = 1;
        OperationRun run = new PictifyOperations(connection, _ledger).Begin("Suspend");

        Exception? exception = await Record.ExceptionAsync(() => run.ProbeAsync());

        Assert.Equal(fails, exception is LedgerException);
        Assert.Null(await Record.ExceptionAsync(() => new OperationRun(connection, null, new(), null).ProbeAsync()));
    }

    [Fact]
    public async Task A_run_without_a_ledger_runs()
    {
        var run = new OperationRun(_connection, null, new LedgerEntry { Command = "Suspend" }, null);

        Assert.True((await PauseAsync(run)).Changed);
        await run.StoppedAsync(5);
        Assert.Equal(0, run.Unrecorded);
    }

    [Fact]
    public async Task A_run_that_ended_early_says_for_how_many_nothing_was_tried()
    {
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin("Suspend");
        await run.StoppedAsync(5);
        Assert.Empty(_ledger.Lines);

        await PauseAsync(run);
        await run.StoppedAsync(1234);
        await run.StoppedAsync();

        Assert.Equal(["1234 not attempted", null], _ledger.Lines.Skip(2).Select(static line => line.Detail));
        Assert.All(_ledger.Lines.Skip(2), static line => Assert.Equal(LedgerKind.Stopped, line.Kind));
    }

    [Fact]
    public async Task Texts_that_no_entry_takes_are_cut_and_the_change_is_made()
    {
        string text = new('x', LedgerEntry.MaximumText + 1);
        string cut = SafeText.Cut(text, SafeText.LongestMessage);
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin("Suspend");
        LedgerEntry subject = Entry(run) with
        {
            Name = text,
            Slug = text,
            BeforeText = text,
            AfterText = text,
            Detail = text,
        };

        _ = await run.RunAsync(subject, static _ => Task.FromResult(ExperimentChange.Made(null, null)));

        Assert.All(
            _ledger.Lines,
            line =>
                Assert.Equal(
                    (cut, cut, cut, cut, cut),
                    (line.Name, line.Slug, line.BeforeText, line.AfterText, line.Detail)
                )
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_change_that_was_seen_and_that_another_operation_may_have_made_is_open(bool hasNewerLine)
    {
        if (hasNewerLine)
        {
            await _ledger.AppendAsync(new LedgerEntry { Version = 2, Moment = _service.Time.GetUtcNow() });
        }

        DateTimeOffset made = _service.Time.GetUtcNow();
        var room = new PictifyOperations(_connection, _ledger);
        OperationRun run = room.Begin("Suspend");
        LedgerEntry other = room.Begin("Other").NewEntry() with
        {
            Change = ChangeKind.Pause,
            Uid = "e",
            AfterText = "paused",
        };

        ExperimentChange change = await run.RunAsync(
            Entry(run),
            async token =>
            {
                await _ledger.AppendAsync(
                    other with
                    {
                        Kind = LedgerKind.Outcome,
                        Outcome = ChangeOutcome.Unknown,
                        Moment = made,
                        SentFromMoment = made,
                        SentToMoment = made,
                        SkewMilliseconds = 0,
                    },
                    token
                );
                var seen = new Experiment
                {
                    Uid = "e",
                    Name = "Hero",
                    StatusText = "paused",
                    UpdatedAtMoment = made,
                };
                return ExperimentChange.Made(seen, null) with { IsInferred = true };
            }
        );

        Assert.Equal(ChangeOutcome.Unknown, change.Outcome);
        Assert.Equal(
            (
                "No answer showed whether the change was made. Hero (e) is now 'paused', but another operation made that change, or may have made it.",
                true
            ),
            (change.Error!.Message, change.Error.OutcomeUnknown)
        );
        Assert.Equal(
            (PictifyErrorKind.InvalidResponse, "OutcomeUnknown"),
            (change.Error.Kind, _ledger.Lines[^1].Error)
        );
    }

    /// <summary>What other operations did cannot be read: then what was seen is taken for this one's.</summary>
    [Fact]
    public async Task A_change_that_was_seen_is_this_ones_where_the_ledger_cannot_be_read()
    {
        OperationRun run = new PictifyOperations(_connection, _ledger).Begin("Suspend");
        _ledger.IsUnreadable = true;

        ExperimentChange change = await run.RunAsync(
            Entry(run),
            _ => Task.FromResult(ExperimentChange.Made(Seen(), null) with { IsInferred = true })
        );

        Assert.True(change.Changed);
    }

    private LedgerEntry Subject() =>
        new OperationRun(_connection, null, new LedgerEntry(), null).NewEntry() with
        {
            Change = ChangeKind.Pause,
            Uid = "e",
            AfterText = "paused",
        };

    private static LedgerEntry Entry(OperationRun run) =>
        run.NewEntry() with
        {
            Change = ChangeKind.Pause,
            Uid = "e",
            AfterText = "paused",
        };

    private Task<ExperimentChange> PauseAsync(OperationRun run) =>
        run.RunAsync(Entry(run), token => new PictifyClient(_connection).PauseAsync("e", null, token));

    private static Experiment Seen() =>
        new()
        {
            Uid = "exp_9",
            Name = "Seen",
            Slug = "seen",
            StatusText = "rendering",
            UpdatedAtMoment = new DateTimeOffset(2026, 11, 23, 12, 0, 5, TimeSpan.Zero),
        };
}
