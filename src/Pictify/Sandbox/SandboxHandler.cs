using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;

namespace Pictify.Sandbox;

/// <summary>The end of a request's way where the sandbox answers: HTTP messages in and out, and no socket.</summary>
public sealed class SandboxHandler(PictifySandbox sandbox) : HttpMessageHandler
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        byte[] body = request.Content is null ? []
#if NETFRAMEWORK
            : await request.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
#else
            : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
#endif
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, IEnumerable<string>> header in request.Headers)
        {
            headers[header.Key] = string.Join(", ", header.Value);
        }

        var asked = new SandboxRequest(request.Method.Method, request.RequestUri!, body, headers);
        SandboxAnswer answer = await sandbox.AnswerAsync(asked, cancellationToken).ConfigureAwait(false);

        var response = new HttpResponseMessage((HttpStatusCode)answer.Status)
        {
            RequestMessage = request,
            Content = new ByteArrayContent(answer.Body),
        };
        response.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(answer.ContentType);
        foreach (KeyValuePair<string, string> header in answer.Headers)
        {
            response.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        return response;
    }
}
