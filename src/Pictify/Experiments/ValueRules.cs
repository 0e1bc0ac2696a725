using System.Text.RegularExpressions;

namespace Pictify;

/// <summary>The service's rules for values that several fields have: identifiers, words and addresses.</summary>
internal static class ValueRules
{
    /// <summary>The characters of a uid and of a variant's id.</summary>
    public static readonly Regex Identifier = new(
        "^[a-zA-Z0-9_-]+\\z",
        RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(1)
    );

    /// <summary>Adds an error if a text is given and is none of the API's words for an enum.</summary>
    public static void CheckWord<T>(string? text, string field, List<FieldError> errors)
        where T : struct, Enum
    {
        if (text is not null && EqualityComparer<T>.Default.Equals(ApiName.Parse<T>(text), default))
        {
            errors.Add(new FieldError(field, $"must be one of {string.Join(", ", ApiName.All<T>())}"));
        }
    }

    /// <summary>Adds an error if a text is given and is not an http or https address.</summary>
    public static void CheckUrl(string? text, string field, List<FieldError> errors)
    {
        if (
            !string.IsNullOrEmpty(text)
            && !(Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is ("http" or "https"))
        )
        {
            errors.Add(new FieldError(field, "must be an http or https address"));
        }
    }
}
