using System.Net.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;

namespace Pictify.HttpFactory;

/// <summary>
/// HTTP clients whose handlers are shared and renewed, so that long sessions follow DNS changes and close stale sockets. No type of
/// Microsoft.Extensions is public here: on PowerShell 7 this assembly and its packages have a load context of their own.
/// </summary>
public sealed class ClientFactory : IDisposable
{
    private const string Name = "Pictify";

    private readonly ServiceProvider _services;
    private readonly List<WeakReference<HttpMessageHandler>> _primaries = [];

    /// <summary>Handlers are created on first use.</summary>
    /// <param name="primary">Creates the handler that answers: the network's, or a replacement.</param>
    public ClientFactory(Func<HttpMessageHandler> primary)
    {
        var services = new ServiceCollection();
        services.AddHttpClient(Name).ConfigurePrimaryHttpMessageHandler(() => Remember(primary()));

        // The factory's filters add logging and metrics that are not used here. The metrics filter also passes a type of the
        // packaged DiagnosticSource to the framework's own HTTP stack, which has another copy: in a separate load context
        // that causes a MissingMethodException.
        services.RemoveAll<IHttpMessageHandlerBuilderFilter>();
        _services = services.BuildServiceProvider();
    }

    /// <summary>Creates a client, which is cheap and need not be disposed of.</summary>
    public HttpClient CreateClient() => _services.GetRequiredService<IHttpClientFactory>().CreateClient(Name);

    /// <summary>Closes the sockets, those that are kept open for the next request too.</summary>
    public void Dispose()
    {
        _services.Dispose();

        // The factory leaves its handlers to the garbage collector, because others may use them; after this, nothing does.
        lock (_primaries)
        {
            foreach (WeakReference<HttpMessageHandler> reference in _primaries)
            {
                if (reference.TryGetTarget(out HttpMessageHandler? handler))
                {
                    handler.Dispose();
                }
            }

            _primaries.Clear();
        }
    }

    /// <summary>Handlers are renewed every two minutes: one that is collected has closed its sockets already.</summary>
    private HttpMessageHandler Remember(HttpMessageHandler handler)
    {
        lock (_primaries)
        {
            _primaries.RemoveAll(static reference => !reference.TryGetTarget(out _));
            _primaries.Add(new WeakReference<HttpMessageHandler>(handler));
        }

        return handler;
    }
}
