using Pictify;
using Pictify.Http;

namespace PictifyPS.Pipeline;

/// <summary>Reads an experiment, at growing intervals, until it has one of some statuses.</summary>
internal sealed class StatusWaiter(
    PictifyClient client,
    PictifyConnection connection,
    IReadOnlyCollection<ExperimentStatus> wanted,
    TimeSpan limit
)
{
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(15);

    public async Task<Experiment> WaitAsync(string uid, CancellationToken cancellationToken)
    {
        // Not by the time of day, which somebody may set while this waits.
        long started = connection.Time.GetTimestamp();
        TimeSpan interval = _first;
        while (true)
        {
            Experiment experiment = await client.GetAsync(uid, cancellationToken).ConfigureAwait(false);
            if (wanted.Contains(experiment.Status))
            {
                return experiment;
            }

            TimeSpan left = limit - connection.Time.GetElapsedTime(started);
            bool isFinal = experiment.Status is ExperimentStatus.Completed or ExperimentStatus.Archived;
            if (isFinal || left <= TimeSpan.Zero)
            {
                string why = isFinal ? "nothing leads out of it" : $"{limit.TotalSeconds:0} seconds are over";
                throw new PictifyException(
                    PictifyErrorKind.WaitTimedOut,
                    $"It is '{SafeText.Clean(experiment.StatusText)}', and {why}; waited for {string.Join(" or ", wanted)}."
                );
            }

            TimeSpan wait = interval < left ? interval : left;
            await connection.Delay(wait, cancellationToken).ConfigureAwait(false);
            interval = TimeSpan.FromTicks(Math.Min(interval.Ticks * 3 / 2, _longest.Ticks));
        }
    }
}
