using System.Management.Automation;
using Pictify.Http;
using Pictify.Ledger;

namespace PictifyPS.Pipeline;

/// <summary>A cmdlet that reads a ledger, and asks no service.</summary>
public abstract class LedgerCmdlet : PictifyCmdlet
{
    /// <summary>
    /// The connection whose ledger is read. Default: this session's; without one, the ledger that a connection would get.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public PictifyConnection? Connection { get; set; }

    /// <summary>A ledger's file. Default: the connection's ledger.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Text("Get-PictifyOperation -LedgerPath")]
    public string? LedgerPath { get; set; }

    private protected PictifyLedger Ledger { get; private set; } = null!;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        PictifyLedger? ledger = null;
        if (LedgerPath is null && (Connection ?? DefaultConnection.Peek()) is { } connection)
        {
            ledger = Ledgers.Of(connection);
        }
        else if (Ledgers.Setting(this, LedgerPath, isSandbox: false) is var path and not Ledgers.Off)
        {
            ledger = PictifyLedger.Open(path);
        }

        if (ledger is null)
        {
            ThrowTerminatingError(Errors.LedgerOff());
        }

        Ledger = ledger!;
    }
}
