using System.Collections.Concurrent;

namespace PictifyPS.Bases;

/// <summary>
/// A queue of actions for the pipeline thread, the only one on which a cmdlet may write. Any thread enqueues an action; the pipeline
/// thread invokes it the next time it flushes the queue, which it does whenever it waits for a task.
/// </summary>
internal sealed class PipelineThread : IDisposable
{
    private readonly ConcurrentQueue<Action> _actions = new();
    private readonly SemaphoreSlim _wake = new(0);

    /// <summary>Enqueues an action for the pipeline thread, and ends its wait. From any thread.</summary>
    public void Enqueue(Action action)
    {
        _actions.Enqueue(action);
        Wake();
    }

    /// <summary>
    /// Ends a wait once a task is completed. If a task called <see cref="Wake"/> itself as its last step, it would not be completed yet:
    /// the pipeline thread would find it running, and wait again.
    /// </summary>
    public void WakeAfter(Task task) =>
        _ = task.ContinueWith(
            static (_, thread) => ((PipelineThread)thread!).Wake(),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );

    /// <summary>Invokes the actions that were enqueued. On the pipeline thread only.</summary>
    public void Flush()
    {
        while (_actions.TryDequeue(out Action? action))
        {
            action();
        }
    }

    /// <summary>Blocks until an action is enqueued, <see cref="Wake"/> is called, or the time is over.</summary>
    public void Wait(TimeSpan limit) => _wake.Wait(limit);

    /// <summary>Ends a wait, or the next one if there is none now. From any thread, also after the command ended.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (ObjectDisposedException)
        {
            // The command has ended; nothing waits any more.
        }
    }

    public void Dispose() => _wake.Dispose();
}
