using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>Changes that are open, one operation's, as Update-PictifyOperation settles them.</summary>
public sealed class SettleSessionTests : IDisposable
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeService _service;
    private readonly PictifyConnection _connection;
    private readonly PictifyLedger _ledger = PictifyLedger.InMemory();
    private readonly PictifyOperations _room;
    private (int Status, string Body) _answer = (200, FakeService.Experiment("exp_1", "paused", _now));

    public SettleSessionTests()
    {
        _service = new FakeService(
            (request, _) =>
                request.RequestUri!.AbsolutePath.EndsWith("/api", StringComparison.Ordinal)
                    ? FakeService.Answer(
                        200,
                        List(
                            """{"uid":"exp_9","slug":"hero","name":"Hero","status":"draft","createdAt":"2026-11-23T12:00:00.5Z"}"""
                        )
                    )
                    : FakeService.Answer(_answer.Status, _answer.Body)
        );
        _connection = _service.Connect();
        _room = new PictifyOperations(_connection, _ledger);
    }

    public void Dispose()
    {
        _connection.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task What_is_settled_is_recorded_with_the_time_of_settling()
    {
        _service.Time.Advance(TimeSpan.FromMinutes(5));

        LedgerEntry settled = await SettleAsync(Open());

        Assert.Equal((LedgerKind.Settled, ChangeOutcome.Changed), (settled.Kind, settled.Outcome));
        Assert.Equal(_now.AddMinutes(5), settled.Moment);
        LedgerEntry line = _ledger.ReadLines().Last();
        Assert.Equal((settled.OperationId, settled.Outcome), (line.OperationId, line.Outcome));
        Assert.Equal(1, (await _ledger.FindOperationAsync("op1"))!.Changed);
    }

    [Fact]
    public async Task What_is_only_looked_at_is_not_recorded()
    {
        LedgerEntry settled = await SettleAsync(Open(), record: false);

        Assert.Equal(ChangeOutcome.Changed, settled.Outcome);
        Assert.Single(_ledger.ReadLines());
    }

    [Fact]
    public async Task An_operation_that_the_ledger_has_not_cannot_be_settled()
    {
        Assert.Null(await _room.BeginSettleAsync("op7"));
        Assert.Empty(_service.Requests);
    }

    [Fact]
    public async Task Only_what_is_open_is_settled()
    {
        await _ledger.AppendAsync(Open() with { Number = 2, Outcome = ChangeOutcome.Changed });
        await _ledger.AppendAsync(Open());

        using SettleSession session = (await _room.BeginSettleAsync("op1"))!;

        Assert.Equal(1, Assert.Single(session.UnknownEntries).Number);
    }

    [Theory]
    [InlineData("elsewhere", "it was at https://elsewhere/, and this connection is to https://api.pictify.io/")]
    [InlineData("edit", "reading the experiment does not show whether such a change was made")]
    [InlineData("not dated", "it shows 'paused', and the service does not report when it was changed")]
    [InlineData("gone", "the service has no such experiment now")]
    [InlineData("not seen", "this connection's key does not see it, and another key (fingerprint other) changed it")]
    public async Task What_cannot_be_settled_says_why_and_stays_open(string why, string reason)
    {
        LedgerEntry entry = why switch
        {
            "elsewhere" => Open() with { BaseUrl = "https://elsewhere/" },
            "edit" => Open() with { Change = ChangeKind.Edit },
            "not seen" => Open() with { Key = "other" },
            _ => Open(),
        };
        _answer = why switch
        {
            "not dated" => (200, FakeService.Experiment("exp_1", "paused")),
            "gone" => (410, "{}"),
            "not seen" => (404, "{}"),
            _ => _answer,
        };

        var error = await Assert.ThrowsAsync<PictifyException>(() => SettleAsync(entry));

        Assert.Equal(PictifyErrorKind.NotSettled, error.Kind);
        Assert.Equal($"The outcome is still not known: {reason}.", error.Message);
        Assert.Equal(why is "elsewhere" or "edit", _service.Requests.IsEmpty);
        Assert.Single(_ledger.ReadLines());
    }

    [Fact]
    public async Task A_service_that_cannot_be_read_is_its_own_error()
    {
        _answer = (401, "{}");

        var error = await Assert.ThrowsAsync<PictifyException>(() => SettleAsync(Open()));

        Assert.Equal(PictifyErrorKind.Unauthorized, error.Kind);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_removal_is_settled_by_what_is_gone(int status)
    {
        _answer = (status, "{}");

        Assert.Equal(ChangeOutcome.Changed, (await SettleAsync(Open() with { Change = ChangeKind.Remove })).Outcome);
    }

    [Fact]
    public async Task A_change_that_another_operation_may_have_made_stays_open()
    {
        await _ledger.AppendAsync(Open() with { OperationId = "op2" });

        var error = await Assert.ThrowsAsync<PictifyException>(() => SettleAsync(Open()));

        Assert.Equal(
            "The outcome is still not known: it is 'paused', but another operation made that change, or may have made it.",
            error.Message
        );
    }

    [Fact]
    public async Task A_create_is_found_by_its_slug()
    {
        LedgerEntry settled = await SettleAsync(OpenCreate());

        Assert.Equal((ChangeOutcome.Changed, "exp_9"), (settled.Outcome, settled.Uid));
        Assert.Equal(
            ChangeOutcome.Failed,
            (await SettleAsync(OpenCreate() with { Number = 2, Slug = "none" })).Outcome
        );
    }

    /// <summary>One experiment was created by one operation only.</summary>
    [Theory]
    // Another operation's create: its outcome, the uid and slug that it has, when it was sent, and whether this one stays open.
    [InlineData(ChangeOutcome.Changed, "exp_9", "hero", 0, true)]
    [InlineData(ChangeOutcome.Changed, "exp_8", "hero", 0, false)]
    [InlineData(ChangeOutcome.Changed, "exp_9", "other", 0, false)]
    [InlineData(ChangeOutcome.Unknown, null, "hero", 0, true)]
    [InlineData(ChangeOutcome.Unknown, null, "other", 0, false)]
    [InlineData(ChangeOutcome.Unknown, null, "hero", 60, false)]
    [InlineData(ChangeOutcome.Unknown, null, "hero", -60, false)]
    [InlineData(ChangeOutcome.Failed, "exp_9", "hero", 0, false)]
    public async Task A_create_that_another_operation_may_have_made_stays_open(
        ChangeOutcome outcome,
        string? uid,
        string slug,
        int seconds,
        bool isOpen
    )
    {
        await _ledger.AppendAsync(
            OpenCreate() with
            {
                OperationId = "op2",
                Outcome = outcome,
                Uid = uid,
                Slug = slug,
                Moment = _now.AddSeconds(seconds),
            }
        );

        Exception? error = await Record.ExceptionAsync(() => SettleAsync(OpenCreate()));

        Assert.Equal(
            isOpen ? "The outcome is still not known: another operation created it, or may have." : null,
            error?.Message
        );
    }

    /// <summary>A pause with the same slug created nothing.</summary>
    [Fact]
    public async Task Only_a_create_claims_what_was_created()
    {
        await _ledger.AppendAsync(
            OpenCreate() with
            {
                OperationId = "op2",
                Change = ChangeKind.Pause,
                Outcome = ChangeOutcome.Changed,
                Uid = "exp_9",
            }
        );

        Assert.Equal(ChangeOutcome.Changed, (await SettleAsync(OpenCreate())).Outcome);
    }

    /// <summary>However many changes are open: the operation is read, then the histories or the creations, and at the end what was added.</summary>
    [Theory]
    [InlineData(0, false, 1)]
    [InlineData(1, false, 2)]
    [InlineData(50, false, 2)]
    [InlineData(1, true, 2)]
    [InlineData(50, true, 2)]
    public async Task The_ledger_is_read_from_its_start_twice_at_most(int count, bool create, int fromStart)
    {
        await _ledger.AppendAsync(Open() with { OperationId = "op0", Uid = "exp_0", Outcome = ChangeOutcome.Changed });
        await _ledger.AppendAsync(Open() with { Number = 1_000, Outcome = ChangeOutcome.Failed });
        for (int number = 1; number <= count; number++)
        {
            await _ledger.AppendAsync(
                (create ? OpenCreate() with { Slug = $"none{number}" } : Open()) with
                {
                    Number = number,
                    Uid = create ? null : $"e{number}",
                }
            );
        }

        var ledger = new WatchedLedger(_ledger);
        using SettleSession session = (await new PictifyOperations(_connection, ledger).BeginSettleAsync("op1"))!;
        foreach (LedgerEntry open in session.UnknownEntries)
        {
            _answer = (200, FakeService.Experiment(open.Uid ?? "", "paused", _now));
            _ = await session.SettleAsync(open);
        }

        int before = ledger.LinesRead;
        PictifyOperation operation = await session.ReadOperationAsync();

        Assert.Equal((fromStart, fromStart + 1), (ledger.ReadFromStart, ledger.Readings));
        Assert.Equal(count, ledger.LinesRead - before);
        Assert.Equal(
            (create ? 0 : count, create ? count + 1 : 1, 0),
            (operation.Changed, operation.Failed, operation.Unknown)
        );
    }

    /// <summary>Another process may settle, or go on with, the same operation at the same time.</summary>
    [Fact]
    public async Task The_operation_at_the_end_shows_also_what_others_added_meanwhile()
    {
        await _ledger.AppendAsync(Open());
        await _ledger.AppendAsync(Open() with { Number = 2, Uid = "exp_2" });
        using SettleSession session = (await _room.BeginSettleAsync("op1"))!;
        _ = await session.SettleAsync(session.UnknownEntries[0]);
        await _ledger.AppendAsync(
            Open() with
            {
                Kind = LedgerKind.Settled,
                Number = 2,
                Uid = "exp_2",
                Outcome = ChangeOutcome.Failed,
            }
        );
        await _ledger.AppendAsync(Open() with { Number = 3, Uid = "exp_3", Outcome = ChangeOutcome.Unchanged });
        await _ledger.AppendAsync(Open() with { OperationId = "op2" });

        PictifyOperation operation = await session.ReadOperationAsync();
        PictifyOperation again = await session.ReadOperationAsync();

        Assert.Equal((1, 1, 1, 0), (operation.Changed, operation.Unchanged, operation.Failed, operation.Unknown));
        Assert.Equal(3, again.Total);
        Assert.Equal(3, operation.Entries.Count);
    }

    private async Task<LedgerEntry> SettleAsync(LedgerEntry entry, bool record = true)
    {
        await _ledger.AppendAsync(entry);
        using SettleSession session = (await _room.BeginSettleAsync(entry.OperationId!, record))!;
        return await session.SettleAsync(session.UnknownEntries.Single(open => open.Number == entry.Number));
    }

    private LedgerEntry Open() =>
        LedgerTests.Entry("op1", 1) with
        {
            Kind = LedgerKind.Outcome,
            Change = ChangeKind.Pause,
            Outcome = ChangeOutcome.Unknown,
            AfterText = "paused",
            SkewMilliseconds = 0,
            BaseUrl = _connection.BaseUri.AbsoluteUri,
            Key = _connection.KeyFingerprint,
        };

    private LedgerEntry OpenCreate() =>
        Open() with
        {
            Change = ChangeKind.Create,
            Uid = null,
            Slug = "hero",
            AfterText = "draft",
        };

    private static string List(string experiments) =>
        $$"""{"experiments":[{{experiments}}],"total":1,"page":1,"limit":100}""";
}
