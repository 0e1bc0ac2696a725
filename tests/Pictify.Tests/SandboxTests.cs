using System.Net.Http;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Pictify.Http;
using Pictify.Sandbox;

namespace Pictify.Tests;

public sealed class SandboxTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

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
                "start" => client.StartAsync("e"),
                "pause" => client.PauseAsync("e"),
                "complete" => client.CompleteAsync("e", "a"),
                _ => client.DeleteAsync("e"),
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
            await client.CreateAsync(New($"hero-{i}", type));
        }

        var error = await Assert.ThrowsAsync<PictifyException>(() => client.CreateAsync(New("hero-more", type)));
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

        var error = await Assert.ThrowsAsync<PictifyException>(() => client.CreateAsync(Many(most + 1)));
        Assert.Equal("variants", Assert.Single(error.FieldErrors).Field);
        Assert.Equal(most, (await client.CreateAsync(Many(most))).Variants.Count);
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
        Experiment first = await client.CreateAsync(New("hero", "ab_test"));
        var taken = await Assert.ThrowsAsync<PictifyException>(() => client.CreateAsync(New("hero", "ab_test")));
        Assert.Equal(PictifyErrorKind.Conflict, taken.Kind);

        Assert.True(await client.DeleteAsync(first.Uid));
        Assert.False(await client.DeleteAsync(first.Uid));

        Assert.NotEqual(first.Uid, (await client.CreateAsync(New("hero", "ab_test"))).Uid);
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
            Client(sandbox).UpdateAsync("e", new Dictionary<string, object?> { [field] = value });

        if (allowed)
        {
            await Act();
            return;
        }

        var error = await Assert.ThrowsAsync<PictifyException>(Act);
        Assert.Equal(field, Assert.Single(error.FieldErrors).Field);
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
            Client(sandbox).UpdateAsync("e", new Dictionary<string, object?> { ["goalConfig"] = goal });

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
            await Client(sandbox).CompleteAsync("e", "b");
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
        expired.ExpiresAt = _time.GetUtcNow().AddHours(1);
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

        Experiment created = await client.CreateAsync(New("hero", "ab_test"));

        Assert.Equal("hero", created.Slug);
        Assert.Single(sandbox.Experiments);
    }

    [Fact]
    public async Task Every_answer_carries_the_rate_limit_and_a_date()
    {
        using HttpResponseMessage response = await Send(With("running"), HttpMethod.Get, "experiments/api");

        foreach (string header in new[] { "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Date" })
        {
            Assert.True(response.Headers.Contains(header), header);
        }
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
            "start" => client.StartAsync("e"),
            "pause" => client.PauseAsync("e"),
            "resume" => client.ResumeAsync("e"),
            "complete" => client.CompleteAsync("e", "a"),
            "delete" => client.DeleteAsync("e"),
            "rename" => client.UpdateAsync("e", new Dictionary<string, object?> { ["name"] = $"Hero {step}" }),
            _ => client.UpdateAsync("e", new Dictionary<string, object?> { ["hypothesis"] = $"It is {step}." }),
        };

    private PictifySandbox Empty(string plan = "Business") =>
        new(
            new PictifySandboxOptions
            {
                TimeProvider = _time,
                Plan = plan,
                Experiments = [],
            }
        );

    private PictifySandbox With(string status)
    {
        PictifySandbox sandbox = Empty();
        Experiment experiment = New("hero", "ab_test");
        experiment.Uid = "e";
        experiment.StatusText = status;
        experiment.GoalConfig = new GoalConfig { TypeText = "click_through", DestinationUrl = "https://shop.example/" };
        experiment.UpdatedAt = _time.GetUtcNow().AddDays(-1);
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
