using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Errors;

namespace PictifyPS.Session;

/// <summary>What a job that ends pauses uses: the address, the ledger, and the PowerShell that runs it.</summary>
/// <param name="BaseUri">The service's address.</param>
/// <param name="LedgerPath">The ledger's file.</param>
internal sealed record DueJobPlace(string BaseUri, string LedgerPath)
{
    /// <summary>
    /// The address and the ledger of a connection; without one, those that a connection would get. Null, with the error, if no job can use
    /// them: a sandbox is in this process.
    /// </summary>
    /// <exception cref="PictifyException">The environment variable has no valid address.</exception>
    public static DueJobPlace? Of(PSCmdlet cmdlet, PictifyConnection? connection, out ErrorRecord? error)
    {
        error = null;
        if (connection is { Sandbox: not null })
        {
            error = InputErrors.InvalidSchedule(
                "This session is connected to a sandbox, which no job can reach. Connect to the service first, or Disconnect-Pictify."
            );
            return null;
        }

        Uri address =
            connection?.BaseUri ?? DefaultConnection.BaseUriFromEnvironment() ?? PictifyConnection.DefaultBaseUri;
        string ledger = connection?.LedgerPath ?? Ledgers.Setting(cmdlet, given: null, isSandbox: false);
        if (ledger == LedgerSetting.Off)
        {
            error = OperationErrors.LedgerNeeded("A job that ends pauses");
            return null;
        }

        return new DueJobPlace(address.AbsoluteUri, ledger);
    }

    /// <summary>The PowerShell that runs this. A pwsh that is a .NET tool has no executable of its own: dotnet runs it.</summary>
    public static (string Program, string[] Arguments) Shell(PSCmdlet cmdlet)
    {
        string home = $"{cmdlet.SessionState.PSVariable.GetValue("PSHOME")}";
        string name = Platform.IsNetFramework ? "powershell" : "pwsh";
        string own = Path.Combine(home, Platform.IsWindows ? name + ".exe" : name);
        return File.Exists(own) ? (own, []) : (Platform.ProcessPath(), [Path.Combine(home, "pwsh.dll")]);
    }
}
