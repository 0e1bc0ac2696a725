using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Pictify.Http;

/// <summary>
/// The part of a body that an error message shows: its first words on one line, without control characters. An HTML or XML page, such as a
/// gateway sends, is described instead, because its tags do not help a reader.
/// </summary>
internal static class BodyExcerpt
{
    /// <summary>The most characters of one text.</summary>
    public const int MaximumLength = 200;

    /// <summary>The most characters of a code or an id; the service's own are shorter.</summary>
    public const int MaximumCodeLength = 100;

    private const string HtmlPage = "an HTML page";
    private const string XmlDocument = "an XML document";

    /// <summary>The length of the part of a page that is searched for its title.</summary>
    private const int PageBytes = 8 * 1024;

    private static readonly TimeSpan _regexLimit = TimeSpan.FromSeconds(1);

    /// <summary>A text that begins with a tag, a comment or a declaration, or contains a whole document after other words.</summary>
    private static readonly Regex _markup = new(
        "^<[!?/a-z]|<(!doctype|html|head|body)[\\s>]",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        _regexLimit
    );

    private static readonly Regex _title = new(
        "<(?:title|h1)[^<>]*>([^<]*)</",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        _regexLimit
    );

    /// <summary>The excerpt of a body; null if the body has no words.</summary>
    public static string? Of(ArraySegment<byte> body) =>
        body.Count == 0
            ? null
            : Of(Encoding.UTF8.GetString(body.Array!, body.Offset, Math.Min(body.Count, PageBytes)), MaximumLength);

    /// <summary>The excerpt of a text in a body; null if the text has no words.</summary>
    public static string? Of(string? text, int limit) =>
        DescribePage(SafeText.Cut(text, PageBytes)) ?? SafeText.OneLine(text, limit);

    /// <summary>True for an excerpt that describes a page.</summary>
    public static bool IsPage(string excerpt) =>
        excerpt.StartsWith(HtmlPage, StringComparison.Ordinal) || excerpt == XmlDocument;

    /// <summary>The description of HTML or XML, such as <c>an HTML page, '502 Bad Gateway'</c>; null for any other text.</summary>
    private static string? DescribePage(string text)
    {
        string start = text.TrimStart(' ', '\t', '\r', '\n', '\uFEFF');
        if (!_markup.IsMatch(start))
        {
            return null;
        }

        if (
            start.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase)
            && start.IndexOf("<html", StringComparison.OrdinalIgnoreCase) < 0
        )
        {
            return XmlDocument;
        }

        // Decoding an entity may give the beginning of a tag.
        string? title = SafeText.OneLine(WebUtility.HtmlDecode(_title.Match(start).Groups[1].Value), MaximumCodeLength);
        return title is null || title.IndexOf('<') >= 0 ? HtmlPage : $"{HtmlPage}, '{title}'";
    }
}
