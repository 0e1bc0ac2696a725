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
        where T : struct, Enum => Map<T>.Words.OfNames.TryGetValue(value.ToString(), out string? word) ? word : null;

    public static T Parse<T>(string? text)
        where T : struct, Enum =>
        text is not null && Map<T>.Words.Places.TryGetValue(text, out int place) ? Map<T>.Values[place] : default;

    /// <summary>Every word, in the order of the enum.</summary>
    public static IEnumerable<string> All<T>()
        where T : struct, Enum => Map<T>.Words.OfNames.Values;

    private static class Map<T>
        where T : struct, Enum
    {
        public static readonly T[] Values = Platform.EnumValues<T>();

        public static readonly EnumWords Words = new(Names());

        private static string[] Names()
        {
            var names = new string[Values.Length];
            for (int place = 0; place < names.Length; place++)
            {
                names[place] = Values[place].ToString();
            }

            return names;
        }
    }

    /// <summary>
    /// The words of one enum. By texts and numbers, and not by its values: the runtime compiles a dictionary of each enum anew in every
    /// process, also where the assembly has native code.
    /// </summary>
    private sealed class EnumWords
    {
        /// <param name="names">The names of the enum's values, in their order; the first one is Unknown.</param>
        public EnumWords(string[] names)
        {
            for (int place = 1; place < names.Length; place++)
            {
                string word = JsonNamingPolicy.SnakeCaseLower.ConvertName(names[place]);
                OfNames.Add(names[place], word);
                Places.Add(word, place);
            }
        }

        /// <summary>The words by the values' names.</summary>
        public Dictionary<string, string> OfNames { get; } = new(StringComparer.Ordinal);

        /// <summary>The values' places in the enum by their words.</summary>
        public Dictionary<string, int> Places { get; } = new(StringComparer.OrdinalIgnoreCase);
    }
}
