using Pictify.Http;
using static Pictify.Tests.FakeService;

namespace Pictify.Tests;

public sealed class ConnectionTests
{
    [Theory]
    [InlineData("pk_live_1", PictifyEnvironment.Live)]
    [InlineData("pk_test_1", PictifyEnvironment.Test)]
    [InlineData("something", PictifyEnvironment.Live)]
    public void The_keys_prefix_tells_the_environment(string key, PictifyEnvironment expected)
    {
        using PictifyConnection connection = Connect(key);

        Assert.Equal(expected, connection.Environment);
    }

    [Theory]
    [InlineData("http://api.pictify.io")]
    [InlineData("http://192.168.1.5:8080")]
    [InlineData("ftp://api.pictify.io")]
    [InlineData("https://user:secret@api.pictify.io")]
    [InlineData("https://api.pictify.io?x=1")]
    [InlineData("https://api.pictify.io/#x")]
    [InlineData("/relative")]
    public void A_base_uri_that_could_leak_the_key_is_refused(string uri)
    {
        var error = Assert.Throws<PictifyException>(() => Connect("pk_test_1", uri));

        Assert.Equal(PictifyErrorKind.InvalidArgument, error.Kind);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:8080", "http://localhost:8080/")]
    [InlineData("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/")]
    [InlineData("https://api.pictify.io/v1/", "https://api.pictify.io/v1/")]
    public void A_base_uri_may_be_loopback_and_carry_a_path(string uri, string expected)
    {
        using PictifyConnection connection = Connect("pk_test_1", uri);

        Assert.Equal(expected, connection.BaseUri.AbsoluteUri);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pk_test_1\r\nX-Evil: 1")]
    [InlineData(" pk_test_1")]
    [InlineData("pk_test_\u00e9")]
    public void A_key_that_cannot_be_a_header_is_refused_without_being_shown(string key)
    {
        var error = Assert.Throws<PictifyException>(() => Connect(key));

        Assert.Equal(PictifyErrorKind.InvalidArgument, error.Kind);
        Assert.DoesNotContain("pk_test_", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_never_shows_its_key()
    {
        const string key = "pk_test_verysecret";
        using PictifyConnection connection = Connect(key);

        string everything = string.Join(
            "|",
            typeof(PictifyConnection).GetProperties().Select(property => $"{property.GetValue(connection)}")
        );
        Assert.DoesNotContain("verysecret", everything + connection, StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{8}$", connection.KeyFingerprint);
    }

    [Fact]
    public async Task A_closed_connection_refuses_requests()
    {
        var service = new FakeService((_, _) => Answer(200, Experiment("e", "running")));
        PictifyConnection connection = service.Connect();
        connection.Dispose();

        await Assert.ThrowsAsync<PictifyException>(() => new PictifyClient(connection).GetAsync("e"));
        Assert.Empty(service.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a%2fb")]
    [InlineData("a?b")]
    [InlineData("exp 1")]
    [InlineData("exp_1\n")]
    [InlineData("quota")]
    [InlineData("Quota")]
    [InlineData("\u202eexp")]
    public async Task A_uid_that_could_reach_another_path_is_never_sent(string uid)
    {
        var service = new FakeService((_, _) => Answer(200, "{}"));
        PictifyClient client = service.Client();

        var read = await Assert.ThrowsAsync<PictifyException>(() => client.GetAsync(uid));
        var pause = await Assert.ThrowsAsync<PictifyException>(() => client.PauseAsync(uid).Done());
        Assert.Equal(PictifyErrorKind.InvalidArgument, read.Kind);
        Assert.Equal(PictifyErrorKind.InvalidArgument, pause.Kind);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task The_key_goes_into_the_header_and_the_path_prefix_is_kept()
    {
        string? authorization = null;
        var service = new FakeService(
            (request, _) =>
            {
                authorization = request.Headers.Authorization?.ToString();
                return Answer(200, Experiment("e", "running"));
            }
        );
        PictifyClient client = service.Client(options =>
            options with
            {
                BaseUri = new Uri("https://api.pictify.io/v1"),
            }
        );

        await client.GetAsync("e");

        Assert.Equal("Bearer pk_test_0123456789", authorization);
        Assert.Equal(["GET /v1/experiments/api/e"], service.Requests);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        var service = new FakeService((_, _) => Answer(302, "", "text/html", ("Location", "https://evil.example/")));

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().GetAsync("e"));

        Assert.Equal(PictifyErrorKind.InvalidResponse, error.Kind);
        Assert.Single(service.Requests);
    }

    private static PictifyConnection Connect(string key, string uri = "https://api.pictify.io") =>
        new(new PictifyConnectionOptions { ApiKey = Secure(key), BaseUri = new Uri(uri, UriKind.RelativeOrAbsolute) });
}
