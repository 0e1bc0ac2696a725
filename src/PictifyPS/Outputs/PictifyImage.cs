namespace PictifyPS;

/// <summary>An image that was saved.</summary>
/// <param name="Slug">The experiment's slug.</param>
/// <param name="Path">The file.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="ContentType">What the service says it is, such as image/png.</param>
/// <param name="RedirectTarget">Where the service sent for it; null where it answered itself.</param>
/// <param name="VariantId">Which variant it is, if the service says; else empty.</param>
public sealed record PictifyImage(
    string Slug,
    string Path,
    long Length,
    string ContentType,
    Uri? RedirectTarget,
    string VariantId
);
