using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pictify.Sandbox;

/// <summary>How an answer breaks on its way.</summary>
internal enum AnswerBreak
{
    None,
    Reset,
    Half,
    Stall,
}

/// <summary>What the sandbox answers to one request, before it is an HTTP message.</summary>
internal sealed record SandboxAnswer(int Status, byte[] Body, string ContentType = "application/json")
{
    public Dictionary<string, string> Headers { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    public AnswerBreak Break { get; init; }

    public bool IsCompressed { get; init; }

    public static SandboxAnswer Json<T>(int status, T value, JsonTypeInfo<T> type) =>
        new(status, JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static SandboxAnswer Json(int status, object? plain) => new(status, PlainJson.Bytes(plain));

    /// <summary>Problem details as the service documents them.</summary>
    public static SandboxAnswer Problem(
        int status,
        string code,
        string title,
        string detail,
        params (string Name, object? Value)[] more
    )
    {
        var body = new Dictionary<string, object?>
        {
            ["type"] = $"https://docs.pictify.io/errors/{code.Replace('_', '-')}",
            ["title"] = title,
            ["status"] = status,
            ["detail"] = detail,
            ["code"] = code,
        };
        foreach ((string name, object? value) in more)
        {
            body[name] = value;
        }

        return new SandboxAnswer(status, PlainJson.Bytes(body), "application/problem+json");
    }

    public static SandboxAnswer NotFound(string what) => Problem(404, "not_found", "Not found", $"There is no {what}.");
}
