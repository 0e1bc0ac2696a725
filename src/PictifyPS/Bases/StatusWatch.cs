using Pictify;
using Pictify.Http;

namespace PictifyPS.Bases;

/// <summary>
/// Reads experiments, all of them in one loop and at growing intervals, until each has one of some statuses. A waiting experiment uses no
/// slot: only reads are limited, so that many experiments wait no longer than one.
/// </summary>
internal sealed class StatusWatch(
    PictifyClient client,
    PictifyConnection connection,
    IReadOnlyCollection<ExperimentStatus> wanted,
    TimeSpan limit,
    int readsAtOnce
)
{
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(15);

    private readonly List<Watched> _pending = [];
    private readonly ConsecutiveFailures _failures = new();
    private PictifyException? _fatal;

    /// <summary>Adds an experiment, before the loop runs. The task is the experiment once it has the status.</summary>
    public Task<Experiment> Add(string uid)
    {
        var watched = new Watched(uid);
        _pending.Add(watched);
        return watched.Source.Task;
    }

    /// <summary>Ends once every experiment has the status, failed, or took too long.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // A timestamp, because the system's clock may be changed during the wait.
        long started = connection.Time.GetTimestamp();
        TimeSpan interval = _first;
        using var slots = new SemaphoreSlim(readsAtOnce);
        try
        {
            while (true)
            {
                await Task.WhenAll(_pending.Select(watched => ReadAsync(watched, slots, cancellationToken)))
                    .ConfigureAwait(false);
                TimeSpan left = limit - connection.Time.GetElapsedTime(started);
                foreach (Watched watched in _pending.Where(static watched => !watched.Source.Task.IsCompleted))
                {
                    if (_fatal is not null)
                    {
                        watched.Source.SetException(_fatal);
                    }
                    else if (left <= TimeSpan.Zero)
                    {
                        watched.Source.SetException(TooLate(watched, $"{limit.TotalSeconds:0} seconds are over"));
                    }
                }

                _pending.RemoveAll(static watched => watched.Source.Task.IsCompleted);
                if (_pending.Count == 0)
                {
                    return;
                }

                await connection.Delay(interval < left ? interval : left, cancellationToken).ConfigureAwait(false);
                interval = TimeSpan.FromTicks(Math.Min(interval.Ticks * 3 / 2, _longest.Ticks));
            }
        }
        finally
        {
            // Stopped, or failed unexpectedly: callers must not wait for ever.
            foreach (Watched watched in _pending)
            {
                watched.Source.TrySetCanceled(CancellationToken.None);
            }
        }
    }

    private async Task ReadAsync(Watched watched, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Volatile.Read(ref _fatal) is not null)
            {
                return;
            }

            Experiment experiment = await client.GetAsync(watched.Uid, cancellationToken).ConfigureAwait(false);
            _failures.Note(null);
            watched.StatusText = experiment.StatusText;
            if (wanted.Contains(experiment.Status))
            {
                watched.Source.SetResult(experiment);
            }
            else if (ExperimentRules.IsFinal(experiment.Status))
            {
                watched.Source.SetException(TooLate(watched, "that status is final"));
            }
        }
        catch (PictifyException failure)
        {
            watched.Source.SetException(failure);
            _failures.Note(failure);
            if (failure.StopsBatch || _failures.Cause is not null)
            {
                Volatile.Write(ref _fatal, failure);
            }
        }
        finally
        {
            slots.Release();
        }
    }

    private PictifyException TooLate(Watched watched, string why) =>
        new(
            PictifyErrorKind.WaitTimedOut,
            $"It is '{SafeText.Clean(watched.StatusText)}', and {why}; waited for {string.Join(" or ", wanted)}."
        );

    private sealed class Watched(string uid)
    {
        public string Uid => uid;

        public string? StatusText { get; set; }

        public TaskCompletionSource<Experiment> Source { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
