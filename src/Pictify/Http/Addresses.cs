using System.Net;

namespace Pictify.Http;

/// <summary>Checks the addresses of services and proxies, and recognizes loopback ones.</summary>
internal static class Addresses
{
    private static readonly string[] _proxySchemes = ["http", "https", "socks4", "socks4a", "socks5"];

    /// <summary>
    /// True for localhost (also with the trailing dot of a full name), 127.0.0.0/8 and ::1; any other name may resolve to another
    /// machine.
    /// </summary>
    public static bool IsLoopback(Uri uri)
    {
        string host = uri.DnsSafeHost.TrimEnd('.');
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (
                IPAddress.TryParse(host, out IPAddress? address)
                && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
            );
    }

    /// <summary>The service's address, ending in a slash.</summary>
    /// <exception cref="PictifyException">It is not valid; the message never contains a password.</exception>
    public static Uri CheckBase(Uri uri)
    {
        if (!uri.IsAbsoluteUri || uri.Scheme is not ("https" or "http"))
        {
            string shown =
                uri.IsAbsoluteUri && uri.Host.Length > 0 && uri.OriginalString.IndexOf('@') < 0
                    ? $" '{uri.Scheme}://{uri.Host}'"
                    : "";
            throw Invalid($"The base URI{shown} is not an absolute https address, such as https://api.pictify.io.");
        }

        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw Invalid(
                "The base URI must be scheme, host, port and path only, without user, password, query or fragment; it is not repeated here."
            );
        }

        if (uri.Scheme == "http" && !IsLoopback(uri))
        {
            throw Invalid(
                $"The base URI '{uri}' is http: the API key would be sent unencrypted. Use https; http is for loopback addresses only."
            );
        }

        if (uri.DnsSafeHost.Equals("localhost.", StringComparison.OrdinalIgnoreCase))
        {
            // Few systems resolve localhost with its trailing dot.
            uri = new UriBuilder(uri) { Host = "localhost" }.Uri;
        }

        return uri.AbsolutePath.EndsWith("/", StringComparison.Ordinal) ? uri : new Uri(uri.AbsoluteUri + "/");
    }

    /// <summary>A proxy's address.</summary>
    /// <exception cref="PictifyException">It is not valid; the message never contains a password.</exception>
    public static Uri CheckProxy(Uri uri)
    {
        if (!uri.IsAbsoluteUri || !_proxySchemes.Contains(uri.Scheme) || uri.Host.Length == 0)
        {
            throw Invalid("The proxy's address is not an absolute one, such as http://proxy.example:3128.");
        }

        return uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
            ? uri
            : throw Invalid(
                "The proxy's address must be scheme, host and port only, and is not repeated here: its user and password go into -ProxyCredential."
            );
    }

    private static PictifyException Invalid(string message) => new(PictifyErrorKind.InvalidArgument, message);
}
