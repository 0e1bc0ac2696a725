using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Pictify.Http;

/// <summary>Distinguishes failures before a request was sent from those after.</summary>
internal static class UnsentRequest
{
    /// <summary>True if the request cannot have reached the service, so that sending it again is safe.</summary>
    public static bool IsCertain(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (IsBeforeSending(cause))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsBeforeSending(Exception cause) =>
        cause switch
        {
            SocketException socket => socket.SocketErrorCode
                is SocketError.ConnectionRefused
                    or SocketError.HostNotFound
                    or SocketError.TryAgain
                    or SocketError.NoData
                    or SocketError.HostUnreachable
                    or SocketError.NetworkUnreachable,
            AuthenticationException => true,
#if !NET
            WebException web => web.Status
                is WebExceptionStatus.NameResolutionFailure
                    or WebExceptionStatus.ProxyNameResolutionFailure
                    or WebExceptionStatus.ConnectFailure
                    or WebExceptionStatus.TrustFailure
                    or WebExceptionStatus.SecureChannelFailure,
#else
            HttpRequestException http => http.HttpRequestError
                is HttpRequestError.NameResolutionError
                    or HttpRequestError.ConnectionError
                    or HttpRequestError.SecureConnectionError
                    or HttpRequestError.ProxyTunnelError,
#endif
            _ => false,
        };
}
