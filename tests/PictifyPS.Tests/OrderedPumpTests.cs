using System.Collections.Concurrent;
using PictifyPS.Bases;
using Source = System.Threading.Tasks.TaskCompletionSource<object?>;

namespace PictifyPS.Tests;

/// <summary>
/// What the pump starts, and in which order it hands out. In this process, with the class itself: the tests decide when each task is
/// completed, and nothing waits for a time.
/// </summary>
public sealed class OrderedPumpTests
{
    private const int Window = OrderedPump<int>.WindowLimit;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Results_are_in_the_order_of_the_inputs_whatever_the_order_of_completion()
    {
        var run = new Run(limit: 4);
        Source[] sources = [new(), new(), new(), new()];
        for (int input = 0; input < sources.Length; input++)
        {
            Source source = sources[input];
            Assert.True(run.Pump.TryStart(input, _ => source.Task));
        }

        foreach (int input in new[] { 3, 1, 2 })
        {
            sources[input].SetResult(null);
            run.Pump.HandOutCompleted();
            Assert.Empty(run.HandedOut);
        }

        sources[0].SetResult(null);
        run.Pump.HandOutAll();

        Assert.Equal([0, 1, 2, 3], run.Inputs);
    }

    [Fact]
    public void An_input_that_needs_no_work_keeps_its_place()
    {
        var run = new Run(limit: 4);
        var source = new Source();
        Assert.True(run.Pump.TryStart(0, _ => source.Task));
        run.Pump.Enqueue(1, Completed());
        Assert.True(run.Pump.TryStart(2, static _ => Completed()));
        Assert.Empty(run.HandedOut);

        source.SetResult(null);
        run.Pump.HandOutAll();

        Assert.Equal([0, 1, 2], run.Inputs);
        Assert.Equal(3, run.Pump.Count);
    }

    /// <summary>What is recorded for an input that no work is started for is a task too, which nobody else wakes the thread for.</summary>
    [Fact]
    public void A_task_that_was_enqueued_wakes_the_thread_once_it_is_completed()
    {
        var run = new Run(limit: 1);
        var source = new Source();
        run.Pump.Enqueue(0, source.Task);
        run.OnWait = () => source.TrySetResult(null);

        run.Pump.HandOutAll();

        Assert.Equal([0], run.Inputs);
    }

    /// <summary>The first input is slow: beyond the window nothing is started, and no error is enqueued either.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_window_bounds_what_waits_for_a_slow_input(bool isWork)
    {
        var run = new Run(limit: 64);
        var source = new Source();
        Assert.True(run.Pump.TryStart(0, _ => source.Task));
        bool waited = false;
        run.OnWait = () =>
        {
            if (run.Pump.Count >= Window)
            {
                waited |= run.Pump.Count == Window && run.HandedOut.Count == 0;
                source.TrySetResult(null);
            }
        };
        for (int input = 1; input <= Window; input++)
        {
            if (isWork)
            {
                Assert.True(run.Pump.TryStart(input, static _ => Completed()));
            }
            else
            {
                run.Pump.Enqueue(input, Completed());
            }
        }

        run.Pump.HandOutAll();

        Assert.True(waited, "the input beyond the window did not wait for the first");
        Assert.Equal(Enumerable.Range(0, Window + 1), run.Inputs);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void As_many_run_at_once_as_the_limit_and_never_more(int limit)
    {
        const int count = 200;
        var run = new Run(limit);
        var running = new ConcurrentDictionary<int, Source>();
        int started = 0;
        var atOnce = new List<int>();
        run.OnWait = () =>
        {
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref started) == run.Pump.Count, _patience));
            atOnce.Add(running.Count);
            if (running.TryRemove(running.Keys.DefaultIfEmpty(-1).Max(), out Source? last))
            {
                last.SetResult(null);
            }
        };
        for (int input = 0; input < count; input++)
        {
            int present = input;
            Assert.True(
                run.Pump.TryStart(
                    present,
                    _ =>
                    {
                        Source source = running.GetOrAdd(present, static _ => new Source());
                        Interlocked.Increment(ref started);
                        return source.Task;
                    }
                )
            );
        }

        run.Pump.HandOutAll();

        Assert.Equal(limit, atOnce.Max());
        Assert.Equal(Enumerable.Range(0, count), run.Inputs);
    }

    /// <summary>Woken too early, the thread would find no place, and wait again for a wake that does not come.</summary>
    [Fact]
    public void The_thread_is_woken_once_there_is_room_and_not_before()
    {
        var run = new Run(limit: 1);
        var source = new Source();
        Assert.True(run.Pump.TryStart(0, _ => source.Task));
        using var looked = new ManualResetEventSlim();
        int waits = 0;
        run.OnWait = () =>
        {
            if (++waits == 1)
            {
                _ = Task.Run(() => source.SetResult(null));
            }
            else
            {
                looked.Set();
            }
        };

        // The task goes on only once the thread has looked for room.
        run.OnWake = () => looked.Wait(_patience);
        Assert.True(run.Pump.TryStart(1, static _ => Completed()));
        looked.Set();

        Assert.Equal(1, waits);
        run.Pump.HandOutAll();
        Assert.Equal([0, 1], run.Inputs);
    }

    /// <summary>
    /// One at a time means that each result is out before the next input is started: what it says of all inputs, such as that the key is
    /// refused, is known then. The thread does not sleep between two looks, so that one of them falls between the end of some input's work
    /// and the completion of its task.
    /// </summary>
    [Fact]
    public void With_a_limit_of_1_each_result_is_out_before_the_next_input_is_started()
    {
        const int count = 5_000;
        var run = new Run(limit: 1, isSpinning: true);
        int early = 0;
        for (int input = 0; input < count; input++)
        {
            int present = input;
            Assert.True(
                run.Pump.TryStart(
                    present,
                    _ =>
                    {
                        early += run.HandedOutSoFar == present ? 0 : 1;
                        return Completed();
                    }
                )
            );
        }

        run.Pump.HandOutAll();

        Assert.Equal(0, early);
        Assert.Equal(count, run.HandedOut.Count);
    }

    [Fact]
    public void Once_stopped_nothing_more_is_started_and_what_runs_is_waited_for()
    {
        var run = new Run(limit: 4);
        Source[] sources = [new(), new()];
        Assert.True(run.Pump.TryStart(0, _ => sources[0].Task));
        Assert.True(run.Pump.TryStart(1, _ => sources[1].Task));
        var cause = new InvalidOperationException("first");
        run.Pump.Stop(cause);
        run.Pump.Stop(new InvalidOperationException("second"));

        Assert.False(run.Pump.TryStart(2, static _ => throw new InvalidOperationException("was started")));
        run.OnWait = () => Array.Find(sources, static source => !source.Task.IsCompleted)?.SetResult(null);
        run.Pump.HandOutAll();

        Assert.Same(cause, run.Pump.StopCause);
        Assert.Equal([0, 1], run.Inputs);
        Assert.Equal(2, run.Pump.Count);
    }

    /// <summary>A task may stop the pump while an input waits for its place.</summary>
    [Fact]
    public void An_input_that_waits_for_its_place_is_not_started_after_a_stop()
    {
        var run = new Run(limit: 1);
        var source = new Source();
        Assert.True(run.Pump.TryStart(0, _ => source.Task));
        run.OnWait = () =>
        {
            run.Pump.Stop(new InvalidOperationException());
            source.TrySetResult(null);
        };

        Assert.False(run.Pump.TryStart(1, static _ => throw new InvalidOperationException("was started")));
        Assert.Equal(1, run.Pump.Count);
    }

    [Fact]
    public void A_result_that_stops_the_pump_keeps_the_next_input_from_being_started()
    {
        var run = new Run(limit: 1);
        run.OnHandOut = _ => run.Pump.Stop(new InvalidOperationException());
        Assert.True(run.Pump.TryStart(0, static _ => Completed()));

        Assert.False(run.Pump.TryStart(1, static _ => throw new InvalidOperationException("was started")));
    }

    [Fact]
    public async Task Once_canceled_no_work_is_called_and_what_runs_is_waited_for()
    {
        using var cancellation = new CancellationTokenSource();
        var run = new Run(limit: 4, cancellationToken: cancellation.Token);
        var called = new Source();
        var source = new Source();
        Assert.True(
            run.Pump.TryStart(
                0,
                async cancellationToken =>
                {
                    called.SetResult(null);
                    object? result = await source.Task;
                    cancellationToken.ThrowIfCancellationRequested();
                    return result;
                }
            )
        );
        _ = await called.Task.WaitAsync(_patience);
        await cancellation.CancelAsync();
        Assert.True(run.Pump.TryStart(1, static _ => throw new InvalidOperationException("was called")));
        (int Input, TaskStatus Status)[] rest = [];
        var waiting = new Thread(() =>
            rest = [.. run.Pump.WaitForAll().Select(static one => (one.Input, one.Task.Status))]
        );
        waiting.Start();
        Assert.True(
            SpinWait.SpinUntil(
                () => !waiting.IsAlive || waiting.ThreadState.HasFlag(ThreadState.WaitSleepJoin),
                _patience
            )
        );

        source.SetResult(null);
        Assert.True(waiting.Join(_patience));

        Assert.Equal([(0, TaskStatus.Canceled), (1, TaskStatus.Canceled)], rest);
        Assert.Empty(run.HandedOut);
        Assert.Empty(run.Pump.WaitForAll());
    }

    [Fact]
    public async Task A_failure_is_handed_out_in_its_place_as_it_was_thrown()
    {
        var run = new Run(limit: 3);
        var source = new Source();
        var failure = new InvalidOperationException();
        Assert.True(run.Pump.TryStart(0, _ => source.Task));
        Assert.True(run.Pump.TryStart(1, _ => throw failure));
        Assert.True(run.Pump.TryStart(2, static _ => Task.FromResult<object?>("third")));
        run.OnWait = () => source.TrySetResult("first");

        run.Pump.HandOutAll();

        Assert.Equal([0, 1, 2], run.Inputs);
        Assert.Equal("first", await run.HandedOut[0].Task);
        Assert.Same(
            failure,
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await run.HandedOut[1].Task)
        );
        Assert.Equal("third", await run.HandedOut[2].Task);
    }

    /// <summary>Writing fails where the pipeline is stopping: what is left has to be waited for then.</summary>
    [Fact]
    public void After_an_exception_from_handing_out_the_rest_is_still_there()
    {
        var run = new Run(limit: 2);
        Source[] sources = [new(), new()];
        Assert.True(run.Pump.TryStart(0, _ => sources[0].Task));
        Assert.True(run.Pump.TryStart(1, _ => sources[1].Task));
        var failure = new InvalidOperationException();
        run.OnHandOut = _ => throw failure;
        run.OnWait = () => sources[0].TrySetResult(null);

        Assert.Same(failure, Assert.Throws<InvalidOperationException>(run.Pump.HandOutAll));
        sources[1].SetResult(null);

        Assert.Equal(1, Assert.Single(run.Pump.WaitForAll()).Input);
    }

    /// <summary>The oldest input is always the slowest: as many are ahead of it as ever may be.</summary>
    [Fact]
    public void Of_ten_thousand_inputs_never_more_than_the_window_are_held()
    {
        const int count = 10_000;
        var run = new Run(limit: 8);
        var running = new ConcurrentDictionary<int, Source>();
        int started = 0;
        int held = 0;
        int atOnce = 0;
        run.OnWait = () =>
        {
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref started) == run.Pump.Count, _patience));
            atOnce = Math.Max(atOnce, running.Count);
            int oldest = run.HandedOut.Count;
            int[] others = [.. running.Keys.Where(input => input != oldest)];
            foreach (int input in others.Length > 0 ? others : [oldest])
            {
                if (running.TryRemove(input, out Source? source))
                {
                    source.SetResult(null);
                }
            }
        };
        for (int input = 0; input < count; input++)
        {
            int present = input;
            Assert.True(
                run.Pump.TryStart(
                    present,
                    _ =>
                    {
                        Source source = running.GetOrAdd(present, static _ => new Source());
                        Interlocked.Increment(ref started);
                        return source.Task;
                    }
                )
            );
            held = Math.Max(held, run.Pump.Count - run.HandedOut.Count);
        }

        run.Pump.HandOutAll();

        Assert.Equal(Window, held);
        Assert.Equal(8, atOnce);
        Assert.Equal(Enumerable.Range(0, count), run.Inputs);
    }

    private static Task<object?> Completed() => Task.FromResult<object?>(null);

    /// <summary>A pump, and what it handed out.</summary>
    private sealed class Run
    {
        private readonly object _sync = new();
        private int _wakes;
        private readonly bool _isSpinning;
        private int _handedOutSoFar;

        public Run(int limit, bool isSpinning = false, CancellationToken cancellationToken = default)
        {
            _isSpinning = isSpinning;
            Pump = new OrderedPump<int>(limit, Wait, Wake, Take, cancellationToken);
        }

        public OrderedPump<int> Pump { get; }

        public List<PumpedTask<int>> HandedOut { get; } = [];

        public IEnumerable<int> Inputs => HandedOut.Select(static one => one.Input);

        /// <summary>The same as the list's count, for other threads.</summary>
        public int HandedOutSoFar => Volatile.Read(ref _handedOutSoFar);

        /// <summary>Called before each wait of the pump.</summary>
        public Action? OnWait { get; set; }

        /// <summary>Called on the thread that wakes the pump's, after it did.</summary>
        public Action? OnWake { get; set; }

        public Action<PumpedTask<int>>? OnHandOut { get; set; }

        private void Wait()
        {
            OnWait?.Invoke();
            if (_isSpinning)
            {
                return;
            }

            lock (_sync)
            {
                while (_wakes == 0)
                {
                    Assert.True(Monitor.Wait(_sync, _patience), "nothing woke the thread");
                }

                _wakes = 0;
            }
        }

        private void Wake()
        {
            lock (_sync)
            {
                _wakes++;
                Monitor.Pulse(_sync);
            }

            OnWake?.Invoke();
        }

        private void Take(PumpedTask<int> completed)
        {
            HandedOut.Add(completed);
            Interlocked.Increment(ref _handedOutSoFar);
            OnHandOut?.Invoke(completed);
        }
    }
}
