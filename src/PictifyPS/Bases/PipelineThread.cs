using System.Collections.Concurrent;

namespace PictifyPS.Bases;

/// <summary>
/// A queue of actions for the pipeline thread, the only one on which a cmdlet may write. Any thread enqueues an action; the pipeline
/// thread invokes it the next time it flushes the queue, which it does whenever it waits for a task.
/// </summary>
internal sealed class PipelineThread
{
    private readonly ConcurrentQueue<Action> _actions = new();
    private readonly object _sync = new();
    private bool _isWoken;

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
    public void Wait(TimeSpan limit)
    {
        lock (_sync)
        {
            if (!_isWoken)
            {
                Monitor.Wait(_sync, limit);
            }

            _isWoken = false;
        }
    }

    /// <summary>
    /// Ends a wait, or the next one if there is none now; several calls before it end one wait. From any thread, also after the command
    /// ended.
    /// </summary>
    public void Wake()
    {
        lock (_sync)
        {
            _isWoken = true;
            Monitor.Pulse(_sync);
        }
    }
}
