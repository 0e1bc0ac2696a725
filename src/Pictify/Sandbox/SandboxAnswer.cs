using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pictify.Sandbox;

/// <summary>How the transfer of an answer fails.</summary>
internal enum AnswerBreak
{
    None,
    Reset,
    Half,
    Stall,
}

/// <summary>The sandbox's answer to one request, before it becomes an HTTP message.</summary>
internal sealed record SandboxAnswer(int Status, byte[] Body, string ContentType = "application/json")
{
    public Dictionary<string, string> Headers { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    public AnswerBreak Break { get; init; }

    public bool IsCompressed { get; init; }

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
