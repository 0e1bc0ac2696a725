using Pictify.Http;

namespace PictifyPS.Bases;

/// <summary>
/// Tells when a service is not there at all: several inputs in a row whose requests certainly did not arrive, or that the rate limit
/// refused each time. What one of them costs in retries is not spent on hundreds. From any thread.
/// </summary>
internal sealed class ConsecutiveFailures
{
    private const int Limit = 3;

    private int _length;
    private PictifyException? _cause;

    /// <summary>Why nothing more is to be sent; null while something may be.</summary>
    public PictifyException? Cause => Volatile.Read(ref _cause);

    /// <summary>Takes what one input came to: null for anything but a failure.</summary>
    public void Note(Exception? outcome)
    {
        if (outcome is OperationCanceledException)
        {
            return;
        }

        if (
            outcome is PictifyException { OutcomeUnknown: false } failure
            && (failure.IsUnreachable || failure.Kind == PictifyErrorKind.RateLimited)
        )
        {
            if (Interlocked.Increment(ref _length) >= Limit)
            {
                Volatile.Write(ref _cause, failure);
            }
        }
        else
        {
            Volatile.Write(ref _length, 0);
        }
    }
}
