using System.Net.Http;

namespace Pictify.Http;

/// <summary>The image that a visitor of an experiment gets.</summary>
/// <param name="Bytes">The file's content.</param>
/// <param name="ContentType">The content type that the service reports, such as image/png.</param>
/// <param name="RedirectTarget">The address that the service redirected to; null if it answered itself.</param>
/// <param name="VariantId">The variant, if the service reports it; else empty.</param>
internal sealed record ExperimentImage(
    ArraySegment<byte> Bytes,
    string ContentType,
    Uri? RedirectTarget,
    string VariantId
);

/// <summary>Downloads images from the public endpoint, and follows its redirect without sending the key.</summary>
internal sealed class ImageDownload(PictifyConnection connection, Transport transport)
{
    /// <exception cref="PictifyException">The answer is not an image, or redirects to an address that is not https.</exception>
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

    /// <summary>The address that the answer redirects to: https, or http between loopback addresses.</summary>
    private Uri RedirectTarget(ApiResponse answer) =>
        Uri.TryCreate(connection.BaseUri, answer.Header("Location") ?? "", out Uri? target)
        && (
            target.Scheme == "https"
            || (target.Scheme == "http" && Addresses.IsLoopback(target) && Addresses.IsLoopback(connection.BaseUri))
        )
            ? target
            : throw ErrorReader.UnexpectedResponse(answer, "redirects to no https address");
}
