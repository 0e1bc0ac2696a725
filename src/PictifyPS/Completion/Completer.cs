using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Input;
using PictifyPS.Selection;
using PictifyPS.Session;

namespace PictifyPS.Completion;

/// <summary>Completes an argument; never fails, since a prompt must not break on a key.</summary>
internal abstract class Completer : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters
    )
    {
        try
        {
            string typed = Typed(wordToComplete ?? "");
            var line = new TypedLine(commandName ?? "", commandAst, fakeBoundParameters);
            return
            [
                .. Candidates(Connection(line.Bound), line)
                    .Where(candidate =>
                        Begins(candidate.Text, typed)
                        || Begins(candidate.Name, typed)
                        || Begins(NamePattern.Exactly(candidate.Text), typed)
                    )
                    .Select(candidate =>
                    {
                        string tip = SafeText.Clean(candidate.Name ?? candidate.Text, SafeText.LongestName);
                        return new CompletionResult(
                            Quote(Meaning(candidate.Text)),
                            candidate.Text.Length == 0 ? " " : SafeText.Clean(candidate.Text, SafeText.LongestName),
                            CompletionResultType.ParameterValue,
                            tip.Length == 0 ? " " : tip
                        );
                    }),
            ];
        }
        catch (Exception exception)
            when (exception is PictifyException or InvalidOperationException or ArgumentException or LedgerException)
        {
            return [];
        }
    }

    /// <summary>The texts that match the parameter, each with its tooltip.</summary>
    protected abstract IEnumerable<(string Text, string? Name)> Candidates(
        PictifyConnection? connection,
        TypedLine line
    );

    /// <summary>
    /// The connection on the line, given as an object or by name; none if the name is unknown. Else the session's connection.
    /// </summary>
    private static PictifyConnection? Connection(IDictionary bound) =>
        PowerShellValue.Unwrap(bound["Connection"]) switch
        {
            PictifyConnection connection => connection,
            string name => NamedConnections.Find(name),
            _ => DefaultConnection.ForCompletion(),
        };

    /// <summary>The argument for which a parameter gets exactly this text.</summary>
    protected virtual string Meaning(string text) => text;

    private static bool Begins(string? text, string typed) =>
        text?.StartsWith(typed, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The typed text, without the quotes at its start and end; PowerShell accepts several characters as quotes.</summary>
    private static string Typed(string word)
    {
        if (word.Length == 0 || (!IsSingleQuote(word[0]) && !IsDoubleQuote(word[0])))
        {
            return word;
        }

        bool isClosed =
            word.Length > 1 && (IsSingleQuote(word[word.Length - 1]) || IsDoubleQuote(word[word.Length - 1]));
        string inner = word.Substring(1, word.Length - (isClosed ? 2 : 1));
        return IsSingleQuote(word[0]) ? inner.Replace("''", "'") : inner;
    }

    /// <summary>
    /// The text as an argument. Whatever it contains, PowerShell must read it as that text: others may choose the name, and Enter runs the
    /// completed line. A word is left unquoted only if it can be nothing but text.
    /// </summary>
    private static string Quote(string text)
    {
        bool isWord =
            text.Length > 0
            && (char.IsLetter(text[0]) || text[0] == '_')
            && text.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-');
        return isWord ? text
            : SafeText.Clean(text) == text ? $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'"
            : QuoteUnsafe(text);
    }

    /// <summary>A text with control characters: they are written as their codes.</summary>
    private static string QuoteUnsafe(string text)
    {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (!SafeText.IsSafe(text, i) || IsDoubleQuote(c) || c is '`' or '$')
            {
                quoted.Append("$([char]").Append(((int)c).ToString(CultureInfo.InvariantCulture)).Append(')');
            }
            else
            {
                quoted.Append(c);
            }
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsSingleQuote(char c) => c is '\'' or '\u2018' or '\u2019' or '\u201A' or '\u201B';

    private static bool IsDoubleQuote(char c) => c is '"' or '\u201C' or '\u201D' or '\u201E';
}
