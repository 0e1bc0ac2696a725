using System.Text;

namespace Pictify;

/// <summary>
/// The one mapping between an enum's value and the API's word for it: <c>AbTest</c> and <c>ab_test</c>.
/// Enums are open: a word that is not listed is read as the enum's zero value, which is always <c>Unknown</c>.
/// </summary>
internal static class ApiName
{
    /// <summary>The API's word, or null for <c>Unknown</c>, which has none.</summary>
    public static string? Of<T>(T value)
        where T : struct, Enum => Map<T>.Names.TryGetValue(value, out string? name) ? name : null;

    public static T Parse<T>(string? text)
        where T : struct, Enum => text is not null && Map<T>.Values.TryGetValue(text, out T value) ? value : default;

    private static class Map<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Names = Build();

        public static readonly Dictionary<string, T> Values = Names.ToDictionary(
            pair => pair.Value,
            pair => pair.Key,
            StringComparer.OrdinalIgnoreCase
        );

        private static Dictionary<T, string> Build()
        {
            var names = new Dictionary<T, string>();
            foreach (T value in Platform.EnumValues<T>())
            {
                if (!EqualityComparer<T>.Default.Equals(value, default))
                {
                    names[value] = SnakeCase(value.ToString());
                }
            }

            return names;
        }

        private static string SnakeCase(string name)
        {
            var text = new StringBuilder(name.Length + 4);
            foreach (char c in name)
            {
                if (char.IsUpper(c) && text.Length > 0)
                {
                    text.Append('_');
                }

                text.Append(char.ToLowerInvariant(c));
            }

            return text.ToString();
        }
    }
}
