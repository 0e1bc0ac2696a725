using System.Text;
using System.Text.RegularExpressions;

namespace HelpGenerator;

/// <summary>
/// A topic as Get-Help shows it: the page's Markdown as plain text, in the form of PowerShell's own topics and 80 columns wide. Code
/// keeps its lines, however long, because a person copies them.
/// </summary>
internal static partial class Topic
{
    private const int Width = 80;
    private const string Indent = "    ";

    public static string Write(string markdown)
    {
        var text = new StringBuilder();
        foreach (string block in Blocks(markdown.ReplaceLineEndings("\n")))
        {
            Write(block, text);
        }

        return text.ToString().Trim('\n') + "\n";
    }

    /// <summary>Parts of the page between empty lines; code with empty lines in it is several.</summary>
    private static IEnumerable<string> Blocks(string markdown) =>
        markdown.Split("\n\n").Select(static block => block.Trim('\n')).Where(static block => block.Length > 0);

    private static void Write(string block, StringBuilder text)
    {
        string[] lines = block.Split('\n');
        if (lines[0].StartsWith("# ", StringComparison.Ordinal))
        {
            // PowerShell reads the fifth line as the topic's synopsis.
            text.Append("TOPIC\n").Append(Indent).Append(lines[0][2..]).Append("\n\n");
        }
        else if (lines[0].StartsWith("##", StringComparison.Ordinal))
        {
            text.Append(Plain(lines[0].TrimStart('#').Trim()).ToUpperInvariant()).Append('\n');
        }
        else if (lines[0].StartsWith(Indent, StringComparison.Ordinal))
        {
            text.AppendJoin("", lines.Select(static line => $"{Indent}{line}\n")).Append('\n');
        }
        else if (lines[0].StartsWith('|'))
        {
            WriteTable(lines, text);
        }
        else
        {
            foreach (string paragraph in Paragraphs(lines))
            {
                bool isItem = paragraph.StartsWith("- ", StringComparison.Ordinal);
                Wrap(Plain(paragraph), isItem ? $"{Indent}  " : Indent, text);
            }

            text.Append('\n');
        }
    }

    /// <summary>The items of a list, each on one line, or the paragraph itself.</summary>
    private static List<string> Paragraphs(string[] lines)
    {
        var all = new List<string>();
        foreach (string line in lines)
        {
            if (all.Count == 0 || line.StartsWith("- ", StringComparison.Ordinal))
            {
                all.Add(line.Trim());
            }
            else
            {
                all[^1] += $" {line.Trim()}";
            }
        }

        return all;
    }

    /// <summary>Writes the first cell of a row on a line, and the other cells below it.</summary>
    private static void WriteTable(string[] lines, StringBuilder text)
    {
        foreach (string line in lines.Skip(2))
        {
            string[] cells = [.. line.Trim('|', ' ').Split('|').Select(static cell => Plain(cell.Trim()))];
            Wrap(cells[0], Indent, text);
            foreach (string cell in cells.Skip(1).Where(static cell => cell.Length > 0))
            {
                Wrap(Indent + cell, Indent + Indent, text);
            }
        }

        text.Append('\n');
    }

    /// <summary>Wraps the text; the first line has the usual indent, the further ones this indent.</summary>
    private static void Wrap(string paragraph, string furtherIndent, StringBuilder text)
    {
        var line = new StringBuilder(Indent + paragraph[..^paragraph.TrimStart().Length]);
        bool isEmpty = true;
        foreach (string word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(furtherIndent);
                isEmpty = true;
            }

            line.Append(isEmpty ? "" : " ").Append(word);
            isEmpty = false;
        }

        text.Append(line).Append('\n');
    }

    /// <summary>The text without Markdown; a link becomes its text, with its address if that is a network address.</summary>
    private static string Plain(string words)
    {
        string linked = Link()
            .Replace(
                words,
                static link =>
                    link.Groups[2].Value.StartsWith("http", StringComparison.Ordinal)
                        ? $"{link.Groups[1].Value} ({link.Groups[2].Value})"
                        : link.Groups[1].Value
            );
        return Strong().Replace(linked, "$1").Replace("`", "", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\[([^\]]+)\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\*\*(.+?)\*\*")]
    private static partial Regex Strong();
}
