using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Waits until experiments have a status.</summary>
/// <remarks>
/// <para>The command waits for all experiments at once, after the last input arrived: each is read at growing intervals, from 1 to 15
/// seconds, and emitted once it and those before it have the status. An experiment that does not get the status in time is an error with
/// the status last seen; so is a completed one, because that status is final. Nothing is changed.</para>
/// </remarks>
/// <example>
/// <code>Start-PictifyExperiment exp_abc123 | Wait-PictifyExperiment -Status Running</code>
/// <para>Waits until the images are rendered and the experiment is running.</para>
/// </example>
/// <example>
/// <code>Wait-PictifyExperiment exp_abc123 -Status Completed -TimeoutSec 3600</code>
/// <para>Waits up to an hour for a colleague to declare a winner.</para>
/// </example>
/// <seealso cref="StartPictifyExperimentCommand"/>
/// <seealso cref="GetPictifyExperimentCommand"/>
/// <seealso>about_PictifyPS_Bulk</seealso>
[Cmdlet(VerbsLifecycle.Wait, "PictifyExperiment", DefaultParameterSetName = ExperimentSelection.ByInput)]
[OutputType(typeof(Experiment))]
public sealed class WaitPictifyExperimentCommand : BulkCmdlet
{
    /// <summary>The status to wait for, or several: then any of them.</summary>
    [Parameter(Mandatory = true)]
    [EnumName(typeof(ExperimentStatus))]
    public ExperimentStatus[] Status { get; set; } = [];

    /// <summary>Seconds to wait, for all experiments together, 0 to 86400. Default 300.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public int TimeoutSec { get; set; } = 300;

    /// <inheritdoc cref="ExperimentChangeCmdlet.InputObject"/>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ParameterSetName = ExperimentSelection.ByInput
    )]
    [ArgumentCompleter(typeof(UidCompleter))]
    public PSObject[] InputObject { get; set; } = [];

    /// <inheritdoc cref="ExperimentChangeCmdlet.Uid"/>
    [Parameter(Mandatory = true, ParameterSetName = ExperimentSelection.ByUid)]
    [ArgumentCompleter(typeof(UidCompleter))]
    [Text("Wait-PictifyExperiment -Uid", ReplacesInput = true)]
    public string[] Uid { get; set; } = [];

    /// <inheritdoc cref="ExperimentChangeCmdlet.Name"/>
    [Parameter(Mandatory = true, ParameterSetName = ExperimentSelection.ByName)]
    [ArgumentCompleter(typeof(NameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Text("Wait-PictifyExperiment -Name", ReplacesInput = true)]
    public string[] Name { get; set; } = [];

    /// <inheritdoc cref="ExperimentChangeCmdlet.Slug"/>
    [Parameter(Mandatory = true, ParameterSetName = ExperimentSelection.BySlug)]
    [ArgumentCompleter(typeof(SlugPatternCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Text("Wait-PictifyExperiment -Slug", ReplacesInput = true)]
    public string[] Slug { get; set; } = [];

    private readonly ExperimentSelection _selection;
    private readonly List<(ExperimentIdentity Experiment, Task<Experiment> There)> _waiting = [];
    private StatusWatch _watch = null!;

    public WaitPictifyExperimentCommand() => _selection = new ExperimentSelection(this, Service, Run);

    private protected override string Activity => "Waiting for experiments";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _selection.Begin(Uid);
        _watch = new StatusWatch(Client, Current, Status, TimeSpan.FromSeconds(TimeoutSec), ThrottleLimit);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        _selection.Resolve(
            _selection.Inputs(InputObject, Uid, Name, Slug),
            experiment => _waiting.Add((experiment, _watch.Add(experiment.Uid))),
            (_, error) => Run.SubmitError(error)
        );

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Run.Expected = _waiting.Count;
        _ = Task.Run(() => _watch.RunAsync(StopToken));
        foreach ((ExperimentIdentity experiment, Task<Experiment> there) in _waiting)
        {
            Run.Submit(experiment.Input, experiment.ToString(), async _ => await there.ConfigureAwait(false));
        }

        Run.Finish();
    }
}
