namespace PictifyPS.Bases;

/// <summary>
/// Runs the work of many inputs as tasks, a limited number at once, and passes each completed task on in the order of the inputs. Every
/// member but <see cref="Stop"/> is called on one thread. It does not depend on PowerShell.
/// </summary>
/// <param name="limit">How many tasks may run at once.</param>
/// <param name="wait">Blocks the calling thread until <paramref name="wake"/> was called, or for a while.</param>
/// <param name="wake">Ends a call of <paramref name="wait"/>; called on any thread, once a task is completed.</param>
/// <param name="handOut">Takes a completed task, on the thread that called the pump.</param>
/// <param name="cancellationToken">Once it is canceled, no more work is started; each input's task is then canceled.</param>
internal sealed class OrderedPump<TInput>(
    int limit,
    Action wait,
    Action wake,
    Action<PumpedTask<TInput>> handOut,
    CancellationToken cancellationToken
)
{
    /// <summary>
    /// The number of inputs that may be in the queue at once: those that run, and those that are completed but come after one that runs. It
    /// limits memory, and how much is started before the first result is passed on.
    /// </summary>
    public const int WindowLimit = 256;

    private readonly Queue<PumpedTask<TInput>> _queue = new();
    private int _running;
    private Exception? _stopCause;

    /// <summary>How many inputs were enqueued so far.</summary>
    public int Count { get; private set; }

    /// <summary>Why nothing more is started; null while more may be started.</summary>
    public Exception? StopCause => Volatile.Read(ref _stopCause);

    /// <summary>Starts nothing more; running tasks continue. The first cause is kept. From any thread.</summary>
    public void Stop(Exception cause) => Interlocked.CompareExchange(ref _stopCause, cause, null);

    /// <summary>
    /// Waits until a task may be started, passing on completed tasks meanwhile, and starts the work. False, with nothing started or
    /// enqueued, if there is a <see cref="StopCause"/>.
    /// </summary>
    public bool TryStart(TInput input, Func<CancellationToken, Task<object?>> work)
    {
        WaitForRoom(isTask: true);
        if (StopCause is not null)
        {
            return false;
        }

        Interlocked.Increment(ref _running);
        Task<object?> task = Task.Run(() => work(cancellationToken), cancellationToken);
        Add(new PumpedTask<TInput>(input, task));

        // Not at the end of the work itself: its task would not be completed yet when the next one is started.
        _ = task.ContinueWith(
            static (_, pump) => ((OrderedPump<TInput>)pump!).OnCompleted(),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
        return true;
    }

    /// <summary>Enqueues an input whose task runs already, or is completed; it does not count among those that run.</summary>
    public void Enqueue(TInput input, Task<object?> task)
    {
        WaitForRoom(isTask: false);
        Add(new PumpedTask<TInput>(input, task));
        if (!task.IsCompleted)
        {
            _ = task.ContinueWith(
                static (_, wake) => ((Action)wake!)(),
                wake,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }

        HandOutCompleted();
    }

    /// <summary>Passes on the completed tasks that have no uncompleted task before them. Does not wait.</summary>
    public void HandOutCompleted()
    {
        while (_queue.Count > 0 && _queue.Peek().Task.IsCompleted)
        {
            handOut(_queue.Dequeue());
        }
    }

    /// <summary>Passes on every task in the queue, waiting for those that still run.</summary>
    public void HandOutAll()
    {
        HandOutCompleted();
        while (_queue.Count > 0)
        {
            wait();
            HandOutCompleted();
        }
    }

    /// <summary>
    /// Empties the queue without passing tasks on: returns each task in order, once it is completed. Blocks, so that it can be used when
    /// the calling thread cannot write any more.
    /// </summary>
    public IEnumerable<PumpedTask<TInput>> DequeueAll()
    {
        while (_queue.Count > 0)
        {
            PumpedTask<TInput> next = _queue.Dequeue();
            BlockingWait.UntilCompleted(next.Task);
            yield return next;
        }
    }

    /// <summary>Blocks until every task in the queue is completed, and returns them.</summary>
    public PumpedTask<TInput>[] WaitForAll() => [.. DequeueAll()];

    private void Add(PumpedTask<TInput> task)
    {
        _queue.Enqueue(task);
        Count++;
    }

    private void OnCompleted()
    {
        // In this order: the thread that is woken has to find the free place.
        Interlocked.Decrement(ref _running);
        wake();
    }

    private void WaitForRoom(bool isTask)
    {
        while (true)
        {
            // Read before tasks are passed on: with a limit of 1, the result of the completed task is then passed on before the next task
            // is started, so that an error that applies to every input stops the pump in time.
            bool mayRun = !isTask || Volatile.Read(ref _running) < limit;
            HandOutCompleted();
            if (_queue.Count < WindowLimit && (mayRun || StopCause is not null))
            {
                return;
            }

            wait();
        }
    }
}

/// <summary>An input, and the task of its work.</summary>
internal sealed record PumpedTask<TInput>(TInput Input, Task<object?> Task);
