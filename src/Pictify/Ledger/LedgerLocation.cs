using System.Text.RegularExpressions;

namespace Pictify.Ledger;

/// <summary>The kinds of places where a ledger can be.</summary>
public enum LedgerPlace : long
{
    /// <summary>No place: nothing is recorded.</summary>
    Off,

    /// <summary>In this process, for as long as it runs.</summary>
    Memory,

    /// <summary>In a file.</summary>
    File,
}

/// <summary>Where a ledger is.</summary>
public sealed record LedgerLocation
{
    private LedgerLocation(LedgerPlace kind, string? path) => (Kind, Path) = (kind, path);

    /// <summary>No place: nothing is recorded.</summary>
    public static LedgerLocation Off { get; } = new(LedgerPlace.Off, null);

    /// <summary>In this process, for as long as it runs.</summary>
    public static LedgerLocation Memory { get; } = new(LedgerPlace.Memory, null);

    /// <summary>In a file.</summary>
    /// <param name="path">The file; a relative path is resolved against the process's folder.</param>
    public static LedgerLocation File(string path) => new(LedgerPlace.File, System.IO.Path.GetFullPath(path));

    /// <summary>The kind of place.</summary>
    public LedgerPlace Kind { get; }

    /// <summary>The file's full path; null if it is not a file.</summary>
    public string? Path { get; }

    /// <summary>The location that a text names: <c>off</c>, <c>memory</c> or a path. Without a text, off.</summary>
    /// <exception cref="FormatException">It is an address. The message does not repeat it: it may contain a password.</exception>
    public static LedgerLocation Parse(string? text)
    {
        string word = text?.Trim() ?? "";
        return word.Length == 0 || word.Equals(LedgerSetting.Off, StringComparison.OrdinalIgnoreCase) ? Off
            : word.Equals(LedgerSetting.Memory, StringComparison.OrdinalIgnoreCase) ? Memory
            : Regex.IsMatch(word, "^[A-Za-z][A-Za-z0-9+.-]+://")
                ? throw new FormatException("A ledger is a file: give its path, or 'off'. This is an address.")
            : File(word);
    }

    /// <summary>Reads as the path, or as <c>off</c> or <c>memory</c>; <see cref="Parse"/> reads it back.</summary>
    public override string ToString() =>
        Kind switch
        {
            LedgerPlace.Off => LedgerSetting.Off,
            LedgerPlace.Memory => LedgerSetting.Memory,
            _ => Path!,
        };
}
