using System.Management.Automation;
using Pictify.Http;
using PictifyPS.Completion;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>
/// A cmdlet that does the same to many inputs, which an <see cref="InputRun"/> does a few at once. Each input ends in one output or one error.
/// </summary>
public abstract class BulkCmdlet : PictifyCmdlet
{
    private protected BulkCmdlet()
    {
        Service = new ServiceAccess(this, () => Connection);
        Run = new InputRun(this, Service, () => Activity, () => ThrottleLimit, OnResult, Fail);
    }

    /// <summary>
    /// Requests under way at once, 1 to 64. Default 8. Results come in the order of the input, but later than it, with 1 too: the
    /// -PipelineVariable of a command before this one is some inputs further by then. 'ForEach-Object { $_ | Suspend-PictifyExperiment }'
    /// in this command's place, with its own name, keeps each result with its input, one at a time; about_PictifyPS_Bulk shows it.
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

    /// <summary>What the progress bar says is being done, such as <c>Reading experiments</c>.</summary>
    private protected abstract string Activity { get; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => Service.Begin();

    /// <summary>Writes one result. On the pipeline thread, in the order of the input.</summary>
    private protected virtual void OnResult(object? result) => Run.Write(result);

    /// <summary>Writes the error that an input ended in; if -ErrorAction is Stop, it ends the command.</summary>
    private protected virtual void Fail(ErrorRecord error) => Run.Fail(error);

    /// <inheritdoc/>
    private protected override InputRun RunOrNull => Run;
}
