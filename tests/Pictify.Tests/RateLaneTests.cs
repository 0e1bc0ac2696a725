using System.Globalization;
using System.Net.Http;
using Pictify.Http;
using static Pictify.Tests.FakeService;

namespace Pictify.Tests;

/// <summary>Which answers hold which requests back, and what a hostile or an old answer says of time.</summary>
public sealed class RateLaneTests
{
    private static readonly ApiRequest _image = new(RequestKind.Read, HttpMethod.Get, "s/hero.png")
    {
        Authenticated = false,
        TakesRedirect = true,
    };

    private static readonly ApiRequest _events = new(RequestKind.Event, HttpMethod.Post, "s/events")
    {
        Authenticated = false,
        Body = "{}"u8.ToArray(),
    };

    /// <summary>What is refused for an hour, and whether a pause, an image and another call then still go out.</summary>
    [Theory]
    [InlineData("s/hero.png", true, false, true)]
    [InlineData("https://cdn.example/hero.png", true, true, true)]
    [InlineData("templates", true, true, false)]
    [InlineData("experiments/apis", true, true, false)]
    [InlineData("experiments/api/e", false, true, true)]
    [InlineData("experiments/api?page=1", false, true, true)]
    public async Task A_429_holds_back_what_is_under_the_same_limit_only(
        string path,
        bool pauses,
        bool images,
        bool calls
    )
    {
        var service = new FakeService(
            (request, n) =>
                n == 1
                    ? Answer(
                        429,
                        "{}",
                        "application/json",
                        ("Retry-After", "3600"),
                        ("X-RateLimit-Remaining", "0"),
                        ("X-RateLimit-Reset", "1795438800")
                    )
                    : Answer(200, Experiment("e", "paused"))
        );
        PictifyClient client = service.Client();
        bool isPublic =
            path.StartsWith("s/", StringComparison.Ordinal) || path.StartsWith("https", StringComparison.Ordinal);
        var first = new ApiRequest(RequestKind.Read, HttpMethod.Get, path) { Authenticated = !isPublic };
        await Assert.ThrowsAsync<PictifyException>(() => client.SendAsync(first, default));

        Assert.Equal(pauses, (await client.PauseAsync("e")).Changed);
        Assert.Equal(images, await Passes(client, _image));
        Assert.Equal(images, await Passes(client, _events));
        Assert.Equal(calls, await Passes(client, new ApiRequest(RequestKind.Read, HttpMethod.Get, "templates")));
    }

    [Theory]
    [InlineData("""{"error":"Used up","code":"quota_exceeded"}""", "86400", 429)]
    [InlineData("""{"error":{"message":"Used up","code":"quota_exceeded"}}""", "86400", 429)]
    [InlineData("""{"type":"https://docs.pictify.io/errors/quota-exceeded"}""", "86400", 429)]
    [InlineData("{}", null, 429)]
    [InlineData("{}", "86400", 402)]
    public async Task A_create_that_the_quota_refuses_holds_no_pause_back(string body, string? retryAfter, int status)
    {
        var service = new FakeService(
            (request, n) =>
            {
                if (n > 1)
                {
                    return Answer(200, Experiment("e", "paused"));
                }

                HttpResponseMessage answer = Answer(
                    status,
                    body,
                    "application/json",
                    ("X-RateLimit-Limit", "10"),
                    ("X-RateLimit-Remaining", "0"),
                    ("X-RateLimit-Reset", "1795525200")
                );
                if (retryAfter is not null)
                {
                    answer.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
                }

                return answer;
            }
        );
        PictifyConnection connection = service.Connect();
        var client = new PictifyClient(connection);

        ExperimentChange refused = await client.CreateAsync(new Experiment { Name = "Hero", Slug = "hero" });

        Assert.Equal(PictifyErrorKind.QuotaExceeded, refused.Error!.Kind);
        Assert.Null(connection.Experiments.Gate.Remaining);
        Assert.True((await client.PauseAsync("e")).Changed);
        Assert.Equal(2, service.Requests.Count);
    }

    [Theory]
    [InlineData("Age", "7200")]
    [InlineData("Age", "0")]
    [InlineData("X-Cache", "Hit from cloudfront")]
    [InlineData("CF-Cache-Status", "HIT")]
    public async Task What_a_cache_gave_sets_neither_the_clock_nor_the_pace(string header, string value)
    {
        var service = new FakeService(
            (_, _) =>
                Answer(
                    200,
                    Experiment("e", "running"),
                    "application/json",
                    ("Date", "Mon, 23 Nov 2026 10:00:00 GMT"),
                    ("X-RateLimit-Limit", "10"),
                    ("X-RateLimit-Remaining", "0"),
                    ("X-RateLimit-Reset", "1795435260"),
                    (header, value)
                )
        );
        PictifyConnection connection = service.Connect();

        _ = await new PictifyClient(connection).GetAsync("e");

        Assert.Null(connection.Clock.Skew);
        Assert.Null(connection.Experiments.Gate.Remaining);
    }

    [Fact]
    public async Task An_images_date_does_not_set_the_clock_of_the_experiments()
    {
        var service = new FakeService(
            (_, _) => Answer(200, "{}", "application/json", ("Date", "Mon, 23 Nov 2026 10:00:00 GMT"))
        );
        PictifyConnection connection = service.Connect();

        Assert.True(await Passes(new PictifyClient(connection), _image));

        Assert.Null(connection.Clock.Skew);
    }

    /// <summary>A success is one, whatever else its headers say.</summary>
    [Theory]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", "253402300799")]
    [InlineData("Mon, 01 Jan 0001 00:00:00 GMT", "0")]
    [InlineData("not a date", "99999999999999999999")]
    [InlineData("Mon, 23 Nov 2026 12:00:00 GMT", "-1")]
    public async Task Odd_dates_and_resets_do_no_harm(string date, string reset)
    {
        var service = new FakeService(
            (_, _) =>
                Answer(
                    200,
                    Experiment("e", "running"),
                    "application/json",
                    ("Date", date),
                    ("X-RateLimit-Limit", "10"),
                    ("X-RateLimit-Remaining", "0"),
                    ("X-RateLimit-Reset", reset),
                    ("Retry-After", "NaN")
                )
        );
        PictifyClient client = service.Client();

        Assert.Equal("e", (await client.GetAsync("e")).Uid);
        Assert.Equal("e", (await client.GetAsync("e")).Uid);
        Assert.Equal(2, service.Requests.Count);
    }

    [Theory]
    [InlineData("NaN", null)]
    [InlineData("Infinity", 2_592_000.0)]
    [InlineData("-Infinity", null)]
    [InlineData("-5", null)]
    [InlineData("1e400", null)]
    [InlineData("99999999999999999999999999", 2_592_000.0)]
    [InlineData("5, 10", 10.0)]
    [InlineData("10, 5", 10.0)]
    [InlineData("5, NaN, -3", 5.0)]
    [InlineData("1, Mon, 23 Nov 2026 12:00:30 GMT", 30.0)]
    [InlineData("Mon, 23 Nov 2026 12:00:30 GMT, Mon, 23 Nov 2026 12:00:20 GMT", 30.0)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 2_592_000.0)]
    [InlineData("Mon, 01 Jan 0001 00:00:00 GMT", 0.0)]
    [InlineData("Monday, 23-Nov-26 12:00:30 GMT", 30.0)]
    [InlineData("Mon Nov 23 12:00:30 2026", 30.0)]
    [InlineData("2026-11-23T12:00:30Z", 30.0)]
    [InlineData("11/23", null)]
    [InlineData("", null)]
    [InlineData(",", null)]
    public void Retry_After_is_bounded_and_never_throws(string text, double? seconds)
    {
        ApiResponse response = Refusal(text);
        DateTimeOffset now = DateTimeOffset.Parse("2026-11-23T12:00:00Z", CultureInfo.InvariantCulture);

        PictifyException error = ErrorReader.Read(response, _image, now);

        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, error.RetryAfter);
        Assert.Equal(error.RetryAfter is { } wait ? now + wait : null, error.RetryAtMoment);
    }

    [Theory]
    [InlineData("""{"retryAfter":1e308}""", 2_592_000.0)]
    [InlineData("""{"retry_after":-1e308}""", null)]
    [InlineData("""{"retryAfter":1e999}""", 2_592_000.0)]
    public void A_wait_in_the_body_is_bounded_too(string body, double? seconds)
    {
        var response = new ApiResponse(
            429,
            new ArraySegment<byte>(System.Text.Encoding.UTF8.GetBytes(body)),
            "application/json",
            new Dictionary<string, string>()
        );

        Assert.Equal(
            seconds is { } s ? TimeSpan.FromSeconds(s) : null,
            ErrorReader.Read(response, _image, DateTimeOffset.UnixEpoch).RetryAfter
        );
    }

    [Fact]
    public void What_a_cache_kept_for_a_while_was_to_be_waited_from_then_on()
    {
        ApiResponse response = Refusal("100", ("Age", "70"));

        Assert.Equal(TimeSpan.FromSeconds(30), RetryAfterHeader.Read(response, DateTimeOffset.UnixEpoch));
    }

    /// <summary>Whatever the service answers, one call sends no more than the retry count allows.</summary>
    [Theory]
    [InlineData("0", 3, 4)]
    [InlineData("0", 0, 1)]
    [InlineData("NaN", 3, 4)]
    [InlineData("-1", 3, 4)]
    [InlineData("0", 5, 6)]
    public async Task One_pause_sends_no_more_than_the_retry_count_allows(string retryAfter, int retries, int sent)
    {
        var service = new FakeService((_, _) => Answer(429, "{}", "application/json", ("Retry-After", retryAfter)));
        PictifyClient client = service.Client(options => options with { MaximumRetryCount = retries });

        ExperimentChange change = await client.PauseAsync("e");

        Assert.Equal(PictifyErrorKind.RateLimited, change.Error!.Kind);
        Assert.False(change.Error.StopsBatch);
        Assert.Equal(sent, service.Requests.Count);
    }

    [Fact]
    public async Task Failures_and_waits_count_together()
    {
        var service = new FakeService(
            (_, n) => n % 2 == 0 ? Answer(429, "{}", "application/json", ("Retry-After", "0")) : Answer(503, "{}")
        );

        await Assert.ThrowsAsync<PictifyException>(() => service.Client().GetAsync("e"));

        Assert.Equal(4, service.Requests.Count);
    }

    /// <summary>No time to wait is no reason to ask again at once.</summary>
    [Fact]
    public async Task A_wait_of_no_time_is_waited_as_after_any_failure()
    {
        var service = new FakeService((_, _) => Answer(429, "{}", "application/json", ("Retry-After", "0")));
        var waits = new Waits();
        PictifyConnection connection = service.Connect(static options =>
            options with
            {
                RetryInterval = TimeSpan.FromSeconds(1),
            }
        );

        Task<Experiment> task = new PictifyClient(connection, waits).GetAsync("e");
        while (!task.IsCompleted)
        {
            service.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Assert.ThrowsAsync<PictifyException>(() => task);
        Assert.Equal(3, waits.Asked.Count);
        Assert.All(waits.Asked, static wait => Assert.True(wait > TimeSpan.Zero));
    }

    /// <summary>
    /// No header tells of the limit, and many more are under way than it allows: each refusal is one request of its own change, and
    /// what is refused goes before the others when the gate opens, so that no change is refused until its retries are spent.
    /// </summary>
    [Theory]
    [InlineData(8, 10)]
    [InlineData(64, 10)]
    [InlineData(200, 10)]
    [InlineData(64, 1)]
    [InlineData(64, 25)]
    public async Task A_bulk_well_above_a_limit_that_no_header_tells_loses_nothing(int atOnce, int perSecond)
    {
        var passed = new Dictionary<long, int>();
        FakeService service = null!;
        service = new FakeService(
            async (request, _, cancellationToken) =>
            {
                int before;
                lock (passed)
                {
                    long second = service.Time.GetUtcNow().ToUnixTimeSeconds();
                    passed.TryGetValue(second, out before);
                    passed[second] = before + 1;
                }

                // Meanwhile the others are sent, so that the limit is met by as many as are under way.
                await Task.Delay(TimeSpan.FromMilliseconds(100), service.Time, cancellationToken);
                return before < perSecond
                    ? Answer(200, Experiment(request.RequestUri!.Segments[^2].TrimEnd('/'), "paused"))
                    : Answer(429, "{}", "application/json", ("Retry-After", "1"));
            }
        );

        ExperimentChange[] changes = await PauseAll(service, count: 200, atOnce);

        Assert.All(changes, static change => Assert.Null(change.Error));
        Assert.Equal(200, changes.Select(static change => change.Experiment!.Uid).Distinct().Count());
        Assert.All(
            service.Requests.CountBy(static request => request),
            static sent => Assert.InRange(sent.Value, 1, 4)
        );
    }

    [Fact]
    public async Task A_bulk_that_the_service_keeps_refusing_sends_no_more_than_the_retry_count_allows_for_each()
    {
        var service = new FakeService((_, _) => Answer(429, "{}", "application/json", ("Retry-After", "1")));

        ExperimentChange[] changes = await PauseAll(service, count: 20, atOnce: 8);

        Assert.All(
            changes,
            static change =>
            {
                Assert.Equal(PictifyErrorKind.RateLimited, change.Error!.Kind);
                Assert.False(change.Error.OutcomeUnknown);
            }
        );
        Assert.Equal(20, service.Requests.Distinct().Count());
        Assert.All(service.Requests.CountBy(static request => request), static sent => Assert.Equal(4, sent.Value));
    }

    /// <summary>Where a limit holds others back, a change takes its turn without a request, however long that is.</summary>
    [Fact]
    public async Task What_waits_at_a_closed_gate_spends_no_retry()
    {
        int refusals = 0;
        var service = new FakeService(
            (request, _) =>
                request.RequestUri!.AbsolutePath.Contains("refused", StringComparison.Ordinal)
                && Interlocked.Increment(ref refusals) <= 4
                    ? Answer(429, "{}", "application/json", ("Retry-After", "5"))
                    : Answer(200, Experiment("e", "paused"))
        );
        var waits = new Waits();
        var client = new PictifyClient(service.Connect(), waits);
        Task<ExperimentChange> refused = client.PauseAsync("refused");
        while (waits.Asked.Count == 0)
        {
            await Task.Yield();
        }

        Task<ExperimentChange> other = client.PauseAsync("e");
        while (!refused.IsCompleted)
        {
            service.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        while (!other.IsCompleted)
        {
            service.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(PictifyErrorKind.RateLimited, (await refused).Error!.Kind);
        Assert.True((await other).Changed);
        Assert.Equal(
            [.. Enumerable.Repeat("refused", 4), "e"],
            service.Requests.Select(static request => request.Split('/')[^2])
        );
    }

    /// <summary>A change that is stopped while it waits for the limit says why it was refused, and is not called open.</summary>
    [Fact]
    public async Task A_change_that_is_stopped_while_the_limit_holds_it_was_not_made()
    {
        using var stop = new CancellationTokenSource();
        var service = new FakeService((_, _) => Answer(429, "{}", "application/json", ("Retry-After", "60")));
        var waits = new Waits();
        Task<ExperimentChange> task = new PictifyClient(service.Connect(), waits).PauseAsync("e", null, stop.Token);
        while (waits.Asked.Count == 0)
        {
            await Task.Yield();
        }

        await stop.CancelAsync();

        ExperimentChange change = await task;
        Assert.Equal(PictifyErrorKind.RateLimited, change.Error!.Kind);
        Assert.False(change.Error.OutcomeUnknown);
        Assert.Single(service.Requests);
    }

    private static async Task<ExperimentChange[]> PauseAll(FakeService service, int count, int atOnce)
    {
        // This clock may be ahead of a busy machine: no attempt ends by it.
        PictifyClient client = service.Client(static options => options with { Timeout = TimeSpan.FromDays(1) });
        using var places = new SemaphoreSlim(atOnce);
        async Task<ExperimentChange> PauseAsync(int number)
        {
            await places.WaitAsync();
            try
            {
                return await client.PauseAsync($"e_{number}");
            }
            finally
            {
                places.Release();
            }
        }

        Task<ExperimentChange[]> all = Task.WhenAll(Enumerable.Range(0, count).Select(PauseAsync));
        while (!all.IsCompleted)
        {
            // The clock goes on when what it let go has been sent.
            int sent;
            do
            {
                sent = service.Requests.Count;
                for (int i = 0; i < 20; i++)
                {
                    await Task.Yield();
                }
            } while (sent != service.Requests.Count);

            service.Time.Advance(TimeSpan.FromMilliseconds(50));
        }

        return await all;
    }

    private static async Task<bool> Passes(PictifyClient client, ApiRequest request)
    {
        try
        {
            _ = await client.SendAsync(request, default);
            return true;
        }
        catch (PictifyException exception) when (exception.Kind == PictifyErrorKind.RateLimited)
        {
            return false;
        }
    }

    private static ApiResponse Refusal(string retryAfter, params (string Name, string Value)[] headers)
    {
        var all = new Dictionary<string, string> { ["Retry-After"] = retryAfter };
        foreach ((string name, string value) in headers)
        {
            all[name] = value;
        }

        return new ApiResponse(429, ArraySegment<byte>.Empty, null, all);
    }

    private sealed class Waits : IRequestObserver
    {
        public List<TimeSpan> Asked { get; } = [];

        public void Retrying(string request, int attempt, string cause, TimeSpan wait) => Asked.Add(wait);

        public void WaitingForRateLimit(DateTimeOffset until) { }

        public void Answered(string request, int? status, TimeSpan elapsed) { }
    }
}
