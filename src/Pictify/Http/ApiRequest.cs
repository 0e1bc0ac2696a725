using System.Buffers;
using System.Net.Http;

namespace Pictify.Http;

/// <summary>What a request means to do: it decides what may be sent twice.</summary>
internal enum RequestKind
{
    /// <summary>GET: changes nothing.</summary>
    Read,

    /// <summary>Start, pause, complete: an outcome left open is read, not sent again blindly.</summary>
    Transition,

    /// <summary>Create: the idempotency key makes a second send harmless.</summary>
    Create,

    /// <summary>PUT: the same fields twice are the same fields.</summary>
    Update,

    /// <summary>DELETE: gone is gone.</summary>
    Delete,

    /// <summary>Visitors' events: each send counts them.</summary>
    Event,

    /// <summary>Anything else that may change something: never sent twice once it may have arrived.</summary>
    Other,
}

/// <summary>One request, before it is an HTTP message: it can be sent any number of times.</summary>
/// <param name="Kind">What it means to do.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">
/// Relative to the connection's base URI, without a leading slash, already escaped. An absolute address only where the
/// request is not authenticated.
/// </param>
internal sealed record ApiRequest(RequestKind Kind, HttpMethod Method, string Path)
{
    /// <summary>A JSON body.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Sent as <c>Idempotency-Key</c>, the same for each attempt.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Further headers.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>What it carries beside the API key that no answer may show.</summary>
    public IReadOnlyList<string>? Secrets { get; init; }

    /// <summary>True where a redirect is an answer to look at; it is never followed here.</summary>
    public bool TakesRedirect { get; init; }

    /// <summary>False for the public endpoints, which never get the key.</summary>
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
    /// <summary>
    /// Gives the body's memory back, once nobody reads it any more. A page of the list is larger than what the runtime
    /// collects cheaply, and a long list has thousands.
    /// </summary>
    public void Recycle() => ArrayPool<byte>.Shared.Return(Body.Array!);

    public bool IsSuccess => StatusCode is >= 200 and < 300;

    /// <summary>
    /// True where a cache gave it: what it says of the time and of the rate limit is of when it was made, and maybe of another key.
    /// </summary>
    public bool IsFromCache => Header("Age") is not null || SaysHit("X-Cache") || SaysHit("CF-Cache-Status");

    private bool SaysHit(string name) => Header(name)?.IndexOf("hit", StringComparison.OrdinalIgnoreCase) >= 0;

    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;
}

/// <summary>What a running request tells whoever waits for it. Called on any thread.</summary>
internal interface IRequestObserver
{
    /// <summary>An attempt failed and another follows.</summary>
    void Retrying(string request, int attempt, string cause, TimeSpan wait);

    /// <summary>The rate limit is spent; requests go on at this time, by this machine's clock.</summary>
    void WaitingForRateLimit(DateTimeOffset until);

    /// <summary>An attempt was answered, or was not (null).</summary>
    void Answered(string request, int? status, TimeSpan elapsed);
}
