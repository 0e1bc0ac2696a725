using System.Buffers;
using System.Net.Http;

namespace Pictify.Http;

/// <summary>The intent of a request, which decides whether it may be retried.</summary>
internal enum RequestKind
{
    /// <summary>GET, safe.</summary>
    Read,

    /// <summary>Start, pause, complete: an unknown outcome is read before the request is sent again.</summary>
    Transition,

    /// <summary>Create: idempotent through Idempotency-Key.</summary>
    Create,

    /// <summary>PUT and DELETE: sending it twice has the effect of sending it once.</summary>
    Idempotent,

    /// <summary>Visitors' events, not idempotent: each send counts them.</summary>
    Event,

    /// <summary>Any other change: not retried once it may have arrived.</summary>
    Other,
}

/// <summary>One request; each attempt makes an HTTP message from it.</summary>
/// <param name="Kind">Its intent.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">
/// Relative to the connection's base URI, without a leading slash, already escaped. An absolute address only if the
/// request is not authenticated.
/// </param>
internal sealed record ApiRequest(RequestKind Kind, HttpMethod Method, string Path)
{
    /// <summary>A JSON body.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Sent as <c>Idempotency-Key</c>, the same for each attempt.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The project's write key, sent as <c>X-Write-Key</c>; null if it has none.</summary>
    public string? WriteKey { get; init; }

    /// <summary>Secrets in the body; like the API key and the write key they are masked in the answer.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>The secrets beside the API key.</summary>
    public IEnumerable<string> AllSecrets => WriteKey is null ? Secrets : Secrets.Append(WriteKey);

    /// <summary>True if a redirect counts as an answer; it is never followed.</summary>
    public bool TakesRedirect { get; init; }

    /// <summary>False for the public endpoints, to which the key is not sent.</summary>
    public bool Authenticated { get; init; } = true;
}

/// <summary>One answer, read to its end.</summary>
internal sealed record ApiResponse(
    int StatusCode,
    ArraySegment<byte> Body,
    string? ContentType,
    IReadOnlyDictionary<string, string> Headers
)
{
    /// <summary>The answer's bytes; empty once they were recycled.</summary>
    public ArraySegment<byte> Body { get; private set; } = Body;

    /// <summary>
    /// Returns the body's buffer to the pool, and leaves the body empty. A page of the list is large enough for the large object heap, and
    /// a long list has thousands.
    /// </summary>
    public void Recycle()
    {
        byte[] buffer = Body.Array!;
        Body = new ArraySegment<byte>([]);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    public bool IsSuccess => StatusCode is >= 200 and < 300;

    /// <summary>
    /// True for an answer from a cache, whose date and rate limit headers are old and may belong to another key.
    /// </summary>
    public bool IsFromCache => Header("Age") is not null || IsHit("X-Cache") || IsHit("CF-Cache-Status");

    private bool IsHit(string name) => Header(name)?.IndexOf("hit", StringComparison.OrdinalIgnoreCase) >= 0;

    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;
}

/// <summary>Receives the progress of requests, on any thread.</summary>
internal interface IRequestObserver
{
    /// <summary>An attempt failed and another follows.</summary>
    void Retrying(string request, int attempt, string cause, TimeSpan wait);

    /// <summary>The rate limit is used up; the next request is sent at this time, by this machine's clock.</summary>
    void WaitingForRateLimit(DateTimeOffset until);

    /// <summary>An attempt ended, with this status if it was answered.</summary>
    void Answered(string request, int? status, TimeSpan elapsed);
}
