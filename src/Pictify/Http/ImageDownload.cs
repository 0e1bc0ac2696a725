using System.Net.Http;

namespace Pictify.Http;

/// <summary>The image that a visitor of an experiment gets.</summary>
/// <param name="Bytes">The file's content.</param>
/// <param name="ContentType">What the service says it is, such as image/png.</param>
/// <param name="RedirectTarget">Where the service redirected to; null where it answered itself.</param>
/// <param name="VariantId">Which variant it is, if the service says; else empty.</param>
internal sealed record ExperimentImage(
    ArraySegment<byte> Bytes,
    string ContentType,
    Uri? RedirectTarget,
    string VariantId
);

/// <summary>Downloads images from the public endpoint, and follows its redirect without sending the key.</summary>
internal sealed class ImageDownload(PictifyConnection connection, Transport transport)
{
    /// <exception cref="PictifyException">The answer is no image, or redirects to an address that is not https.</exception>
    public async Task<ExperimentImage> GetAsync(string slug, string format, CancellationToken cancellationToken)
    {
        ApiResponse answer = await SendAsync(ApiPaths.Image(slug, format), cancellationToken).ConfigureAwait(false);
        string? variantId = answer.Header("X-Variant-Id");
        Uri? redirect = null;
        if (answer.StatusCode is >= 300 and < 400)
        {
            redirect = RedirectTarget(answer);
            answer = await SendAsync(redirect.AbsoluteUri, cancellationToken).ConfigureAwait(false);
        }

        return
            answer.IsSuccess
            && answer.ContentType is { } type
            && type.StartsWith("image/", StringComparison.OrdinalIgnoreCase)
            ? new ExperimentImage(answer.Body, type, redirect, SafeText.Clean(variantId, SafeText.LongestName))
            : throw ErrorReader.UnexpectedResponse(answer, "is no image");
    }

    private Task<ApiResponse> SendAsync(string path, CancellationToken cancellationToken) =>
        transport.SendAsync(
            new ApiRequest(RequestKind.Read, HttpMethod.Get, path) { Authenticated = false, TakesRedirect = true },
            cancellationToken
        );

    /// <summary>Where the answer redirects to: https, or http between loopback addresses.</summary>
    private Uri RedirectTarget(ApiResponse answer) =>
        Uri.TryCreate(connection.BaseUri, answer.Header("Location") ?? "", out Uri? target)
        && (
            target.Scheme == "https"
            || (target.Scheme == "http" && Addresses.IsLoopback(target) && Addresses.IsLoopback(connection.BaseUri))
        )
            ? target
            : throw ErrorReader.UnexpectedResponse(answer, "redirects to no https address");
}
