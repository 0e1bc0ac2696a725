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
    /// <summary>How often the pipeline thread looks up from waiting, to refresh the progress bar.</summary>
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private bool _disposed;

    /// <summary>Ctrl+C, a downstream command that has had enough, or the command's end.</summary>
    private protected CancellationToken StopToken => _stop.Token;

    private protected PipelineThread Thread { get; } = new();

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Stops what is under way, and waits for it.</summary>
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
        Thread.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes away what the command still shows of its progress; must not throw.</summary>
    private protected virtual void CloseProgress() { }

    /// <summary>Waits for every task that was started; must not throw.</summary>
    private protected virtual void WaitForTasks() { }

    /// <summary>Called once nothing is under way any more, however the command ended; must not throw.</summary>
    private protected virtual void OnEnded() { }

    /// <summary>Called about five times a second while the pipeline thread waits.</summary>
    private protected virtual void Tick() { }

    private protected void Cancel() => _stop.Cancel();

    /// <summary>The task's result, saying meanwhile what tasks have to say. Its failure is thrown as it is.</summary>
    private protected T Await<T>(Task<T> task)
    {
        try
        {
            if (!task.IsCompleted)
            {
                Thread.WakeAfter(task);
            }

            while (!task.IsCompleted)
            {
                Pause();
            }

            Thread.Drain();
            return task.GetAwaiter().GetResult();
        }
        catch
        {
            if (!task.IsCompleted)
            {
                // Writing failed: the pipeline is stopping. Leave no task behind.
                _stop.Cancel();
                ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
                _ = task.Exception;
            }

            throw;
        }
    }

    /// <summary>Waits for a task that has no result.</summary>
    private protected void Await(Task task) =>
        Await(
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

    /// <summary>One moment of waiting: says what tasks have to say.</summary>
    private protected void Pause()
    {
        Thread.Wait(_tick);
        Thread.Drain();
        Tick();
    }

    /// <summary>Writes an error; the cmdlet knows then that it wrote one.</summary>
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
            return Await(task);
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
            return Await(Task.Run(() => use(UserProfiles.Here()), StopToken));
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
