using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Pictify.Tests;

/// <summary>What becomes of a request instead of being carried out and answered.</summary>
internal enum Trouble
{
    None,
    LostBefore,
    LostAfter,
    StallBefore,
    StallAfter,
    Error504Before,
    Error504After,
    Error503Before,
    Error408After,
    HtmlBefore,
    HtmlAfter,
    EmptyBefore,
    EmptyAfter,
    CutAfter,
    SparseAfter,
    Error400,
    Error401,
    Error403,
    Error404,
    Error409,
    Error429,
    Error501,
}

/// <summary>One change of an experiment's status, or of another field of it, with who made it: an operation, or nobody of ours.</summary>
internal sealed record Made(int Uid, int? By, string From, string To);

/// <summary>What goes wrong in one step of a history, counted by the step's requests.</summary>
internal sealed record Weather(
    int TroubleAt,
    Trouble Trouble,
    int Times,
    int? StopAt,
    int? DieAt,
    bool DieAfterSending,
    int? OtherAt,
    int OtherUid,
    string OtherAction
)
{
    public static Weather Calm { get; } = new(0, Trouble.None, 0, null, null, false, null, 0, "");

    public bool IsCalm => Trouble == Trouble.None && StopAt is null && DieAt is null && OtherAt is null;
}

/// <summary>
/// The service as the facts of its API have it, for one history of operations: no network, no real time, and it keeps who made each
/// change. It has nothing of the library, nor of its sandbox.
/// </summary>
internal sealed class StandIn : HttpMessageHandler
{
    public const string TeamKey = "pk_test_team_first";
    public const string ColleagueKey = "pk_test_team_second";
    public const string OtherTeamKey = "pk_test_other_team";

    private readonly string[] _status;
    private readonly DateTimeOffset[] _updated;
    private readonly bool _tellsUpdatedAt;
    private readonly bool _wholeSeconds;
    private Weather _weather = Weather.Calm;
    private CancellationTokenSource? _stop;
    private int _requests;

    public StandIn(string[] status, bool tellsUpdatedAt, bool wholeSeconds)
    {
        _status = [.. status];
        _tellsUpdatedAt = tellsUpdatedAt;
        _wholeSeconds = wholeSeconds;
        _updated = [.. status.Select(_ => Machine.GetUtcNow().AddDays(-1))];
        Unseen = new bool[status.Length];
    }

    public MachineClock Machine { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    /// <summary>The service's clock less the machine's.</summary>
    public TimeSpan Skew { get; set; }

    /// <summary>Each change, in order.</summary>
    public List<Made> Log { get; } = [];

    /// <summary>For each experiment, whether somebody else changed it after it was last read.</summary>
    public bool[] Unseen { get; }

    /// <summary>True once the process of this step has ended.</summary>
    public bool IsDead { get; private set; }

    /// <summary>POSTs of this step.</summary>
    public int Posts { get; private set; }

    /// <summary>Called before a change is made: experiment, from, to, whether one of our operations makes it.</summary>
    public Action<Made> Changing { get; set; } = static _ => { };

    private int? Actor { get; set; }

    public string StatusOf(int uid) => _status[uid];

    public void Begin(int actor, Weather weather, CancellationTokenSource stop)
    {
        (Actor, _weather, _stop, _requests, Posts, IsDead) = (actor, weather, stop, 0, 0, false);
        Machine.Advance(TimeSpan.FromSeconds(7));
    }

    /// <summary>Somebody who has no ledger changes an experiment.</summary>
    public void ByOther(int uid, string action)
    {
        Machine.Advance(TimeSpan.FromSeconds(3));
        Apply(uid, action, null);
        Machine.Advance(TimeSpan.FromSeconds(3));
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken token)
    {
        int number = _requests++;
        Machine.Advance(TimeSpan.FromMilliseconds(_wholeSeconds ? 1100 : 40));
        if (IsDead)
        {
            throw new IOException("The process has ended.");
        }

        if (_weather.OtherAt == number)
        {
            ByOther(_weather.OtherUid, _weather.OtherAction);
        }

        Posts += request.Method == HttpMethod.Post ? 1 : 0;
        if (_weather.StopAt == number)
        {
            _stop!.Cancel();
            token.ThrowIfCancellationRequested();
        }

        if (_weather.DieAt == number)
        {
            IsDead = true;
            if (_weather.DieAfterSending)
            {
                _ = Carry(request);
            }

            throw new IOException("The process has ended.");
        }

        bool isTroubled = number >= _weather.TroubleAt && number < _weather.TroubleAt + _weather.Times;
        return Task.FromResult(Answer(request, isTroubled ? _weather.Trouble : Trouble.None, token));
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, Trouble trouble, CancellationToken token)
    {
        (int Code, string Body)? refused = trouble switch
        {
            Trouble.Error504Before => (504, "<html>Gateway Timeout</html>"),
            Trouble.Error503Before => (503, ""),
            Trouble.HtmlBefore => (200, "<html>Be right back</html>"),
            Trouble.EmptyBefore => (200, ""),
            Trouble.Error400 => (400, """{"message":"No."}"""),
            Trouble.Error401 => (401, """{"message":"Invalid Request"}"""),
            Trouble.Error403 => (403, """{"message":"No."}"""),
            Trouble.Error404 => (404, """{"message":"No such experiment."}"""),
            Trouble.Error409 => (409, """{"message":"Not now."}"""),
            Trouble.Error501 => (501, """{"message":"Not configured."}"""),
            Trouble.Error429 => (429, """{"message":"Slow down.","retryAfter":0}"""),
            _ => null,
        };
        if (refused is { } answer)
        {
            return Response(answer.Code, answer.Body);
        }

        switch (trouble)
        {
            case Trouble.LostBefore:
                throw new IOException("The connection was closed.");
            case Trouble.StallBefore:
                Stall(token);
                break;
        }

        (int code, string body) = Carry(request);
        Machine.Advance(TimeSpan.FromMilliseconds(15));
        switch (trouble)
        {
            case Trouble.LostAfter:
                throw new IOException("The connection was closed.");
            case Trouble.StallAfter:
                Stall(token);
                break;
            case Trouble.Error504After:
                return Response(504, "<html>Gateway Timeout</html>");
            case Trouble.Error408After:
                return Response(408, "");
            case Trouble.HtmlAfter:
                return Response(200, "<html>Be right back</html>");
            case Trouble.EmptyAfter:
                return Response(200, "");
            case Trouble.CutAfter:
                return Response(code, body[..(body.Length / 2)]);
            case Trouble.SparseAfter when request.Method == HttpMethod.Post && code == 200:
                return Response(
                    200,
                    $$$"""{"experiment":{"uid":"{{{request.RequestUri!.Segments[3].TrimEnd('/')}}}"}}"""
                );
        }

        return Response(code, body);
    }

    private void Stall(CancellationToken token)
    {
        Machine.Advance(TimeSpan.FromSeconds(31));
        token.ThrowIfCancellationRequested();
        throw new IOException("The client should have given up.");
    }

    private (int Code, string Body) Carry(HttpRequestMessage request)
    {
        string[] path = request.RequestUri!.AbsolutePath.Trim('/').Split('/');
        bool isTeam = request.Headers.Authorization?.Parameter is TeamKey or ColleagueKey;
        if (path.Length == 2)
        {
            return (200, """{"experiments":[],"total":0,"page":1,"limit":1}""");
        }

        int uid = path[2][1] - '0';
        if (!isTeam)
        {
            return (404, """{"message":"No such experiment."}""");
        }

        if (request.Method == HttpMethod.Get)
        {
            Unseen[uid] = false;
            return (200, Json(uid));
        }

        return Apply(uid, path[3], Actor) ? (200, Json(uid)) : (409, """{"message":"Not allowed from there."}""");
    }

    private bool Apply(int uid, string action, int? actor)
    {
        string? to = (action, _status[uid]) switch
        {
            ("pause", "running") => "paused",
            ("start", "draft" or "paused") => "running",
            ("complete", "running" or "paused") => "completed",
            ("rename", _) => _status[uid],
            _ => null,
        };
        if (to is null)
        {
            return false;
        }

        var made = new Made(uid, actor, _status[uid], to);
        Changing(made);
        Log.Add(made);
        _status[uid] = to;
        _updated[uid] = Now;
        Unseen[uid] |= actor is null;
        return true;
    }

    private DateTimeOffset Now => Machine.GetUtcNow() + Skew;

    private string Json(int uid)
    {
        string format = _wholeSeconds ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        string updated = _updated[uid].UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
        string field = _tellsUpdatedAt ? $",\"updatedAt\":\"{updated}\"" : "";
        return $$$"""{"experiment":{"uid":"e{{{uid}}}","type":"ab_test","slug":"hero-{{{uid}}}","name":"Hero {{{uid}}}","status":"{{{StatusOf(uid)}}}"{{{field}}}}}""";
    }

    private HttpResponseMessage Response(int code, string body)
    {
        var response = new HttpResponseMessage((HttpStatusCode)code)
        {
            Content = new StringContent(body, Encoding.UTF8, body.StartsWith('<') ? "text/html" : "application/json"),
        };
        response.Headers.Date = Now;
        if (code == 429)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", "0");
        }

        return response;
    }
}

/// <summary>A machine's clock: where its time of day is set, durations are measured as before.</summary>
internal sealed class MachineClock(DateTimeOffset now) : FakeTimeProvider(now)
{
    private TimeSpan _set;

    public void SetBy(TimeSpan by)
    {
        _set += by;
        AdjustTime(GetUtcNow() + by);
    }

    public override long GetTimestamp() => base.GetTimestamp() - _set.Ticks;
}
