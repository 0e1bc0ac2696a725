using System.Net.Http;
using System.Runtime.CompilerServices;
using Pictify.HttpFactory;
#if NET
using System.Reflection;
using System.Runtime.Loader;
#endif

namespace Pictify.Http;

/// <summary>
/// A connection's HTTP clients. They come from Pictify.HttpFactory, which in a module stands in a folder of its own and, on .NET,
/// gets a load context of its own with everything that stands there: other modules bring Microsoft.Extensions.* into the
/// default one, in other versions, and so each side keeps its own.
/// </summary>
internal sealed class HttpClients : IDisposable
{
    private readonly ClientFactory _factory;

    // Compiled only once the runtime can find the type.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private HttpClients(Func<HttpMessageHandler> primary, Func<DelegatingHandler> outer) =>
        _factory = new(primary, outer);

    public static HttpClients Create(Func<HttpMessageHandler> primary, Func<DelegatingHandler> outer)
    {
#if NET
        _ = OwnContext.Registered.Value;
#endif
        return new HttpClients(primary, outer);
    }

    public HttpClient CreateClient() => _factory.CreateClient();

    public void Dispose() => _factory.Dispose();

#if NET
    private sealed class OwnContext() : AssemblyLoadContext("Pictify")
    {
        private const string Factory = "Pictify.HttpFactory";

        /// <summary>Asked only where nobody else has the assembly: a program that refers to the library has all of it anyway.</summary>
        public static readonly Lazy<OwnContext> Registered = new(static () =>
        {
            var own = new OwnContext();
            GetLoadContext(typeof(OwnContext).Assembly)!.Resolving += (_, name) =>
                name.Name == Factory ? own.Load(name) : null;
            return own;
        });

        // What stands in the folder is ours; everything else is shared.
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            string here = Path.GetDirectoryName(typeof(OwnContext).Assembly.Location)!;
            string path = Path.Combine(here, "HttpFactory", $"{assemblyName.Name}.dll");
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
#endif
}
