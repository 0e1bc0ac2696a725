using System.Net.Http;
using System.Net.Http.Headers;

namespace Pictify.Http;

/// <summary>One HTTP request and its answer, which is read to its end and in which the secrets are masked.</summary>
internal sealed class HttpExchange(PictifyConnection connection)
{
    /// <summary>Response size limit. A full page is about 2 MB.</summary>
    private const int MaximumBodyBytes = 64 * 1024 * 1024;

    private const int MaximumContentTypeLength = 100;

    /// <exception cref="ExchangeException">No answer was received.</exception>
    /// <exception cref="PictifyException">Nothing was sent, or the answer is too large.</exception>
    public async Task<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        using SecretMask mask = connection.Mask(request);
        try
        {
            return await SendAsync(request, mask, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (PictifyException or OperationCanceledException))
        {
            // .NET's message repeats what it cannot parse, such as a header line.
            throw new ExchangeException(exception, SafeText.Harmless(exception, mask.Apply));
        }
    }

    private async Task<ApiResponse> SendAsync(ApiRequest request, SecretMask mask, CancellationToken cancellationToken)
    {
        using HttpClient http = connection.CreateHttpClient();
        using HttpRequestMessage message = CreateMessage(request);
        using HttpResponseMessage response = await http.SendAsync(
                message,
                HttpCompletionOption.ResponseHeadersRead,
                cancellationToken
            )
            .ConfigureAwait(false);
        ArraySegment<byte> body = await BodyReader
            .ReadAsync(response.Content, MaximumBodyBytes, cancellationToken)
            .ConfigureAwait(false);
        if (!mask.IsEmpty)
        {
            // Successes too: a server may repeat the headers that it was sent.
            mask.Apply(body.AsSpan());
        }

        return new ApiResponse(
            (int)response.StatusCode,
            body,
            response.Content?.Headers.ContentType?.MediaType is { } type
                ? SafeText.Clean(mask.Apply(type), MaximumContentTypeLength)
                : null,
            ReadHeaders(response, mask)
        );
    }

    private HttpRequestMessage CreateMessage(ApiRequest request)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(connection.BaseUri, request.Path));
        message.Headers.TryAddWithoutValidation("Accept", "application/json, application/problem+json");
        message.Headers.TryAddWithoutValidation("User-Agent", connection.UserAgent);
        if (request.IdempotencyKey is { } key)
        {
            message.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        if (request.WriteKey is { } writeKey)
        {
            message.Headers.Add("X-Write-Key", writeKey);
        }

        if (request.Authenticated)
        {
            Authorize(message);
        }

        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        }
        else if (request.Kind != RequestKind.Read)
        {
            // .NET resends a request without content if a reused connection closes early. Empty content prevents that, so
            // that only RetryRules decide whether a change is sent again.
            message.Content = new ByteArrayContent([]);
        }

        return message;
    }

    /// <summary>Adds the key to a request to the connection's own host, and refuses a request to any other one.</summary>
    private void Authorize(HttpRequestMessage message)
    {
        Uri target = message.RequestUri!;
        bool isOwnHost =
            Uri.Compare(
                target,
                connection.BaseUri,
                UriComponents.SchemeAndServer,
                UriFormat.UriEscaped,
                StringComparison.OrdinalIgnoreCase
            ) == 0;
        if (!isOwnHost)
        {
            throw new PictifyException(
                PictifyErrorKind.InvalidArgument,
                $"A request to {target.GetLeftPart(UriPartial.Authority)} was refused: the connection is for {connection.BaseUri}."
            );
        }

        if (connection.GetKeyText() is { } key)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    private static Dictionary<string, string> ReadHeaders(HttpResponseMessage response, SecretMask mask)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, IEnumerable<string>> header in response.Headers)
        {
            headers[header.Key] = SafeText.Clean(mask.Apply(string.Join(", ", header.Value)));
        }

        return headers;
    }
}

/// <summary>A failure of the HTTP stack.</summary>
/// <param name="cause">The failure itself, on which decisions depend.</param>
/// <param name="shown">The failure without secrets, for reports.</param>
internal sealed class ExchangeException(Exception cause, Exception shown) : Exception(null, shown)
{
    public Exception Cause => cause;

    public Exception Shown => InnerException!;
}
