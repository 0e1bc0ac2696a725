namespace Pictify.Http;

/// <summary>
/// What a connection may be called. A name stands in prompts, errors and a file, and is typed: so it has neither spaces nor wildcards,
/// nor characters that a terminal would obey.
/// </summary>
internal static class ConnectionName
{
    private const int MaximumLength = 64;

    /// <summary>Two names that differ by case only are one.</summary>
    public static StringComparer Comparer => StringComparer.OrdinalIgnoreCase;

    /// <summary>True for 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.'.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaximumLength
        && name.All(static c =>
            c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-' or '_' or '.'
        );

    /// <summary>Why a text is no name.</summary>
    public static string WhyNot(string name) =>
        $"'{SafeText.Clean(name, SafeText.LongestName)}' is no name of a connection: 1 to {MaximumLength} of A-Z, a-z, 0-9, '-', '_' and '.'.";
}
