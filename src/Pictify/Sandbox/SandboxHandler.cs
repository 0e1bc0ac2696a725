using System.IO.Compression;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Pictify.Sandbox;

/// <summary>The HTTP message handler with which a sandbox answers requests in this process, without a socket.</summary>
public sealed class SandboxHandler(PictifySandbox sandbox) : HttpMessageHandler
{
    /// <summary>Whether answers are really compressed; only if the receiver decompresses them, as an HTTP client does.</summary>
    public bool Compresses { get; init; }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        byte[] body = request.Content is null
            ? []
#if !NET
            : await request.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
#else
            : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
#endif
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, IEnumerable<string>> header in request.Headers)
        {
            headers[header.Key] = string.Join(", ", header.Value);
        }

        if (request.Content?.Headers.ContentType is { } type)
        {
            headers["Content-Type"] = type.ToString();
        }

        var asked = new SandboxRequest(request.Method.Method, request.RequestUri!, body, headers);
        SandboxAnswer answer = await sandbox.AnswerAsync(asked, cancellationToken).ConfigureAwait(false);

        if (answer.Fault is SandboxFault.ResetBefore or SandboxFault.ResetAfter)
        {
            throw new HttpRequestException(
                "The sandbox broke the connection.",
                new IOException("reset", new SocketException((int)SocketError.ConnectionReset))
            );
        }

        var response = new HttpResponseMessage((HttpStatusCode)answer.Status)
        {
            RequestMessage = request,
            Content = answer.Fault switch
            {
                SandboxFault.HalfBody => new BrokenContent(answer.Body, stalls: false),
                SandboxFault.StalledBody => new BrokenContent(answer.Body, stalls: true),
                SandboxFault.Gzip when Compresses => Compressed(answer.Body),
                _ => new ByteArrayContent(answer.Body),
            },
        };
        response.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(answer.ContentType);
        foreach (KeyValuePair<string, string> header in answer.Headers)
        {
            response.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        return response;
    }

    private static ByteArrayContent Compressed(byte[] body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(body, 0, body.Length);
        }

        return new ByteArrayContent(compressed.ToArray()) { Headers = { ContentEncoding = { "gzip" } } };
    }
}
