using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Pictify.Tests;

/// <summary>What the server does with one request.</summary>
internal enum Act
{
    Answer,

    /// <summary>Closes the connection, and has done nothing.</summary>
    CloseBefore,

    /// <summary>Does what was asked, and closes the connection.</summary>
    CloseAfter,

    /// <summary>The same two, with a reset.</summary>
    ResetBefore,
    ResetAfter,

    /// <summary>Says nothing until the client gives up.</summary>
    StallBefore,
    StallAfter,

    /// <summary>Answers with the given status, and has done nothing.</summary>
    RefuseBefore,

    /// <summary>Does what was asked, and answers with the given status.</summary>
    RefuseAfter,

    /// <summary>Does what was asked, and sends only the answer's first bytes.</summary>
    CutAfter,
}

/// <param name="Act">What the server does.</param>
/// <param name="Status">The status of a refusal.</param>
/// <param name="Body">The body of a refusal.</param>
/// <param name="Bytes">Of an answer that is cut: how many bytes are sent; below zero, how many are not.</param>
internal sealed record Turn(Act Act, int Status = 0, string Body = "{}", int Bytes = 0)
{
    public static Turn Plain { get; } = new(Act.Answer);

    public static Turn Before(int status, string body = "{}") => new(Act.RefuseBefore, status, body);

    public static Turn After(int status, string body = "{}") => new(Act.RefuseAfter, status, body);
}

/// <summary>An experiment of the server.</summary>
internal sealed class Served
{
    public string Uid { get; init; } = "";
    public string Team { get; init; } = "";
    public string Status { get; set; } = "running";
    public string Name { get; set; } = "Hero";
    public string Slug { get; init; } = "hero";
    public DateTimeOffset? CreatedAt { get; init; }
    public DateTimeOffset? UpdatedAt { get; set; }
    public bool IsRemoved { get; set; }
    public string[] Variants { get; set; } = [];
    public string? Winner { get; set; }
}

/// <summary>A request as it arrived.</summary>
internal sealed record Arrival(
    string Method,
    string Path,
    string Key,
    int Connection,
    string IdempotencyKey,
    string Body
);

/// <summary>
/// An HTTP/1.1 server on raw sockets that keeps connections open. It knows the facts of the API and nothing of the library, has an
/// account for each key and a clock of its own, and counts exactly what arrives.
/// </summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, string> _teams = new();
    private readonly ConcurrentDictionary<string, Served> _experiments = new();
    private readonly ConcurrentQueue<Turn> _changes = new();
    private readonly ConcurrentQueue<Turn> _reads = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly CancellationTokenSource _closing = new();
    private int _connections;
    private int _open;
    private int _carriedOut;

    public ScriptedServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>Connections that neither side has closed.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>The server's clock.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Everything that arrived, in order.</summary>
    public ConcurrentQueue<Arrival> Arrivals { get; } = new();

    /// <summary>Called with the number of requests that have arrived, once one has and before it is worked on.</summary>
    public Action<Arrival> Arrived { get; set; } = static _ => { };

    /// <summary>Called once the server has begun to say nothing.</summary>
    public Action Stalled { get; set; } = static () => { };

    /// <summary>Requests that changed something, or counted.</summary>
    public int CarriedOut => Volatile.Read(ref _carriedOut);

    public Served? Find(string slug) => _experiments.Values.FirstOrDefault(experiment => experiment.Slug == slug);

    public int Count(string method) => Arrivals.Count(arrival => arrival.Method == method);

    public void Account(string key, string team) => _teams[key] = team;

    public Served Add(string uid, string team, string status = "running")
    {
        var experiment = new Served
        {
            Uid = uid,
            Team = team,
            Status = status,
            UpdatedAt = Now.AddDays(-1),
        };
        _experiments[uid] = experiment;
        return experiment;
    }

    /// <summary>What becomes of the next requests that change something; then they are answered plainly.</summary>
    public void OnChanges(params Turn[] turns) => Array.ForEach(turns, _changes.Enqueue);

    /// <summary>What becomes of the next reads; then they are answered plainly.</summary>
    public void OnReads(params Turn[] turns) => Array.ForEach(turns, _reads.Enqueue);

    public void Dispose()
    {
        _closing.Cancel();
        _listener.Dispose();
        foreach (TcpClient client in _clients)
        {
            client.Dispose();
        }

        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_closing.Token);
                _clients.Add(client);
                _ = ServeAsync(client, Interlocked.Increment(ref _connections));
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client, int connection)
    {
        Interlocked.Increment(ref _open);
        try
        {
            using (client)
            {
                client.NoDelay = true;
                NetworkStream stream = client.GetStream();
                while (await ReadAsync(stream, connection) is { } arrival)
                {
                    Arrivals.Enqueue(arrival);
                    Arrived(arrival);
                    bool isRead = arrival.Method == "GET";
                    Turn turn = (isRead ? _reads : _changes).TryDequeue(out Turn? next) ? next : Turn.Plain;
                    if (!await TakeAsync(client, stream, arrival, turn))
                    {
                        return;
                    }
                }
            }
        }
        catch (Exception exception)
            when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The client went away.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>True where the connection stays open.</summary>
    private async Task<bool> TakeAsync(TcpClient client, NetworkStream stream, Arrival arrival, Turn turn)
    {
        bool isAfter =
            turn.Act
            is Act.Answer
                or Act.CloseAfter
                or Act.ResetAfter
                or Act.StallAfter
                or Act.RefuseAfter
                or Act.CutAfter;
        (int status, string body) = isAfter ? Carry(arrival) : (0, "");
        switch (turn.Act)
        {
            case Act.ResetBefore or Act.ResetAfter:
                client.LingerState = new LingerOption(true, 0);
                return false;
            case Act.CloseBefore or Act.CloseAfter:
                return false;
            case Act.StallBefore or Act.StallAfter:
                // Until the client closes its side.
                Stalled();
                _ = await stream.ReadAsync(new byte[1], _closing.Token);
                return false;
            case Act.RefuseBefore or Act.RefuseAfter:
                await stream.WriteAsync(Message(turn.Status, turn.Body), _closing.Token);
                return true;
            case Act.CutAfter:
                byte[] whole = Message(status, body);
                int sent = turn.Bytes < 0 ? whole.Length + turn.Bytes : Math.Min(turn.Bytes, whole.Length);
                await stream.WriteAsync(whole.AsMemory(0, sent), _closing.Token);
                return false;
            default:
                await stream.WriteAsync(Message(status, body), _closing.Token);
                return true;
        }
    }

    private (int Status, string Body) Carry(Arrival arrival)
    {
        if (!_teams.TryGetValue(arrival.Key, out string? team))
        {
            return (401, """{"message":"Invalid Request"}""");
        }

        string[] path = arrival.Path.Split('?')[0].Trim('/').Split('/');
        switch (arrival.Method, path[0], path.Length)
        {
            case ("POST", "s", _):
                return Done("""{"received":1}""");
            case ("POST", _, 2):
                return Create(arrival.Body, team);
            case ("GET", _, 2):
                string[] seen = [.. _experiments.Values.Where(e => e.Team == team && !e.IsRemoved).Select(Fields)];
                return (
                    200,
                    $$"""{"experiments":[{{string.Join(",", seen)}}],"total":{{seen.Length}},"page":1,"limit":100}"""
                );
        }

        if (!_experiments.TryGetValue(path[2], out Served? found) || found.Team != team || found.IsRemoved)
        {
            return (404, """{"message":"Experiment not found"}""");
        }

        switch (arrival.Method, path.ElementAtOrDefault(3))
        {
            case ("GET", null):
                return (200, Json(found));
            case ("DELETE", null):
                found.IsRemoved = found.Status != "running";
                return found.IsRemoved ? Done("""{"deleted":true}""") : (409, """{"message":"It is running."}""");
            case ("POST", "pause") when found.Status == "running":
                return Become(found, "paused");
            case ("POST", "start") when found.Status is "paused" or "draft":
                return Become(found, "running");
            case ("POST", "complete") when found.Status is "paused" or "running":
                found.Winner = Text(arrival.Body, "winnerVariantId");
                return Become(found, "completed");
            case ("POST", "refresh"):
                return Done("""{"refreshed":true}""");
            case ("PUT", null):
                found.Name = Text(arrival.Body, "name") ?? found.Name;
                return Become(found, found.Status);
            default:
                return (409, """{"message":"Not allowed from there."}""");
        }
    }

    private (int Status, string Body) Create(string body, string team)
    {
        string slug = Text(body, "slug")!;
        if (Find(slug) is not null)
        {
            return (409, """{"message":"The slug is taken."}""");
        }

        var created = new Served
        {
            Uid = $"new_{slug}",
            Team = team,
            Status = "draft",
            Slug = slug,
            Name = Text(body, "name")!,
            CreatedAt = Now,
            UpdatedAt = Now,
        };
        _experiments[created.Uid] = created;
        return Done(Json(created));
    }

    private (int Status, string Body) Become(Served experiment, string status)
    {
        experiment.Status = status;
        experiment.UpdatedAt = experiment.UpdatedAt is null ? null : Now;
        return Done(Json(experiment));
    }

    private (int Status, string Body) Done(string body)
    {
        Interlocked.Increment(ref _carriedOut);
        return (200, body);
    }

    private static string? Text(string body, string field)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        return document.RootElement.TryGetProperty(field, out JsonElement value) ? value.GetString() : null;
    }

    private static string Json(Served experiment) => $$"""{"experiment":{{Fields(experiment)}}}""";

    private static string Fields(Served experiment)
    {
        string updated = experiment.UpdatedAt is { } at ? $",\"updatedAt\":\"{at.UtcDateTime:O}\"" : "";
        string created = experiment.CreatedAt is { } then ? $",\"createdAt\":\"{then.UtcDateTime:O}\"" : "";
        string winner = experiment.Winner is { } id ? $",\"winnerVariantId\":\"{id}\"" : "";
        string variants = string.Join(",", experiment.Variants.Select(v => $$"""{"id":"{{v}}","weight":5000}"""));
        string all = variants.Length == 0 ? "" : $",\"variants\":[{variants}]";
        return $$"""{"uid":"{{experiment.Uid}}","type":"ab_test","name":"{{experiment.Name}}","slug":"{{experiment.Slug}}","status":"{{experiment.Status}}"{{updated}}{{created}}{{winner}}{{all}}}""";
    }

    private byte[] Message(int status, string body)
    {
        string type = body.StartsWith('<') ? "text/html" : "application/json";
        return Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {status} Status\r\nDate: {Now.UtcDateTime.ToString("R", CultureInfo.InvariantCulture)}\r\n"
                + $"Content-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"
        );
    }

    /// <summary>The next request of a connection; null where the client has closed it.</summary>
    private async Task<Arrival?> ReadAsync(NetworkStream stream, int connection)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _closing.Token) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n");
        string Header(string name) =>
            lines.FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)) is { } line
                ? line[(name.Length + 1)..].Trim()
                : "";
        int length = int.TryParse(Header("Content-Length"), out int given) ? given : 0;
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, _closing.Token);
        string[] request = lines[0].Split(' ');
        return new Arrival(
            request[0],
            request[1],
            Header("Authorization").Replace("Bearer ", ""),
            connection,
            Header("Idempotency-Key"),
            Encoding.UTF8.GetString(body)
        );
    }
}
