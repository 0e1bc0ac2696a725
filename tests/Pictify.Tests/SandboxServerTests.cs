using System.Net.Http;
using System.Text;
using System.Text.Json;
using Pictify.Sandbox;
using SandboxServer;

namespace Pictify.Tests;

/// <summary>The server's control path, as a test of any client meets it: over HTTP, from outside.</summary>
public sealed class SandboxServerTests : IAsyncLifetime, IDisposable
{
    private SandboxHttpServer _server = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        CommandLine line = CommandLine.Read([]);
        _server = await SandboxHttpServer.StartAsync(new PictifySandbox(line.Settings.Options));
        _http = new HttpClient { BaseAddress = _server.BaseUri };
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task It_shows_requests_changes_and_experiments_with_those_that_were_removed()
    {
        await AskAsync("GET", "experiments/api");
        await AskAsync("POST", "experiments/api/exp_sandbox_01/pause");
        await AskAsync("POST", "experiments/api/exp_sandbox_01/pause");
        await AskAsync("DELETE", "experiments/api/exp_sandbox_04");

        JsonElement shown = await ShowAsync();

        Assert.Equal(1, shown.GetProperty("requests").GetProperty("GET list").GetInt32());
        Assert.Equal(2, shown.GetProperty("requests").GetProperty("POST pause").GetInt32());
        Assert.Equal(3, shown.GetProperty("requests").EnumerateObject().Count());
        Assert.Equal(3, shown.GetProperty("changeRequests").GetInt32());
        Assert.Equal(2, shown.GetProperty("appliedChanges").GetInt32());
        Assert.Equal(1, shown.GetProperty("mostAtOnce").GetInt32());
        Assert.Equal("paused", StatusOf(shown, "exp_sandbox_01"));
        Assert.Equal("archived", StatusOf(shown, "exp_sandbox_04"));
    }

    [Fact]
    public async Task An_experiment_is_shown_as_the_api_shows_it()
    {
        JsonElement shown = (await ShowAsync()).GetProperty("experiments")[2];
        (_, string answer) = await AskAsync("GET", $"experiments/api/{shown.GetProperty("uid").GetString()}");

        Assert.Equal($$"""{"experiment":{{shown.GetRawText()}}}""", answer);
    }

    [Fact]
    public async Task Control_requests_need_no_key_and_are_neither_counted_nor_limited_nor_made_to_fail()
    {
        await SteerAsync("""{"key":"pk_test_one","rateLimit":1,"rateLimitWindow":3600,"faults":{"rate":1}}""");
        for (int i = 0; i < 5; i++)
        {
            await SteerAsync("{}");
            JsonElement shown = await ShowAsync();
            Assert.Empty(shown.GetProperty("requests").EnumerateObject());
            Assert.Equal(0, shown.GetProperty("mostAtOnce").GetInt32());
        }
    }

    [Fact]
    public async Task Two_keys_see_their_own_teams_experiments_and_anothers_is_not_found()
    {
        await SteerAsync("""{"key":"pk_test_one","otherKey":"pk_test_two"}""");
        JsonElement shown = await ShowAsync();
        string[] own = Uids(shown.GetProperty("experiments"));
        string[] others = Uids(shown.GetProperty("otherExperiments"));
        Assert.Equal(["exp_sandbox_other_01"], others);

        foreach (
            (string key, string[] mine, string[] theirs) in new[]
            {
                ("pk_test_one", own, others),
                ("pk_test_two", others, own),
            }
        )
        {
            (_, string list) = await AskAsync("GET", "experiments/api", key);
            Assert.Equal(mine, Uids(JsonDocument.Parse(list).RootElement.GetProperty("experiments")));
            Assert.Equal(200, (await AskAsync("GET", $"experiments/api/{mine[0]}", key)).Status);
            foreach (
                (string method, string action) in new[]
                {
                    ("GET", ""),
                    ("DELETE", ""),
                    ("POST", "/pause"),
                    ("POST", "/start"),
                }
            )
            {
                Assert.Equal(404, (await AskAsync(method, $"experiments/api/{theirs[0]}{action}", key)).Status);
            }
        }

        Assert.Equal(0, (await ShowAsync()).GetProperty("appliedChanges").GetInt32());
        Assert.Equal(401, (await AskAsync("GET", "experiments/api", "pk_test_three")).Status);
        (_, string quota) = await AskAsync("GET", "experiments/api/quota", "pk_test_two");
        Assert.Contains("\"ab_test\":{\"used\":1,", quota, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rate_limit_is_each_keys_own()
    {
        await SteerAsync("""{"otherKey":"pk_test_two","rateLimit":1,"rateLimitWindow":3600}""");

        Assert.Equal(200, (await AskAsync("GET", "experiments/api", "pk_test_one")).Status);
        Assert.Equal(429, (await AskAsync("GET", "experiments/api", "pk_test_one")).Status);
        Assert.Equal(200, (await AskAsync("GET", "experiments/api", "pk_test_two")).Status);
        Assert.Equal(302, (await RedirectAsync("s/hero-summer-sale.png")).Status);
    }

    [Fact]
    public async Task Public_requests_have_limits_of_their_own()
    {
        await SteerAsync("""{"imageRateLimit":1,"eventRateLimit":1}""");

        Assert.Equal(302, (await RedirectAsync("s/hero-summer-sale.png")).Status);
        (int status, string? left) = await RedirectAsync("s/hero-summer-sale.png");
        Assert.Equal((429, "0"), (status, left));
        Assert.Equal(200, (await PostEventAsync()).Status);
        Assert.Equal(429, (await PostEventAsync()).Status);
        Assert.Equal(200, (await AskAsync("GET", "experiments/api")).Status);

        Task<(int Status, string Body)> PostEventAsync() =>
            AskAsync("POST", "s/events", body: """{"event":"view","experiment":"hero-summer-sale"}""");
    }

    [Fact]
    public async Task The_header_of_json_before_an_empty_body_is_refused_and_an_empty_body_alone_is_not()
    {
        Assert.Equal(400, (await AskAsync("POST", "experiments/api/exp_sandbox_01/pause", body: "")).Status);
        Assert.Equal(200, (await AskAsync("POST", "experiments/api/exp_sandbox_01/pause")).Status);
        Assert.Equal(200, (await AskAsync("POST", "experiments/api/exp_sandbox_01/start", body: "{}")).Status);
    }

    [Theory]
    [InlineData("GET", "experiments/api/exp_none", null, 404)]
    [InlineData("GET", "experiments/api?limit=500", null, 400)]
    [InlineData("POST", "experiments/api/exp_sandbox_12/pause", null, 409)]
    [InlineData("PUT", "experiments/api/exp_sandbox_01", "{\"slug\":\"a\"}", 400)]
    [InlineData("POST", "s/events", "[]", 400)]
    [InlineData("GET", "nowhere/at/all", null, 404)]
    public async Task Problem_details_name_their_request(string method, string path, string? body, int status)
    {
        (int answered, string problem) = await AskAsync(method, path, body: body);

        Assert.Equal(status, answered);
        JsonElement fields = JsonDocument.Parse(problem).RootElement;
        Assert.Equal($"/{path.Split('?')[0]}", fields.GetProperty("instance").GetString());
        Assert.Equal(status, fields.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task An_idempotency_key_may_be_ignored()
    {
        const string create =
            """{"name":"Hero","slug":"hero-1","type":"ab_test","variants":[{"id":"a","weight":5000},{"id":"b","weight":5000}]}""";
        async Task<int> CreateAsync() =>
            (await AskAsync("POST", "experiments/api", body: create, idempotencyKey: "key-1")).Status;

        Assert.Equal(201, await CreateAsync());
        Assert.Equal(201, await CreateAsync());
        await SteerAsync("""{"idempotency":false}""");
        Assert.Equal(409, await CreateAsync());
    }

    [Fact]
    public async Task A_test_key_is_free_of_the_plans_quota()
    {
        await SteerAsync("""{"plan":"Starter"}""");
        const string create =
            """{"name":"Hero","slug":"hero-1","type":"smart_link","variants":[{"id":"a","weight":5000},{"id":"b","weight":5000}]}""";

        Assert.Equal(429, (await AskAsync("POST", "experiments/api", "pk_live_one", create)).Status);
        Assert.Equal(201, (await AskAsync("POST", "experiments/api", "pk_test_one", create)).Status);
    }

    [Fact]
    public async Task Reset_brings_back_the_start()
    {
        string before = (await ShowAsync()).GetRawText();
        await SteerAsync(
            """
            {"generate":3,"key":"pk_test_one","plan":"Starter","hasExperiments":false,"rateLimit":1,"rateLimitWindow":3600,
             "latency":1,"style":"message","faults":{"rate":1},"advance":86400,"hold":true}
            """
        );
        Task<(int, string)> held = AskAsync("GET", "experiments/api");

        await SteerAsync("""{"reset":true}""");
        await held;
        await SteerAsync("""{"reset":true}""");

        // The dates are those of the reset.
        JsonElement after = await ShowAsync();
        Assert.Equal(
            JsonDocument.Parse(before).RootElement.GetProperty("experiments").EnumerateArray().Select(Plain),
            after.GetProperty("experiments").EnumerateArray().Select(Plain)
        );
        Assert.Empty(after.GetProperty("requests").EnumerateObject());
        Assert.Equal(0, after.GetProperty("mostAtOnce").GetInt32());
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(200, (await AskAsync("GET", "experiments/api")).Status);
        }
    }

    [Fact]
    public async Task Reset_comes_first_and_the_rest_of_the_same_post_after_it()
    {
        await SteerAsync("""{"plan":"Starter","latency":1}""");

        await SteerAsync("""{"generate":2,"style":"message","reset":true}""");

        Assert.Equal(2, (await ShowAsync()).GetProperty("experiments").GetArrayLength());
        Assert.Equal(
            ("Business", TimeSpan.Zero, SandboxStyle.Message),
            (_server.Sandbox.Options.Plan, _server.Sandbox.Options.Latency, _server.Sandbox.Options.Style)
        );
    }

    [Fact]
    public async Task Experiments_are_replaced_by_those_given_whatever_fields_they_have()
    {
        await SteerAsync("""{"experiments":[{"uid":"e","slug":"hero","status":"running","colour":["red",1]}]}""");

        Assert.Equal(
            """[{"uid":"e","slug":"hero","status":"running","variants":[],"winnerVariantId":null,"winnerDeclaredAt":null,"colour":["red",1]}]""",
            (await ShowAsync()).GetProperty("experiments").GetRawText()
        );
        Assert.Equal(200, (await AskAsync("POST", "experiments/api/e/pause")).Status);
    }

    [Fact]
    public async Task Experiments_that_no_service_would_have_are_answered_for_too()
    {
        await SteerAsync(
            """
            {"experiments":[{"uid":"a","slug":"empty","status":"running","goalConfig":{"destinationUrl":"https://e.example"}},
             {"uid":"b","slug":"no-winner","status":"completed","goalConfig":{"destinationUrl":"https://e.example"}}]}
            """
        );

        Assert.Equal(404, (await AskAsync("GET", "s/empty/click")).Status);
        Assert.Equal(200, (await AskAsync("GET", "s/empty/pixel.gif")).Status);
        Assert.Equal(404, (await AskAsync("GET", "s/empty.png")).Status);
        Assert.Equal(404, (await AskAsync("GET", "s/no-winner/click")).Status);
    }

    [Fact]
    public async Task What_it_shows_can_be_given_back()
    {
        string shown = (await ShowAsync()).GetProperty("experiments").GetRawText();

        await SteerAsync($$"""{"experiments":{{shown}}}""");

        Assert.Equal(shown, (await ShowAsync()).GetProperty("experiments").GetRawText());
    }

    [Fact]
    public async Task The_key_is_the_one_given_or_any_that_looks_like_one()
    {
        await SteerAsync("""{"key":"pk_test_one"}""");
        Assert.Equal(401, (await AskAsync("GET", "experiments/api")).Status);
        Assert.Equal(200, (await AskAsync("GET", "experiments/api", key: "pk_test_one")).Status);

        await SteerAsync("""{"key":null}""");
        Assert.Equal(200, (await AskAsync("GET", "experiments/api")).Status);
        Assert.Equal(401, (await AskAsync("GET", "experiments/api", key: "nonsense")).Status);
    }

    [Fact]
    public async Task Plan_and_feature_are_those_given()
    {
        await SteerAsync("""{"plan":"starter"}""");
        Assert.Contains(
            "\"plan\":\"Starter\"",
            (await AskAsync("GET", "experiments/api/quota")).Body,
            StringComparison.Ordinal
        );

        await SteerAsync("""{"hasExperiments":false}""");
        Assert.Equal(404, (await AskAsync("GET", "experiments/api")).Status);
    }

    [Fact]
    public async Task A_rate_limit_counts_from_the_post_that_set_it_and_the_clock_ends_its_window()
    {
        await AskAsync("GET", "experiments/api");
        await SteerAsync("""{"rateLimit":2,"rateLimitWindow":3600}""");

        Assert.Equal([200, 200, 429], await StatusesAsync(3));
        await SteerAsync("""{"advance":3600}""");
        Assert.Equal([200, 200, 429], await StatusesAsync(3));
        await SteerAsync("""{"clock":"2020-01-01T00:00:00Z"}""");
        Assert.Equal([200, 200, 429], await StatusesAsync(3));
    }

    [Fact]
    public async Task Scheduled_faults_count_from_the_post_that_set_them()
    {
        await AskAsync("GET", "experiments/api");
        await SteerAsync("""{"faults":{"schedule":{"1":"Error503","3":"RateLimitSeconds"},"retryAfter":7}}""");
        Assert.Equal([503, 200, 429], await StatusesAsync(3));

        await SteerAsync("""{"latency":0}""");
        Assert.Equal([200], await StatusesAsync(1));

        await SteerAsync("""{"faults":{"schedule":{"1":"ResetAfter"}}}""");
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync("POST", "experiments/api/exp_sandbox_01/pause"));
        Assert.Equal("paused", StatusOf(await ShowAsync(), "exp_sandbox_01"));

        await SteerAsync("""{"faults":{"rate":1,"kinds":["Error500"]}}""");
        Assert.Equal([500, 500], await StatusesAsync(2));

        await SteerAsync("""{"faults":null}""");
        Assert.Equal([200, 200], await StatusesAsync(2));
    }

    [Fact]
    public async Task The_clock_is_set_and_moved_and_dates_what_happens()
    {
        await SteerAsync("""{"clock":"2030-05-01T12:00:00+02:00","generate":1}""");
        await AskAsync("POST", "experiments/api/exp_sandbox_000001/pause");
        AssertAbout("2030-05-01T10:00:00Z", await UpdatedAsync());

        await SteerAsync("""{"advance":86400}""");
        await AskAsync("POST", "experiments/api/exp_sandbox_000001/start");
        AssertAbout("2030-05-02T10:00:00Z", await UpdatedAsync());

        using HttpResponseMessage response = await _http.GetAsync("s/nobody/pixel.gif");
        AssertAbout("2030-05-02T10:00:00Z", response.Headers.Date!.Value);
    }

    [Fact]
    public async Task A_hold_keeps_requests_in_progress_and_counts_them()
    {
        await SteerAsync("""{"hold":true}""");
        Task<(int Status, string)>[] held =
        [
            .. Enumerable.Range(1, 3).Select(n => AskAsync("POST", $"experiments/api/exp_sandbox_0{n}/pause")),
        ];
        while ((await ShowAsync()).GetProperty("mostAtOnce").GetInt32() < 3)
        {
            await Task.Yield();
        }

        JsonElement shown = await ShowAsync();
        Assert.Equal(3, shown.GetProperty("requests").GetProperty("POST pause").GetInt32());
        Assert.Equal(3, shown.GetProperty("inProgress").GetInt32());
        Assert.Equal(0, shown.GetProperty("appliedChanges").GetInt32());
        Assert.All(held, static request => Assert.False(request.IsCompleted));

        await SteerAsync("""{"hold":false}""");
        Assert.All(await Task.WhenAll(held), static answer => Assert.Equal(200, answer.Status));
        Assert.Equal(200, (await AskAsync("GET", "experiments/api")).Status);

        await SteerAsync("""{"reset":true}""");
        Assert.Equal(0, (await ShowAsync()).GetProperty("inProgress").GetInt32());
        Assert.Equal(0, (await ShowAsync()).GetProperty("mostAtOnce").GetInt32());
    }

    [Fact]
    public async Task A_held_request_whose_client_has_gone_is_not_processed()
    {
        await SteerAsync("""{"hold":true}""");
        using var gone = new CancellationTokenSource();
        Task<HttpResponseMessage> pause = _http.PostAsync("experiments/api/exp_sandbox_01/pause", null, gone.Token);
        while ((await ShowAsync()).GetProperty("mostAtOnce").GetInt32() < 1)
        {
            await Task.Yield();
        }

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pause);
        while (_server.Sandbox.InProgress > 0)
        {
            await Task.Yield();
        }

        await SteerAsync("""{"hold":false}""");
        Assert.Equal("running", StatusOf(await ShowAsync(), "exp_sandbox_01"));
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("""{"colour":"red"}""", "'colour'")]
    [InlineData("""{"reset":"yes"}""", "reset must be true or false")]
    [InlineData("""{"generate":-1}""", "generate must be a whole number")]
    [InlineData("""{"generate":1.5}""", "generate must be a whole number")]
    [InlineData("""{"generate":1,"experiments":[]}""", "one of them")]
    [InlineData("""{"experiments":{}}""", "experiments must be an array")]
    [InlineData("""{"experiments":[{"uid":"a"},{"slug":"b"}]}""", "experiments[1].uid")]
    [InlineData("""{"experiments":[{"uid":"a"},{"uid":"a"}]}""", "experiments[1].uid")]
    [InlineData("""{"experiments":[{"uid":"a","variants":[null]}]}""", "experiments[0]")]
    [InlineData("""{"experiments":[{"uid":"a","variants":7}]}""", "experiments[0]")]
    [InlineData("""{"experiments":[null]}""", "experiments[0]")]
    [InlineData("""{"key":""}""", "key must be a text")]
    [InlineData("""{"key":7}""", "key must be a text")]
    [InlineData("""{"key":"\ud800"}""", "no JSON")]
    [InlineData("""{"plan":"Gold"}""", "Starter, Basic")]
    [InlineData("""{"hasExperiments":1}""", "hasExperiments must be true or false")]
    [InlineData("""{"rateLimit":0}""", "rateLimit must be a whole number from 1")]
    [InlineData("""{"rateLimitWindow":0}""", "rateLimitWindow must be more than 0")]
    [InlineData("""{"latency":-1}""", "latency must be a number")]
    [InlineData("""{"style":"1"}""", "style must be one of")]
    [InlineData("""{"faults":[]}""", "faults must be a JSON object")]
    [InlineData("""{"faults":{"rate":2}}""", "faults.rate")]
    [InlineData("""{"faults":{"kind":"Html"}}""", "'faults.kind'")]
    [InlineData("""{"faults":{"kinds":["Fire"]}}""", "faults.kinds must be one of")]
    [InlineData("""{"faults":{"schedule":{"0":"Html"}}}""", "faults.schedule")]
    [InlineData("""{"faults":{"schedule":{"1":"Fire"}}}""", "faults.schedule.1")]
    [InlineData("""{"clock":"soon"}""", "clock must be an ISO 8601 date")]
    [InlineData("""{"clock":"9999-12-31T23:59:59Z"}""", "clock must be an ISO 8601 date")]
    [InlineData("""{"advance":-1}""", "advance must be a number")]
    [InlineData("""{"clock":"8999-12-31T23:59:59Z","advance":86400}""", "advance must not go past")]
    [InlineData("""{"hold":null}""", "hold must be true or false")]
    public async Task A_bad_post_says_what_is_wrong_and_applies_nothing(string body, string said)
    {
        string before = (await ShowAsync()).GetRawText();
        PictifySandboxOptions options = _server.Sandbox.Options;

        // Whatever stands beside it is right, and before it.
        string rest = body.StartsWith('{') ? """{"latency":5,"plan":"Starter",""" + body[1..] : body;
        using HttpResponseMessage response = await _http.PostAsync(
            SandboxControl.Path,
            new StringContent(rest, Encoding.UTF8, "application/json")
        );

        Assert.Equal(400, (int)response.StatusCode);
        JsonElement answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Contains(said, answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, (await ShowAsync()).GetRawText());
        Assert.Same(options, _server.Sandbox.Options);
        Assert.False(_server.Sandbox.IsHeld);
    }

    [Fact]
    public async Task Another_method_is_refused()
    {
        using HttpResponseMessage response = await _http.DeleteAsync(SandboxControl.Path);

        Assert.Equal(405, (int)response.StatusCode);
        Assert.Contains("GET and POST", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void It_listens_on_the_loopback_address() => Assert.Equal("127.0.0.1", _server.BaseUri.Host);

    [Fact]
    public void The_command_line_has_the_same_settings()
    {
        CommandLine line = CommandLine.Read([
            .. "--port 8080 --count 9 --key pk_one --plan Basic --style message --latency 20 --limit 5 --window 7".Split(
                ' '
            ),
            .. "--faults 25 --seed 3 --kinds HalfBody,error502".Split(' '),
        ]);

        PictifySandboxOptions options = line.Settings.Options;
        Assert.Equal((8080, 9), (line.Port, line.Settings.Generate));
        Assert.Equal((true, false), (options.AcceptKey!("pk_one"), options.AcceptKey("pk_two")));
        Assert.Equal(("Basic", SandboxStyle.Message), (options.Plan, options.Style));
        Assert.Equal(TimeSpan.FromMilliseconds(20), options.Latency);
        Assert.Equal((5, TimeSpan.FromSeconds(7)), (options.RateLimit, options.RateLimitWindow));
        Assert.Equal((0.25, 3), (options.Faults!.Rate, options.Faults.Seed));
        Assert.Equal([SandboxFault.HalfBody, SandboxFault.Error502], options.Faults.Kinds);
    }

    [Theory]
    [InlineData("--colour red", "no option '--colour'")]
    [InlineData("loose", "no option 'loose'")]
    [InlineData("--port", "--port needs a value")]
    [InlineData("--port 70000", "--port must be a whole number from 0 to 65535, and is '70000'")]
    [InlineData("--limit none", "--limit must be")]
    [InlineData("--faults 101", "--faults must be")]
    [InlineData("--kinds Fire", "faults.kinds must be one of")]
    [InlineData("--style loud", "style must be one of Problem, Message")]
    public void A_bad_command_line_says_what_is_wrong(string args, string said) =>
        Assert.Contains(
            said,
            Assert.Throws<FormatException>(() => CommandLine.Read(args.Split(' '))).Message,
            StringComparison.Ordinal
        );

    private static string[] Uids(JsonElement experiments) =>
        [.. experiments.EnumerateArray().Select(static experiment => experiment.GetProperty("uid").GetString()!)];

    /// <summary>An answer that is not followed, and what it says is left of its limit.</summary>
    private async Task<(int Status, string? Left)> RedirectAsync(string path)
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using HttpResponseMessage response = await http.GetAsync(new Uri(_server.BaseUri, path));
        return (
            (int)response.StatusCode,
            response.Headers.TryGetValues("X-RateLimit-Remaining", out IEnumerable<string>? left) ? left.Single() : null
        );
    }

    private async Task<(int Status, string Body)> AskAsync(
        string method,
        string path,
        string key = "pk_test_server",
        string? body = null,
        string? idempotencyKey = null
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("Authorization", $"Bearer {key}");
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using HttpResponseMessage response = await _http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<List<int>> StatusesAsync(int count)
    {
        var statuses = new List<int>();
        for (int i = 0; i < count; i++)
        {
            statuses.Add((await AskAsync("GET", "experiments/api")).Status);
        }

        return statuses;
    }

    private async Task<JsonElement> ShowAsync() =>
        JsonDocument.Parse(await _http.GetStringAsync(SandboxControl.Path)).RootElement;

    private async Task SteerAsync(string body)
    {
        using HttpResponseMessage response = await _http.PostAsync(
            SandboxControl.Path,
            new StringContent(body, Encoding.UTF8, "application/json")
        );
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<DateTimeOffset> UpdatedAsync() =>
        (await ShowAsync()).GetProperty("experiments")[0].GetProperty("updatedAt").GetDateTimeOffset();

    private static void AssertAbout(string expected, DateTimeOffset actual) =>
        Assert.InRange(
            actual - DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture),
            TimeSpan.Zero,
            TimeSpan.FromMinutes(5)
        );

    private static string? StatusOf(JsonElement shown, string uid) =>
        shown
            .GetProperty("experiments")
            .EnumerateArray()
            .Single(experiment => experiment.GetProperty("uid").GetString() == uid)
            .GetProperty("status")
            .GetString();

    private static (string?, string?, string?) Plain(JsonElement experiment) =>
        (
            experiment.GetProperty("uid").GetString(),
            experiment.GetProperty("status").GetString(),
            experiment.GetProperty("name").GetString()
        );
}
