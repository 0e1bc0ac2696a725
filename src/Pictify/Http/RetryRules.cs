namespace Pictify.Http;

/// <summary>The result of one attempt: an answer, or a failure without one.</summary>
/// <param name="Response">The answer, read to its end.</param>
/// <param name="Failure">Why there is none.</param>
/// <param name="MayHaveArrived">False if the request certainly did not reach the service.</param>
internal readonly record struct Attempt(ApiResponse? Response, PictifyException? Failure, bool MayHaveArrived);

/// <summary>What to do after an attempt.</summary>
internal enum Verdict
{
    /// <summary>
    /// Nothing: the answer or the error is final. A transition that may have arrived ends here too: the experiment is read then.
    /// </summary>
    Done,

    /// <summary>Retry with backoff.</summary>
    SendAgain,

    /// <summary>Retry after the wait that the service asks for.</summary>
    WaitForRateLimit,
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

    public static Verdict Classify(RequestKind kind, Attempt attempt, PictifyException error, TimeSpan maximumWait)
    {
        if (attempt.Response is not { } response)
        {
            bool isSafe = kind is RequestKind.Read or RequestKind.Create or RequestKind.Idempotent;
            return isSafe || !attempt.MayHaveArrived ? Verdict.SendAgain : Verdict.Done;
        }

        switch (response.StatusCode)
        {
            case 408 or 500 or 502 or 503 or 504:
                return kind is RequestKind.Event or RequestKind.Other ? Verdict.Done : Verdict.SendAgain;
            case 429 when error.Kind == PictifyErrorKind.RateLimited:
                return error.RetryAfter is { } wait && wait > maximumWait ? Verdict.Done : Verdict.WaitForRateLimit;
            default:
                return Verdict.Done;
        }
    }
}
