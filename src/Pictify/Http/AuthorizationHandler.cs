using System.Net.Http;
using System.Net.Http.Headers;

namespace Pictify.Http;

/// <summary>Adds the key, at the last moment before the wire, and only for the host that the connection is for.</summary>
internal sealed class AuthorizationHandler(PictifyConnection connection) : DelegatingHandler
{
    /// <summary>Marks a request that must not carry the key: the public endpoints.</summary>
    public const string Anonymous = "X-Pictify-Anonymous";

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        if (request.Headers.Remove(Anonymous))
        {
            return base.SendAsync(request, cancellationToken);
        }

        Uri target = request.RequestUri!;
        bool isOurs =
            Uri.Compare(
                target,
                connection.BaseUri,
                UriComponents.SchemeAndServer,
                UriFormat.UriEscaped,
                StringComparison.OrdinalIgnoreCase
            ) == 0;
        if (!isOurs)
        {
            throw new PictifyException(
                PictifyErrorKind.InvalidArgument,
                $"A request to {target.GetLeftPart(UriPartial.Authority)} was refused: the connection is for {connection.BaseUri}."
            );
        }

        if (connection.RevealKey() is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
