namespace Pictify.Http;

/// <summary>What one attempt came to: an answer, or a failure without one.</summary>
/// <param name="Response">The answer, read to its end.</param>
/// <param name="Failure">Why there is none.</param>
/// <param name="MayHaveArrived">False where the request certainly did not reach the service.</param>
internal readonly record struct Attempt(ApiResponse? Response, PictifyException? Failure, bool MayHaveArrived);

/// <summary>What follows an attempt.</summary>
internal enum Verdict
{
    /// <summary>It is final: an answer to use, or an error to report.</summary>
    Done,

    /// <summary>Wait a little and send it again.</summary>
    SendAgain,

    /// <summary>Wait as long as the service asks, and send it again; that is no failure.</summary>
    WaitForRateLimit,

    /// <summary>It may have happened: look before anything is sent again.</summary>
    LookFirst,
}

/// <summary>The table of what is retried; <c>docs/architecture.md</c> has it with its reasons.</summary>
internal static class RetryRules
{
    /// <summary>
    /// True where the attempt may have changed something and does not say so: no answer, or one of a gateway or of a service
    /// that failed while it worked. 501 is a refusal.
    /// </summary>
    public static bool LeavesOpen(Attempt attempt) =>
        attempt.Response is { } response
            ? response.StatusCode is 408 or >= 500 and not 501
            : attempt is { MayHaveArrived: true };

    public static Verdict Judge(RequestKind kind, Attempt attempt, PictifyException? error, TimeSpan maximumWait)
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
