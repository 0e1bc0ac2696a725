using System.Net.Http;
using Microsoft.Extensions.Time.Testing;
using Pictify.Http;

namespace Pictify.Tests;

/// <summary>
/// Every change with every fault of a connection that is kept open, once and for ever, over real sockets: what arrived is counted, and
/// what the client says is held against what the server did.
/// </summary>
public sealed class SocketMatrixTests : IDisposable
{
    private const string Key = "pk_test_first";
    private const int Retries = 2;

    private static readonly string[] _operations =
    [
        "pause",
        "resume",
        "start",
        "complete",
        "create",
        "set",
        "remove",
        "events",
        "call",
    ];

    private static readonly Dictionary<string, Turn> _faults = new()
    {
        ["closed before"] = new(Act.CloseBefore),
        ["closed after"] = new(Act.CloseAfter),
        ["reset before"] = new(Act.ResetBefore),
        ["reset after"] = new(Act.ResetAfter),
        ["stalled before"] = new(Act.StallBefore),
        ["stalled after"] = new(Act.StallAfter),
        ["cut in the first line"] = new(Act.CutAfter, Bytes: 4),
        ["cut in the head"] = new(Act.CutAfter, Bytes: 50),
        ["cut behind the head"] = new(Act.CutAfter, Bytes: 110),
        ["cut in the body"] = new(Act.CutAfter, Bytes: -12),
        ["cut at the last byte"] = new(Act.CutAfter, Bytes: -1),
        ["408 before"] = Turn.Before(408),
        ["408 after"] = Turn.After(408),
        ["500 after"] = Turn.After(500),
        ["502 after"] = Turn.After(502, "<html>Bad Gateway</html>"),
        ["503 before"] = Turn.Before(503),
        ["503 after"] = Turn.After(503, ""),
        ["504 after"] = Turn.After(504, "<html>Gateway Timeout</html>"),
        ["507 after"] = Turn.After(507),
    };

    private readonly ScriptedServer _server = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public SocketMatrixTests()
    {
        _server.Account(Key, "team");
        _server.Stalled = () =>
        {
            _server.Now += TimeSpan.FromSeconds(31);
            _time.Advance(TimeSpan.FromSeconds(31));
        };
    }

    public static TheoryData<string, string, bool> Matrix
    {
        get
        {
            var matrix = new TheoryData<string, string, bool>();
            foreach (string operation in _operations)
            {
                foreach (string fault in _faults.Keys)
                {
                    matrix.Add(operation, fault, false);
                    matrix.Add(operation, fault, true);
                }
            }

            return matrix;
        }
    }

    public void Dispose() => _server.Dispose();

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task What_the_client_says_is_what_the_server_did(string operation, string fault, bool always)
    {
        Served hero = _server.Add("e", "team", operation is "resume" or "remove" ? "paused" : "running");
        hero.Variants = ["a", "b"];
        hero.Status = operation == "start" ? "draft" : hero.Status;
        using var connection = new PictifyConnection(
            new PictifyConnectionOptions
            {
                BaseUri = _server.Address,
                ApiKey = FakeService.Secure(Key),
                MaximumRetryCount = Retries,
                RetryInterval = TimeSpan.Zero,
                NoProxy = true,
                TimeProvider = _time,
            }
        );
        var client = new PictifyClient(connection);
        Experiment known = await client.GetAsync("e");
        _server.OnChanges([.. Enumerable.Repeat(_faults[fault], always ? 20 : 1)]);

        ExperimentChange change = await ChangeAsync(client, operation, known);

        Arrival[] sent = [.. _server.Arrivals.Where(static arrival => arrival.Method != "GET")];
        Arrival[] looks = [.. _server.Arrivals.Where(static arrival => arrival.Method == "GET").Skip(1)];

        // The first went out on the connection that the read left open.
        Assert.Equal(_server.Arrivals.First().Connection, sent[0].Connection);
        bool isRepeatable = operation is not ("events" or "call");
        Assert.InRange(sent.Length, 1, isRepeatable ? Retries + 1 : 1);
        Assert.InRange(looks.Length, 0, sent.Length);
        Assert.Single(sent.Select(static arrival => (arrival.Path, arrival.IdempotencyKey, arrival.Body)).Distinct());

        // The same fields may be set twice; everything else happens once.
        Assert.InRange(_server.CarriedOut, 0, operation == "set" ? sent.Length : 1);
        bool isDone = IsDone(operation, hero);
        Assert.Equal(isDone, _server.CarriedOut > 0);
        switch (change.Outcome)
        {
            case ChangeOutcome.Changed:
                Assert.True(isDone, "it says that it changed it, and the server did nothing");
                Assert.Null(change.Error);
                break;
            case ChangeOutcome.Unknown:
                Assert.True(change.Error!.OutcomeUnknown);
                break;
            default:
                Assert.False(isDone, $"it says {change.Outcome}, and the server did it: {change.Error?.Message}");
                break;
        }

        // What goes wrong once is put right, but for what cannot be sent again; what was done is seen, where it can be.
        bool isSeen = operation is not ("set" or "events" or "call") && isDone;
        if (isSeen || (!always && isRepeatable && fault != "507 after"))
        {
            Assert.Equal((ChangeOutcome.Changed, true), (change.Outcome, isDone));
        }
    }

    [Fact]
    public void The_matrix_has_each_operation_with_each_fault() =>
        Assert.Equal(2 * _operations.Length * _faults.Count, Matrix.Count);

    private static async Task<ExperimentChange> ChangeAsync(PictifyClient client, string operation, Experiment known) =>
        operation switch
        {
            "pause" => await client.PauseAsync("e", known),
            "resume" => await client.ResumeAsync("e", known),
            "start" => await client.StartAsync("e", known),
            "complete" => await client.CompleteAsync("e", "b", known),
            "create" => await client.CreateAsync(new Experiment { Name = "New", Slug = "new" }),
            "set" => await client.UpdateAsync("e", new Dictionary<string, object?> { ["name"] = "New" }, known),
            "remove" => await client.DeleteAsync("e"),
            "events" => await CallAsync(client, RequestKind.Event, "s/events"),
            _ => await CallAsync(client, RequestKind.Other, "experiments/api/e/refresh"),
        };

    private static async Task<ExperimentChange> CallAsync(PictifyClient client, RequestKind kind, string path)
    {
        var request = new ApiRequest(kind, HttpMethod.Post, path) { Body = "{}"u8.ToArray() };
        return (await client.CallAsync(request, static _ => true, CancellationToken.None)).Change;
    }

    private bool IsDone(string operation, Served hero) =>
        operation switch
        {
            "pause" => hero.Status == "paused",
            "resume" or "start" => hero.Status == "running",
            "complete" => hero is { Status: "completed", Winner: "b" },
            "create" => _server.Find("new") is not null,
            "set" => hero.Name == "New",
            "remove" => hero.IsRemoved,
            _ => _server.CarriedOut > 0,
        };
}
