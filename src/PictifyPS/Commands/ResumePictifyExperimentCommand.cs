using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Pipeline;

namespace PictifyPS.Commands;

/// <summary>Resumes paused experiments.</summary>
/// <remarks>
/// <para>The round trip of Suspend-PictifyExperiment. One that runs already counts as success; a draft was never started, and
/// is an error that names Start-PictifyExperiment.</para>
/// </remarks>
/// <example>
/// <code>$paused = Suspend-PictifyExperiment -Name 'Hero*'; $paused | Resume-PictifyExperiment</code>
/// <para>Pauses, and later resumes exactly those.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment -Status Paused | Resume-PictifyExperiment -Confirm</code>
/// <para>Asks for each paused experiment whether to resume it.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Resume, "PictifyExperiment", DefaultParameterSetName = ByInput, SupportsShouldProcess = true)]
[OutputType(typeof(Experiment))]
public sealed class ResumePictifyExperimentCommand : ExperimentChangeCmdlet
{
    private protected override string Verb => "Resume";

    private protected override string DoneText => "Resumed";

    private protected override string UnchangedText => "already running";

    private protected override string Activity => "Resuming experiments";

    private protected override Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    ) => Client.ResumeAsync(experiment.Uid, experiment.Known, cancellationToken);
}
