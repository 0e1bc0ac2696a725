namespace Pictify.Sandbox;

/// <summary>Why the sandbox refuses a request, before it is written in one of the service's two formats.</summary>
internal sealed record SandboxRefusal(string Code, string Title, string Detail)
{
    public const string RateLimitCode = "rate_limit_exceeded";

    /// <summary>Fields that only problem details contain, such as <c>currentStatus</c>.</summary>
    public IReadOnlyList<(string Name, object? Value)> More { get; init; } = [];

    public IReadOnlyList<FieldError> Errors { get; init; } = [];

    /// <summary>How long to wait, in seconds.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Problem details, as the experiments pages of the reference document them.</summary>
    public Dictionary<string, object?> AsProblem(int status, SandboxRequest request)
    {
        var body = new Dictionary<string, object?>
        {
            ["type"] = $"https://docs.pictify.io/errors/{Code.Replace('_', '-')}",
            ["title"] = Title,
            ["status"] = status,
            ["detail"] = Detail,
            ["instance"] = request.Uri.AbsolutePath,
            ["code"] = Code,
        };
        foreach ((string name, object? value) in More)
        {
            body[name] = value;
        }

        if (RetryAfter is { } seconds)
        {
            body["retryAfter"] = seconds;
        }

        if (Errors.Count > 0)
        {
            body["errors"] = Errors
                .Select(static error =>
                    (object?)
                        new Dictionary<string, object?>
                        {
                            ["field"] = error.Field,
                            ["message"] = error.Message,
                            ["code"] = error.Code ?? "invalid",
                        }
                )
                .ToList();
        }

        return body;
    }

    /// <summary>
    /// The format of the newer error page. Which endpoints use <c>error</c> is not documented: here it is a create, a removal,
    /// and all public endpoints. A code is included if the status alone is ambiguous.
    /// </summary>
    public Dictionary<string, object?> AsMessage(int status, SandboxRequest request)
    {
        if (status == 401)
        {
            return new Dictionary<string, object?> { ["message"] = "Invalid Request" };
        }

        bool usesErrorField =
            request.Segments is not ["experiments", ..]
            || request is { Method: "DELETE" } or { Method: "POST", Segments.Length: 2 };
        var body = new Dictionary<string, object?> { [usesErrorField ? "error" : "message"] = Detail };
        if (status is 409 or 429)
        {
            body["code"] = Code;
        }

        if (RetryAfter is { } seconds)
        {
            body["retry_after"] = seconds;
        }

        if (Errors.Count > 0)
        {
            body["errors"] = Errors.Select(static error => (object?)$"{error.Field} {error.Message}").ToList();
        }

        return body;
    }
}
