using Pictify.Http;

namespace PictifyPS.Bases;

/// <summary>
/// Detects that the service cannot be reached: several inputs in a row whose requests certainly did not arrive, or that the rate limit
/// refused each time. This avoids the time of all retries for hundreds of further inputs. From any thread.
/// </summary>
internal sealed class ConsecutiveFailures
{
    private const int Limit = 3;

    private int _length;
    private PictifyException? _cause;

    /// <summary>Why nothing more is to be sent; null while something may be.</summary>
    public PictifyException? Cause => Volatile.Read(ref _cause);

    /// <summary>Takes the result of one input: null for anything but a failure.</summary>
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
