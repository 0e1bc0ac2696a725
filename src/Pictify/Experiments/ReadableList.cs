using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pictify;

/// <summary>
/// A list whose text shows its items: in a cell of a CSV, or inside a string, an array is shown as the name of its type only.
/// </summary>
/// <remarks>
/// The class is generic, instead of one class for each kind of item, because PowerShell converts one value, or an array of objects, to
/// a list only if the list's type is generic.
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

    /// <summary>A list of the array's items; null for null.</summary>
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

/// <summary>An item whose text in a list differs from its text by itself.</summary>
internal interface IListed
{
    /// <summary>Its text in a list.</summary>
    string InList { get; }
}
