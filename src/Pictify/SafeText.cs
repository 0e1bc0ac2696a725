using System.Text;

namespace Pictify;

/// <summary>
/// Text that others wrote, made safe for a terminal: names come from a service that a whole team writes to, and an escape
/// sequence in one must not reach an operator's screen.
/// </summary>
internal static class SafeText
{
    /// <summary>False for control characters and for those that change the direction of what follows.</summary>
    public static bool IsSafe(char c) =>
        !char.IsControl(c) && c is not ((>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'));

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
            if (!IsSafe(text[i]))
            {
                clean ??= new StringBuilder(text);
                clean[i] = '\uFFFD';
            }
        }

        return clean?.ToString() ?? text;
    }
}
