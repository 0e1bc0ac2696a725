using System.Net;
using System.Net.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Pictify.Sandbox;

namespace SandboxServer;

/// <summary>
/// A sandbox on a loopback port: the answers of <see cref="SandboxHandler"/> over real sockets, and a control path.
/// </summary>
public sealed class SandboxHttpServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SandboxHttpServer(WebApplication app, PictifySandbox sandbox)
    {
        _app = app;
        Sandbox = sandbox;
    }

    /// <summary>The sandbox that it serves.</summary>
    public PictifySandbox Sandbox { get; }

    /// <summary>The address on which it listens.</summary>
    public Uri BaseUri => new(_app.Urls.First());

    /// <summary>Starts on the loopback address; port 0 selects any free port.</summary>
    public static async Task<SandboxHttpServer> StartAsync(PictifySandbox sandbox, int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, port);
            options.AddServerHeader = false;
        });
        WebApplication app = builder.Build();
        var invoker = new HttpMessageInvoker(new SandboxHandler(sandbox) { Compresses = true });
        var control = new SandboxControl(sandbox);
        app.Run(context =>
            context.Request.Path == SandboxControl.Path ? control.AnswerAsync(context) : AnswerAsync(context, invoker)
        );
        await app.StartAsync();
        return new SandboxHttpServer(app, sandbox);
    }

    /// <summary>Serves until the process is asked to end.</summary>
    public Task WaitAsync() => _app.WaitForShutdownAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context, HttpMessageInvoker invoker)
    {
        HttpRequest asked = context.Request;
        using var request = new HttpRequestMessage(
            new HttpMethod(asked.Method),
            // The raw target, so that an escaped slash reaches the sandbox as it was sent.
            $"{asked.Scheme}://{asked.Host}{context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}"
        )
        {
            Content = new StreamContent(asked.Body),
        };
        foreach (var header in asked.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value))
            {
                // A header of the body, such as Content-Type.
                request.Content.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value);
            }
        }

        try
        {
            using HttpResponseMessage response = await invoker.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            foreach (var header in response.Headers.Concat(response.Content.Headers))
            {
                context.Response.Headers[header.Key] = header.Value.ToArray();
            }

            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or HttpRequestException or IOException)
        {
            // The client closed the connection, or the sandbox closes it on purpose.
            context.Abort();
        }
    }
}
