using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using Pictify.Schedules;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Selection;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Resumes paused experiments.</summary>
/// <remarks>
/// <para>Reverses Suspend-PictifyExperiment. An experiment that is already running counts as success. A draft was never started: that is an
/// error that names Start-PictifyExperiment.</para>
/// <para>-Due resumes the experiments that were paused with -For or -Until on this address, if the end of the pause is reached and no later
/// operation in the ledger changed them. No experiment resumes unless this runs: let a scheduler run it, as often as once a minute, as a
/// user and on a machine that use the same ledger. It is safe to run at any time. Changes without this ledger (in a dashboard, on another
/// machine) are visible only in the status: an experiment that is no longer paused is not changed. A ledger that was named by -LedgerPath
/// or PICTIFY_LEDGER has to exist (LedgerNotFound): in a mistyped one nothing would ever be due.</para>
/// </remarks>
/// <example>
/// <code>$paused = Suspend-PictifyExperiment -Name 'Hero*'; $paused | Where-Object Change -eq Changed | Resume-PictifyExperiment</code>
/// <para>Pauses experiments, and later resumes exactly those that were running: Change is Unchanged for one that was paused before.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment -Status Paused | Resume-PictifyExperiment -Confirm</code>
/// <para>Asks for each paused experiment whether to resume it.</para>
/// </example>
/// <example>
/// <code>Resume-PictifyExperiment -Due</code>
/// <para>Resumes the experiments whose pause has ended by now; this is the line for a scheduler.</para>
/// </example>
/// <seealso cref="SuspendPictifyExperimentCommand"/>
/// <seealso cref="GetPictifyPauseCommand"/>
/// <seealso cref="StartPictifyExperimentCommand"/>
/// <seealso>about_PictifyPS_Schedules</seealso>
[Cmdlet(VerbsLifecycle.Resume, "PictifyExperiment", DefaultParameterSetName = ByInput, SupportsShouldProcess = true)]
[OutputType(typeof(Experiment))]
public sealed class ResumePictifyExperimentCommand : ExperimentChangeCmdlet
{
    private const string ByDue = "Due";

    private DuePauses? _due;

    /// <summary>Resumes the experiments whose pause was to end by now, as Suspend-PictifyExperiment -For and -Until recorded.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByDue)]
    public SwitchParameter Due { get; set; }

    private protected override string Verb => "Resume";

    private protected override ChangeKind Kind => ChangeKind.Resume;

    private protected override ExperimentStatus Wanted => ExperimentStatus.Running;

    private protected override string DoneText => "Resumed";

    private protected override string UnchangedText => "already running";

    private protected override string Activity => "Resuming experiments";

    private protected override Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    ) => Client.ResumeAsync(experiment.Uid, experiment.LastRead, cancellationToken);

    /// <inheritdoc/>
    private protected override void CheckLedger()
    {
        if (Due && Service.LedgerForReading() is null)
        {
            ThrowTerminatingError(OperationErrors.LedgerNeeded("-Due"));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        _due?.Dispose();
    }

    /// <inheritdoc/>
    private protected override IEnumerable<object> Inputs() => Due ? FindDue() : base.Inputs();

    /// <inheritdoc/>
    private protected override LedgerEntry EntryOf(ExperimentIdentity experiment) =>
        _due?.EntryOf(experiment.Uid, Record) ?? base.EntryOf(experiment);

    /// <inheritdoc/>
    private protected override Task<ExperimentChange?> RunAsync(
        ExperimentIdentity experiment,
        LedgerEntry entry,
        CancellationToken cancellationToken
    ) =>
        _due is { } due
            ? EndAsync(due, experiment, entry, cancellationToken)
            : base.RunAsync(experiment, entry, cancellationToken);

    /// <inheritdoc/>
    private protected override async Task<ExperimentBefore> ReadBeforeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    )
    {
        return _due is { } due && IsPreview
            ? await due.PreviewAsync(experiment, cancellationToken).ConfigureAwait(false)
            : await base.ReadBeforeAsync(experiment, cancellationToken).ConfigureAwait(false);
    }

    private IEnumerable<Experiment> FindDue()
    {
        PictifyLedger ledger = Ledgers.Of(Current)!;
        _due = new DuePauses(
            ReadLedger(new PictifyOperations(Current, Client, ledger).BeginDueAsync(record: !IsPreview, StopToken))
        );
        Run.Expected = _due.Count;
        WriteVerbose(
            _due.Count == 0 ? $"No pause in the ledger {ledger.Location} is due." : $"{_due.Count} pauses are due."
        );

        if (_due.Count == 0 && IsEmpty(ledger))
        {
            WriteWarning(
                $"There is no pause to end: {Where(ledger)} has no entries. A pause with an end is found only in the ledger that it was "
                    + $"recorded in: of the same user on the same machine, or the same file in {EnvironmentVariables.Ledger} or 'Connect-Pictify "
                    + "-LedgerPath'."
            );
        }

        return _due.Experiments;
    }

    /// <summary>A file's length shows it; a ledger in memory is read, which is cheap.</summary>
    private bool IsEmpty(PictifyLedger ledger) =>
        ledger.Location.Kind == LedgerPlace.File
            ? LedgerLifetime.IsEmpty(ledger.Location)
            : ReadLedger(ledger.ReadAsync(LedgerQuery.All, static _ => { }, StopToken)) == 0;

    private static string Where(PictifyLedger ledger) =>
        ledger.Location.Path is { } path ? $"the ledger '{path}'" : "the ledger of this sandbox, which is in memory,";

    /// <summary>Ends the pause; null if nothing is changed.</summary>
    private async Task<ExperimentChange?> EndAsync(
        DuePauses due,
        ExperimentIdentity experiment,
        LedgerEntry entry,
        CancellationToken cancellationToken
    )
    {
        DueResult result = await due.EndAsync(experiment.Uid, Record, entry, cancellationToken).ConfigureAwait(false);
        if (result.Note is { } note)
        {
            string text = $"{due.Of(experiment.Uid)} is not changed: {note}.";
            PipelineThread.Enqueue(result.IsOver ? () => WriteWarning(text) : () => WriteVerbose(text));
        }

        return result.Change?.EnsureDone();
    }
}
