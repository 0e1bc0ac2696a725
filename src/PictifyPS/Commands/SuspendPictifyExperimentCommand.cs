using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Pipeline;

namespace PictifyPS.Commands;

/// <summary>Pauses running experiments.</summary>
/// <remarks>
/// <para>A paused experiment serves no variant images and tracks nothing; the data that it collected is kept. An experiment
/// that is paused already counts as success, so that the command is safe to run twice. An experiment in any other status
/// (draft, completed) cannot be paused: that is an error for this one, and the rest goes on.</para>
/// <para>Where the service's answer leaves open whether the pause happened, the experiment is read to find out. The service
/// syncs its counters about every 15 minutes, so that a fresh pause does not freeze them at once.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyExperiment | Where Name -like 'Hero*' | Suspend-PictifyExperiment</code>
/// <para>Pauses every experiment whose name begins with Hero, and shows each as it is afterwards.</para>
/// </example>
/// <example>
/// <code>Suspend-PictifyExperiment -Name 'Hero*' -WhatIf</code>
/// <para>Lists what would be paused, and changes nothing.</para>
/// </example>
/// <example>
/// <code>Import-Csv ./incident.csv | Suspend-PictifyExperiment -MaximumCount 50</code>
/// <para>Pauses the experiments whose uids stand in the file's Uid column; none at all, if there are more than 50.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Suspend, "PictifyExperiment", DefaultParameterSetName = ByInput, SupportsShouldProcess = true)]
[Alias("Pause-PictifyExperiment")]
[OutputType(typeof(Experiment))]
public sealed class SuspendPictifyExperimentCommand : ExperimentChangeCmdlet
{
    private protected override string Verb => "Suspend";

    private protected override string DoneText => "Suspended";

    private protected override string UnchangedText => "already paused";

    private protected override string Activity => "Suspending experiments";

    private protected override Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    ) => Client.PauseAsync(experiment.Uid, experiment.Known, cancellationToken);
}
