using System.Management.Automation;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Profiles;
using PictifyPS.Errors;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>A cmdlet that may wait for tasks, and can be stopped while it does.</summary>
public abstract class PictifyCmdlet : PSCmdlet, IDisposable
{
    /// <summary>How long one wait of the pipeline thread lasts at most, so that the progress bar is refreshed.</summary>
    private static readonly TimeSpan _waitLimit = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private bool _disposed;

    /// <summary>Canceled by Ctrl+C, by a downstream command that takes no more objects, and at the command's end.</summary>
    private protected CancellationToken StopToken => _stop.Token;

    private protected PipelineThread PipelineThread { get; } = new();

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Cancels the tasks that still run, and waits for them.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _stop.Cancel();
        CloseProgress();
        WaitForTasks();
        OnEnded();
        _stop.Dispose();
        PipelineThread.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the progress bar; must not throw.</summary>
    private protected virtual void CloseProgress() { }

    /// <summary>Waits for every task that was started; must not throw.</summary>
    private protected virtual void WaitForTasks() { }

    /// <summary>Called once nothing is under way any more, however the command ended; must not throw.</summary>
    private protected virtual void OnEnded() { }

    /// <summary>Called about five times a second while the pipeline thread waits.</summary>
    private protected virtual void RefreshProgress() { }

    private protected void Cancel() => _stop.Cancel();

    /// <summary>
    /// Waits for a task, invoking meanwhile the actions that tasks enqueue for the pipeline thread. Gives its result; its failure is
    /// thrown as it is.
    /// </summary>
    private protected T WaitFor<T>(Task<T> task)
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
                ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
                _ = task.Exception;
            }

            throw;
        }
    }

    /// <summary>Waits for a task that has no result.</summary>
    private protected void WaitFor(Task task) =>
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
    private protected void WaitOnce()
    {
        PipelineThread.Wait(_waitLimit);
        PipelineThread.Flush();
        RefreshProgress();
    }

    /// <summary>Writes an error, after <see cref="OnError"/>.</summary>
    private protected new void WriteError(ErrorRecord error)
    {
        OnError();
        base.WriteError(error);
    }

    /// <summary>Writes each of them.</summary>
    private protected void WriteErrors(IEnumerable<ErrorRecord> errors)
    {
        foreach (ErrorRecord error in errors)
        {
            WriteError(error);
        }
    }

    /// <summary>Called before an error is written.</summary>
    private protected virtual void OnError() { }

    /// <summary>Writes a warning for each text.</summary>
    private protected void WriteWarnings(IEnumerable<string> texts)
    {
        foreach (string text in texts)
        {
            WriteWarning(text);
        }
    }

    /// <summary>The result of a task that reads or writes a ledger; where that fails, the command ends.</summary>
    private protected T ReadLedger<T>(Task<T> task)
    {
        try
        {
            return WaitFor(task);
        }
        catch (Exception exception) when (exception is LedgerException or OperationCanceledException)
        {
            Terminate(exception);
            throw;
        }
    }

    /// <summary>
    /// The connection that a command is about: the one that was given, else the session's default. Without one, or with one that was
    /// closed, the command ends.
    /// </summary>
    private protected PictifyConnection Resolve(PictifyConnection? given)
    {
        PictifyConnection? connection = null;
        try
        {
            connection = given ?? DefaultConnection.Get(this);
        }
        catch (PictifyException exception)
        {
            Terminate(exception);
        }

        if (connection is null)
        {
            ThrowTerminatingError(ConnectionErrors.NotConnected());
        }

        if (connection!.IsClosed)
        {
            ThrowTerminatingError(ConnectionErrors.ConnectionClosed(connection));
        }

        return connection;
    }

    /// <summary>What is done with this user's profiles; where that fails, the command ends.</summary>
    private protected T WithProfiles<T>(Func<ProfileStore, T> use, object? target = null)
    {
        try
        {
            return WaitFor(Task.Run(() => use(UserProfiles.Here()), StopToken));
        }
        catch (Exception exception) when (exception is ProfileException or OperationCanceledException)
        {
            Terminate(exception, target);
            throw;
        }
    }

    /// <summary>Turns a failure into one that ends the command.</summary>
    private protected void Terminate(Exception exception, object? target = null)
    {
        if (exception is OperationCanceledException && StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }

        ThrowTerminatingError(Failures.From(exception, target));
    }
}
