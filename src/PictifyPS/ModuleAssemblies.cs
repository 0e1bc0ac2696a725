#if NETFRAMEWORK
using System.Reflection;

namespace PictifyPS;

/// <summary>
/// Windows PowerShell has one load context for everybody. This answers for the DLLs that stand beside the module, when
/// the framework found none, and for nothing else.
/// </summary>
public static class ModuleAssemblies
{
    private static int _registered;

    /// <summary>Called by the module's script; the second call does nothing.</summary>
    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 0)
        {
            AppDomain.CurrentDomain.AssemblyResolve += static (_, args) => Resolve(args.Name);
        }
    }

    private static Assembly? Resolve(string fullName)
    {
        string directory = Path.GetDirectoryName(typeof(ModuleAssemblies).Assembly.Location)!;
        string path = Path.Combine(directory, new AssemblyName(fullName).Name + ".dll");
        return File.Exists(path) ? Assembly.LoadFrom(path) : null;
    }
}
#endif
