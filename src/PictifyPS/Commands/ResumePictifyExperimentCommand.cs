using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Pipeline;

namespace PictifyPS.Commands;

/// <summary>Resumes paused experiments.</summary>
/// <remarks>
/// <para>The round trip of Suspend-PictifyExperiment. One that runs already counts as success; a draft was never started, and
/// is an error that names Start-PictifyExperiment.</para>
/// <para>-Due resumes the experiments that were paused with -For or -Until on this address, whose time has come, and that no
/// operation in the ledger has touched since. Nothing resumes unless this runs: have a scheduler run it, as often as once a
/// minute, as a user and on a machine that has the same ledger. It is safe to run at any time. What others did without this
/// ledger (in a dashboard, on another machine) it sees only by the status: what is not paused any more is left as it is.</para>
/// </remarks>
/// <example>
/// <code>$paused = Suspend-PictifyExperiment -Name 'Hero*'; $paused | Resume-PictifyExperiment</code>
/// <para>Pauses, and later resumes exactly those.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment -Status Paused | Resume-PictifyExperiment -Confirm</code>
/// <para>Asks for each paused experiment whether to resume it.</para>
/// </example>
/// <example>
/// <code>Resume-PictifyExperiment -Due</code>
/// <para>Resumes what was paused until now or earlier; the line for a scheduler.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Resume, "PictifyExperiment", DefaultParameterSetName = ByInput, SupportsShouldProcess = true)]
[OutputType(typeof(Experiment))]
public sealed class ResumePictifyExperimentCommand : ExperimentChangeCmdlet
{
    private const string ByDue = "Due";

    /// <summary>Resumes the experiments whose pause was to end by now, as Suspend-PictifyExperiment -For and -Until recorded.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByDue)]
    public SwitchParameter Due { get; set; }

    private protected override string Verb => "Resume";

    private protected override ExperimentStatus Wanted => ExperimentStatus.Running;

    private protected override string DoneText => "Resumed";

    private protected override string UnchangedText => "already running";

    private protected override string Activity => "Resuming experiments";

    private protected override Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    ) => Client.ResumeAsync(experiment.Uid, experiment.Known, cancellationToken);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Due && Ledgers.Of(Current) is null)
        {
            ThrowTerminatingError(Errors.LedgerNeeded("-Due"));
        }
    }

    /// <inheritdoc/>
    private protected override IEnumerable<object> Inputs() => Due ? FindDue() : base.Inputs();

    private List<Experiment> FindDue()
    {
        PictifyLedger ledger = Ledgers.Of(Current)!;
        var settler = new Settler(Client, Current, ledger, isWhatIf: IsWhatIf);
        var due = new List<Experiment>();
        List<LedgerEntry> pauses = ReadLedger(
            Task.Run(() => new LedgerHistory(ledger, entry => Ledgers.IsHere(entry, Current)).Due(Current.Now))
        );
        foreach (LedgerEntry pause in pauses)
        {
            LedgerEntry? settled = pause;
            if (pause.Outcome == ChangeOutcome.Unknown)
            {
                // The pause may not have happened, or not by us: what the service shows decides.
                settled = TrySettle(settler, pause);
            }

            if (settled?.Outcome is ChangeOutcome.Changed)
            {
                // Nothing is known of its status now.
                due.Add(
                    new Experiment
                    {
                        Uid = pause.Uid!,
                        Name = pause.Name,
                        Slug = pause.Slug,
                    }
                );
            }
        }

        Expected = due.Count;
        WriteVerbose(due.Count == 0 ? "No pause has come to its end." : $"{due.Count} pauses have come to their end.");
        return due;
    }

    private LedgerEntry? TrySettle(Settler settler, LedgerEntry pause)
    {
        try
        {
            return Await(settler.SettleAsync(pause, StopToken));
        }
        catch (PictifyException exception)
        {
            if (exception.IsFatal)
            {
                Terminate(exception, pause);
            }

            WriteError(Errors.From(exception, pause, pause.ToString()));
            return null;
        }
        catch (OperationCanceledException exception)
        {
            Terminate(exception);
            throw;
        }
    }
}
