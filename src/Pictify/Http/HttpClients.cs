using System.Net.Http;
using System.Runtime.CompilerServices;
using Pictify.HttpFactory;
#if NET
using System.Reflection;
using System.Runtime.Loader;
#endif

namespace Pictify.Http;

/// <summary>
/// Creates a connection's HTTP clients through Pictify.HttpFactory. On .NET that assembly and its packages are loaded from a folder of
/// their own into a load context of their own, because other modules load other versions of Microsoft.Extensions.* into the default one.
/// </summary>
internal sealed class HttpClients : IDisposable
{
    private readonly ClientFactory _factory;

    // Not inlined, so that the JIT resolves ClientFactory only after the load context is registered.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private HttpClients(Func<HttpMessageHandler> primary) => _factory = new(primary);

    public static HttpClients Create(Func<HttpMessageHandler> primary)
    {
#if NET
        _ = OwnContext.Registered.Value;
#endif
        return new HttpClients(primary);
    }

    public HttpClient CreateClient() => _factory.CreateClient();

    public void Dispose() => _factory.Dispose();

#if NET
    private sealed class OwnContext() : AssemblyLoadContext("Pictify")
    {
        private const string Factory = "Pictify.HttpFactory";

        /// <summary>Used only if the default context does not find the assembly, as a program that references the library does.</summary>
        public static readonly Lazy<OwnContext> Registered = new(static () =>
        {
            var own = new OwnContext();
            GetLoadContext(typeof(OwnContext).Assembly)!.Resolving += (_, name) =>
                name.Name == Factory ? own.Load(name) : null;
            return own;
        });

        // Assemblies outside the folder are shared with the default context.
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            string here = Path.GetDirectoryName(typeof(OwnContext).Assembly.Location)!;
            string path = Path.Combine(here, "HttpFactory", $"{assemblyName.Name}.dll");
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
#endif
}
