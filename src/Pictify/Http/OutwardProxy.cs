using System.Net;

namespace Pictify.Http;

/// <summary>A proxy for every address but loopback ones: requests to those must not leave this machine, where they are unencrypted.</summary>
internal sealed class OutwardProxy(IWebProxy inner) : IWebProxy
{
    /// <summary>Passwords in the environment's proxy addresses: the runtime sends them, and a proxy may repeat them.</summary>
    public static Lazy<string[]> EnvironmentPasswords { get; } =
        new(static () =>
            [
                .. new[] { "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY" }
                    .Select(Environment.GetEnvironmentVariable)
                    .Select(PasswordOf)
                    .OfType<string>()
                    .SelectMany(static password => new[] { password, Uri.UnescapeDataString(password) })
                    .Distinct(),
            ]
        );

    public ICredentials? Credentials
    {
        get => inner.Credentials;
        set => inner.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => Addresses.IsLoopback(destination) ? null : inner.GetProxy(destination);

    public bool IsBypassed(Uri host) => Addresses.IsLoopback(host) || inner.IsBypassed(host);

    /// <summary>The password in user:password@host; null if the address has none.</summary>
    private static string? PasswordOf(string? address)
    {
        int at = address?.LastIndexOf('@') ?? -1;
        int colon = at < 0 ? -1 : address!.IndexOf(':', address.IndexOf("//", StringComparison.Ordinal) + 2);
        return colon >= 0 && colon < at ? address!.Substring(colon + 1, at - colon - 1) : null;
    }
}
