namespace Pictify.Http;

/// <summary>Why a request failed; what to do next depends on it.</summary>
public enum PictifyErrorKind : long
{
    /// <summary>Refused before anything was sent: an argument is not valid.</summary>
    InvalidArgument,

    /// <summary>400, 422: the service refused the fields.</summary>
    Validation,

    /// <summary>401: the key is missing, malformed or revoked.</summary>
    Unauthorized,

    /// <summary>403: the key is valid, but not for this.</summary>
    Forbidden,

    /// <summary>404: no such experiment, or not this team's.</summary>
    NotFound,

    /// <summary>404, 410, 501 on the collection: this account has no experiments feature, or it was retired.</summary>
    FeatureUnavailable,

    /// <summary>409: the experiment's state does not allow it, or the slug is taken.</summary>
    Conflict,

    /// <summary>410: expired.</summary>
    Gone,

    /// <summary>429 with a wait that is longer than the connection allows.</summary>
    RateLimited,

    /// <summary>402, or 429 for the plan's quota: no retry helps.</summary>
    QuotaExceeded,

    /// <summary>5xx, after all retries.</summary>
    Server,

    /// <summary>The connection failed, after all retries.</summary>
    Network,

    /// <summary>No answer within the connection's time limit.</summary>
    Timeout,

    /// <summary>The experiment did not reach the awaited status in time.</summary>
    WaitTimedOut,

    /// <summary>An answer that is not this API's: HTML, an incomplete body, another experiment.</summary>
    InvalidResponse,

    /// <summary>The command was stopped while the request was under way.</summary>
    Stopped,

    /// <summary>The connection was closed, by Disconnect-Pictify or by a Connect-Pictify with its name.</summary>
    ConnectionClosed,

    /// <summary>An operation cannot be undone for an experiment: it was changed since, or the change cannot be reverted.</summary>
    UndoConflict,

    /// <summary>The outcome of a change is still unknown after the service was read.</summary>
    NotSettled,
}

/// <summary>A failed request to Pictify, or one that was refused before it was sent.</summary>
public sealed class PictifyException : Exception
{
    /// <summary>Creates one; the message describes what happened and what to do, and must not contain a key.</summary>
    public PictifyException(PictifyErrorKind kind, string message, Exception? innerException = null)
        : base(SafeText.Clean(message, SafeText.LongestMessage), innerException) => Kind = kind;

    /// <summary>The kind of failure.</summary>
    public PictifyErrorKind Kind { get; }

    /// <summary>The HTTP status, if there was an answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>
    /// The service's own code, such as <c>quota_exceeded</c>, or the last part of its problem type. Two codes are this module's: a change
    /// that it knows to be refused is <c>never_started</c> (a draft is resumed) or <c>still_running</c> (a running experiment is removed).
    /// </summary>
    public string? Code { get; init; }

    /// <summary>The service's own message, if it sent one.</summary>
    public string? Detail { get; init; }

    /// <summary>The fields that the service refused.</summary>
    public FieldError[] FieldErrors { get; init; } = [];

    /// <summary>How long the service asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>When to retry, by this machine's clock.</summary>
    public DateTime? RetryAt => LocalTime.Of(RetryAtMoment);

    internal DateTimeOffset? RetryAtMoment { get; init; }

    /// <summary>True if the rate limit asks for a longer wait than the connection allows.</summary>
    internal bool IsTooLong { get; init; }

    /// <summary>True if the service cannot be reached at all: refused, no such host, no encrypted connection.</summary>
    internal bool IsUnreachable { get; init; }

    /// <summary>The service's id of the request, for its support.</summary>
    public string? RequestId { get; init; }

    /// <summary>
    /// True if the request may have been carried out: it was sent, and no answer shows the outcome.
    /// </summary>
    public bool OutcomeUnknown { get; init; }

    /// <summary>The request's intent, if its outcome is unknown: whether it may be repeated depends on it.</summary>
    internal RequestKind Asked { get; init; }

    /// <summary>The stable id of the error, as the cmdlets and the ledger name it; docs/errors.md lists them.</summary>
    public string ErrorId =>
        OutcomeUnknown
            ? ErrorIds.OutcomeUnknown
            : Kind switch
            {
                PictifyErrorKind.InvalidArgument => ErrorIds.InvalidArgument,
                PictifyErrorKind.Validation => ErrorIds.ValidationFailed,
                PictifyErrorKind.Unauthorized => ErrorIds.KeyRefused,
                PictifyErrorKind.Forbidden => ErrorIds.Forbidden,
                PictifyErrorKind.NotFound => ErrorIds.ExperimentNotFound,
                PictifyErrorKind.FeatureUnavailable => ErrorIds.FeatureUnavailable,
                PictifyErrorKind.Conflict => ErrorIds.StateConflict,
                PictifyErrorKind.Gone => ErrorIds.Expired,
                PictifyErrorKind.RateLimited => ErrorIds.RateLimited,
                PictifyErrorKind.QuotaExceeded => ErrorIds.QuotaExceeded,
                PictifyErrorKind.Server => ErrorIds.ServiceFailed,
                PictifyErrorKind.Network => ErrorIds.ConnectionFailed,
                PictifyErrorKind.Timeout => ErrorIds.TimedOut,
                PictifyErrorKind.WaitTimedOut => ErrorIds.WaitTimedOut,
                PictifyErrorKind.Stopped => ErrorIds.Stopped,
                PictifyErrorKind.ConnectionClosed => ErrorIds.ConnectionClosed,
                PictifyErrorKind.UndoConflict => ErrorIds.UndoConflict,
                PictifyErrorKind.NotSettled => ErrorIds.NotSettled,
                _ => ErrorIds.InvalidResponse,
            };

    /// <summary>True if every further request on this connection would fail too, so that a batch should end.</summary>
    public bool StopsBatch =>
        !OutcomeUnknown
        && (
            Kind
                is PictifyErrorKind.Unauthorized
                    or PictifyErrorKind.FeatureUnavailable
                    or PictifyErrorKind.QuotaExceeded
            || (Kind == PictifyErrorKind.RateLimited && IsTooLong)
        );

    /// <summary>The same failure of a change that may have been made.</summary>
    internal PictifyException AsUnknownOutcome(string message, RequestKind asked) =>
        As(Kind, message, Code, outcomeUnknown: true, asked);

    /// <summary>The same failure with another kind and message.</summary>
    internal PictifyException As(PictifyErrorKind kind, string message) =>
        As(kind, message, Code, OutcomeUnknown, Asked);

    /// <summary>The same failure with another kind and message, and one of the client's own codes.</summary>
    internal PictifyException As(PictifyErrorKind kind, string message, string code) =>
        As(kind, message, code, OutcomeUnknown, Asked);

    private PictifyException As(
        PictifyErrorKind kind,
        string message,
        string? code,
        bool outcomeUnknown,
        RequestKind asked
    ) =>
        new(kind, message, this)
        {
            StatusCode = StatusCode,
            Code = code,
            Detail = Detail,
            FieldErrors = FieldErrors,
            RetryAfter = RetryAfter,
            RetryAtMoment = RetryAtMoment,
            RequestId = RequestId,
            IsTooLong = IsTooLong,
            IsUnreachable = IsUnreachable,
            OutcomeUnknown = outcomeUnknown,
            Asked = asked,
        };
}
