using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Security;
using Pictify.Http;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>What a connection is, what it says of itself, and what becomes of it once it is closed.</summary>
public sealed class ConnectionLifeTests
{
    private const string Key = "pk_test_0123456789";

    [Fact]
    public void A_connection_has_the_defaults_that_the_documentation_names()
    {
        using var connection = new PictifyConnection(new PictifyConnectionOptions { ApiKey = FakeService.Secure(Key) });

        Assert.Equal(new Uri("https://api.pictify.io/"), connection.BaseUri);
        Assert.Equal(
            (30d, 3, 120d),
            (connection.Timeout.TotalSeconds, connection.MaximumRetryCount, connection.MaximumWait.TotalSeconds)
        );
        Assert.Equal(TimeSpan.FromSeconds(1), connection.RetryInterval);
        Assert.Equal(
            ("off", false, false),
            (connection.LedgerPath, connection.RequireLedger, connection.RequireReason)
        );
        Assert.Equal((null, null, null), (connection.Name, connection.Proxy, connection.Sandbox));
        Assert.Equal("Pictify", connection.UserAgent);
        Assert.False(connection.IsClosed);
        Assert.False(connection.FeatureSeen);
        Assert.Null(connection.Skew);
    }

    [Fact]
    public void A_connection_reads_as_its_name_environment_and_address()
    {
        var service = new FakeService((_, _) => FakeService.Answer(200));
        using PictifyConnection bare = service.Connect();
        using PictifyConnection named = service.Connect(options => options with { Name = "prod" }, "pk_live_1");
        using var sandbox = new PictifyConnection(new PictifyConnectionOptions { Sandbox = new PictifySandbox() });

        Assert.Equal("Test https://api.pictify.io/", bare.ToString());
        Assert.Equal("prod (Live https://api.pictify.io/)", named.ToString());
        Assert.Equal($"Sandbox {sandbox.Sandbox!.BaseUri}", sandbox.ToString());
        Assert.Equal(service.Time.GetUtcNow().LocalDateTime, bare.ConnectedAt);
    }

    [Theory]
    [InlineData("pk_live_1", PictifyEnvironment.Live, true)]
    [InlineData("pk_test_1", PictifyEnvironment.Test, true)]
    [InlineData("PK_TEST_1", PictifyEnvironment.Live, false)]
    [InlineData("pk_tes", PictifyEnvironment.Live, false)]
    public void A_keys_prefix_is_known_or_taken_for_live(string key, PictifyEnvironment environment, bool isKnown)
    {
        using PictifyConnection connection = new FakeService((_, _) => FakeService.Answer(200)).Connect(key: key);

        Assert.Equal((environment, isKnown), (connection.Environment, connection.HasKnownPrefix));
    }

    [Fact]
    public void A_fingerprint_is_the_beginning_of_the_keys_hash()
    {
        using PictifyConnection connection = new FakeService((_, _) => FakeService.Answer(200)).Connect(key: "abc");

        // SHA-256 of "abc", from the standard's own example.
        Assert.Equal("ba7816bf", connection.KeyFingerprint);
    }

    [Fact]
    public void A_sandbox_has_no_key_and_its_prefix_is_nothing_to_ask_about()
    {
        using var connection = new PictifyConnection(new PictifyConnectionOptions { Sandbox = new PictifySandbox() });

        Assert.Equal(
            (PictifyEnvironment.Sandbox, null, true),
            (connection.Environment, connection.KeyFingerprint, connection.HasKnownPrefix)
        );
        Assert.Null(connection.GetKeyText());
        Assert.Equal(connection.Sandbox!.Id, connection.Origin);
    }

    [Fact]
    public void An_origin_is_one_for_an_address_and_a_key()
    {
        var service = new FakeService((_, _) => FakeService.Answer(200));
        using PictifyConnection one = service.Connect();
        using PictifyConnection same = service.Connect(options => options with { Name = "other" });
        using PictifyConnection otherKey = service.Connect(key: "pk_test_other");
        using PictifyConnection elsewhere = service.Connect(options =>
            options with
            {
                BaseUri = new Uri("https://x.example"),
            }
        );

        Assert.Equal(one.Origin, same.Origin);
        Assert.NotEqual(one.Origin, otherKey.Origin);
        Assert.NotEqual(one.Origin, elsewhere.Origin);
    }

    [Theory]
    [InlineData("", "The API key is empty.")]
    [InlineData(
        "pk_test_ 1",
        "The API key contains a space, a line break or a character outside ASCII: it was probably copied with something around it."
    )]
    [InlineData(
        "pk_test_\u007f",
        "The API key contains a space, a line break or a character outside ASCII: it was probably copied with something around it."
    )]
    public void A_key_that_cannot_be_sent_says_why(string key, string message) =>
        Assert.Equal(message, Refused(new PictifyConnectionOptions { ApiKey = FakeService.Secure(key) }));

    [Fact]
    public void What_a_connection_cannot_do_without_is_asked_for()
    {
        Assert.Equal("There is no API key.", Refused(new PictifyConnectionOptions()));
        Assert.Equal(
            "'a b' is no name of a connection: 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.'.",
            Refused(new PictifyConnectionOptions { Name = "a b", ApiKey = FakeService.Secure(Key) })
        );
        Assert.Equal(
            "The proxy's address is not an absolute one, such as http://proxy.example:3128.",
            Refused(
                new PictifyConnectionOptions
                {
                    ApiKey = FakeService.Secure(Key),
                    Proxy = new Uri("proxy", UriKind.Relative),
                }
            )
        );
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => new PictifyConnection(null!)).ParamName);
    }

    [Fact]
    public void A_key_that_is_changed_afterwards_stays_as_it_was_given()
    {
        SecureString key = FakeService.Secure(Key);
        using var connection = new PictifyConnection(new PictifyConnectionOptions { ApiKey = key });
        key.AppendChar('x');

        Assert.Equal(Key, connection.GetKeyText());
    }

    [Fact]
    public async Task A_closed_connection_says_what_closed_it_and_what_to_do()
    {
        var service = new FakeService((_, _) => FakeService.Answer(200, FakeService.Experiment("e", "running")));
        PictifyConnection used = service.Connect(options => options with { Name = "prod" });
        _ = await new PictifyClient(used).GetAsync("e");
        PictifyConnection unused = service.Connect(options => options with { Name = "prod" });
        const string message =
            "The connection to prod (Test https://api.pictify.io/) was closed, by Disconnect-Pictify or by a Connect-Pictify with its name; "
            + "nothing was sent. Connect again with Connect-Pictify.";

        foreach (PictifyConnection connection in new[] { used, unused })
        {
            connection.Dispose();
            connection.Dispose();
            Assert.True(connection.IsClosed);
            Assert.True(connection.Closing.IsCancellationRequested);
            var error = await Assert.ThrowsAsync<PictifyException>(() => new PictifyClient(connection).GetAsync("e"));
            Assert.Equal((PictifyErrorKind.ConnectionClosed, message), (error.Kind, error.Message));
            Assert.Equal(message, Assert.Throws<PictifyException>(connection.GetKeyText).Message);
            Assert.Equal(message, Assert.Throws<PictifyException>(connection.CreateHttpClient).Message);
        }

        Assert.Single(service.Requests);
    }

    /// <summary>A change that is refused so was not made: it may be made through another connection.</summary>
    [Fact]
    public async Task A_change_on_a_closed_connection_was_not_made()
    {
        PictifyConnection connection = new FakeService((_, _) => FakeService.Answer(200)).Connect();
        connection.Dispose();

        ExperimentChange change = await new PictifyClient(connection).PauseAsync("e");

        Assert.Equal((ChangeOutcome.Failed, "ConnectionClosed"), (change.Outcome, change.Error!.ErrorId));
    }

    /// <summary>Its attempts have time limits of their own, which a client's would cut short.</summary>
    [Fact]
    public void A_clients_own_time_limit_is_off()
    {
        using PictifyConnection connection = new FakeService((_, _) => FakeService.Answer(200)).Connect();
        using HttpClient client = connection.CreateHttpClient();

        Assert.Equal(Timeout.InfiniteTimeSpan, client.Timeout);
    }

    [Fact]
    public void A_proxys_password_and_a_requests_secrets_are_masked_like_the_key()
    {
        using PictifyConnection connection = new FakeService((_, _) => FakeService.Answer(200)).Connect(options =>
            options with
            {
                ProxyCredential = new NetworkCredential("me", "proxy-password"),
            }
        );
        var request = new ApiRequest(RequestKind.Event, HttpMethod.Post, "s/events") { Secrets = ["write-key"] };

        using SecretMask mask = connection.Mask(request);
        using SecretMask bare = connection.Mask();

        Assert.Equal("****************** ************** *********", mask.Apply($"{Key} proxy-password write-key"));
        Assert.Equal("****************** ************** write-key", bare.Apply($"{Key} proxy-password write-key"));
    }

    /// <summary>The time has digits and the year of the ISO calendar in every culture: th-TH has another year.</summary>
    [Fact]
    public async Task The_time_at_which_a_rate_limit_ends_is_the_same_text_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var service = new FakeService((_, _) => FakeService.Answer(200));
        using PictifyConnection connection = service.Connect();
        RateLane lane = connection.LaneOf(Request("experiments/api", true));
        await lane.Gate.EnterAsync(0, null, default);
        lane.Gate.Leave(FakeService.Response(429, "", ("Retry-After", "3600")));
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("th-TH");

            var error = await Assert.ThrowsAsync<PictifyException>(() => lane.Gate.EnterAsync(0, null, default));

            Assert.Contains(" is spent until 2026-11-", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(true, "experiments/api", "The API key's rate limit")]
    [InlineData(true, "experiments/api/e/pause", "The API key's rate limit")]
    [InlineData(true, "EXPERIMENTS/API?page=1", "The API key's rate limit")]
    [InlineData(true, "experiments/apiary", "The rate limit of other endpoints")]
    [InlineData(true, "image", "The rate limit of other endpoints")]
    [InlineData(false, "s/hero.png", "The rate limit of public requests")]
    [InlineData(false, "s/events", "The rate limit of public requests")]
    [InlineData(false, "https://cdn.example/a.png", "The rate limit of cdn.example")]
    [InlineData(false, "http://cdn.example/a.png", "The rate limit of cdn.example")]
    [InlineData(false, "ftp://cdn.example/a.png", "The rate limit of public requests")]
    public async Task A_request_counts_against_the_limit_that_it_falls_under(
        bool isAuthenticated,
        string path,
        string what
    )
    {
        var service = new FakeService((_, _) => FakeService.Answer(200));
        using PictifyConnection connection = service.Connect();
        RateLane lane = connection.LaneOf(Request(path, isAuthenticated));
        await lane.Gate.EnterAsync(0, null, default);
        lane.Gate.Leave(FakeService.Response(429, "", ("Retry-After", "3600")));

        var error = await Assert.ThrowsAsync<PictifyException>(() => lane.Gate.EnterAsync(0, null, default));

        DateTime until = service.Time.GetUtcNow().AddHours(1).LocalDateTime;
        Assert.Equal(
            FormattableString.Invariant(
                $"{what} is spent until {until:yyyy-MM-dd HH:mm:ss}, which is longer than this connection waits."
            ),
            error.Message
        );
        Assert.Equal((PictifyErrorKind.RateLimited, true), (error.Kind, error.IsTooLong));
        Assert.Equal(until, error.RetryAt);
        Assert.Same(lane, connection.LaneOf(Request(path, isAuthenticated)));
        Assert.NotSame(lane, connection.LaneOf(Request("https://other.example/", isAuthenticated: false)));
        Assert.Equal(
            what == "The rate limit of other endpoints",
            lane == connection.LaneOf(Request("other", isAuthenticated: true))
        );
    }

    [Fact]
    public void The_skew_is_by_the_experiments_answers_or_else_by_the_public_ones()
    {
        using PictifyConnection connection = new FakeService((_, _) => FakeService.Answer(200)).Connect();
        DateTimeOffset now = connection.Now;

        connection.LaneOf(Request("s/events", isAuthenticated: false)).Clock.Observe(now.AddSeconds(60), now, now);
        Assert.Equal(TimeSpan.FromSeconds(60.5), connection.Skew);
        Assert.Null(connection.Clock.Skew);

        connection.Experiments.Clock.Observe(now.AddSeconds(5), now, now);
        Assert.Equal(TimeSpan.FromSeconds(5.5), connection.Skew);
    }

    [Theory]
    [InlineData("https://other.example/x")]
    [InlineData("http://api.pictify.io/x")]
    [InlineData("https://api.pictify.io:8443/x")]
    public async Task The_key_goes_to_no_other_address(string uri)
    {
        var service = new FakeService((_, _) => FakeService.Answer(200));

        var error = await Assert.ThrowsAsync<PictifyException>(() =>
            service.Client().SendAsync(Request(uri, isAuthenticated: true), default)
        );

        Assert.Equal(
            $"A request to {new Uri(uri).GetLeftPart(UriPartial.Authority)} was refused: the connection is for https://api.pictify.io/.",
            error.Message
        );
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task A_request_has_the_headers_that_the_service_expects()
    {
        HttpRequestMessage? sent = null;
        string? type = null;
        var service = new FakeService(
            (request, _) =>
            {
                sent = request;
                type ??= request.Content?.Headers.ContentType?.ToString();
                return FakeService.Answer(200, "{}");
            }
        );
        PictifyClient client = service.Client(options => options with { UserAgent = "PictifyPS/1.0" });

        await client.UpdateAsync("e", new Dictionary<string, object?> { ["name"] = "x" });

        Assert.Equal("application/json; charset=utf-8", type);
        await client.ProbeAsync(default).ContinueWith(static _ => { }, TaskScheduler.Default);
        Assert.Equal("application/json, application/problem+json", sent!.Headers.Accept.ToString());
        Assert.Equal("PictifyPS/1.0", sent.Headers.UserAgent.ToString());
        Assert.Null(sent.Content);
    }

    /// <summary>.NET sends a request without content again by itself; one with empty content it does not.</summary>
    [Fact]
    public async Task A_change_without_a_body_has_empty_content()
    {
        long? length = null;
        var service = new FakeService(
            (request, _) =>
            {
                length = request.Content?.Headers.ContentLength;
                return FakeService.Answer(200, FakeService.Experiment("e", "paused"));
            }
        );

        _ = await service.Client().PauseAsync("e");

        Assert.Equal(0, length);
    }

    [Fact]
    public void A_proxy_is_not_asked_about_this_machine()
    {
        var inner = new WebProxy("http://proxy.example:3128") { BypassProxyOnLocal = false };
        inner.BypassList = ["direct\\.example"];
        var proxy = new OutwardProxy(inner);

        Assert.Equal(new Uri("http://proxy.example:3128"), proxy.GetProxy(new Uri("https://api.pictify.io")));
        Assert.Null(proxy.GetProxy(new Uri("http://localhost:8080")));
        Assert.True(proxy.IsBypassed(new Uri("http://127.0.0.1:8080")));
        Assert.True(proxy.IsBypassed(new Uri("https://direct.example")));
        Assert.False(proxy.IsBypassed(new Uri("https://api.pictify.io")));
        var credential = new NetworkCredential("me", "word");
        proxy.Credentials = credential;
        Assert.Same(credential, inner.Credentials);
        Assert.Same(credential, proxy.Credentials);
    }

    [Fact]
    public void The_network_is_reached_without_redirects_and_cookies()
    {
        using var direct = (SocketsHttpHandler)NetworkHandler.Create(null, noProxy: true);
        using var given = (SocketsHttpHandler)
            NetworkHandler.Create(new WebProxy("http://proxy.example"), noProxy: false);

        Assert.Equal(
            (false, false, false, null),
            (direct.AllowAutoRedirect, direct.UseCookies, direct.UseProxy, direct.Proxy)
        );
        Assert.Equal((false, false, true), (given.AllowAutoRedirect, given.UseCookies, given.UseProxy));
        Assert.Equal(new Uri("http://proxy.example"), given.Proxy!.GetProxy(new Uri("https://api.pictify.io")));
        Assert.Equal(DecompressionMethods.All, direct.AutomaticDecompression);
    }

    private static ApiRequest Request(string path, bool isAuthenticated) =>
        new(RequestKind.Read, HttpMethod.Get, path) { Authenticated = isAuthenticated };

    private static string Refused(PictifyConnectionOptions options)
    {
        var error = Assert.Throws<PictifyException>(() => new PictifyConnection(options));
        Assert.Equal(PictifyErrorKind.InvalidArgument, error.Kind);
        return error.Message;
    }
}
