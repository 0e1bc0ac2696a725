using System.Management.Automation;
using System.Reflection;
#if !NETFRAMEWORK
using System.Runtime.Loader;
#endif

namespace PictifyPS.Loader;

/// <summary>
/// Where the module's libraries come from. On PowerShell 7 they get a load context of their own: PowerShell and other modules
/// bring their own versions of the same libraries into the default one, and here each side keeps its own. Windows PowerShell
/// has one context for everybody: there this answers for the DLLs that stand beside the module, when nobody else does.
/// </summary>
public sealed class ModuleAssemblies : IModuleAssemblyInitializer
{
    private const string Library = "Pictify";

    private static readonly string _folder = Path.GetDirectoryName(typeof(ModuleAssemblies).Assembly.Location)!;
    private static int _registered;

    /// <summary>PowerShell calls this at each import, before it looks at the cmdlets.</summary>
    public void OnImport()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 0)
        {
            Register();
            AddTypeNames();
        }
    }

#if NETFRAMEWORK
    private static void Register() =>
        AppDomain.CurrentDomain.AssemblyResolve += static (_, args) =>
        {
            string path = Path.Combine(_folder, new AssemblyName(args.Name).Name + ".dll");
            return File.Exists(path) ? Assembly.LoadFrom(path) : null;
        };
#else
    private static void Register()
    {
        var own = new LibraryContext();
        AssemblyLoadContext.Default.Resolving += (_, name) =>
            name.Name == Library ? own.LoadFromAssemblyName(name) : null;
    }

    private sealed class LibraryContext() : AssemblyLoadContext("PictifyPS")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            // What stands beside the module is ours; everything else (PowerShell, the framework) is shared.
            string path = Path.Combine(_folder, $"{assemblyName.Name}.dll");
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
#endif

    /// <summary>
    /// PowerShell looks for type literals such as [Pictify.Experiment] in the default context and in what was imported by name;
    /// for others, its documented way is a type accelerator.
    /// </summary>
    private static void AddTypeNames()
    {
        Type accelerators = typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators")!;
        var add =
            (Action<string, Type>)Delegate.CreateDelegate(typeof(Action<string, Type>), accelerators.GetMethod("Add")!);
        foreach (Type type in Assembly.Load(Library).GetExportedTypes())
        {
            add(type.FullName!, type);
        }
    }
}
