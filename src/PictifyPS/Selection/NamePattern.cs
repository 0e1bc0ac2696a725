using System.Management.Automation;
using System.Text;
using PictifyPS.Input;

namespace PictifyPS.Selection;

/// <summary>
/// Names as users type them: with wildcards, case-insensitive, and the same in every culture. A name that contains wildcard characters also
/// matches itself literally, so that a name from the table can be typed.
/// </summary>
internal sealed class NamePattern
{
    private readonly string[] _texts;

    /// <summary>Thousands of names may be given, and compared with tens of thousands: each needs one lookup.</summary>
    private readonly Dictionary<string, List<int>> _literals = new(StringComparer.OrdinalIgnoreCase);

    private readonly List<(int Index, WildcardPattern Pattern)> _patterns = [];
    private readonly bool[] _matched;
    private readonly bool[] _isPlain;

    public NamePattern(string[] texts)
    {
        _texts = texts;
        _matched = new bool[texts.Length];
        _isPlain = new bool[texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            AddLiteral(texts[i], i);
            WildcardPattern? pattern = WildcardPattern.ContainsWildcardCharacters(texts[i]) ? Parse(texts[i]) : null;
            _isPlain[i] = pattern is null;
            if (pattern is not null)
            {
                _patterns.Add((i, pattern));
            }
            else if (texts[i].IndexOf('`') >= 0)
            {
                AddLiteral(Unescape(texts[i]), i);
            }
        }
    }

    /// <summary>The names without wildcards that nothing matched: a user who types one expects it to exist.</summary>
    public IEnumerable<string> Missing => _texts.Where((_, i) => _isPlain[i] && !_matched[i]);

    public bool IsMatch(string? name)
    {
        name ??= "";
        bool any = false;
        if (_literals.TryGetValue(name, out List<int>? literals))
        {
            any = true;
            foreach (int i in literals)
            {
                _matched[i] = true;
            }
        }

        foreach ((int i, WildcardPattern pattern) in _patterns)
        {
            if (pattern.IsMatch(name))
            {
                any = _matched[i] = true;
            }
        }

        return any;
    }

    /// <summary>The text that matches this name and no other.</summary>
    public static string Exactly(string name)
    {
        StringBuilder? text = null;
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] is '*' or '?' or '[' or ']' or '`')
            {
                text ??= new StringBuilder(name, 0, i, name.Length + 8);
                text.Append('`');
            }

            text?.Append(name[i]);
        }

        return text?.ToString() ?? name;
    }

    /// <summary>The literal text of a pattern without wildcards: a backtick escapes the next character.</summary>
    private static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '`' && i + 1 < text.Length)
            {
                i++;
            }

            plain.Append(text[i]);
        }

        return plain.ToString();
    }

    /// <summary>Null if PowerShell cannot read it as a pattern, such as a name with one bracket: it is a literal name.</summary>
    private static WildcardPattern? Parse(string text)
    {
        var pattern = new WildcardPattern(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        try
        {
            // A pattern is read when it is first used.
            pattern.IsMatch("");
            return pattern;
        }
        catch (WildcardPatternException)
        {
            return null;
        }
    }

    private void AddLiteral(string text, int i)
    {
        if (!_literals.TryGetValue(text, out List<int>? all))
        {
            _literals[text] = all = [];
        }

        if (!all.Contains(i))
        {
            all.Add(i);
        }
    }
}
