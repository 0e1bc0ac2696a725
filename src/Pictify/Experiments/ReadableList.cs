using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pictify;

/// <summary>
/// A list whose text says what is in it: in a cell of a CSV, or inside a string, an array is only the name of its type.
/// </summary>
/// <remarks>
/// The class is generic, and there is not one for each kind of item, because PowerShell makes a list of one value, or of an array of
/// objects, only if the list's type is generic.
/// </remarks>
public sealed class ReadableList<T> : List<T>
{
    private const int LongestText = 1_000;

    /// <summary>An empty list.</summary>
    public ReadableList() { }

    /// <summary>A list of these.</summary>
    public ReadableList(IEnumerable<T> items)
        : base(items) { }

    /// <summary>As <see cref="List{T}.Count"/>: without it, PowerShell would read the Length of each item.</summary>
    public int Length => Count;

    /// <summary>A list of what is in the array; null of null.</summary>
    [return: NotNullIfNotNull(nameof(items))]
    public static implicit operator ReadableList<T>?(T[]? items) => items is null ? null : [.. items];

    /// <summary>Reads as <c>control 50 %, blue 50 %</c>, for a list of variants; shortened if it is long.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (T item in this)
        {
            if (text.Length > LongestText)
            {
                break;
            }

            text.Append(text.Length == 0 ? "" : ", ").Append(item is IListed listed ? listed.InList : $"{item}");
        }

        return SafeText.Clean(text.ToString(), LongestText);
    }
}

/// <summary>What reads in another way among others than by itself.</summary>
internal interface IListed
{
    /// <summary>Its text in a list.</summary>
    string InList { get; }
}
