using System.Text.Json;

namespace Pictify;

/// <summary>
/// The one mapping between an enum's value and its word in the API and in the ledger: <c>AbTest</c> and <c>ab_test</c>.
/// Enums are open: a word that is not listed is read as the enum's zero value, which is always <c>Unknown</c>.
/// </summary>
internal static class ApiName
{
    /// <summary>The word, or null for <c>Unknown</c>, which has none.</summary>
    public static string? Of<T>(T value)
        where T : struct, Enum => Map<T>.Names.TryGetValue(value, out string? name) ? name : null;

    public static T Parse<T>(string? text)
        where T : struct, Enum => text is not null && Map<T>.Values.TryGetValue(text, out T value) ? value : default;

    /// <summary>Every word, in the order of the enum.</summary>
    public static IEnumerable<string> All<T>()
        where T : struct, Enum => Map<T>.Names.Values;

    private static class Map<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Names = Platform
            .EnumValues<T>()
            .Where(static value => !EqualityComparer<T>.Default.Equals(value, default))
            .ToDictionary(
                static value => value,
                static value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString())
            );

        public static readonly Dictionary<string, T> Values = Names.ToDictionary(
            static pair => pair.Value,
            static pair => pair.Key,
            StringComparer.OrdinalIgnoreCase
        );
    }
}
