namespace PictifyPS;

/// <summary>An image that was saved.</summary>
/// <param name="Slug">The experiment's slug.</param>
/// <param name="Path">The file.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="ContentType">The content type from the service, such as image/png.</param>
/// <param name="RedirectTarget">The address to which the service redirected; null if it answered itself.</param>
/// <param name="VariantId">The id of its variant, if the service sends it; else empty.</param>
public sealed record PictifyImage(
    string Slug,
    string Path,
    long Length,
    string ContentType,
    Uri? RedirectTarget,
    string VariantId
);
