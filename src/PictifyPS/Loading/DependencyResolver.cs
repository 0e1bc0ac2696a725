using System.Management.Automation;
using System.Reflection;

namespace PictifyPS.Loading;

/// <summary>
/// Windows PowerShell only: loads, for the module's assemblies only, the DLLs in their folder. The packages reference each other by exact
/// versions, and a host without binding redirects cannot find some of them. On PowerShell 7 this is not needed: see
/// src/Pictify/Http/HttpClients.cs.
/// </summary>
public sealed class DependencyResolver : IModuleAssemblyInitializer
{
    private static readonly string _folder = Path.GetDirectoryName(typeof(DependencyResolver).Assembly.Location)!;
    private static int _registered;

    /// <summary>Called by PowerShell at each import, before any cmdlet runs; the first one in a process registers the resolver.</summary>
    public void OnImport()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 0)
        {
            AppDomain.CurrentDomain.AssemblyResolve += static (_, args) => Resolve(args);
        }
    }

    /// <summary>A request without a requesting assembly may come from any code, and is left to other resolvers.</summary>
    private static Assembly? Resolve(ResolveEventArgs args)
    {
        if (
            args.RequestingAssembly is not { IsDynamic: false } requesting
            || !string.Equals(Path.GetDirectoryName(requesting.Location), _folder, StringComparison.OrdinalIgnoreCase)
        )
        {
            return null;
        }

        string name = new AssemblyName(args.Name).Name;
        if (name == "System.ValueTuple")
        {
            // The packages reference a version that no .NET Framework has, and that no application configuration redirects here. The types
            // themselves are in the framework's core library.
            return typeof(object).Assembly;
        }

        string path = Path.Combine(_folder, $"{name}.dll");
        return File.Exists(path) ? Assembly.LoadFrom(path) : null;
    }
}
