using System.Management.Automation;
using System.Runtime.CompilerServices;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Sandbox;
using PictifyPS.Input;

namespace PictifyPS.Session;

/// <summary>Finds the ledger of a connection or a path.</summary>
internal static class Ledgers
{
    private static readonly ConditionalWeakTable<PictifySandbox, PictifyLedger> _ofSandboxes = new();

    /// <summary>
    /// A connection's setting: what was given, else the environment variable, else a file in the user's local application data. A sandbox
    /// has its own ledger, so that a rehearsal never mixes with real changes.
    /// </summary>
    public static string Setting(PSCmdlet cmdlet, string? given, bool isSandbox)
    {
        if (given is not null)
        {
            return IsOff(given) ? LedgerSetting.Off : FilePath.Resolve(cmdlet, given, "-LedgerPath");
        }

        string? text = Environment.GetEnvironmentVariable(EnvironmentVariables.Ledger);
        if (IsOff(text))
        {
            return LedgerSetting.Off;
        }

        return isSandbox ? LedgerSetting.Memory
            : string.IsNullOrWhiteSpace(text) ? DefaultPath()
            : FilePath.Resolve(cmdlet, text!, $"The environment variable {EnvironmentVariables.Ledger}");
    }

    /// <summary>
    /// What <see cref="Setting"/> gives a connection with the environment's key, for tab completion, which has no cmdlet: a path that is
    /// relative to the present folder cannot be resolved then, and tab completion uses no ledger.
    /// </summary>
    public static string FromEnvironment()
    {
        string? text = Environment.GetEnvironmentVariable(EnvironmentVariables.Ledger);
        return IsOff(text) ? LedgerSetting.Off
            : string.IsNullOrWhiteSpace(text) ? DefaultPath()
            : Path.IsPathRooted(text) ? Path.GetFullPath(text!)
            : LedgerSetting.Off;
    }

    /// <summary>The connection's ledger; null if it is off.</summary>
    public static PictifyLedger? Of(PictifyConnection connection) =>
        connection.LedgerPath switch
        {
            LedgerSetting.Off => null,
            LedgerSetting.Memory => _ofSandboxes.GetValue(connection.Sandbox!, static _ => PictifyLedger.InMemory()),
            var path => PictifyLedger.Open(path),
        };

    /// <summary>
    /// The connection's ledger, for a command that reads it. A file that was named has to exist: a mistyped path would look like a ledger
    /// without changes. The first change creates the default file. Null if it is off.
    /// </summary>
    /// <exception cref="LedgerException">The file does not exist, or cannot be read.</exception>
    public static PictifyLedger? ForReading(PictifyConnection connection) =>
        connection.LedgerPath is LedgerSetting.Off or LedgerSetting.Memory
            ? Of(connection)
            : ForReading(connection.LedgerPath);

    /// <summary>The same for a file.</summary>
    /// <exception cref="LedgerException">The file does not exist, or cannot be read.</exception>
    public static PictifyLedger ForReading(string path) =>
        path == DefaultPath() ? PictifyLedger.Open(path) : PictifyLedger.OpenExisting(path);

    private static bool IsOff(string? text) =>
        string.Equals(text?.Trim(), LedgerSetting.Off, StringComparison.OrdinalIgnoreCase);

    /// <summary>If the folder does not exist yet, it is created with the first line.</summary>
    private static string DefaultPath() =>
        Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            ),
            "PictifyPS",
            "ledger.jsonl"
        );
}
