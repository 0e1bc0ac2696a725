using System.Globalization;
using System.Text;

namespace Pictify.Schedules;

/// <summary>
/// The script that a job runs. Its first lines contain the settings of the job, so that it can be read back; it does not contain the key.
/// </summary>
internal static class DueJobScript
{
    private const string Head =
        "# Made by Register-PictifyDueJob; Unregister-PictifyDueJob removes it. It contains no key.";

    public static string Text(DueJobOptions options)
    {
        var text = new StringBuilder();
        foreach (
            string line in new[]
            {
                Head,
                $"# Name: {options.Name}",
                $"# Scheduler: {options.Scheduler}",
                $"# Every: {options.Every.ToString("c", CultureInfo.InvariantCulture)}",
                $"# Ledger: {options.LedgerPath}",
                $"# Address: {options.BaseUri}",
                $"# Key: {options.Key}",
                "",
                "# A terminating error ends the run with exit code 1; an experiment that fails does not stop the others.",
                "$ErrorActionPreference = 'Stop'",
                $"$manifest = {Quote(options.Manifest)}",
                $"Import-Module $(if ([System.IO.File]::Exists($manifest)) {{ $manifest }} else {{ {Quote(Path.GetFileNameWithoutExtension(options.Manifest))} }})",
            }
                .Concat(Connect(options))
                .Concat([
                    "Resume-PictifyExperiment -Due -Reason 'The end of the pause has come' -Connection $connection -ErrorAction Continue -ErrorVariable failures",
                    "exit [int]($failures.Count -gt 0)",
                ])
        )
        {
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The job that a script was written for; null if it is not such a script.</summary>
    public static PictifyDueJob? Read(string path, string text)
    {
        string[] lines = text.TrimStart('\uFEFF').Split('\n');
        if (lines[0].TrimEnd() != Head)
        {
            return null;
        }

        string Field(string name) =>
            lines
                .FirstOrDefault(line => line.StartsWith($"# {name}: ", StringComparison.Ordinal))
                ?.Substring(name.Length + 4)
                .TrimEnd('\r')
            ?? "";
        return
            Enum.TryParse(Field("Scheduler"), out DueScheduler scheduler)
            && TimeSpan.TryParse(Field("Every"), CultureInfo.InvariantCulture, out TimeSpan every)
            ? new PictifyDueJob
            {
                Name = Field("Name"),
                Scheduler = scheduler,
                Every = every,
                LedgerPath = Field("Ledger"),
                BaseUri = Field("Address"),
                Key = Field("Key"),
                Script = path,
            }
            : null;
    }

    private static string[] Connect(DueJobOptions options)
    {
        string connect =
            $"Connect-Pictify -BaseUri {Quote(options.BaseUri)} -LedgerPath {Quote(options.LedgerPath)} -RequireLedger -PassThru";
        return options.KeyFile is { } file
            ?
            [
                $"foreach ($line in [System.IO.File]::ReadAllLines({Quote(file)})) {{",
                """    if ($line -match '^\s*(?:export\s+)?PICTIFY_API_KEY\s*=\s*(.*?)\s*$') { $env:PICTIFY_API_KEY = $Matches[1].Trim('"', "'") }""",
                "}",
                $"$connection = {connect}",
            ]
            :
            [
                $"$connection = Get-Secret -Name {Quote(options.SecretName!)}{(options.Vault is { } vault ? $" -Vault {Quote(vault)}" : "")} | {connect}",
            ];
    }

    /// <summary>As a string literal of PowerShell, which reads four other characters as single quotes too.</summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (char c in text)
        {
            quoted.Append(c);
            if (c is '\'' or '\u2018' or '\u2019' or '\u201A' or '\u201B')
            {
                quoted.Append(c);
            }
        }

        return quoted.Append('\'').ToString();
    }
}
