using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Pipeline;

namespace PictifyPS.Commands;

/// <summary>Completes experiments: declares a winner, which gets all traffic from then on. Final.</summary>
/// <remarks>
/// <para>The winner is checked against the experiment's variants before anything is sent. An experiment that is completed
/// with this winner already counts as success; with another winner it is an error, since completing is final.</para>
/// </remarks>
/// <example>
/// <code>Complete-PictifyExperiment exp_abc123 -WinnerVariantId short-headline</code>
/// <para>Asks, and then ends the experiment with its winner.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment 'Hero*' -Status Paused | Complete-PictifyExperiment -WinnerVariantId control -Confirm:$false</code>
/// <para>Ends all paused experiments whose names begin with Hero, without asking.</para>
/// </example>
[Cmdlet(
    VerbsLifecycle.Complete,
    "PictifyExperiment",
    DefaultParameterSetName = ByInput,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High
)]
[OutputType(typeof(Experiment))]
public sealed class CompletePictifyExperimentCommand : ExperimentChangeCmdlet
{
    /// <summary>The id of the variant that gets all traffic.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ArgumentCompleter(typeof(VariantIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string WinnerVariantId { get; set; } = "";

    private protected override string Verb => $"Complete with winner '{SafeText.Clean(WinnerVariantId)}'";

    private protected override ChangeKind Kind => ChangeKind.Complete;

    private protected override ExperimentStatus Wanted => ExperimentStatus.Completed;

    private protected override string Detail => $"winnerVariantId={WinnerVariantId}";

    private protected override string DoneText => "Completed";

    private protected override string UnchangedText => "already completed";

    private protected override string Activity => "Completing experiments";

    private protected override Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    ) => Client.CompleteAsync(experiment.Uid, WinnerVariantId, experiment.Known, cancellationToken);
}
