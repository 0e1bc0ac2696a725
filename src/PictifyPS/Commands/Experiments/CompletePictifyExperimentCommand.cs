using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Completes experiments: declares a winner, which gets all traffic from then on. This cannot be undone.</summary>
/// <remarks>
/// <para>The winner is checked against the experiment's variants before anything is sent. An experiment that is already completed with this
/// winner counts as success; with another winner it is an error, because completing is final.</para>
/// </remarks>
/// <example>
/// <code>Complete-PictifyExperiment exp_abc123 -WinnerVariantId short-headline</code>
/// <para>Asks for confirmation, and then completes the experiment with this winner.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment 'Hero*' -Status Paused | Complete-PictifyExperiment -WinnerVariantId control -Confirm:$false</code>
/// <para>Completes all paused experiments whose names begin with Hero, without asking.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment -Status Running | Measure-PictifyExperiment | Where Verdict -eq Winning | Complete-PictifyExperiment -Leader</code>
/// <para>Asks for each experiment with a winning variant whether to complete it with that variant.</para>
/// </example>
/// <seealso cref="MeasurePictifyExperimentCommand"/>
/// <seealso cref="SuspendPictifyExperimentCommand"/>
/// <seealso cref="GetPictifyExperimentCommand"/>
/// <seealso>about_PictifyPS_Bulk</seealso>
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
    private const string ByLeader = "Leader";

    /// <summary>
    /// The experiments: from Get-PictifyExperiment, anything with a Uid (rows of a CSV, deserialized objects,
    /// hashtables), or plain strings, which are uids; with -Leader, from Measure-PictifyExperiment.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByInput)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByLeader)]
    [ArgumentCompleter(typeof(UidCompleter))]
    public override PSObject[] InputObject
    {
        get => base.InputObject;
        set => base.InputObject = value;
    }

    /// <summary>The id of the variant that gets all traffic.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByInput)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByUid)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByName)]
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = BySlug)]
    [ArgumentCompleter(typeof(VariantIdCompleter))]
    [ValidateNotNullOrEmpty]
    [Text("Complete-PictifyExperiment -WinnerVariantId")]
    public string WinnerVariantId { get; set; } = "";

    /// <summary>
    /// Takes each experiment's winner from the input's LeaderId, as Measure-PictifyExperiment sets it: the winning variant if the verdict
    /// is Winning, else the one that is most probably the best.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = ByLeader)]
    public SwitchParameter Leader { get; set; }

    private protected override string Verb => "Complete";

    private protected override string ActionOn(ExperimentIdentity experiment, Experiment? present) =>
        $"Complete with winner '{SafeText.Clean(WinnerOf(experiment), SafeText.LongestName)}'";

    private protected override ChangeKind Kind => ChangeKind.Complete;

    private protected override ExperimentStatus Wanted => ExperimentStatus.Completed;

    private protected override string DoneText => "Completed";

    private protected override string UnchangedText => "already completed";

    private protected override string Activity => "Completing experiments";

    /// <inheritdoc/>
    private protected override void SubmitOne(ExperimentIdentity experiment)
    {
        if (ParameterSetName == ByLeader && string.IsNullOrEmpty(experiment.LeaderId))
        {
            Reject(experiment.Input!, InputErrors.NoLeader(experiment.ToString(), experiment.Input));
            return;
        }

        base.SubmitOne(experiment);
    }

    /// <inheritdoc/>
    private protected override LedgerEntry EntryOf(ExperimentIdentity experiment) =>
        base.EntryOf(experiment) with
        {
            Detail = $"winnerVariantId={WinnerOf(experiment)}",
        };

    private protected override PictifyException? GetRefusal(ExperimentIdentity experiment, Experiment present) =>
        ChangePreview.GetRefusal(Kind, present, WinnerOf(experiment));

    private protected override Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    ) => Client.CompleteAsync(experiment.Uid, WinnerOf(experiment), experiment.LastRead, cancellationToken);

    private string WinnerOf(ExperimentIdentity experiment) =>
        ParameterSetName == ByLeader ? experiment.LeaderId! : WinnerVariantId;
}
