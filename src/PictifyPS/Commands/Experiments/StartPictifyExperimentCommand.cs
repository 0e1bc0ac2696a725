using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Bases;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Starts draft experiments.</summary>
/// <remarks>
/// <para>A started experiment serves its variants and counts impressions and clicks. An experiment that is already running counts as
/// success. The service may show the transient status Rendering first, while it renders the variants' images; -Wait waits until the
/// experiment is running.</para>
/// <para>A paused experiment is started too, because the API has one endpoint for both; Resume-PictifyExperiment does the same for paused
/// ones and refuses drafts.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyExperiment -Status Draft | Start-PictifyExperiment -WhatIf</code>
/// <para>Lists the drafts that would be started.</para>
/// </example>
/// <example>
/// <code>Start-PictifyExperiment exp_abc123 -Wait</code>
/// <para>Starts one experiment, and waits until its images are rendered.</para>
/// </example>
/// <seealso cref="NewPictifyExperimentCommand"/>
/// <seealso cref="WaitPictifyExperimentCommand"/>
/// <seealso cref="ResumePictifyExperimentCommand"/>
/// <seealso>about_PictifyPS_Bulk</seealso>
[Cmdlet(VerbsLifecycle.Start, "PictifyExperiment", DefaultParameterSetName = ByInput, SupportsShouldProcess = true)]
[OutputType(typeof(Experiment))]
public sealed class StartPictifyExperimentCommand : ExperimentChangeCmdlet
{
    /// <summary>Waits until the experiment is running, if the service shows Rendering first.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Seconds that -Wait waits for each experiment, 1 to 86400. Default 300.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int TimeoutSec { get; set; } = 300;

    private protected override string Verb => "Start";

    private protected override ChangeKind Kind => ChangeKind.Start;

    private protected override ExperimentStatus Wanted => ExperimentStatus.Running;

    private protected override string DoneText => "Started";

    private protected override string UnchangedText => "already running";

    private protected override string Activity => "Starting experiments";

    private protected override Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    ) => Client.StartAsync(experiment.Uid, experiment.LastRead, cancellationToken);

    /// <inheritdoc/>
    private protected override async Task<ExperimentChange?> RunAsync(
        ExperimentIdentity experiment,
        LedgerEntry entry,
        CancellationToken cancellationToken
    )
    {
        ExperimentChange? change = await base.RunAsync(experiment, entry, cancellationToken).ConfigureAwait(false);
        if (!Wait || change?.Experiment is not { Status: ExperimentStatus.Rendering } rendering)
        {
            return change;
        }

        var watch = new StatusWatch(
            Client,
            Current,
            [ExperimentStatus.Running],
            TimeSpan.FromSeconds(TimeoutSec),
            readsAtOnce: 1
        );
        Task<Experiment> running = watch.Add(rendering.Uid);
        await watch.RunAsync(cancellationToken).ConfigureAwait(false);
        Experiment started = await running.ConfigureAwait(false);
        started.Mark(rendering.Change, rendering.OperationId, rendering.PausedUntil);
        return change with { Experiment = started };
    }
}
