using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PictifyPS.Tests;

/// <summary>Answers every request alike, and hands over what was sent.</summary>
internal sealed class BodyServer : IDisposable
{
    private readonly WebApplication _app;

    public BodyServer(string answer, Action<string> body, Action<string>? headers = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async context =>
        {
            headers?.Invoke(string.Join("\n", context.Request.Headers.Select(static h => $"{h.Key}: {h.Value}")));
            if (context.Request.Method != "GET")
            {
                using var reader = new StreamReader(context.Request.Body);
                body(await reader.ReadToEndAsync());
            }

            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer);
        });
        _app.StartAsync().GetAwaiter().GetResult();
    }

    public Uri BaseUri => new(_app.Urls.First());

    public void Dispose() => _app.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
