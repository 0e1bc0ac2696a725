using System.Text;

namespace Pictify;

/// <summary>
/// Makes text that others wrote safe for a terminal: names come from a service to which a whole team writes, and an escape
/// sequence in a name must not reach an operator's screen.
/// </summary>
internal static class SafeText
{
    /// <summary>The most characters of an error message; only a hostile answer contains more.</summary>
    public const int LongestMessage = 4_000;

    /// <summary>The most characters that are shown of a name.</summary>
    public const int LongestName = 300;

    /// <summary>
    /// False for control characters, for those that break a line or change the direction of what follows, for those that are
    /// invisible, and for code points that are not characters. The joiners that Persian and emoji need are safe.
    /// </summary>
    public static bool IsSafe(string text, int i) => IsSafe(text[i]) && !IsHalf(text, i) && !IsTag(text, i);

    private static bool IsSafe(char c) =>
        !char.IsControl(c)
        && c
            is not (
                '\u061C'
                or '\u200B'
                or '\u200E'
                or '\u200F'
                or (>= '\u2028' and <= '\u202E')
                or (>= '\u2060' and <= '\u206F')
                or '\uFEFF'
                or (>= '\uFFF9' and <= '\uFFFB')
            );

    /// <summary>The text with a replacement character for every character that is not safe.</summary>
    public static string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        StringBuilder? clean = null;
        for (int i = 0; i < text!.Length; i++)
        {
            if (!IsSafe(text, i))
            {
                clean ??= new StringBuilder(text);
                clean[i] = '\uFFFD';
            }
        }

        return clean?.ToString() ?? text;
    }

    /// <summary>The same, shortened to this length.</summary>
    public static string Clean(string? text, int limit) => Clean(Cut(text, limit));

    /// <summary>
    /// The text on one line, safe and no longer than this, with one space between words; null if there are no words.
    /// </summary>
    public static string? OneLine(string? text, int limit)
    {
        var line = new StringBuilder();
        for (int i = 0; i < (text?.Length ?? 0); i++)
        {
            char c = text![i];
            if (line.Length >= limit)
            {
                return Cut(line.Append(c).ToString(), limit).Trim();
            }

            if (!char.IsWhiteSpace(c) && IsSafe(c) && !IsTag(text, i))
            {
                line.Append(IsHalf(text, i) ? '\uFFFD' : c);
            }
            else if (line.Length > 0 && line[line.Length - 1] != ' ')
            {
                line.Append(' ');
            }
        }

        string result = line.ToString().Trim();
        return result.Length == 0 ? null : result;
    }

    /// <summary>
    /// The exception, or another one if its text is not safe to show: parsers repeat parts of an answer in their messages.
    /// </summary>
    /// <param name="exception">The cause of a failure.</param>
    /// <param name="hide">Further texts to remove from its message.</param>
    public static Exception Harmless(Exception exception, Func<string, string>? hide = null)
    {
        bool isHarmless = true;
        Exception root = exception;
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            root = inner;
            isHarmless &= Shown(inner) == inner.Message;
        }

        return isHarmless ? exception : new IOException(Shown(root));

        string Shown(Exception one) => Clean(hide is null ? one.Message : hide(one.Message), 1_000);
    }

    /// <summary>The beginning of the text, with a sign that it was shortened; no surrogate pair is split.</summary>
    public static string Cut(string? text, int limit)
    {
        if (text is null || text.Length <= limit)
        {
            return text ?? "";
        }

        int end = limit > 0 && char.IsHighSurrogate(text[limit - 1]) ? limit - 1 : limit;
        return $"{text.Substring(0, end)}…";
    }

    /// <summary>True within a tag, U+E0000 to U+E007F: these repeat ASCII, and are invisible.</summary>
    private static bool IsTag(string text, int i) =>
        char.IsHighSurrogate(text[i])
            ? text[i] == '\uDB40' && i + 1 < text.Length && text[i + 1] is >= '\uDC00' and <= '\uDC7F'
            : text[i] is >= '\uDC00' and <= '\uDC7F' && i > 0 && text[i - 1] == '\uDB40';

    /// <summary>True for half of a surrogate pair, which a terminal or a file cannot display or store.</summary>
    private static bool IsHalf(string text, int i) =>
        char.IsHighSurrogate(text[i])
            ? i + 1 >= text.Length || !char.IsLowSurrogate(text[i + 1])
            : char.IsLowSurrogate(text[i]) && (i == 0 || !char.IsHighSurrogate(text[i - 1]));
}
