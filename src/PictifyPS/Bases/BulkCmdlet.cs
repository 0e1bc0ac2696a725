using System.Management.Automation;
using Pictify.Http;
using PictifyPS.Completion;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>
/// A cmdlet that does the same for many inputs, with an <see cref="InputRun"/> that works on a few at once. Each input results in one
/// output or one error.
/// </summary>
public abstract class BulkCmdlet : PictifyCmdlet
{
    private protected BulkCmdlet()
    {
        Service = new ServiceAccess(this, () => Connection);
        Run = new InputRun(this, Service, () => Activity, () => ThrottleLimit, OnResult, Fail);
    }

    /// <summary>
    /// The number of requests that run at the same time, 1 to 64; at most 3 of them read pages of a list. Default 8. Results are emitted in the order of the input, but later than
    /// the input is read, even with 1: the -PipelineVariable of an earlier command then already contains a later input. To keep each result
    /// with its input, call the command for one input at a time: 'ForEach-Object { $_ | Suspend-PictifyExperiment }'; about_PictifyPS_Bulk
    /// shows an example.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 8;

    /// <inheritdoc cref="ConnectedCmdlet.Connection"/>
    [Parameter]
    [ConnectionName]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [ValidateNotNull]
    public PictifyConnection? Connection { get; set; }

    private protected ServiceAccess Service { get; }

    private protected PictifyConnection Current => Service.Current;

    private protected PictifyClient Client => Service.Client;

    private protected InputRun Run { get; }

    /// <summary>The activity that the progress bar shows, such as <c>Reading experiments</c>.</summary>
    private protected abstract string Activity { get; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => Service.Begin();

    /// <summary>Writes one result. On the pipeline thread, in the order of the input.</summary>
    private protected virtual void OnResult(object? result) => Run.Write(result);

    /// <summary>Writes the error of an input; if -ErrorAction is Stop, it ends the command.</summary>
    private protected virtual void Fail(ErrorRecord error) => Run.Fail(error);

    /// <inheritdoc/>
    private protected override InputRun RunOrNull => Run;
}
