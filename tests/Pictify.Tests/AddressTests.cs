using Pictify.Http;

namespace Pictify.Tests;

/// <summary>The addresses of services and proxies, and what their errors say.</summary>
public sealed class AddressTests
{
    [Theory]
    [InlineData("http://localhost", true)]
    [InlineData("http://LOCALHOST:8080", true)]
    [InlineData("http://localhost.", true)]
    [InlineData("http://127.0.0.1", true)]
    [InlineData("http://127.255.0.9", true)]
    [InlineData("http://[::1]", true)]
    [InlineData("http://[::ffff:127.0.0.1]", true)]
    [InlineData("http://[::ffff:10.0.0.1]", false)]
    [InlineData("http://10.0.0.1", false)]
    [InlineData("http://localhost.example", false)]
    [InlineData("http://127.0.0.1.example", false)]
    public void Only_this_machine_is_loopback(string uri, bool isLoopback) =>
        Assert.Equal(isLoopback, Addresses.IsLoopback(new Uri(uri)));

    [Theory]
    [InlineData("http://localhost:8080", "http://localhost:8080/")]
    [InlineData("http://localhost.:8080/v1", "http://localhost:8080/v1/")]
    [InlineData("http://[::1]:8080/", "http://[::1]:8080/")]
    [InlineData("https://localhost./", "https://localhost/")]
    [InlineData("https://api.pictify.io", "https://api.pictify.io/")]
    [InlineData("https://api.pictify.io/a/b", "https://api.pictify.io/a/b/")]
    public void A_base_address_ends_in_a_slash(string uri, string expected) =>
        Assert.Equal(expected, Addresses.CheckBase(new Uri(uri)).AbsoluteUri);

    [Theory]
    [InlineData("/relative", "The base URI is not an absolute https address, such as https://api.pictify.io.")]
    [InlineData(
        "ftp://files.example/x",
        "The base URI 'ftp://files.example' is not an absolute https address, such as https://api.pictify.io."
    )]
    // What stands before an @ may be a password.
    [InlineData(
        "ftp://me:word@files.example",
        "The base URI is not an absolute https address, such as https://api.pictify.io."
    )]
    [InlineData(
        "mailto:me@files.example",
        "The base URI is not an absolute https address, such as https://api.pictify.io."
    )]
    [InlineData("file:///etc", "The base URI is not an absolute https address, such as https://api.pictify.io.")]
    [InlineData(
        "https://me:word@api.pictify.io",
        "The base URI must be scheme, host, port and path only, without user, password, query or fragment; it is not repeated here."
    )]
    [InlineData(
        "https://api.pictify.io/?key=word",
        "The base URI must be scheme, host, port and path only, without user, password, query or fragment; it is not repeated here."
    )]
    [InlineData(
        "https://api.pictify.io/#word",
        "The base URI must be scheme, host, port and path only, without user, password, query or fragment; it is not repeated here."
    )]
    [InlineData(
        "http://api.pictify.io/",
        "The base URI 'http://api.pictify.io/' is http: the API key would be sent unencrypted. Use https; http is for loopback addresses only."
    )]
    public void A_base_address_that_cannot_be_used_says_why_without_a_password(string uri, string message)
    {
        var error = Assert.Throws<PictifyException>(() =>
            Addresses.CheckBase(new Uri(uri, UriKind.RelativeOrAbsolute))
        );

        Assert.Equal(PictifyErrorKind.InvalidArgument, error.Kind);
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("http://proxy.example:3128")]
    [InlineData("https://proxy.example")]
    [InlineData("socks4://proxy.example:1080")]
    [InlineData("socks4a://proxy.example:1080")]
    [InlineData("socks5://proxy.example:1080")]
    public void A_proxy_may_speak_HTTP_or_SOCKS(string uri) =>
        Assert.Equal(new Uri(uri), Addresses.CheckProxy(new Uri(uri)));

    [Theory]
    [InlineData("proxy.example", "The proxy's address is not an absolute one, such as http://proxy.example:3128.")]
    [InlineData(
        "ftp://proxy.example",
        "The proxy's address is not an absolute one, such as http://proxy.example:3128."
    )]
    [InlineData("proxy.example:3128", "The proxy's address is not an absolute one, such as http://proxy.example:3128.")]
    [InlineData(
        "http://me:word@proxy.example:3128",
        "The proxy's address must be scheme, host and port only, and is not repeated here: its user and password go into -ProxyCredential."
    )]
    [InlineData(
        "http://proxy.example/?user=word",
        "The proxy's address must be scheme, host and port only, and is not repeated here: its user and password go into -ProxyCredential."
    )]
    [InlineData(
        "http://proxy.example/#word",
        "The proxy's address must be scheme, host and port only, and is not repeated here: its user and password go into -ProxyCredential."
    )]
    public void A_proxy_that_cannot_be_used_says_why_without_a_password(string uri, string message)
    {
        var error = Assert.Throws<PictifyException>(() =>
            Addresses.CheckProxy(new Uri(uri, UriKind.RelativeOrAbsolute))
        );

        Assert.Equal(PictifyErrorKind.InvalidArgument, error.Kind);
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("prod-EU_2.old", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a*", false)]
    [InlineData("é", false)]
    [InlineData("a/b", false)]
    [InlineData("a\n", false)]
    public void A_connections_name_is_of_letters_digits_and_three_signs(string name, bool isValid) =>
        Assert.Equal(isValid, ConnectionName.IsValid(name));

    [Fact]
    public void A_connections_name_has_64_characters_at_most()
    {
        foreach (char edge in "azAZ09-_.")
        {
            Assert.True(ConnectionName.IsValid(edge.ToString()));
        }

        Assert.True(ConnectionName.IsValid(new string('a', 64)));
        Assert.False(ConnectionName.IsValid(new string('a', 65)));
        Assert.Equal(
            "'a b' is no name of a connection: 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.'.",
            ConnectionName.GetProblem("a b")
        );
    }
}
