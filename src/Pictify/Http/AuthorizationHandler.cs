using System.Net.Http;
using System.Net.Http.Headers;

namespace Pictify.Http;

/// <summary>Adds the Authorization header; rejects requests to any other host than the connection's.</summary>
internal sealed class AuthorizationHandler(PictifyConnection connection) : DelegatingHandler
{
    /// <summary>Marks a request to a public endpoint, which must not contain the key; the mark is removed before sending.</summary>
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
        bool isSameHost =
            Uri.Compare(
                target,
                connection.BaseUri,
                UriComponents.SchemeAndServer,
                UriFormat.UriEscaped,
                StringComparison.OrdinalIgnoreCase
            ) == 0;
        if (!isSameHost)
        {
            throw new PictifyException(
                PictifyErrorKind.InvalidArgument,
                $"A request to {target.GetLeftPart(UriPartial.Authority)} was refused: the connection is for {connection.BaseUri}."
            );
        }

        if (connection.GetKeyText() is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
