using System.Reflection;
#if !NETFRAMEWORK
using System.Runtime.Loader;
#endif

namespace PictifyPS.Loader;

/// <summary>
/// Where the module's libraries come from. On PowerShell 7 they get a load context of their own: PowerShell and other modules
/// bring their own versions of the same libraries into the default one, and here each side keeps its own. Windows PowerShell
/// has one context for everybody: there the module's assemblies, and only they, get the DLLs that stand beside them.
/// </summary>
public static class Libraries
{
    /// <summary>The library, by its assembly's name.</summary>
    public const string Library = "Pictify";

    /// <summary>Answers for the assemblies in a folder, once nobody else does.</summary>
    public static void Register(string folder)
    {
#if NETFRAMEWORK
        AppDomain.CurrentDomain.AssemblyResolve += (_, args) =>
            IsOurs(args.RequestingAssembly, folder) ? Resolve(new AssemblyName(args.Name).Name, folder) : null;
#else
        var own = new LibraryContext(folder);
        AssemblyLoadContext.Default.Resolving += (_, name) =>
            name.Name == Library ? own.LoadFromAssemblyName(name) : null;
#endif
    }

#if NETFRAMEWORK
    /// <summary>No assembly is named where the request is made by name only; then the name decides.</summary>
    private static bool IsOurs(Assembly? requesting, string folder) =>
        requesting is null
        || (
            !requesting.IsDynamic
            && string.Equals(Path.GetDirectoryName(requesting.Location), folder, StringComparison.OrdinalIgnoreCase)
        );

    private static Assembly? Resolve(string name, string folder)
    {
        if (name == "System.ValueTuple")
        {
            // The packages ask for a version that no .NET Framework has, and that no application configuration redirects
            // here. The types themselves are the framework's.
            return typeof(ValueTuple).Assembly;
        }

        string path = Path.Combine(folder, $"{name}.dll");
        return File.Exists(path) ? Assembly.LoadFrom(path) : null;
    }
#else
    private sealed class LibraryContext(string folder) : AssemblyLoadContext("PictifyPS")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            // What stands beside the module is ours; everything else (PowerShell, the framework) is shared.
            string path = Path.Combine(folder, $"{assemblyName.Name}.dll");
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
#endif
}
