using System.Net;
using System.Net.Sockets;
using Pictify.Http;
using static Pictify.Tests.FakeService;

namespace Pictify.Tests;

/// <summary>What goes through a proxy, and what of its address is shown.</summary>
public sealed class ProxyTests
{
    public static TheoryData<string> Loopback =>
        [
            "http://localhost:1/",
            "http://LOCALHOST:1/",
            "http://localhost.:1/",
            "http://127.0.0.1:1/",
            "http://127.1:1/",
            "http://127.255.255.254:1/",
            "http://2130706433:1/",
            "http://[::1]:1/",
            "http://[0:0:0:0:0:0:0:1]:1/",
            "http://[::ffff:127.0.0.1]:1/",
            "https://localhost:1/",
        ];

    [Theory]
    [MemberData(nameof(Loopback))]
    public void A_loopback_address_needs_no_https_and_goes_past_every_proxy(string address)
    {
        var outward = new OutwardProxy(new WebProxy("http://proxy.example:3128"));
        using var connection = Connect(address);

        Assert.True(outward.IsBypassed(connection.BaseUri));
        Assert.Null(outward.GetProxy(connection.BaseUri));
    }

    [Theory]
    [InlineData("http://localhost.example/")]
    [InlineData("http://127.0.0.1.example/")]
    [InlineData("http://a.localhost/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://[::]/")]
    [InlineData("http://128.0.0.1/")]
    public void Other_addresses_go_through_it_and_need_https(string address)
    {
        var proxy = new Uri("http://proxy.example:3128");
        var outward = new OutwardProxy(new WebProxy(proxy));

        Assert.False(outward.IsBypassed(new Uri(address)));
        Assert.Equal(proxy, outward.GetProxy(new Uri(address)));
        Assert.Throws<PictifyException>(() => Connect(address));
    }

    /// <summary>The proxy is a server that counts: nothing of a request to this machine arrives there.</summary>
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("localhost.")]
    public async Task Nothing_for_this_machine_arrives_at_the_proxy(string host)
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        using var server = new ScriptedServer();
        server.Account("pk_test_first", "team");
        server.Add("e", "team");
        using var connection = new PictifyConnection(
            new PictifyConnectionOptions
            {
                BaseUri = new Uri($"http://{host}:{server.Address.Port}/"),
                ApiKey = Secure("pk_test_first"),
                Proxy = new Uri($"http://127.0.0.1:{((IPEndPoint)proxy.LocalEndpoint).Port}"),
                MaximumRetryCount = 0,
            }
        );

        Assert.Equal("e", (await new PictifyClient(connection).GetAsync("e")).Uid);
        Assert.False(proxy.Pending());
    }

    [Fact]
    public async Task What_is_elsewhere_does_arrive_there()
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        using var connection = new PictifyConnection(
            new PictifyConnectionOptions
            {
                BaseUri = new Uri("https://api.pictify.invalid/"),
                ApiKey = Secure("pk_test_first"),
                Proxy = new Uri($"http://127.0.0.1:{((IPEndPoint)proxy.LocalEndpoint).Port}"),
                MaximumRetryCount = 0,
            }
        );

        Task<Experiment> read = new PictifyClient(connection).GetAsync("e");
        using (await proxy.AcceptTcpClientAsync())
        {
            // It came, and is sent away; nobody comes to a second one.
            proxy.Stop();
        }

        await Assert.ThrowsAsync<PictifyException>(() => read);
    }

    [Theory]
    [InlineData("http://user:hunter2@api.pictify.io")]
    [InlineData("https://user:hunter2@api.pictify.io")]
    [InlineData("ftp://user:hunter2@api.pictify.io")]
    [InlineData("user:hunter2@api.pictify.io")]
    [InlineData("//user:hunter2@api.pictify.io")]
    [InlineData("/user:hunter2@api.pictify.io")]
    [InlineData("http://hunter2@127.0.0.1")]
    [InlineData("https://api.pictify.io/?password=hunter2")]
    [InlineData("https://api.pictify.io/#hunter2")]
    [InlineData("file:///home/hunter2")]
    public void A_password_in_an_address_is_refused_and_not_repeated(string address)
    {
        var uri = new Uri(address, UriKind.RelativeOrAbsolute);
        var asBase = Assert.Throws<PictifyException>(() => Connect(address));
        var asProxy = Assert.Throws<PictifyException>(() =>
            new PictifyConnection(new PictifyConnectionOptions { ApiKey = Secure("pk_test_1"), Proxy = uri })
        );

        Assert.All(
            new[] { asBase, asProxy },
            static error =>
            {
                Assert.Equal(PictifyErrorKind.InvalidArgument, error.Kind);
                Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
            }
        );
    }

    private static PictifyConnection Connect(string address) =>
        new(
            new PictifyConnectionOptions
            {
                ApiKey = Secure("pk_test_1"),
                BaseUri = new Uri(address, UriKind.RelativeOrAbsolute),
            }
        );
}
