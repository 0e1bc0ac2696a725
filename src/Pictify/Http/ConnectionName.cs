namespace Pictify.Http;

/// <summary>
/// The rules for connection names. Names are typed, and appear in prompts, errors and the profile file: so they contain no spaces,
/// wildcards or control characters.
/// </summary>
internal static class ConnectionName
{
    private const int MaximumLength = 64;

    /// <summary>Names are not case-sensitive.</summary>
    public static StringComparer Comparer => StringComparer.OrdinalIgnoreCase;

    /// <summary>True for 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.'.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaximumLength
        && name.All(static c =>
            c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-' or '_' or '.'
        );

    /// <summary>The error message for a text that is not a valid name.</summary>
    public static string GetProblem(string name) =>
        $"'{SafeText.Clean(name, SafeText.LongestName)}' is no name of a connection: 1 to {MaximumLength} of A-Z, a-z, 0-9, '-', '_' and '.'.";
}
