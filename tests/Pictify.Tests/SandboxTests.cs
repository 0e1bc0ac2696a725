using System.Net.Http;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Pictify.Http;
using Pictify.Sandbox;

namespace Pictify.Tests;

public sealed class SandboxInProblemStyleTests() : SandboxTests(SandboxStyle.Problem);

public sealed class SandboxInMessageStyleTests() : SandboxTests(SandboxStyle.Message);

/// <summary>The sandbox and what the client makes of it, in each of the service's styles.</summary>
public abstract class SandboxTests(SandboxStyle style)
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    private static readonly string[] _rateLimitHeaders =
    [
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
    ];

    /// <summary>The state machine as the public reference has it: written out here, and not taken from the code.</summary>
    private static readonly Dictionary<(string From, string Action), string> _legal = new()
    {
        [("draft", "start")] = "running",
        [("running", "pause")] = "paused",
        [("paused", "start")] = "running",
        [("running", "complete")] = "completed",
        [("paused", "complete")] = "completed",
        [("draft", "delete")] = "archived",
        [("paused", "delete")] = "archived",
        [("completed", "delete")] = "archived",
    };

    public static TheoryData<string, string> EveryTransition
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (string from in new[] { "draft", "running", "paused", "completed" })
            {
                foreach (string action in new[] { "start", "pause", "complete", "delete" })
                {
                    all.Add(from, action);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(EveryTransition))]
    public async Task Every_transition_is_as_the_reference_says(string from, string action)
    {
        PictifySandbox sandbox = With(from);
        using HttpResponseMessage response = await Send(
            sandbox,
            action == "delete" ? HttpMethod.Delete : HttpMethod.Post,
            action == "delete" ? "experiments/api/e" : $"experiments/api/e/{action}",
            action == "complete" ? """{"winnerVariantId":"a"}""" : null
        );

        bool isLegal = _legal.TryGetValue((from, action), out string? to);
        Assert.Equal(isLegal ? 200 : 409, (int)response.StatusCode);
        Assert.Equal(isLegal ? to : from, sandbox.Experiments[0].StatusText);
        if (!isLegal)
        {
            Assert.Contains(from, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(EveryTransition))]
    public async Task The_client_makes_of_every_transition_what_it_should(string from, string action)
    {
        PictifySandbox sandbox = With(from);
        PictifyClient client = Client(sandbox);
        Task Act() =>
            action switch
            {
                "start" => client.StartAsync("e").Done(),
                "pause" => client.PauseAsync("e").Done(),
                "complete" => client.CompleteAsync("e", "a").Done(),
                _ => client.DeleteAsync("e").Removed(),
            };

        // Where it already is as wanted, that is success; a completed one of the fixture has another winner or none.
        bool already = (from, action) is ("running", "start") or ("paused", "pause") or ("completed", "complete");
        if (_legal.TryGetValue((from, action), out string? to) || already)
        {
            await Act();
            Assert.Equal(already ? from : to, sandbox.Experiments[0].StatusText);
        }
        else
        {
            var error = await Assert.ThrowsAsync<PictifyException>(Act);
            Assert.Equal(PictifyErrorKind.Conflict, error.Kind);
            Assert.Equal(from, sandbox.Experiments[0].StatusText);
        }
    }

    /// <summary>Random walks: after every step, client, sandbox and an independent model agree.</summary>
    [Fact]
    public async Task On_random_walks_client_sandbox_and_model_agree()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            PictifySandbox sandbox = With("draft");
            PictifyClient client = Client(sandbox);
            string model = "draft";
            for (int step = 0; step < 25; step++)
            {
                string action = new[] { "start", "pause", "resume", "complete", "delete", "rename", "hypothesis" }[
                    random.Next(7)
                ];
                bool succeeded;
                try
                {
                    await Act(client, action, step);
                    succeeded = true;
                }
                catch (PictifyException)
                {
                    succeeded = false;
                }

                (bool expected, string next) = Model(model, action);
                string trail = $"seed {seed}, step {step}: {action} of a {model} one";
                Assert.True(expected == succeeded, $"{trail} should {(expected ? "succeed" : "fail")}");
                model = next;
                Assert.True(sandbox.Experiments[0].StatusText == model, $"{trail} should lead to {model}");
                if (model != "archived")
                {
                    Assert.Equal(model, (await client.GetAsync("e")).StatusText);
                }
            }
        }
    }

    [Fact]
    public async Task The_same_idempotency_key_makes_one_experiment_for_a_day()
    {
        PictifySandbox sandbox = Empty();
        string first = await Create(sandbox, "hero-1", "key-1");
        string again = await Create(sandbox, "hero-1", "key-1");

        Assert.Equal(first, again);
        Assert.Single(sandbox.Experiments);

        _time.Advance(TimeSpan.FromHours(24));
        Assert.Contains("slug_taken", await Create(sandbox, "hero-1", "key-1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Starter", "ab_test", 1)]
    [InlineData("Starter", "smart_link", 0)]
    [InlineData("Starter", "scheduled", 0)]
    [InlineData("Basic", "ab_test", 2)]
    [InlineData("Basic", "scheduled", 1)]
    [InlineData("Standard", "ab_test", 5)]
    [InlineData("Standard", "smart_link", 3)]
    public async Task A_plans_quota_ends_creating(string plan, string type, int allowed)
    {
        PictifySandbox sandbox = Empty(plan);
        PictifyClient client = Client(sandbox);
        for (int i = 0; i < allowed; i++)
        {
            await client.CreateAsync(New($"hero-{i}", type)).Created();
        }

        var error = await Assert.ThrowsAsync<PictifyException>(() =>
            client.CreateAsync(New("hero-more", type)).Created()
        );
        Assert.Equal(PictifyErrorKind.QuotaExceeded, error.Kind);
        Assert.Equal(allowed + 1, sandbox.Requests["POST create"]);
        QuotaUse use = (await client.GetQuotaAsync()).Quota[type];
        Assert.Equal((allowed, allowed), (use.Used, use.Limit));
    }

    [Theory]
    [InlineData("Starter", 2)]
    [InlineData("Business", 10)]
    [InlineData("Enterprise", 20)]
    public async Task A_plan_limits_the_variants(string plan, int most)
    {
        PictifyClient client = Client(Empty(plan));
        Experiment Many(int count)
        {
            Experiment experiment = New("hero", "ab_test");
            experiment.Variants =
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(i => new Variant { Id = $"v{i}", Weight = i == 0 ? 10_000 - ((count - 1) * 10) : 10 }),
            ];
            return experiment;
        }

        var error = await Assert.ThrowsAsync<PictifyException>(() => client.CreateAsync(Many(most + 1)).Created());
        AssertRefused("variants", error);
        Assert.Equal(most, (await client.CreateAsync(Many(most)).Created()).Variants.Count);
    }

    [Fact]
    public async Task An_unlimited_plan_says_so_with_null()
    {
        ExperimentQuota quota = await Client(Empty()).GetQuotaAsync();

        Assert.Null(quota.Quota["ab_test"].Limit);
        Assert.Equal("0, unlimited", quota.Quota["ab_test"].ToString());
    }

    [Fact]
    public async Task A_removed_experiment_frees_its_slug()
    {
        PictifySandbox sandbox = Empty();
        PictifyClient client = Client(sandbox);
        Experiment first = await client.CreateAsync(New("hero", "ab_test")).Created();
        var taken = await Assert.ThrowsAsync<PictifyException>(() =>
            client.CreateAsync(New("hero", "ab_test")).Created()
        );
        Assert.Equal(PictifyErrorKind.Conflict, taken.Kind);

        Assert.True(await client.DeleteAsync(first.Uid).Removed());
        Assert.False(await client.DeleteAsync(first.Uid).Removed());

        Assert.NotEqual(first.Uid, (await client.CreateAsync(New("hero", "ab_test")).Created()).Uid);
    }

    [Theory]
    [InlineData("draft", "hypothesis", true)]
    [InlineData("paused", "hypothesis", true)]
    [InlineData("running", "hypothesis", false)]
    [InlineData("running", "name", true)]
    [InlineData("running", "confidenceThreshold", true)]
    [InlineData("running", "minimumRunDays", true)]
    [InlineData("running", "slug", false)]
    [InlineData("completed", "name", true)]
    [InlineData("completed", "confidenceThreshold", false)]
    public async Task The_status_says_what_may_change(string status, string field, bool allowed)
    {
        PictifySandbox sandbox = With(status);
        object value = field switch
        {
            "confidenceThreshold" => 0.5,
            "minimumRunDays" => 3,
            _ => "new-value",
        };
        Task<ExperimentChange> Act() =>
            Client(sandbox).UpdateAsync("e", new Dictionary<string, object?> { [field] = value }).Done();

        if (allowed)
        {
            await Act();
            return;
        }

        var error = await Assert.ThrowsAsync<PictifyException>(Act);
        AssertRefused(field, error);
        Assert.Contains("only name", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("click_through", true)]
    [InlineData("impressions_only", false)]
    public async Task Of_a_running_goal_only_the_destination_may_change(string type, bool allowed)
    {
        PictifySandbox sandbox = With("running");
        var goal = new GoalConfig { TypeText = type, DestinationUrl = "https://new.example/" };
        Task<ExperimentChange> Act() =>
            Client(sandbox).UpdateAsync("e", new Dictionary<string, object?> { ["goalConfig"] = goal }).Done();

        if (allowed)
        {
            await Act();
            Assert.Equal("https://new.example/", sandbox.Experiments[0].GoalConfig!.DestinationUrl);
        }
        else
        {
            await Assert.ThrowsAsync<PictifyException>(Act);
        }
    }

    /// <summary>A part that is not given stays, also where it could not be given back.</summary>
    [Fact]
    public async Task A_running_goal_sent_with_its_destination_alone_keeps_its_type()
    {
        PictifySandbox sandbox = With("running");

        await Text(
            sandbox,
            HttpMethod.Put,
            "experiments/api/e",
            """{"goalConfig":{"destinationUrl":"https://new.example/"}}"""
        );

        GoalConfig goal = sandbox.Experiments[0].GoalConfig!;
        Assert.Equal(("click_through", "https://new.example/"), (goal.TypeText, goal.DestinationUrl));
    }

    [Theory]
    [InlineData("""{"goalConfig":null}""")]
    [InlineData("""{"goalConfig":{"type":null}}""")]
    [InlineData("""{"goalConfig":{"type":"impressions_only"}}""")]
    [InlineData("""{"goalConfig":{"destinationUrl":"https://new.example/","currency":"EUR"}}""")]
    [InlineData("""{"goalConfig":{"destinationUrl":null}}""")]
    [InlineData("""{"banditConfig":{"enabled":true}}""")]
    [InlineData("""{"outputConfig":{"quality":10}}""")]
    public async Task A_locked_part_of_a_running_experiment_is_refused_and_never_lost(string body)
    {
        PictifySandbox sandbox = With("running");
        string before = sandbox.Experiments[0].GoalConfig!.ToString();

        using HttpResponseMessage response = await Send(sandbox, HttpMethod.Put, "experiments/api/e", body);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(before, sandbox.Experiments[0].GoalConfig!.ToString());
        Assert.Equal(0, sandbox.AppliedChanges);
    }

    [Fact]
    public async Task An_update_merges_the_objects_of_settings_and_puts_their_defaults()
    {
        PictifySandbox sandbox = With("paused");
        async Task<string> PutAsync(string body) => await Text(sandbox, HttpMethod.Put, "experiments/api/e", body);

        Assert.Contains(
            """banditConfig":{"enabled":true,"algorithm":"thompson_sampling","warmupImpressions":50,"recomputeIntervalMinutes":15}""",
            await PutAsync("""{"banditConfig":{"enabled":true}}"""),
            StringComparison.Ordinal
        );
        Assert.Contains(
            """banditConfig":{"enabled":true,"algorithm":"epsilon_greedy","warmupImpressions":7,"recomputeIntervalMinutes":15}""",
            await PutAsync("""{"banditConfig":{"algorithm":"epsilon_greedy","warmupImpressions":7}}"""),
            StringComparison.Ordinal
        );
        Assert.Contains(
            """outputConfig":{"format":"webp","quality":90}""",
            await PutAsync("""{"outputConfig":{"format":"webp"}}"""),
            StringComparison.Ordinal
        );
        Assert.Contains(
            """outputConfig":{"format":"webp","quality":40}""",
            await PutAsync("""{"outputConfig":{"quality":40}}"""),
            StringComparison.Ordinal
        );
        Assert.Contains(
            """goalConfig":{"type":"impressions_only","destinationUrl":"https://shop.example/"}""",
            await PutAsync("""{"goalConfig":{"type":"impressions_only"}}"""),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_create_gets_the_documented_defaults()
    {
        string created = await Text(
            Empty(),
            HttpMethod.Post,
            "experiments/api",
            """
            {"name":"Hero","slug":"hero","type":"ab_test","banditConfig":{"enabled":true},"outputConfig":{"format":"webp"},
             "goalConfig":{"destinationUrl":"https://shop.example/"},
             "variants":[{"id":"a","weight":5000,"schedule":{"recurrence":{"type":"daily"}}},{"id":"b","weight":5000}]}
            """
        );

        foreach (
            string part in new[]
            {
                """status":"draft""",
                """uid":"exp_sandbox_new_0001""",
                """banditConfig":{"enabled":true,"algorithm":"thompson_sampling","warmupImpressions":50,"recomputeIntervalMinutes":15}""",
                """outputConfig":{"format":"webp","quality":90}""",
                """goalConfig":{"type":"impressions_only","destinationUrl":"https://shop.example/"}""",
                """minimumSampleSize":1000,"confidenceThreshold":0.95,"minimumRunDays":7""",
                """winnerVariantId":null,"winnerDeclaredAt":null""",
                """recurrence":{"type":"daily","timezone":"UTC"}""",
                """isDefault":false""",
            }
        )
        {
            Assert.Contains(part, created, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("variants[1].weight", """{"variants":[{"id":"a","weight":5000},{"id":"b","weight":33.5}]}""")]
    [InlineData("variants[0].id", """{"variants":[{"id":5,"weight":5000},{"id":"b","weight":5000}]}""")]
    [InlineData(
        "variants[0].variables",
        """{"variants":[{"id":"a","weight":5000,"variables":[1]},{"id":"b","weight":5000}]}"""
    )]
    [InlineData("variants[1]", """{"variants":[{"id":"a","weight":10000},null]}""")]
    [InlineData("variants", """{"variants":{"id":"a"}}""")]
    [InlineData(
        "variants[0].conditions.children[0].property",
        """{"variants":[{"id":"a","weight":5000,"conditions":{"type":"group","operator":"AND","children":[{"type":"rule","property":5,"ruleOperator":"equals"}]}},{"id":"b","weight":5000}]}"""
    )]
    [InlineData("minimumRunDays", """{"minimumRunDays":7.5}""")]
    [InlineData("confidenceThreshold", """{"confidenceThreshold":"high"}""")]
    [InlineData("startAt", """{"startAt":"tomorrow"}""")]
    [InlineData("goalConfig", """{"goalConfig":"click_through"}""")]
    [InlineData("banditConfig.enabled", """{"banditConfig":{"enabled":"yes"}}""")]
    [InlineData("name", """{"name":null}""")]
    [InlineData("name", """{"name":7}""")]
    public async Task A_value_of_the_wrong_kind_is_refused_by_its_field(string field, string body)
    {
        PictifySandbox sandbox = With("draft");
        using HttpResponseMessage response = await Send(sandbox, HttpMethod.Put, "experiments/api/e", body);

        string said = await response.Content.ReadAsStringAsync();
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(
            style == SandboxStyle.Problem ? $"\"field\":\"{field}\"" : $"[\"{field} ",
            said,
            StringComparison.Ordinal
        );
        Assert.Equal(0, sandbox.AppliedChanges);
    }

    [Fact]
    public async Task An_unlimited_quota_is_written_as_null()
    {
        string quota = await Text(Empty(), HttpMethod.Get, "experiments/api/quota");

        Assert.Contains("\"ab_test\":{\"used\":0,\"limit\":null}", quota, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Starter", false)]
    [InlineData("Basic", false)]
    [InlineData("Standard", true)]
    [InlineData("Enterprise", true)]
    public async Task Auto_optimisation_is_from_the_standard_plan_up(string plan, bool allowed)
    {
        PictifyClient client = Client(Empty(plan));
        Experiment experiment = New("hero", "ab_test");
        experiment.BanditConfig = new BanditConfig { Enabled = true };

        if (allowed)
        {
            Assert.True((await client.CreateAsync(experiment).Created()).BanditConfig!.Enabled);
            return;
        }

        AssertRefused(
            "banditConfig.enabled",
            await Assert.ThrowsAsync<PictifyException>(() => client.CreateAsync(experiment).Created())
        );
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("page=0", "page")]
    [InlineData("status=archived", "status")]
    [InlineData("status=RUNNING", "status")]
    [InlineData("type=quantum", "type")]
    public async Task A_list_says_which_of_its_arguments_is_wrong(string query, string field)
    {
        using HttpResponseMessage response = await Send(Empty(), HttpMethod.Get, $"experiments/api?{query}");

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(field, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"metadata":{"a":{"b":{"c":1}}},"channel":"in-app","device":"tablet","source":"sdk","referrer":"https://x.example/"}""",
        null
    )]
    [InlineData("""{"metadata":{"a":{"b":{"c":{"d":1}}}}}""", "metadata must be nested 3 deep at most")]
    [InlineData("""{"metadata":{"a":[[[1]]]}}""", "metadata must be nested 3 deep at most")]
    [InlineData("""{"metadata":"text"}""", "metadata must be an object")]
    [InlineData("""{"channel":"fax"}""", "channel must be one of web, email, ad, in-app, social, other")]
    [InlineData("""{"channel":7}""", "channel must be one of")]
    [InlineData("""{"device":"watch"}""", "device must be one of mobile, desktop, tablet")]
    [InlineData("""{"source":"page"}""", "source must be one of sdk, api")]
    [InlineData("""{"variantId":5}""", "variantId must be a text")]
    [InlineData("""{"experiment":7}""", "experiment must be a slug")]
    [InlineData("""{"event":"jump"}""", "event must be one of")]
    public async Task An_event_keeps_the_rules_of_its_fields(string fields, string? refused)
    {
        var parts = (Dictionary<string, object?>)PlainJson.Parse(fields)!;
        parts.TryAdd("event", "view");
        parts.TryAdd("experiment", "hero");
        string answer = await Text(
            With("running"),
            HttpMethod.Post,
            "s/events",
            Encoding.UTF8.GetString(PlainJson.Bytes(parts))
        );

        Assert.Contains(refused is null ? "\"processed\":1" : "\"processed\":0", answer, StringComparison.Ordinal);
        Assert.Contains(refused ?? "\"errors\":[]", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_takes_ten_kilobytes_of_metadata()
    {
        async Task<string> SendAsync(int length) =>
            await Text(
                With("running"),
                HttpMethod.Post,
                "s/events",
                $$$"""{"event":"view","experiment":"hero","metadata":{"a":"{{{new string('x', length)}}}"}}"""
            );

        Assert.Contains("\"processed\":1", await SendAsync(10_000), StringComparison.Ordinal);
        Assert.Contains("metadata must be 10240 bytes at most", await SendAsync(11_000), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_raise_the_counters_of_running_experiments()
    {
        PictifySandbox sandbox = With("running");
        string answer = await Text(
            sandbox,
            HttpMethod.Post,
            "s/events",
            """[{"event":"impression","experiment":"hero","variantId":"a"},{"event":"click","experiment":"hero","variantId":"a"},{"event":"jump","experiment":"hero"},{"event":"view","experiment":"none"}]"""
        );

        Assert.Contains("\"processed\":2", answer, StringComparison.Ordinal);
        Assert.Contains("\"index\":2", answer, StringComparison.Ordinal);
        Assert.Contains("\"index\":3", answer, StringComparison.Ordinal);
        Assert.Contains("write_key_recommended", answer, StringComparison.Ordinal);
        Assert.Equal((1L, 1L), (sandbox.Experiments[0].Impressions, sandbox.Experiments[0].Clicks));
    }

    [Fact]
    public async Task More_than_a_hundred_events_are_refused()
    {
        string body = "[" + string.Join(",", Enumerable.Repeat("""{"event":"view","experiment":"hero"}""", 101)) + "]";
        using HttpResponseMessage response = await Send(With("running"), HttpMethod.Post, "s/events", body);

        Assert.Equal(400, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("running", 302)]
    [InlineData("completed", 302)]
    [InlineData("paused", 404)]
    [InlineData("draft", 404)]
    public async Task An_image_is_served_while_the_experiment_is(string status, int expected)
    {
        PictifySandbox sandbox = With(status);
        if (status == "completed")
        {
            sandbox = With("running");
            await Client(sandbox).CompleteAsync("e", "b").Done();
        }

        using HttpResponseMessage response = await Send(sandbox, HttpMethod.Get, "s/hero.png");

        Assert.Equal(expected, (int)response.StatusCode);
        if (status == "completed")
        {
            Assert.Equal("b", response.Headers.GetValues("X-Variant-Id").Single());
        }
    }

    [Fact]
    public async Task Images_follow_the_weights()
    {
        PictifySandbox sandbox = With("running");
        for (int i = 0; i < 1000; i++)
        {
            (await Send(sandbox, HttpMethod.Get, "s/hero.webp")).Dispose();
        }

        Assert.InRange(sandbox.Experiments[0].Variants[0].Impressions!.Value, 450, 550);
        Assert.Equal(1000, sandbox.Experiments[0].Impressions);
    }

    [Fact]
    public async Task Clicks_and_pixels_count_and_an_unknown_pixel_is_a_pixel_too()
    {
        PictifySandbox sandbox = With("running");
        using HttpResponseMessage click = await Send(sandbox, HttpMethod.Get, "s/hero/click");
        using HttpResponseMessage pixel = await Send(sandbox, HttpMethod.Get, "s/hero/pixel.gif");
        using HttpResponseMessage unknown = await Send(sandbox, HttpMethod.Get, "s/nobody/pixel.gif");

        Assert.Equal("https://shop.example/", click.Headers.Location!.ToString());
        Assert.Equal("image/gif", pixel.Content.Headers.ContentType!.MediaType);
        Assert.Equal(200, (int)unknown.StatusCode);
        Assert.Equal((1L, 1L), (sandbox.Experiments[0].Impressions, sandbox.Experiments[0].Clicks));
    }

    [Fact]
    public async Task An_expired_image_is_gone()
    {
        PictifySandbox sandbox = Empty();
        Experiment expired = New("hero", "ab_test");
        expired.Uid = "e";
        expired.StatusText = "running";
        expired.ExpiresAtMoment = _time.GetUtcNow().AddHours(1);
        sandbox.Add(expired);
        _time.Advance(TimeSpan.FromHours(1));

        using HttpResponseMessage response = await Send(sandbox, HttpMethod.Get, "s/hero.png");

        Assert.Equal(410, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_create_whose_answer_is_lost_is_found_and_not_made_twice()
    {
        PictifySandbox sandbox = Empty();
        using var invoker = new HttpMessageInvoker(new SandboxHandler(sandbox));
        var service = new FakeService(
            async (request, n, cancellationToken) =>
            {
                HttpResponseMessage answer = await invoker.SendAsync(request, cancellationToken);
                if (n == 1)
                {
                    answer.Content = new StringContent("{\"experiment\":{\"ui");
                }

                return answer;
            }
        );
        var client = new PictifyClient(service.Connect(options => options with { TimeProvider = _time }));

        Experiment created = await client.CreateAsync(New("hero", "ab_test")).Created();

        Assert.Equal("hero", created.Slug);
        Assert.Single(sandbox.Experiments);
    }

    [Fact]
    public async Task Every_answer_carries_a_date_and_in_the_style_of_problem_details_the_rate_limit()
    {
        using HttpResponseMessage response = await Send(With("running"), HttpMethod.Get, "experiments/api");

        Assert.True(response.Headers.Contains("Date"));
        foreach (string header in _rateLimitHeaders)
        {
            Assert.True(response.Headers.Contains(header) == (style == SandboxStyle.Problem), header);
        }
    }

    [Fact]
    public async Task An_answer_of_the_rate_limit_carries_it_in_both_styles()
    {
        PictifySandbox sandbox = Sandbox(options => options with { RateLimit = 1 });
        (await Send(sandbox, HttpMethod.Get, "experiments/api")).Dispose();
        using HttpResponseMessage response = await Send(sandbox, HttpMethod.Get, "experiments/api");

        Assert.Equal(429, (int)response.StatusCode);
        foreach (string header in _rateLimitHeaders.Append("Retry-After"))
        {
            Assert.True(response.Headers.Contains(header), header);
        }

        Assert.Contains(
            style == SandboxStyle.Problem ? "\"retryAfter\":60" : "\"retry_after\":60",
            await response.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_refused_key_is_told()
    {
        PictifyClient client = Client(Sandbox(options => options with { AcceptKey = static _ => false }));

        var error = await Assert.ThrowsAsync<PictifyException>(() => client.PauseAsync("e").Done());

        Assert.Equal((PictifyErrorKind.Unauthorized, 401), (error.Kind, error.StatusCode));
        AssertSays(error, "The API key is missing, malformed or revoked", "Invalid Request");
    }

    [Fact]
    public async Task A_missing_feature_is_told()
    {
        PictifyClient client = Client(Sandbox(options => options with { HasExperiments = false }));

        foreach (
            Func<Task> act in new Func<Task>[] { () => client.GetQuotaAsync(), () => client.PauseAsync("e").Done() }
        )
        {
            var error = await Assert.ThrowsAsync<PictifyException>(act);
            Assert.Equal(PictifyErrorKind.FeatureUnavailable, error.Kind);
            Assert.Equal(style == SandboxStyle.Problem ? 404 : 501, error.StatusCode);
            AssertSays(error, "There is no such endpoint", "Experiments are not configured on this server");
        }
    }

    [Fact]
    public async Task An_experiment_that_is_not_there_or_another_teams_is_not_found()
    {
        var error = await Assert.ThrowsAsync<PictifyException>(() => Client(Empty()).PauseAsync("exp_other").Done());

        Assert.Equal((PictifyErrorKind.NotFound, 404), (error.Kind, error.StatusCode));
        AssertSays(error, "There is no experiment 'exp_other'");
    }

    [Fact]
    public async Task A_conflict_tells_the_present_status_and_the_services_words()
    {
        var error = await Assert.ThrowsAsync<PictifyException>(() => Client(With("completed")).PauseAsync("e").Done());

        Assert.Equal((PictifyErrorKind.Conflict, "invalid_transition"), (error.Kind, error.Code));
        Assert.Contains("It is 'completed'", error.Message, StringComparison.Ordinal);
        AssertSays(error, "An experiment that is completed cannot be paused");
    }

    [Fact]
    public async Task A_running_experiment_that_is_not_removed_is_told()
    {
        var error = await Assert.ThrowsAsync<PictifyException>(() =>
            Client(With("running")).DeleteAsync("e").Removed()
        );

        Assert.Equal(PictifyErrorKind.Conflict, error.Kind);
        Assert.Contains("It is running", error.Message, StringComparison.Ordinal);
        AssertSays(error, "A running experiment must be paused or completed before it is deleted");
    }

    [Fact]
    public async Task A_slug_that_is_taken_is_told_by_create_and_by_update()
    {
        PictifySandbox sandbox = With("draft");
        PictifyClient client = Client(sandbox);
        Experiment other = await client.CreateAsync(New("other", "ab_test")).Created();

        foreach (
            Func<Task> act in new Func<Task>[]
            {
                () => client.CreateAsync(New("hero", "ab_test")).Created(),
                () => client.UpdateAsync(other.Uid, new Dictionary<string, object?> { ["slug"] = "hero" }).Done(),
            }
        )
        {
            var error = await Assert.ThrowsAsync<PictifyException>(act);
            Assert.Equal((PictifyErrorKind.Conflict, "slug_taken"), (error.Kind, error.Code));
            Assert.Contains("Another experiment has this slug", error.Message, StringComparison.Ordinal);
            AssertSays(error, "The slug 'hero' is taken");
        }
    }

    [Fact]
    public async Task A_spent_quota_is_told()
    {
        PictifyClient client = Client(Empty("Starter"));

        var error = await Assert.ThrowsAsync<PictifyException>(() =>
            client.CreateAsync(New("hero", "smart_link")).Created()
        );

        Assert.Equal((PictifyErrorKind.QuotaExceeded, "quota_exceeded"), (error.Kind, error.Code));
        AssertSays(error, "The plan Starter allows 0 experiments of type smart_link");
    }

    [Fact]
    public async Task A_refused_field_is_told()
    {
        Experiment experiment = New("hero", "ab_test");
        experiment.ConfidenceThreshold = 7;

        var error = await Assert.ThrowsAsync<PictifyException>(() => Client(Empty()).CreateAsync(experiment).Created());

        Assert.Equal(PictifyErrorKind.Validation, error.Kind);
        AssertRefused("confidenceThreshold", error);
    }

    /// <summary>Without headers on ordinary answers only a 429 tells of the limit, and then the gate holds all.</summary>
    [Fact]
    public async Task A_rate_limit_is_waited_out_at_the_cost_of_those_in_flight()
    {
        const int limit = 10;
        const int atOnce = 4;
        PictifySandbox sandbox = Sandbox(options => options with { RateLimit = limit });
        sandbox.Generate(35);
        PictifyClient client = Client(sandbox);
        using var slots = new SemaphoreSlim(atOnce);
        Task all = Task.WhenAll(
            sandbox.Experiments.Select(async experiment =>
            {
                await slots.WaitAsync();
                await client.PauseAsync(experiment.Uid).Done();
                slots.Release();
            })
        );

        DateTimeOffset end = _time.GetUtcNow().AddMinutes(10);
        while (!all.IsCompleted)
        {
            Assert.True(_time.GetUtcNow() < end, "it hangs");
            await Task.WhenAny(all, Task.Delay(1));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await all;
        Assert.All(sandbox.Experiments, static experiment => Assert.Equal("paused", experiment.StatusText));
        int windows = 35 / limit;
        Assert.InRange(sandbox.Requests["POST pause"], 35, 35 + (windows * atOnce));
    }

    private static (bool Succeeds, string Next) Model(string status, string action)
    {
        if (status == "archived")
        {
            return (action == "delete", status);
        }

        return (status, action) switch
        {
            ("draft" or "paused", "start") => (true, "running"),
            ("running", "start" or "resume") => (true, "running"),
            ("paused", "resume") => (true, "running"),
            ("running", "pause") => (true, "paused"),
            ("paused", "pause") => (true, "paused"),
            ("running" or "paused", "complete") => (true, "completed"),
            ("completed", "complete") => (true, "completed"),
            ("running", "delete") => (false, status),
            (_, "delete") => (true, "archived"),
            (_, "rename") => (true, status),
            ("draft" or "paused", "hypothesis") => (true, status),
            _ => (false, status),
        };
    }

    private static Task Act(PictifyClient client, string action, int step) =>
        action switch
        {
            "start" => client.StartAsync("e").Done(),
            "pause" => client.PauseAsync("e").Done(),
            "resume" => client.ResumeAsync("e").Done(),
            "complete" => client.CompleteAsync("e", "a").Done(),
            "delete" => client.DeleteAsync("e").Removed(),
            "rename" => client.UpdateAsync("e", new Dictionary<string, object?> { ["name"] = $"Hero {step}" }).Done(),
            _ => client.UpdateAsync("e", new Dictionary<string, object?> { ["hypothesis"] = $"It is {step}." }).Done(),
        };

    /// <summary>What the service says is in the error and in its message, in both styles or in each its own.</summary>
    private void AssertSays(PictifyException error, string words, string? inMessageStyle = null)
    {
        string said = style == SandboxStyle.Message ? inMessageStyle ?? words : words;
        Assert.StartsWith(said, error.Detail, StringComparison.Ordinal);
        Assert.Contains($"The service's message: {said}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>One field is refused; a list of texts names it in words only.</summary>
    private void AssertRefused(string field, PictifyException error)
    {
        FieldError refused = Assert.Single(error.FieldErrors);
        Assert.Equal(style == SandboxStyle.Problem ? field : null, refused.Field);
        Assert.StartsWith(field, refused.ToString(), StringComparison.Ordinal);
        Assert.Contains(refused.ToString(), error.Message, StringComparison.Ordinal);
    }

    private PictifySandbox Sandbox(Func<PictifySandboxOptions, PictifySandboxOptions> change) =>
        new(
            change(
                new PictifySandboxOptions
                {
                    TimeProvider = _time,
                    Style = style,
                    Experiments = [],
                }
            )
        );

    private PictifySandbox Empty(string plan = "Business") => Sandbox(options => options with { Plan = plan });

    private PictifySandbox With(string status)
    {
        PictifySandbox sandbox = Empty();
        Experiment experiment = New("hero", "ab_test");
        experiment.Uid = "e";
        experiment.StatusText = status;
        experiment.GoalConfig = new GoalConfig { TypeText = "click_through", DestinationUrl = "https://shop.example/" };
        experiment.UpdatedAtMoment = _time.GetUtcNow().AddDays(-1);
        sandbox.Add(experiment);
        return sandbox;
    }

    private static Experiment New(string slug, string type) =>
        new()
        {
            Name = "Hero",
            Slug = slug,
            TypeText = type,
            Variants = [new Variant { Id = "a", Weight = 5000 }, new Variant { Id = "b", Weight = 5000 }],
        };

    private PictifyClient Client(PictifySandbox sandbox) =>
        new(new PictifyConnection(new PictifyConnectionOptions { Sandbox = sandbox, TimeProvider = _time }));

    private static async Task<string> Create(PictifySandbox sandbox, string slug, string key) =>
        await Text(
            sandbox,
            HttpMethod.Post,
            "experiments/api",
            $$$"""{"name":"Hero","slug":"{{{slug}}}","type":"ab_test","variants":[{"id":"a","weight":5000},{"id":"b","weight":5000}]}""",
            key
        );

    private static async Task<string> Text(
        PictifySandbox sandbox,
        HttpMethod method,
        string path,
        string? body = null,
        string? key = null
    )
    {
        using HttpResponseMessage response = await Send(sandbox, method, path, body, key);
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<HttpResponseMessage> Send(
        PictifySandbox sandbox,
        HttpMethod method,
        string path,
        string? body = null,
        string? key = null
    )
    {
        using var invoker = new HttpMessageInvoker(new SandboxHandler(sandbox));
        using var request = new HttpRequestMessage(method, new Uri(sandbox.BaseUri, path));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await invoker.SendAsync(request, CancellationToken.None);
    }
}
