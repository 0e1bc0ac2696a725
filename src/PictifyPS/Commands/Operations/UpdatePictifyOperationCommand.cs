using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Settles what the ledger does not know: reads the service to find out what became of it.</summary>
/// <remarks>
/// <para>If a process was killed half way, or no answer came, an operation counts experiments as Unknown. This reads those
/// experiments, adds to the ledger what their state tells, and emits the operation as it stands then. The service is only read.
/// What its state does not tell (fields that were set, an experiment that went on to another status) stays unknown, and is an
/// error for that experiment. Running it again does no harm.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyOperation | Where-Object Unknown | Update-PictifyOperation</code>
/// <para>Settles everything that is open.</para>
/// </example>
/// <example>
/// <code>Get-PictifyOperation -Last | Update-PictifyOperation | ForEach-Object Entries</code>
/// <para>What the last operation did to each experiment, after a look at the service.</para>
/// </example>
/// <seealso cref="GetPictifyOperationCommand"/>
/// <seealso cref="UndoPictifyOperationCommand"/>
/// <seealso>about_PictifyPS_Ledger</seealso>
[Cmdlet(VerbsData.Update, "PictifyOperation", SupportsShouldProcess = true)]
[OutputType(typeof(PictifyOperation))]
public sealed class UpdatePictifyOperationCommand : BulkCmdlet
{
    private ILedger _ledger = null!;

    /// <summary>The operations' ids, or operations from the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(OperationCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    private protected override string Activity => "Settling operations";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _ledger = Service.RequireLedger();
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var operations = new PictifyOperations(Current, Client, _ledger);
        string[] ids = new OtherConnections(this, Current).Refuse(_ledger, Id, error => Run.SubmitError(error));
        foreach (string id in ids.Distinct())
        {
            using SettleSession? session = ReadLedger(operations.BeginSettleAsync(id, record: true, StopToken));
            if (session is null)
            {
                Run.SubmitError(SessionOperation.NotFound(id, _ledger));
                continue;
            }

            foreach (LedgerEntry entry in session.Open)
            {
                if (ShouldProcess($"Entry of {entry} in {Current}", "Settle by reading the service"))
                {
                    Run.Submit(
                        entry,
                        entry.ToString(),
                        async token =>
                        {
                            _ = await session.SettleAsync(entry, token).ConfigureAwait(false);
                            return null;
                        }
                    );
                }
            }

            Run.Finish();
            WriteObject(ReadLedger(_ledger.FindOperationAsync(id, StopToken)));
        }
    }
}
