using System.Management.Automation;
using Pictify.Http;
using PictifyPS.Errors;

namespace PictifyPS.Bases;

/// <summary>
/// The tasks of a cmdlet's inputs: an <see cref="OrderedPump{TInput}"/> starts them, and each completed one becomes a result or an error.
/// It also decides when nothing more is to be sent: after a failure that every further input would have too, and after several inputs in a
/// row that did not reach the service.
/// </summary>
internal sealed class InputTasks
{
    private readonly OrderedPump<Input> _pump;
    private readonly ConsecutiveFailures _failures = new();
    private readonly InputHandlers _handlers;
    private readonly CancellationToken _cancellationToken;
    private readonly bool _takesUids;
    private PictifyException? _fatal;

    /// <param name="limit">How many tasks may run at once.</param>
    /// <param name="pipelineThread">The pipeline thread, which a completed task wakes.</param>
    /// <param name="wait">Waits until the pipeline thread is woken, or for a while.</param>
    /// <param name="handlers">Called with results and errors.</param>
    /// <param name="takesUids">True if a text in the input is a uid.</param>
    /// <param name="cancellationToken">Canceled once the command is stopped.</param>
    public InputTasks(
        int limit,
        PipelineThread pipelineThread,
        Action wait,
        InputHandlers handlers,
        bool takesUids,
        CancellationToken cancellationToken
    )
    {
        _handlers = handlers;
        _takesUids = takesUids;
        _cancellationToken = cancellationToken;
        _pump = new OrderedPump<Input>(limit, wait, pipelineThread.Wake, Handle, cancellationToken);
    }

    /// <summary>How many inputs there were so far.</summary>
    public int Count => _pump.Count;

    /// <summary>
    /// Starts the work for an input as soon as a task may be started. If nothing more is to be sent, the input becomes an error.
    /// </summary>
    /// <param name="target">The input, for errors.</param>
    /// <param name="label">The name for it in an error's message; null if the error names it already.</param>
    /// <param name="work">What to do; runs on any thread.</param>
    /// <param name="notAttempted">Records that nothing was sent.</param>
    public void Start(
        object? target,
        string? label,
        Func<CancellationToken, Task<object?>> work,
        Func<ErrorRecord, Task?>? notAttempted
    )
    {
        if (!_pump.TryStart(new Input(target, label), token => RunAsync(work, token)))
        {
            ErrorRecord error = Failures.NotAttempted(target, label, _pump.StopCause!.Message);
            Enqueue(error, notAttempted?.Invoke(error));
        }
    }

    /// <summary>Enqueues the error of an input that no work is started for, so that it is written in the order of the inputs.</summary>
    public void Enqueue(ErrorRecord error, Task? recorded) =>
        _pump.Enqueue(new Input(error.TargetObject, null, error), WithoutResult(recorded));

    /// <summary>Waits for the tasks that still run, and handles them in order.</summary>
    public void HandleAll() => _pump.HandOutAll();

    /// <summary>Blocks until no task runs any more, handling none of them.</summary>
    public RestOfInputs WaitForAll()
    {
        PumpedTask<Input>[] rest = _pump.WaitForAll();
        int done = rest.Count(static one => one.Input.Error is null && one.Task.Status == TaskStatus.RanToCompletion);
        int canceled = rest.Count(static one => one.Task.IsCanceled);
        return new RestOfInputs(done, rest.Length - done - canceled, canceled);
    }

    private static async Task<object?> WithoutResult(Task? task)
    {
        if (task is not null)
        {
            await task.ConfigureAwait(false);
        }

        return null;
    }

    private async Task<object?> RunAsync(
        Func<CancellationToken, Task<object?>> work,
        CancellationToken cancellationToken
    )
    {
        try
        {
            object? result = await work(cancellationToken).ConfigureAwait(false);
            _failures.Note(null);
            return result;
        }
        catch (Exception exception)
        {
            _failures.Note(exception);
            if (_failures.Cause is { } cause)
            {
                _pump.Stop(cause);
            }

            throw;
        }
    }

    private void Handle(PumpedTask<Input> completed)
    {
        Input input = completed.Input;
        if (input.Error is { } error)
        {
            _handlers.OnError(error);
            return;
        }

        Exception failure;
        try
        {
            _handlers.OnResult(completed.Task.GetAwaiter().GetResult());
            return;
        }
        catch (Exception exception) when (completed.Task.IsFaulted || completed.Task.IsCanceled)
        {
            failure = exception;
        }

        if (failure is OperationCanceledException && _cancellationToken.IsCancellationRequested)
        {
            // The command was stopped before the work was done, and nothing can be written any more.
            return;
        }

        if (failure is PictifyException { StopsBatch: true } fatal)
        {
            HandleFatal(input, fatal);
            return;
        }

        _handlers.OnError(Failures.From(failure, input.Target, input.Label, _takesUids));
    }

    /// <summary>
    /// A failure that every further input would have too is one error. A refused key or a missing feature ends the command; after a spent
    /// limit or quota, each further input is an error (NotAttempted).
    /// </summary>
    private void HandleFatal(Input input, PictifyException fatal)
    {
        if (_fatal is not null)
        {
            _handlers.OnError(Failures.NotAttempted(input.Target, input.Label, _fatal.Message));
            return;
        }

        _fatal = fatal;
        _pump.Stop(fatal);
        ErrorRecord error = Failures.From(fatal, input.Target);
        if (fatal.Kind is not (PictifyErrorKind.Unauthorized or PictifyErrorKind.FeatureUnavailable))
        {
            _handlers.OnError(error);
            return;
        }

        foreach (PumpedTask<Input> other in _pump.DequeueAll())
        {
            Handle(other);
        }

        _handlers.EndCommand(error);
    }

    /// <param name="Target">The input itself.</param>
    /// <param name="Label">The name for it in an error's message.</param>
    /// <param name="Error">Its error, if no work was started for it.</param>
    private sealed record Input(object? Target, string? Label, ErrorRecord? Error = null);
}

/// <summary>What a cmdlet does with completed inputs; called on the pipeline thread, in the order of the inputs.</summary>
/// <param name="OnResult">Takes a result.</param>
/// <param name="OnError">Takes the error of one input.</param>
/// <param name="EndCommand">Ends the command with an error that applies to every input.</param>
internal sealed record InputHandlers(
    Action<object?> OnResult,
    Action<ErrorRecord> OnError,
    Action<ErrorRecord> EndCommand
);

/// <summary>The counts of the inputs that were not handled.</summary>
internal sealed record RestOfInputs(int Done, int Failed, int Canceled);
