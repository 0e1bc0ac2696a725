using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pictify.Http;

/// <summary>
/// Turns an answer that is no success into one exception. The service documents two styles: RFC 9457 problem details, and
/// <c>{message}</c> or <c>{error}</c> with an optional <c>code</c> and <c>errors</c>. Its clients have also met
/// <c>{error: {message, code}}</c>, HTML from gateways, and nothing.
/// </summary>
internal static class ErrorReader
{
    private const int ShownCharacters = 200;

    /// <summary>Of a code or a request's id; those of the service are shorter.</summary>
    private const int LongestCode = 100;

    /// <summary>Of what the service says of single fields, beyond any experiment's number of them.</summary>
    private const int MostFields = 50;

    /// <summary>Of all of it together, in one message.</summary>
    private const int LongestWords = 1_000;

    /// <summary>No rate limit has a longer window; what asks for more means something else.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    private const string HtmlPage = "an HTML page";
    private const string XmlDocument = "an XML document";

    /// <summary>Enough of a page to find its title.</summary>
    private const int PageBytes = 8 * 1024;

    private static readonly TimeSpan _regexLimit = TimeSpan.FromSeconds(1);

    /// <summary>A text that begins with a tag, a comment or a declaration, or has a whole document in it after other words.</summary>
    private static readonly Regex _markup = new(
        "^<[!?/a-z]|<(!doctype|html|head|body)[\\s>]",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        _regexLimit
    );

    private static readonly Regex _title = new(
        "<(?:title|h1)[^<>]*>([^<]*)</",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        _regexLimit
    );

    private static readonly string[] _dateFormats =
    [
        "r",
        "ddd, d MMM yyyy HH:mm:ss 'GMT'",
        "ddd, d MMM yyyy HH:mm:ss zzz",
        "dddd, dd-MMM-yy HH:mm:ss 'GMT'",
        "ddd MMM d HH:mm:ss yyyy",
        "yyyy-MM-dd'T'HH:mm:ssK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

    /// <param name="response">The answer.</param>
    /// <param name="request">What it is the answer to.</param>
    /// <param name="now">Now, by this machine's clock.</param>
    /// <param name="maximumWait">The longest wait that the rate limit may ask for.</param>
    public static PictifyException Read(
        ApiResponse response,
        ApiRequest request,
        DateTimeOffset now,
        TimeSpan? maximumWait = null
    )
    {
        Problem problem = Parse(response.Body);
        TimeSpan? retryAfter = RetryAfter(response, now) ?? problem.RetryAfter;
        PictifyErrorKind kind = KindOf(response, request.Kind, problem, retryAfter);
        string? said = problem.Words ?? (problem.IsEmpty ? null : FirstWords(response.Body));
        return new PictifyException(kind, WithWords(Message(kind, response.StatusCode, request, problem), said))
        {
            StatusCode = response.StatusCode,
            Code = problem.Code,
            Detail = said,
            FieldErrors = [.. problem.Fields],
            RetryAfter = retryAfter,
            RetryAt = retryAfter is { } wait ? now + wait : null,
            IsTooLong = retryAfter > maximumWait,
            RequestId = RequestId(response) ?? problem.RequestId,
        };
    }

    /// <summary>The message, and after it the service's own words where it gave some.</summary>
    public static string WithWords(string message, string? said) =>
        said is null ? message
        : IsPage(said) ? $"{message} It sent {said}."
        : $"{message} The service says: {said.TrimEnd('.')}.";

    /// <summary>How long the rate limit asks to wait; null where the answer is none of the rate limit.</summary>
    public static TimeSpan? RateLimitWait(ApiResponse response, DateTimeOffset now)
    {
        if (response.StatusCode != 429)
        {
            return null;
        }

        Problem problem = Parse(response.Body);
        return problem.SaysQuota ? null : RetryAfter(response, now) ?? problem.RetryAfter;
    }

    /// <summary>True where the plan's quota refused it: what it says of a wait and of a limit is not the rate limit's.</summary>
    public static bool SaysQuota(ApiResponse response, ApiRequest request, DateTimeOffset now)
    {
        if (response.StatusCode is not (402 or 429))
        {
            return false;
        }

        Problem problem = Parse(response.Body);
        return KindOf(response, request.Kind, problem, RetryAfter(response, now) ?? problem.RetryAfter)
            == PictifyErrorKind.QuotaExceeded;
    }

    public static PictifyException NotOurs(ApiResponse response, string why, Exception? cause = null)
    {
        string? text = FirstWords(response.Body);
        string words =
            text is null ? "Its body is empty."
            : IsPage(text) ? $"It is {text}."
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

    /// <summary>
    /// <c>Retry-After</c> in seconds or as a date; a date is taken relative to the server's own clock. Of several the longest counts.
    /// Null where nothing in it can be read; never negative, and never longer than <see cref="LongestWait"/>.
    /// </summary>
    public static TimeSpan? RetryAfter(ApiResponse response, DateTimeOffset now)
    {
        string? text = response.Header("Retry-After");
        if (text is null)
        {
            return null;
        }

        TimeSpan age = Wait(response.Header("Age")) ?? TimeSpan.Zero;
        DateTimeOffset serverNow = TryDate(response.Header("Date"), out DateTimeOffset date) ? date : now;
        TimeSpan? longest = null;
        string[] parts = text.Split(',');
        for (int i = 0; i < parts.Length; i++)
        {
            // A date has a comma of its own.
            TimeSpan? wait =
                Wait(parts[i])
                ?? Until(parts[i], serverNow)
                ?? (i + 1 < parts.Length ? Until($"{parts[i]},{parts[i + 1]}", serverNow) : null);
            longest = wait is { } given && (longest is null || given > longest) ? given : longest;
        }

        // What a cache has kept for a while was to be waited from then on.
        return longest is not { } asked ? null
            : asked <= age ? TimeSpan.Zero
            : asked - age < LongestWait ? asked - age
            : LongestWait;
    }

    private static TimeSpan? Until(string date, DateTimeOffset now) =>
        TryDate(date, out DateTimeOffset at) ? at - now : null;

    /// <summary>A wait that somebody asks for, in seconds; null where it is none.</summary>
    private static TimeSpan? Wait(string? text) =>
        double.TryParse(text?.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            ? Wait(seconds)
            : null;

    private static TimeSpan? Wait(double seconds) =>
        seconds >= 0 ? TimeSpan.FromSeconds(Math.Min(seconds, LongestWait.TotalSeconds)) : null;

    /// <summary>A date of HTTP, in the three forms that it has had.</summary>
    public static bool TryDate(string? text, out DateTimeOffset date) =>
        DateTimeOffset.TryParseExact(
            text,
            _dateFormats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces,
            out date
        );

    /// <summary>
    /// The first words of a body, on one line and without control characters; null where there are none. A page of a gateway or a
    /// portal is named and not quoted: its tags tell a person nothing.
    /// </summary>
    public static string? FirstWords(ArraySegment<byte> body)
    {
        if (body.Count == 0)
        {
            return null;
        }

        return Words(
            Encoding.UTF8.GetString(body.Array!, body.Offset, Math.Min(body.Count, PageBytes)),
            ShownCharacters
        );
    }

    /// <summary>A text of the service's, on one line and no longer than this; what it is, where it is a page.</summary>
    private static string? Words(string? text, int limit) =>
        Page(SafeText.Cut(text, PageBytes)) ?? SafeText.OneLine(text, limit);

    /// <summary>What a text in HTML or XML is, such as <c>an HTML page, '502 Bad Gateway'</c>; null where it is neither.</summary>
    private static string? Page(string text)
    {
        string start = text.TrimStart(' ', '\t', '\r', '\n', '\uFEFF');
        if (!_markup.IsMatch(start))
        {
            return null;
        }

        if (start.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase) && !Has(start, "<html"))
        {
            return XmlDocument;
        }

        // An entity may stand for the beginning of a tag.
        string? title = SafeText.OneLine(WebUtility.HtmlDecode(_title.Match(start).Groups[1].Value), LongestCode);
        return title is null || title.IndexOf('<') >= 0 ? HtmlPage : $"{HtmlPage}, '{title}'";
    }

    /// <summary>True for what <see cref="Page"/> makes.</summary>
    private static bool IsPage(string words) =>
        words.StartsWith(HtmlPage, StringComparison.Ordinal) || words == XmlDocument;

    private static bool Has(string text, string part) => text.IndexOf(part, StringComparison.OrdinalIgnoreCase) >= 0;

    private static string? RequestId(ApiResponse response) =>
        SafeText.OneLine(
            response.Header("X-Request-Id") ?? response.Header("Request-Id") ?? response.Header("X-Correlation-Id"),
            LongestCode
        );

    private static PictifyErrorKind KindOf(
        ApiResponse response,
        RequestKind request,
        Problem problem,
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
            429 when problem.SaysQuota => PictifyErrorKind.QuotaExceeded,
            429 when problem.SaysRateLimit => PictifyErrorKind.RateLimited,
            // No code tells: a create without Retry-After is the plan's quota, and waiting would not help.
            429 => request == RequestKind.Create && retryAfter is null
                ? PictifyErrorKind.QuotaExceeded
                : PictifyErrorKind.RateLimited,
            501 => PictifyErrorKind.FeatureUnavailable,
            408 or >= 500 => PictifyErrorKind.Server,
            >= 300 and < 400 => PictifyErrorKind.InvalidResponse,
            _ => PictifyErrorKind.Validation,
        };

    private static string Message(PictifyErrorKind kind, int status, ApiRequest request, Problem problem) =>
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
            // Nothing else stands in the way of a create.
            PictifyErrorKind.Conflict when request.Kind == RequestKind.Create || problem.SaysSlug =>
                "Another experiment has this slug (HTTP 409).",
            PictifyErrorKind.Conflict => "The experiment's present state does not allow this (HTTP 409).",
            PictifyErrorKind.Gone => "It existed, and has expired (HTTP 410).",
            PictifyErrorKind.RateLimited => request.Authenticated
                ? "The API key's rate limit is spent (HTTP 429)."
                : "The rate limit of public requests is spent (HTTP 429).",
            PictifyErrorKind.Server => $"The service failed (HTTP {status}).",
            _ => $"The service answered with a redirect (HTTP {status}), which is not followed: "
                + "it would carry the API key elsewhere. Check the connection's base URI.",
        };

    private static bool IsOfExperiments(ApiRequest request) =>
        request.Path.StartsWith("experiments/", StringComparison.Ordinal);

    public static string FeatureUnavailable(int? status) =>
        $"This account has no experiments feature{(status is null ? "" : $" (HTTP {status})")}: "
        + "the service no longer offers it here, or the base URI is not that of Pictify's API.";

    private static Problem Parse(ArraySegment<byte> body)
    {
        var problem = new Problem();
        if (
            body.Count == 0
            || body.Array![body.Offset] is not ((byte)'{' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        )
        {
            return problem;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(body.AsMemory());
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                problem.Take(document.RootElement);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON after all, or half of a character in a field's name: its first words are shown instead.
        }

        return problem;
    }

    private sealed class Problem
    {
        public string? Title { get; private set; }
        public string? Detail { get; private set; }
        public string? Error { get; private set; }
        public string? Code { get; private set; }
        public string? RequestId { get; private set; }
        public TimeSpan? RetryAfter { get; private set; }
        public List<FieldError> Fields { get; } = [];

        /// <summary>An object that holds nothing has no words that could be shown.</summary>
        public bool IsEmpty { get; private set; }

        public bool SaysQuota => Says("quota");

        public bool SaysRateLimit => Says("rate_limit");

        public bool SaysSlug => Says("slug");

        /// <summary>What the service says, with what it says of single fields.</summary>
        public string? Words
        {
            get
            {
                string? said = Detail ?? Title ?? Error;
                string? fields = Fields.Count == 0 ? null : SafeText.OneLine(string.Join("; ", Fields), LongestWords);
                return said is null || fields is null || said == fields ? said ?? fields : $"{said} {fields}";
            }
        }

        private bool Says(string word) =>
            Code?.Replace('-', '_').IndexOf(word, StringComparison.OrdinalIgnoreCase) >= 0;

        public void Take(JsonElement body)
        {
            IsEmpty = !body.EnumerateObject().MoveNext();
            Title = Text(body, "title");
            Detail = Text(body, "detail") ?? Text(body, "message");
            Code = Text(body, "code", LongestCode);
            RequestId = Text(body, "requestId", LongestCode);
            if (body.TryGetProperty("error", out JsonElement error))
            {
                if (error.ValueKind == JsonValueKind.Object)
                {
                    Error = Text(error, "message");
                    Code ??= Text(error, "code", LongestCode);
                }
                else
                {
                    Error = Text(body, "error");
                }
            }

            // https://docs.pictify.io/errors/rate-limit-exceeded: the last part is as good as a code.
            if (Code is null && Text(body, "type") is { } type && type.LastIndexOf('/') is > 0 and var slash)
            {
                Code = type.Substring(slash + 1);
            }

            RetryAfter = Seconds(body, "retryAfter") ?? Seconds(body, "retry_after");

            if (body.TryGetProperty("errors", out JsonElement errors) && errors.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement item in errors.EnumerateArray().Take(MostFields))
                {
                    TakeField(item);
                }
            }
        }

        private void TakeField(JsonElement item)
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                string? field = Text(item, "field") ?? Text(item, "path");
                string? code = Text(item, "code", LongestCode);
                string? said = Text(item, "message") ?? code ?? SafeText.OneLine(item.GetRawText(), ShownCharacters);
                Fields.Add(new FieldError(field, said ?? "", code));
            }
            else if (item.ValueKind == JsonValueKind.String && Words(PlainJson.Text(item), ShownCharacters) is { } text)
            {
                Fields.Add(new FieldError(null, text));
            }
        }

        private static TimeSpan? Seconds(JsonElement body, string name) =>
            body.TryGetProperty(name, out JsonElement wait)
            && wait.ValueKind == JsonValueKind.Number
            && wait.TryGetDouble(out double seconds)
                ? Wait(seconds)
                : null;

        private static string? Text(JsonElement element, string name, int limit = ShownCharacters) =>
            element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
                ? Words(PlainJson.Text(value), limit)
                : null;
    }
}
