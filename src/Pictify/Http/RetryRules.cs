namespace Pictify.Http;

/// <summary>The result of one attempt: an answer, or a failure without one.</summary>
/// <param name="Response">The answer, read to its end.</param>
/// <param name="Failure">Why there is none.</param>
/// <param name="MayHaveArrived">False if the request certainly did not reach the service.</param>
internal readonly record struct Attempt(ApiResponse? Response, PictifyException? Failure, bool MayHaveArrived);

/// <summary>What to do after an attempt.</summary>
internal enum Verdict
{
    /// <summary>Nothing: the answer or the error is final.</summary>
    Done,

    /// <summary>Retry with backoff.</summary>
    SendAgain,

    /// <summary>Retry after the wait that the service asks for.</summary>
    WaitForRateLimit,

    /// <summary>Read before anything is sent again, because the change may have been made.</summary>
    LookFirst,
}

/// <summary>Decides what is retried, by the table in <c>docs/architecture.md</c>.</summary>
internal static class RetryRules
{
    /// <summary>
    /// True if the attempt may have changed something without an answer that shows it: there is none, or the gateway or the
    /// service failed. 501 is a refusal.
    /// </summary>
    public static bool LeavesOpen(Attempt attempt) =>
        attempt.Response is { } response
            ? response.StatusCode is 408 or >= 500 and not 501
            : attempt is { MayHaveArrived: true };

    public static Verdict Classify(RequestKind kind, Attempt attempt, PictifyException? error, TimeSpan maximumWait)
    {
        if (attempt.Response is not { } response)
        {
            if (!attempt.MayHaveArrived)
            {
                return Verdict.SendAgain;
            }

            return kind switch
            {
                RequestKind.Transition => Verdict.LookFirst,
                RequestKind.Event or RequestKind.Other => Verdict.Done,
                _ => Verdict.SendAgain,
            };
        }

        switch (response.StatusCode)
        {
            case 408 or 500 or 502 or 503 or 504:
                return kind is RequestKind.Event or RequestKind.Other ? Verdict.Done : Verdict.SendAgain;
            case 429 when error?.Kind == PictifyErrorKind.RateLimited:
                return error.RetryAfter is { } wait && wait > maximumWait ? Verdict.Done : Verdict.WaitForRateLimit;
            default:
                return Verdict.Done;
        }
    }
}
