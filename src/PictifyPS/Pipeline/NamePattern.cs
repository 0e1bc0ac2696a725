using System.Management.Automation;

namespace PictifyPS.Pipeline;

/// <summary>
/// Names as people type them: wildcards, without regard to case. A name that holds brackets of its own also matches
/// itself, letter by letter, so that what the table shows can be typed.
/// </summary>
internal sealed class NamePattern
{
    private readonly string[] _texts;
    private readonly WildcardPattern[] _patterns;
    private readonly bool[] _matched;

    public NamePattern(string[] texts)
    {
        _texts = texts;
        _patterns = [.. texts.Select(static text => new WildcardPattern(text, WildcardOptions.IgnoreCase))];
        _matched = new bool[texts.Length];
    }

    /// <summary>The names without wildcards that nothing matched: a person who types one expects it to exist.</summary>
    public IEnumerable<string> Missing =>
        _texts.Where((text, i) => !_matched[i] && !WildcardPattern.ContainsWildcardCharacters(text));

    public bool IsMatch(string? name)
    {
        name ??= "";
        bool any = false;
        for (int i = 0; i < _texts.Length; i++)
        {
            if (_patterns[i].IsMatch(name) || string.Equals(_texts[i], name, StringComparison.OrdinalIgnoreCase))
            {
                any = _matched[i] = true;
            }
        }

        return any;
    }
}
