using PictifyPS.Bases;

namespace PictifyPS.Tests;

/// <summary>
/// When the pipeline thread is woken. In this process, with the class itself: a wake that comes too early, or never, only costs a command
/// the rest of one wait, which nobody sees but in a measurement. Here the wait has no limit.
/// </summary>
public sealed class PipelineThreadTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(TaskStatus.RanToCompletion)]
    [InlineData(TaskStatus.Faulted)]
    [InlineData(TaskStatus.Canceled)]
    public void It_is_woken_once_the_task_is_completed_and_not_before(TaskStatus end)
    {
        var pipeline = new PipelineThread();
        var source = new TaskCompletionSource();
        pipeline.WakeAfter(source.Task);
        TaskStatus? seen = null;
        Thread waiting = Wait(pipeline, () => seen = source.Task.Status);

        // Whoever is woken now looks at a task that is not completed, and would wait for the limit.
        Assert.Null(seen);
        switch (end)
        {
            case TaskStatus.RanToCompletion:
                source.SetResult();
                break;
            case TaskStatus.Faulted:
                source.SetException(new InvalidOperationException());
                break;
            default:
                source.SetCanceled();
                break;
        }

        Assert.True(waiting.Join(_patience), "nothing woke the pipeline thread");
        Assert.Equal(end, seen);
    }

    /// <summary>A continuation of an earlier one must not be what wakes it: tasks complete in any order.</summary>
    [Fact]
    public void Each_task_wakes_it_in_whatever_order_they_complete()
    {
        var pipeline = new PipelineThread();
        TaskCompletionSource[] sources = [new(), new(), new()];
        Array.ForEach(sources, source => pipeline.WakeAfter(source.Task));
        foreach (int place in new[] { 2, 0, 1 })
        {
            bool isCompleted = false;
            Thread waiting = Wait(pipeline, () => isCompleted = sources[place].Task.IsCompleted);

            sources[place].SetResult();

            Assert.True(waiting.Join(_patience), "nothing woke the pipeline thread");
            Assert.True(isCompleted);
        }
    }

    [Fact]
    public void A_task_that_was_completed_already_ends_the_next_wait()
    {
        var pipeline = new PipelineThread();
        pipeline.WakeAfter(Task.CompletedTask);

        Assert.True(Wait(pipeline, static () => { }).Join(_patience), "nothing woke the pipeline thread");
    }

    [Fact]
    public void An_enqueued_action_wakes_it_and_is_invoked_on_its_own_thread()
    {
        var pipeline = new PipelineThread();
        int invokedOn = 0;
        Thread waiting = Wait(pipeline, pipeline.Flush);

        pipeline.Enqueue(() => invokedOn = Environment.CurrentManagedThreadId);

        Assert.True(waiting.Join(_patience), "nothing woke the pipeline thread");
        Assert.Equal(waiting.ManagedThreadId, invokedOn);
    }

    /// <summary>The wait after them must be a real one: a command with -Debug would otherwise not wait at all after its messages.</summary>
    [Fact]
    public void Several_wakes_before_a_wait_end_one_wait()
    {
        var pipeline = new PipelineThread();
        pipeline.Enqueue(static () => { });
        pipeline.Enqueue(static () => { });
        Assert.True(Wait(pipeline, static () => { }).Join(_patience), "nothing woke the pipeline thread");

        Thread waiting = Wait(pipeline, static () => { });

        Assert.True(waiting.IsAlive, "an earlier wake ended a later wait");
        pipeline.Wake();
        Assert.True(waiting.Join(_patience), "nothing woke the pipeline thread");
    }

    /// <summary>A thread that waits without a limit, and then looks; returns once it waits, or was woken already.</summary>
    private static Thread Wait(PipelineThread pipeline, Action look)
    {
        var waiting = new Thread(() =>
        {
            pipeline.Wait(Timeout.InfiniteTimeSpan);
            look();
        })
        {
            IsBackground = true,
        };
        waiting.Start();
        Assert.True(
            SpinWait.SpinUntil(
                () => !waiting.IsAlive || waiting.ThreadState.HasFlag(ThreadState.WaitSleepJoin),
                _patience
            )
        );
        return waiting;
    }
}
