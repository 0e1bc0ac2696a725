namespace Pictify.Http;

/// <summary>Why a request did not do what it was meant to. One kind is one way to go on.</summary>
public enum PictifyErrorKind : long
{
    /// <summary>Refused before anything was sent: an argument cannot be right.</summary>
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

    /// <summary>No connection, or it broke, after all retries.</summary>
    Network,

    /// <summary>No answer within the connection's time limit.</summary>
    Timeout,

    /// <summary>The experiment did not reach the awaited status in time.</summary>
    WaitTimedOut,

    /// <summary>An answer that is not this API's: HTML, half a body, another experiment.</summary>
    InvalidResponse,

    /// <summary>The command was stopped while the request was under way.</summary>
    Stopped,

    /// <summary>The connection was closed, by Disconnect-Pictify or by a Connect-Pictify with its name.</summary>
    ConnectionClosed,

    /// <summary>An operation cannot be taken back for an experiment: it was changed since, or there is no way back.</summary>
    UndoConflict,

    /// <summary>What became of a change is still not known after the service was read.</summary>
    NotSettled,
}

/// <summary>Every way in which talking to Pictify fails, as one type.</summary>
public sealed class PictifyException : Exception
{
    /// <summary>Makes one; the message says what happened and what to do, and never holds a key.</summary>
    public PictifyException(PictifyErrorKind kind, string message, Exception? innerException = null)
        : base(SafeText.Clean(message, SafeText.LongestMessage), innerException) => Kind = kind;

    /// <summary>Why.</summary>
    public PictifyErrorKind Kind { get; }

    /// <summary>The HTTP status, where there was an answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The service's own code, such as <c>quota_exceeded</c>, or the last part of its problem type.</summary>
    public string? Code { get; init; }

    /// <summary>The service's own words, where it gave some.</summary>
    public string? Detail { get; init; }

    /// <summary>The fields that the service refused.</summary>
    public FieldError[] FieldErrors { get; init; } = [];

    /// <summary>How long the service asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>When to go on, by this machine's clock.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>True where the rate limit asks for a longer wait than the connection allows.</summary>
    internal bool IsTooLong { get; init; }

    /// <summary>True where the service cannot be reached at all: refused, no such host, no encrypted connection.</summary>
    internal bool IsUnreachable { get; init; }

    /// <summary>The service's name for the request, for its support.</summary>
    public string? RequestId { get; init; }

    /// <summary>
    /// True where the request may have been carried out all the same: it was sent, and no answer says what became of it.
    /// </summary>
    public bool OutcomeUnknown { get; init; }

    /// <summary>What the request was to do, where its outcome is not known: whether it may be repeated depends on it.</summary>
    internal RequestKind Asked { get; init; }

    /// <summary>The stable id of the error, as the cmdlets and the ledger name it; docs/errors.md lists them.</summary>
    public string ErrorId =>
        OutcomeUnknown
            ? "OutcomeUnknown"
            : Kind switch
            {
                PictifyErrorKind.InvalidArgument => "InvalidArgument",
                PictifyErrorKind.Validation => "ValidationFailed",
                PictifyErrorKind.Unauthorized => "KeyRefused",
                PictifyErrorKind.Forbidden => "Forbidden",
                PictifyErrorKind.NotFound => "ExperimentNotFound",
                PictifyErrorKind.FeatureUnavailable => "FeatureUnavailable",
                PictifyErrorKind.Conflict => "StateConflict",
                PictifyErrorKind.Gone => "Expired",
                PictifyErrorKind.RateLimited => "RateLimited",
                PictifyErrorKind.QuotaExceeded => "QuotaExceeded",
                PictifyErrorKind.Server => "ServiceFailed",
                PictifyErrorKind.Network => "ConnectionFailed",
                PictifyErrorKind.Timeout => "TimedOut",
                PictifyErrorKind.WaitTimedOut => "WaitTimedOut",
                PictifyErrorKind.Stopped => "Stopped",
                PictifyErrorKind.ConnectionClosed => "ConnectionClosed",
                PictifyErrorKind.UndoConflict => "UndoConflict",
                PictifyErrorKind.NotSettled => "NotSettled",
                _ => "InvalidResponse",
            };

    /// <summary>True where no other request on this connection can do better, so that a batch should end.</summary>
    public bool IsFatal =>
        !OutcomeUnknown
        && (
            Kind
                is PictifyErrorKind.Unauthorized
                    or PictifyErrorKind.FeatureUnavailable
                    or PictifyErrorKind.QuotaExceeded
            || (Kind == PictifyErrorKind.RateLimited && IsTooLong)
        );

    /// <summary>The same failure, with the knowledge that a change may have happened all the same.</summary>
    internal PictifyException AsUnknownOutcome(string message, RequestKind asked) =>
        As(Kind, message, Code, outcomeUnknown: true, asked);

    /// <summary>The same failure, told by somebody who knows more of it.</summary>
    internal PictifyException As(PictifyErrorKind kind, string message) =>
        As(kind, message, Code, OutcomeUnknown, Asked);

    /// <summary>The same failure, told by somebody who knows more of it, with a code of this client's own.</summary>
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
            RetryAt = RetryAt,
            RequestId = RequestId,
            IsTooLong = IsTooLong,
            IsUnreachable = IsUnreachable,
            OutcomeUnknown = outcomeUnknown,
            Asked = asked,
        };
}
