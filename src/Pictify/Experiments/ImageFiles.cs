namespace Pictify;

/// <summary>The file types of the service's public images.</summary>
internal static class ImageFiles
{
    public const string Png = "png";
    public const string Jpeg = "jpeg";
    public const string Jpg = "jpg";
    public const string Webp = "webp";

    private static readonly string[] _types = [Png, Jpeg, Jpg, Webp];

    /// <summary>Whether a file's name has the extension of an image.</summary>
    public static bool HasImageExtension(string path) =>
        Path.GetExtension(path) is { Length: > 0 } extension
        && _types.Contains(extension.Substring(1), StringComparer.OrdinalIgnoreCase);
}
