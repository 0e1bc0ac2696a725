using System.Net;
using System.Net.Http;

namespace Pictify.Http;

/// <summary>Creates the HTTP handlers that reach the network.</summary>
internal static class NetworkHandler
{
    /// <summary>A handler that never follows a redirect: it would send the key to another host.</summary>
    public static HttpMessageHandler Create(IWebProxy? proxy, bool noProxy)
    {
#if !NET
        var handler = new HttpClientHandler
        {
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate,
            // The framework's default is two connections a host for the whole process; this raises it for this handler only.
            MaxConnectionsPerServer = 64,
        };
        const SecurityProtocolType systemDefault = 0;
        if (ServicePointManager.SecurityProtocol != systemDefault)
        {
            // The process has set its protocols explicitly: TLS 1.2 is added to them; the system's default has it anyway.
            ServicePointManager.SecurityProtocol |= SecurityProtocolType.Tls12;
        }
#else
        var handler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All };
#endif
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.UseProxy = !noProxy;
        if (!noProxy && (proxy ?? Platform.SystemProxy) is { } outward)
        {
            handler.Proxy = new OutwardProxy(outward);
        }

        return handler;
    }
}
