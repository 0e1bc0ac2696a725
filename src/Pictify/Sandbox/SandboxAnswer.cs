using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pictify.Sandbox;

/// <summary>The sandbox's answer to one request, before it becomes an HTTP message.</summary>
internal sealed record SandboxAnswer(int Status, byte[] Body, string ContentType = "application/json")
{
    public Dictionary<string, string> Headers { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The fault of the request. Those of the answer itself were applied; the handler applies those of the connection.</summary>
    public SandboxFault Fault { get; init; }

    public static SandboxAnswer Json<T>(int status, T value, JsonTypeInfo<T> type) =>
        new(status, JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static SandboxAnswer Json(int status, object? plain) => new(status, PlainJson.Bytes(plain));

    /// <summary>The refusal, if the request was refused; its body is written later, in the format of the options.</summary>
    public SandboxRefusal? Refusal { get; init; }

    public static SandboxAnswer Refuse(
        int status,
        string code,
        string title,
        string detail,
        params (string Name, object? Value)[] more
    ) => new(status, []) { Refusal = new SandboxRefusal(code, title, detail) { More = more } };

    public static SandboxAnswer Invalid(IReadOnlyList<FieldError> errors) =>
        new(400, [])
        {
            Refusal = new SandboxRefusal("validation_error", "Validation failed", "The request is not valid.")
            {
                Errors = errors,
            },
        };

    public static SandboxAnswer NotFound(string what) => Refuse(404, "not_found", "Not found", $"There is no {what}.");

    /// <param name="detail">The text of the error.</param>
    /// <param name="retryAfter">The value of <c>Retry-After</c>; null leaves it out.</param>
    /// <param name="seconds">The seconds in the body; null leaves them out.</param>
    public static SandboxAnswer RateLimited(string detail, string? retryAfter, int? seconds = null)
    {
        var answer = new SandboxAnswer(429, [])
        {
            Refusal = new SandboxRefusal(SandboxRefusal.RateLimitCode, "Rate limit exceeded", detail)
            {
                RetryAfter = seconds,
            },
        };
        if (retryAfter is not null)
        {
            answer.Headers["Retry-After"] = retryAfter;
        }

        return answer;
    }

    /// <summary>The answer to this request, with its body.</summary>
    public SandboxAnswer In(SandboxStyle style, SandboxRequest request) =>
        (Refusal, style) switch
        {
            (null, _) => this,
            (_, SandboxStyle.Problem) => this with
            {
                Body = PlainJson.Bytes(Refusal.AsProblem(Status, request)),
                ContentType = "application/problem+json",
            },
            _ => this with { Body = PlainJson.Bytes(Refusal.AsMessage(Status, request)) },
        };
}
