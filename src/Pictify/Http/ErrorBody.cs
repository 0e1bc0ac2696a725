using System.Text.Json;

namespace Pictify.Http;

/// <summary>
/// The contents of an error's body. The service documents two styles: RFC 9457 problem details, and <c>{message}</c> or
/// <c>{error}</c> with an optional <c>code</c> and <c>errors</c>; <c>{error: {message, code}}</c> is read too.
/// </summary>
internal sealed class ErrorBody
{
    /// <summary>The most field errors that are read; more than an experiment has fields.</summary>
    private const int MaximumFields = 50;

    /// <summary>The most characters of all field errors in one message.</summary>
    private const int MaximumFieldsLength = 1_000;

    public string? Title { get; private set; }
    public string? Detail { get; private set; }
    public string? Error { get; private set; }
    public string? Code { get; private set; }
    public string? RequestId { get; private set; }
    public TimeSpan? RetryAfter { get; private set; }
    public List<FieldError> Fields { get; } = [];

    /// <summary>True for a JSON object without fields, which contains no text to show.</summary>
    public bool IsEmpty { get; private set; }

    public bool HasQuotaCode => HasCode("quota");

    public bool HasRateLimitCode => HasCode("rate_limit");

    public bool HasSlugCode => HasCode("slug");

    /// <summary>The service's message, and its field errors; null if it contains neither.</summary>
    public string? Words
    {
        get
        {
            string? said = Detail ?? Title ?? Error;
            string? fields =
                Fields.Count == 0 ? null : SafeText.OneLine(string.Join("; ", Fields), MaximumFieldsLength);
            return said is null || fields is null || said == fields ? said ?? fields : $"{said} {fields}";
        }
    }

    /// <summary>Reads a body; if it is not a JSON object, all properties stay null.</summary>
    public static ErrorBody Parse(ArraySegment<byte> body)
    {
        var error = new ErrorBody();
        if (
            body.Count == 0
            || body.Array![body.Offset] is not ((byte)'{' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        )
        {
            return error;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(body.AsMemory());
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                error.Read(document.RootElement);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or an incomplete surrogate pair in a field's name: the message shows the first words of the body instead.
        }

        return error;
    }

    private void Read(JsonElement body)
    {
        IsEmpty = !body.EnumerateObject().MoveNext();
        Title = Text(body, "title");
        Detail = Text(body, "detail") ?? Text(body, "message");
        Code = Text(body, "code", BodyExcerpt.MaximumCodeLength);
        RequestId = Text(body, "requestId", BodyExcerpt.MaximumCodeLength);
        if (body.TryGetProperty("error", out JsonElement error))
        {
            if (error.ValueKind == JsonValueKind.Object)
            {
                Error = Text(error, "message");
                Code ??= Text(error, "code", BodyExcerpt.MaximumCodeLength);
            }
            else
            {
                Error = Text(body, "error");
            }
        }

        // Falls back to the last segment of the problem type's address: https://docs.pictify.io/errors/rate-limit-exceeded.
        if (Code is null && Text(body, "type") is { } type && type.LastIndexOf('/') is > 0 and var slash)
        {
            Code = type.Substring(slash + 1);
        }

        RetryAfter = Seconds(body, "retryAfter") ?? Seconds(body, "retry_after");

        if (body.TryGetProperty("errors", out JsonElement errors) && errors.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in errors.EnumerateArray().Take(MaximumFields))
            {
                ReadField(item);
            }
        }
    }

    private void ReadField(JsonElement item)
    {
        if (item.ValueKind == JsonValueKind.Object)
        {
            string? field = Text(item, "field") ?? Text(item, "path");
            string? code = Text(item, "code", BodyExcerpt.MaximumCodeLength);
            string? said =
                Text(item, "message") ?? code ?? SafeText.OneLine(item.GetRawText(), BodyExcerpt.MaximumLength);
            Fields.Add(new FieldError(field, said ?? "", code));
        }
        else if (
            item.ValueKind == JsonValueKind.String
            && BodyExcerpt.Of(PlainJson.Text(item), BodyExcerpt.MaximumLength) is { } text
        )
        {
            Fields.Add(new FieldError(null, text));
        }
    }

    private bool HasCode(string word) => Code?.Replace('-', '_').IndexOf(word, StringComparison.OrdinalIgnoreCase) >= 0;

    private static TimeSpan? Seconds(JsonElement body, string name) =>
        body.TryGetProperty(name, out JsonElement wait)
        && wait.ValueKind == JsonValueKind.Number
        && wait.TryGetDouble(out double seconds)
            ? RetryAfterHeader.Seconds(seconds)
            : null;

    private static string? Text(JsonElement element, string name, int limit = BodyExcerpt.MaximumLength) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? BodyExcerpt.Of(PlainJson.Text(value), limit)
            : null;
}
