using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Resolves changes whose outcome the ledger records as unknown, by reading the service.</summary>
/// <remarks>
/// <para>If a process was killed, or no answer came, an operation counts experiments as Unknown. This command reads those experiments, adds
/// to the ledger what their state shows, and emits the updated operation. The service is only read. An outcome that the state does not show
/// (fields that were set, an experiment that changed to another status since) stays unknown, and is an error for that experiment. It is
/// safe to run the command again.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyOperation | Where-Object Unknown | Update-PictifyOperation</code>
/// <para>Resolves all unknown outcomes.</para>
/// </example>
/// <example>
/// <code>Get-PictifyOperation -Last | Update-PictifyOperation | ForEach-Object Entries</code>
/// <para>Shows what the last operation did to each experiment, after reading the service.</para>
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

    private protected override string Activity => "Resolving operations";

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

            foreach (LedgerEntry entry in session.UnknownEntries)
            {
                if (ShouldProcess($"Entry of {entry} in {Current}", "Resolve by reading the service"))
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
            WriteObject(ReadLedger(session.ReadOperationAsync(StopToken)));
        }
    }
}
