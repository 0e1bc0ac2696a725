using System.Text;

namespace Pictify;

/// <summary>
/// Text that others wrote, made safe for a terminal: names come from a service that a whole team writes to, and an escape
/// sequence in one must not reach an operator's screen.
/// </summary>
internal static class SafeText
{
    /// <summary>The most that an error says; only an answer that means no good has more to tell.</summary>
    public const int LongestMessage = 4_000;

    /// <summary>The most that is shown of one name.</summary>
    public const int LongestName = 300;

    /// <summary>
    /// False for control characters, for those that break a line or change the direction of what follows, for those that are
    /// not seen at all, and for what is no character. The joiners that Persian and emoji need are safe.
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

    /// <summary>The text with a replacement sign for every character that is not safe.</summary>
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

    /// <summary>The same, and no more of it than this.</summary>
    public static string Clean(string? text, int limit) => Clean(Cut(text, limit));

    /// <summary>
    /// The text on one line, safe and no longer than this, with one space for whatever stands between words; null if there is
    /// none.
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
    /// The exception, or one in its place if its text is not safe to show: what reads an answer repeats parts of it.
    /// </summary>
    /// <param name="exception">The cause of a failure.</param>
    /// <param name="hide">What else to take out of its text.</param>
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

    /// <summary>The beginning of the text, and a sign that there was more; no character is cut into halves.</summary>
    public static string Cut(string? text, int limit)
    {
        if (text is null || text.Length <= limit)
        {
            return text ?? "";
        }

        int end = limit > 0 && char.IsHighSurrogate(text[limit - 1]) ? limit - 1 : limit;
        return $"{text.Substring(0, end)}…";
    }

    /// <summary>True within a tag, U+E0000 to U+E007F: these repeat ASCII, and nothing of them is seen.</summary>
    private static bool IsTag(string text, int i) =>
        char.IsHighSurrogate(text[i])
            ? text[i] == '\uDB40' && i + 1 < text.Length && text[i + 1] is >= '\uDC00' and <= '\uDC7F'
            : text[i] is >= '\uDC00' and <= '\uDC7F' && i > 0 && text[i - 1] == '\uDB40';

    /// <summary>True for half of a character, which is no text that a terminal or a file could take.</summary>
    private static bool IsHalf(string text, int i) =>
        char.IsHighSurrogate(text[i])
            ? i + 1 >= text.Length || !char.IsLowSurrogate(text[i + 1])
            : char.IsLowSurrogate(text[i]) && (i == 0 || !char.IsHighSurrogate(text[i - 1]));
}
