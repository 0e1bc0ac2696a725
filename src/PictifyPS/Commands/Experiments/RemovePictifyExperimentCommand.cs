using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Removes experiments.</summary>
/// <remarks>
/// <para>The service soft-deletes the experiment and frees its slug; no API restores it. A running experiment is not removed: that is an
/// error that names Suspend- and Complete-PictifyExperiment, and no parameter overrides it. An experiment that no longer exists counts as
/// success. Nothing is emitted.</para>
/// </remarks>
/// <example>
/// <code>Remove-PictifyExperiment exp_abc123</code>
/// <para>Asks for confirmation, and then removes the experiment.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment -Status Draft | Where Name -like 'tmp*' | Remove-PictifyExperiment -MaximumCount 20 -Confirm:$false</code>
/// <para>Removes drafts without asking, and none at all if there are more than 20.</para>
/// </example>
/// <seealso cref="SuspendPictifyExperimentCommand"/>
/// <seealso cref="CompletePictifyExperimentCommand"/>
/// <seealso cref="CopyPictifyExperimentCommand"/>
/// <seealso>about_PictifyPS_Bulk</seealso>
[Cmdlet(
    VerbsCommon.Remove,
    "PictifyExperiment",
    DefaultParameterSetName = ByInput,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High
)]
[OutputType(typeof(void))]
public sealed class RemovePictifyExperimentCommand : ExperimentChangeCmdlet
{
    private protected override string Verb => "Remove";

    private protected override ChangeKind Kind => ChangeKind.Remove;

    private protected override ExperimentStatus Wanted => ExperimentStatus.Archived;

    private protected override string DoneText => "Removed";

    private protected override string UnchangedText => "already gone";

    private protected override string Activity => "Removing experiments";

    private protected override async Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    )
    {
        ExperimentChange change = await Client.DeleteAsync(experiment.Uid, cancellationToken).ConfigureAwait(false);
        if (change.Error is null)
        {
            CompletionCache.Forget(Current, experiment.Uid);
        }

        return change with
        {
            Before = experiment.LastRead?.Status,
        };
    }
}
