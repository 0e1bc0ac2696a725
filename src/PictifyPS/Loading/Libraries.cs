using System.Management.Automation;
using System.Reflection;

namespace PictifyPS.Loading;

/// <summary>
/// Windows PowerShell only: gives the module's assemblies, and only them, the DLLs that stand in their folder. The packages ask
/// for each other by exact versions, and a host without binding redirects finds some of them nowhere else. On PowerShell 7
/// nothing of this is needed: see src/Pictify/Http/HttpClients.cs.
/// </summary>
public sealed class Libraries : IModuleAssemblyInitializer
{
    private static readonly string _folder = Path.GetDirectoryName(typeof(Libraries).Assembly.Location)!;
    private static int _registered;

    /// <summary>Called by PowerShell at each import, before any cmdlet runs; the first one in a process registers the resolver.</summary>
    public void OnImport()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 0)
        {
            AppDomain.CurrentDomain.AssemblyResolve += static (_, args) => Resolve(args);
        }
    }

    /// <summary>A request that names no assembly that makes it may be anybody's, and is left to others.</summary>
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
            // The packages ask for a version that no .NET Framework has, and that no application configuration redirects
            // here. The types themselves are in the framework's core library.
            return typeof(object).Assembly;
        }

        string path = Path.Combine(_folder, $"{name}.dll");
        return File.Exists(path) ? Assembly.LoadFrom(path) : null;
    }
}
