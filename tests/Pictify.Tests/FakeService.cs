using System.Collections.Concurrent;
using System.Net;
using System.Net.Http;
using System.Security;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Pictify.Http;

namespace Pictify.Tests;

/// <summary>Answers each request as the test says, and keeps what was asked.</summary>
internal sealed class FakeService : HttpMessageHandler
{
    private readonly Func<HttpRequestMessage, int, CancellationToken, Task<HttpResponseMessage>> _answer;
    private int _count;

    public FakeService(Func<HttpRequestMessage, int, HttpResponseMessage> answer)
        : this((request, number, _) => Task.FromResult(answer(request, number))) { }

    public FakeService(Func<HttpRequestMessage, int, CancellationToken, Task<HttpResponseMessage>> answer) =>
        _answer = answer;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentQueue<string?> IdempotencyKeys { get; } = new();

    public PictifyConnection Connect(
        Func<PictifyConnectionOptions, PictifyConnectionOptions>? change = null,
        string key = "pk_test_0123456789"
    )
    {
        var options = new PictifyConnectionOptions
        {
            ApiKey = Secure(key),
            Handler = this,
            TimeProvider = Time,
            // Tests of waiting set their own; the others must not depend on a clock that stands still.
            RetryInterval = TimeSpan.Zero,
        };
        return new PictifyConnection(change?.Invoke(options) ?? options);
    }

    public PictifyClient Client(Func<PictifyConnectionOptions, PictifyConnectionOptions>? change = null) =>
        new(Connect(change));

    public static SecureString Secure(string text) => new NetworkCredential("", text).SecurePassword;

    public static HttpResponseMessage Answer(
        int status,
        string body = "",
        string type = "application/json",
        params (string Name, string Value)[] headers
    )
    {
        var response = new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent(body, Encoding.UTF8, type),
        };
        foreach ((string name, string value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return response;
    }

    /// <summary>An answer as it is once it was read.</summary>
    public static ApiResponse Response(int status, string body = "", params (string Name, string Value)[] headers) =>
        new(
            status,
            new ArraySegment<byte>(Encoding.UTF8.GetBytes(body)),
            "application/json",
            headers.ToDictionary(static h => h.Name, static h => h.Value, StringComparer.OrdinalIgnoreCase)
        );

    public static string Experiment(string uid, string? status) =>
        status is null
            ? $$$"""{"experiment":{"uid":"{{{uid}}}","name":"Hero"}}"""
            : $$$"""{"experiment":{"uid":"{{{uid}}}","name":"Hero","status":"{{{status}}}"}}""";

    /// <summary>The same, changed by the service at this time.</summary>
    public static string Experiment(string uid, string status, DateTimeOffset updated) =>
        $$$"""{"experiment":{"uid":"{{{uid}}}","name":"Hero","status":"{{{status}}}","updatedAt":"{{{updated:O}}}"}}""";

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        Requests.Enqueue($"{request.Method} {request.RequestUri!.PathAndQuery}");
        IdempotencyKeys.Enqueue(
            request.Headers.TryGetValues("Idempotency-Key", out IEnumerable<string>? keys) ? keys.Single() : null
        );
        return _answer(request, Interlocked.Increment(ref _count), cancellationToken);
    }
}
