using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;
using System.Security;

namespace PictifyShell;

/// <summary>Writes to and asks on a terminal, or on any writers and reader.</summary>
public sealed class ShellUi(TextReader input, TextWriter output, TextWriter error, int width, bool colours)
    : PSHostUserInterface
{
    private readonly object _sync = new();
    private readonly ShellRawUi _raw = new(width);
    private bool _progressShown;

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI => _raw;

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => colours;

    /// <summary>Every progress record that came, for whoever wants to know; the newest last, a thousand at most.</summary>
    public IReadOnlyCollection<ProgressRecord> Progress => _progress;

    private readonly Queue<ProgressRecord> _progress = new();

    /// <inheritdoc/>
    public override void Write(string value) => Emit(output, value, null);

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Emit(output, value, Sequence(foregroundColor));

    /// <inheritdoc/>
    public override void WriteLine(string value) => Emit(output, value + Environment.NewLine, null);

    /// <inheritdoc/>
    public override void WriteErrorLine(string value) => Emit(error, value + Environment.NewLine, null);

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) =>
        Emit(output, $"DEBUG: {message}{Environment.NewLine}", "\u001b[33m");

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) =>
        Emit(output, $"VERBOSE: {message}{Environment.NewLine}", "\u001b[33m");

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) =>
        Emit(output, $"WARNING: {message}{Environment.NewLine}", "\u001b[33m");

    /// <inheritdoc/>
    public override void WriteInformation(InformationRecord record) { }

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        lock (_sync)
        {
            _progress.Enqueue(record);
            if (_progress.Count > 1000)
            {
                _progress.Dequeue();
            }

            if (!colours)
            {
                return;
            }

            EraseProgress();
            if (record.RecordType == ProgressRecordType.Processing)
            {
                string text = $"{record.Activity}: {record.StatusDescription} {record.CurrentOperation}";
                output.Write(text.Length < width ? text : text[..(width - 1)]);
                output.Flush();
                _progressShown = true;
            }
        }
    }

    /// <inheritdoc/>
    public override string ReadLine() => input.ReadLine() ?? throw new PipelineStoppedException();

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString()
    {
        var secret = new SecureString();
        if (Console.IsInputRedirected || !ReferenceEquals(input, Console.In))
        {
            foreach (char c in ReadLine())
            {
                secret.AppendChar(c);
            }

            return secret;
        }

        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                WriteLine("");
                return secret;
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                if (secret.Length > 0)
                {
                    secret.RemoveAt(secret.Length - 1);
                }
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.AppendChar(key.KeyChar);
            }
        }
    }

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(
        string caption,
        string message,
        Collection<FieldDescription> descriptions
    )
    {
        WriteHeading(caption, message);
        var answers = new Dictionary<string, PSObject>();
        foreach (FieldDescription field in descriptions)
        {
            Write($"{field.Name}: ");
            answers[field.Name] =
                field.ParameterTypeFullName == typeof(SecureString).FullName
                    ? PSObject.AsPSObject(ReadLineAsSecureString())
                    : PSObject.AsPSObject(ReadLine());
        }

        return answers;
    }

    /// <inheritdoc/>
    public override int PromptForChoice(
        string caption,
        string message,
        Collection<ChoiceDescription> choices,
        int defaultChoice
    )
    {
        WriteHeading(caption, message);
        string[] keys = [.. choices.Select(static choice => Key(choice.Label))];
        while (true)
        {
            for (int i = 0; i < choices.Count; i++)
            {
                Write($"[{keys[i]}] {choices[i].Label.Replace("&", "")}  ");
            }

            string standard = defaultChoice >= 0 ? $" (default is \"{keys[defaultChoice]}\")" : "";
            Write($"[?] Help{standard}: ");
            string answer = ReadLine().Trim();
            if (answer.Length == 0 && defaultChoice >= 0)
            {
                return defaultChoice;
            }

            if (answer == "?")
            {
                for (int i = 0; i < choices.Count; i++)
                {
                    WriteLine($"{keys[i]} - {choices[i].HelpMessage}");
                }
            }

            int chosen = Array.FindIndex(keys, key => string.Equals(key, answer, StringComparison.OrdinalIgnoreCase));
            if (chosen < 0)
            {
                chosen = choices
                    .Select(static choice => choice.Label.Replace("&", ""))
                    .ToList()
                    .FindIndex(label => string.Equals(label, answer, StringComparison.OrdinalIgnoreCase));
            }

            if (chosen >= 0)
            {
                return chosen;
            }
        }
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName)
    {
        WriteHeading(caption, message);
        if (string.IsNullOrEmpty(userName))
        {
            Write("User: ");
            userName = ReadLine();
        }

        Write($"Password for user {userName}: ");
        return new PSCredential(userName, ReadLineAsSecureString());
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options
    ) => PromptForCredential(caption, message, userName, targetName);

    private void WriteHeading(string caption, string message)
    {
        if (!string.IsNullOrEmpty(caption))
        {
            WriteLine(caption);
        }

        if (!string.IsNullOrEmpty(message))
        {
            WriteLine(message);
        }
    }

    /// <summary>The letter behind the ampersand, as pwsh shows it.</summary>
    private static string Key(string label)
    {
        int mark = label.IndexOf('&', StringComparison.Ordinal);
        return mark >= 0 && mark + 1 < label.Length ? label.Substring(mark + 1, 1).ToUpperInvariant() : label;
    }

    private void Emit(TextWriter writer, string text, string? colour)
    {
        lock (_sync)
        {
            EraseProgress();
            writer.Write(
                !colours ? new StringDecorated(text).ToString(OutputRendering.PlainText)
                : colour is null ? text
                : $"{colour}{text}\u001b[0m"
            );
            writer.Flush();
        }
    }

    private void EraseProgress()
    {
        if (_progressShown)
        {
            output.Write("\r\u001b[K");
            _progressShown = false;
        }
    }

    private static string? Sequence(ConsoleColor colour) =>
        colour switch
        {
            ConsoleColor.Red or ConsoleColor.DarkRed => "\u001b[31m",
            ConsoleColor.Green or ConsoleColor.DarkGreen => "\u001b[32m",
            ConsoleColor.Yellow or ConsoleColor.DarkYellow => "\u001b[33m",
            ConsoleColor.Cyan or ConsoleColor.DarkCyan => "\u001b[36m",
            _ => null,
        };
}
