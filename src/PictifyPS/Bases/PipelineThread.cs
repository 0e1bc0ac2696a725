using System.Collections.Concurrent;

namespace PictifyPS.Bases;

/// <summary>
/// The way back from tasks to the pipeline thread, the only one that may write. Tasks post what they have to say; the
/// pipeline thread says it whenever it waits for one of them.
/// </summary>
internal sealed class PipelineThread : IDisposable
{
    private readonly ConcurrentQueue<Action> _messages = new();
    private readonly SemaphoreSlim _wake = new(0);

    /// <summary>Has the pipeline thread do this when it comes by. From any thread.</summary>
    public void Post(Action message)
    {
        _messages.Enqueue(message);
        Wake();
    }

    /// <summary>
    /// Ends a wait once a task is completed. A task that wakes the pipeline thread by itself, as its last act, is not completed then:
    /// the thread would look too early, and wait on.
    /// </summary>
    public void WakeAfter(Task task) =>
        _ = task.ContinueWith(
            static (_, thread) => ((PipelineThread)thread!).Wake(),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );

    /// <summary>Says what was posted. On the pipeline thread only.</summary>
    public void Drain()
    {
        while (_messages.TryDequeue(out Action? message))
        {
            message();
        }
    }

    /// <summary>Waits until something was posted or woke it, or the time is over.</summary>
    public void Wait(TimeSpan limit) => _wake.Wait(limit);

    public void Dispose() => _wake.Dispose();

    /// <summary>Ends a wait early. From any thread, also after the command ended.</summary>
    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (ObjectDisposedException)
        {
            // The command is over; nobody waits any more.
        }
    }
}
