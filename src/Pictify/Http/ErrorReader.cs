namespace Pictify.Http;

/// <summary>Classifies an answer that is not a success, and creates its exception.</summary>
internal static class ErrorReader
{
    /// <param name="response">The answer.</param>
    /// <param name="request">The request that it answers.</param>
    /// <param name="now">Now, by this machine's clock.</param>
    /// <param name="maximumWait">The longest wait that the rate limit may ask for.</param>
    public static PictifyException Read(
        ApiResponse response,
        ApiRequest request,
        DateTimeOffset now,
        TimeSpan? maximumWait = null
    )
    {
        ErrorBody body = ErrorBody.Parse(response.Body);
        TimeSpan? retryAfter = RetryAfterHeader.Read(response, now) ?? body.RetryAfter;
        PictifyErrorKind kind = KindOf(response, request.Kind, body, retryAfter);
        string? said = body.Words ?? (body.IsEmpty ? null : BodyExcerpt.Of(response.Body));
        return new PictifyException(kind, WithWords(Message(kind, response.StatusCode, request, body), said))
        {
            StatusCode = response.StatusCode,
            Code = body.Code,
            Detail = said,
            FieldErrors = [.. body.Fields],
            RetryAfter = retryAfter,
            RetryAtMoment = retryAfter is { } wait ? now + wait : null,
            IsTooLong = retryAfter > maximumWait,
            RequestId = RequestId(response) ?? body.RequestId,
        };
    }

    /// <summary>The message, followed by the service's own message if it sent one.</summary>
    public static string WithWords(string message, string? said) =>
        said is null ? message
        : BodyExcerpt.IsPage(said) ? $"{message} It sent {said}."
        : $"{message} The service's message: {said.TrimEnd('.')}.";

    /// <summary>The wait that the rate limit asks for; null if it asks for none, and if the plan's quota refused the request.</summary>
    public static TimeSpan? RateLimitWait(ApiResponse response, DateTimeOffset now)
    {
        if (response.StatusCode != 429)
        {
            return null;
        }

        ErrorBody body = ErrorBody.Parse(response.Body);
        return body.HasQuotaCode ? null : RetryAfterHeader.Read(response, now) ?? body.RetryAfter;
    }

    /// <summary>True if the plan's quota refused the request, so that its headers do not describe the rate limit.</summary>
    public static bool IsQuotaRefusal(ApiResponse response, ApiRequest request, DateTimeOffset now)
    {
        if (response.StatusCode is not (402 or 429))
        {
            return false;
        }

        ErrorBody body = ErrorBody.Parse(response.Body);
        return KindOf(response, request.Kind, body, RetryAfterHeader.Read(response, now) ?? body.RetryAfter)
            == PictifyErrorKind.QuotaExceeded;
    }

    /// <summary>The error for an answer that is a success but not this API's.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="why">What is wrong with it, as the end of a sentence.</param>
    /// <param name="cause">The failure to parse it.</param>
    public static PictifyException UnexpectedResponse(ApiResponse response, string why, Exception? cause = null)
    {
        string? text = BodyExcerpt.Of(response.Body);
        string words =
            text is null ? "Its body is empty."
            : BodyExcerpt.IsPage(text) ? $"It is {text}."
            : $"It begins: {text}";
        return new PictifyException(
            PictifyErrorKind.InvalidResponse,
            $"The answer (HTTP {response.StatusCode}, {response.ContentType ?? "no content type"}) {why}. {words}",
            cause is null ? null : SafeText.Harmless(cause)
        )
        {
            StatusCode = response.StatusCode,
            RequestId = RequestId(response),
        };
    }

    private static string? RequestId(ApiResponse response) =>
        SafeText.OneLine(
            response.Header("X-Request-Id") ?? response.Header("Request-Id") ?? response.Header("X-Correlation-Id"),
            BodyExcerpt.MaximumCodeLength
        );

    private static PictifyErrorKind KindOf(
        ApiResponse response,
        RequestKind request,
        ErrorBody body,
        TimeSpan? retryAfter
    ) =>
        response.StatusCode switch
        {
            400 or 422 => PictifyErrorKind.Validation,
            401 => PictifyErrorKind.Unauthorized,
            402 => PictifyErrorKind.QuotaExceeded,
            403 => PictifyErrorKind.Forbidden,
            404 => PictifyErrorKind.NotFound,
            409 => PictifyErrorKind.Conflict,
            410 => PictifyErrorKind.Gone,
            429 when body.HasQuotaCode => PictifyErrorKind.QuotaExceeded,
            429 when body.HasRateLimitCode => PictifyErrorKind.RateLimited,
            // Without a code, a create without Retry-After is refused by the plan's quota, where waiting does not help.
            429 => request == RequestKind.Create && retryAfter is null
                ? PictifyErrorKind.QuotaExceeded
                : PictifyErrorKind.RateLimited,
            501 => PictifyErrorKind.FeatureUnavailable,
            408 or >= 500 => PictifyErrorKind.Server,
            >= 300 and < 400 => PictifyErrorKind.InvalidResponse,
            _ => PictifyErrorKind.Validation,
        };

    private static string Message(PictifyErrorKind kind, int status, ApiRequest request, ErrorBody body) =>
        kind switch
        {
            PictifyErrorKind.Validation => $"The service refused the request (HTTP {status}).",
            PictifyErrorKind.Unauthorized =>
                "The API key was refused (HTTP 401): it is malformed, revoked, or of another service.",
            PictifyErrorKind.QuotaExceeded =>
                $"The plan's quota is used up (HTTP {status}); trying again does not help.",
            PictifyErrorKind.Forbidden => "The API key is valid, but not allowed to do this (HTTP 403).",
            PictifyErrorKind.NotFound => IsOfExperiments(request)
                ? "There is no such experiment, or it belongs to another team (HTTP 404)."
                : "There is nothing at this address (HTTP 404).",
            PictifyErrorKind.FeatureUnavailable => IsOfExperiments(request)
                ? FeatureUnavailable(status)
                : $"The service does not offer this here (HTTP {status}).",
            // A create can have no other conflict.
            PictifyErrorKind.Conflict when request.Kind == RequestKind.Create || body.HasSlugCode =>
                "Another experiment has this slug (HTTP 409).",
            PictifyErrorKind.Conflict => "The experiment's present state does not allow this (HTTP 409).",
            PictifyErrorKind.Gone => "It existed, and has expired (HTTP 410).",
            PictifyErrorKind.RateLimited => request.Authenticated
                ? "The API key's rate limit is spent (HTTP 429)."
                : "The rate limit of public requests is spent (HTTP 429).",
            PictifyErrorKind.Server => $"The service failed (HTTP {status}).",
            _ => $"The service answered with a redirect (HTTP {status}), which is not followed: "
                + "the API key would be sent to another address. Check the connection's base URI.",
        };

    private static bool IsOfExperiments(ApiRequest request) =>
        request.Path.StartsWith("experiments/", StringComparison.Ordinal);

    public static string FeatureUnavailable(int? status) =>
        $"This account has no experiments feature{(status is null ? "" : $" (HTTP {status})")}: "
        + "the service no longer offers it here, or the base URI is not that of Pictify's API.";
}
