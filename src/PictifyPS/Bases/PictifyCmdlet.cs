using System.Management.Automation;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Profiles;
using PictifyPS.Errors;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>
/// A cmdlet that may wait for tasks, can be stopped while it does, and may record what it changes. It has no parameters: derived classes
/// declare them. Its internal members are for the objects that do a command's work.
/// </summary>
public abstract class PictifyCmdlet : PSCmdlet, IDisposable
{
    /// <summary>The longest wait of the pipeline thread, so that the progress bar is refreshed.</summary>
    private static readonly TimeSpan _waitLimit = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private RecordedRun? _record;
    private bool _disposed;

    /// <summary>Canceled by Ctrl+C, by a downstream command that takes no more objects, and at the command's end.</summary>
    internal CancellationToken StopToken => _stop.Token;

    internal PipelineThread PipelineThread { get; } = new();

    /// <summary>The record of this run, which <see cref="BeginRecord"/> began.</summary>
    internal RecordedRun Record =>
        _record ?? throw new InvalidOperationException($"{nameof(BeginRecord)} was not called.");

    /// <summary>True under -WhatIf: nothing is changed, so nothing is recorded.</summary>
    private protected bool IsWhatIf => RunPreferences.IsWhatIf(this);

    /// <summary>The run over the inputs of a command that takes many; null for the others.</summary>
    private protected virtual InputRun? RunOrNull => null;

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>
    /// Cancels the tasks that still run, and waits for them. If a command is stopped, or an exception passes through it, its EndProcessing
    /// is not called: only here it is certain that it ended early.
    /// </summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _stop.Cancel();
        RunOrNull?.CloseProgress();
        RunOrNull?.WaitForTasks();
        _record?.EndEarly(recorded => RunOrNull?.NotAttempted(recorded));
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    internal void Cancel() => _stop.Cancel();

    /// <summary>
    /// Waits for a task, invoking meanwhile the actions that tasks enqueue for the pipeline thread. Returns its result; its exception is
    /// thrown unchanged.
    /// </summary>
    internal T WaitFor<T>(Task<T> task)
    {
        try
        {
            if (!task.IsCompleted)
            {
                PipelineThread.WakeAfter(task);
            }

            while (!task.IsCompleted)
            {
                WaitOnce();
            }

            PipelineThread.Flush();
            return task.GetAwaiter().GetResult();
        }
        catch
        {
            if (!task.IsCompleted)
            {
                // An action's write failed, because the pipeline is stopping: cancel the task, and wait until it has ended.
                _stop.Cancel();
                BlockingWait.UntilCompleted(task);
            }

            throw;
        }
    }

    /// <summary>Waits for a task that has no result.</summary>
    internal void WaitFor(Task task) =>
        WaitFor(
            task.ContinueWith(
                static done =>
                {
                    done.GetAwaiter().GetResult();
                    return true;
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            )
        );

    /// <summary>Waits until a task wakes the pipeline thread, or for a fifth of a second, and invokes what was enqueued for it.</summary>
    internal void WaitOnce()
    {
        PipelineThread.Wait(_waitLimit);
        PipelineThread.Flush();
        RunOrNull?.RefreshProgress();
    }

    /// <summary>Writes an error, and counts it in the record of this run.</summary>
    internal new void WriteError(ErrorRecord error)
    {
        _record?.AddError();
        base.WriteError(error);
    }

    /// <summary>Writes each of the errors.</summary>
    internal void WriteErrors(IEnumerable<ErrorRecord> errors)
    {
        foreach (ErrorRecord error in errors)
        {
            WriteError(error);
        }
    }

    /// <summary>Writes a warning for each text.</summary>
    internal void WriteWarnings(IEnumerable<string> texts)
    {
        foreach (string text in texts)
        {
            WriteWarning(text);
        }
    }

    /// <summary>The result of a task that reads or writes a ledger; if that fails, the command ends with an error.</summary>
    internal T ReadLedger<T>(Task<T> task)
    {
        try
        {
            return WaitFor(task);
        }
        catch (Exception exception) when (exception is LedgerException or OperationCanceledException)
        {
            throw Terminate(exception);
        }
    }

    /// <summary>
    /// The connection that a command uses: the one that was given, else the session's default. Without one, or with one that was closed,
    /// the command ends with an error.
    /// </summary>
    internal PictifyConnection Resolve(PictifyConnection? given)
    {
        PictifyConnection? connection;
        try
        {
            connection = given ?? DefaultConnection.Get(this);
        }
        catch (PictifyException exception)
        {
            throw Terminate(exception);
        }

        return connection switch
        {
            null => throw this.Terminate(ConnectionErrors.NotConnected()),
            { IsClosed: true } => throw this.Terminate(ConnectionErrors.ConnectionClosed(connection)),
            _ => connection,
        };
    }

    /// <summary>
    /// Begins to record what this run of the command changes; if it may not change anything, the command ends with an error.
    /// </summary>
    private protected RecordedRun BeginRecord(
        PictifyConnection connection,
        string? reason,
        string? ticket,
        DateTimeOffset? until = null
    )
    {
        _record = new RecordedRun(
            connection,
            MyInvocation.MyCommand.Name,
            reason,
            ticket,
            until,
            IsWhatIf,
            WriteWarning,
            PipelineThread
        );
        if (_record.Refusal() is { } refusal)
        {
            ThrowTerminatingError(refusal);
        }

        try
        {
            WaitFor(_record.ProbeAsync(StopToken));
        }
        catch (Exception exception) when (exception is LedgerException or OperationCanceledException)
        {
            throw Terminate(exception);
        }

        return _record;
    }

    /// <summary>
    /// Called at the end of a command that began a record: without this call, the run counts as ended early.
    /// </summary>
    private protected void EndRecord() => _record?.End();

    /// <summary>Does something with this user's profiles; if that fails, the command ends with an error.</summary>
    private protected T WithProfiles<T>(Func<ProfileStore, T> use, object? target = null)
    {
        try
        {
            return WaitFor(Task.Run(() => use(UserProfiles.Here()), StopToken));
        }
        catch (Exception exception) when (exception is ProfileException or OperationCanceledException)
        {
            throw Terminate(exception, target);
        }
    }

    /// <summary>
    /// Ends the command with the error of a failure; see <see cref="ErrorRecords.Terminate(Cmdlet, ErrorRecord)"/>.
    /// </summary>
    internal Exception Terminate(Exception exception, object? target = null) =>
        exception is OperationCanceledException && StopToken.IsCancellationRequested
            ? throw new PipelineStoppedException()
            : this.Terminate(Failures.From(exception, target));
}
