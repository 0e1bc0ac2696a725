using System.Management.Automation;
using System.Reflection;

namespace PictifyPS.Loader;

/// <summary>What PowerShell runs when the module is imported, before it looks at the cmdlets.</summary>
public sealed class ModuleAssemblies : IModuleAssemblyInitializer
{
    private static int _registered;

    /// <summary>Called at each import; the first one in a process does the work.</summary>
    public void OnImport()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 0)
        {
            Libraries.Register(Path.GetDirectoryName(typeof(ModuleAssemblies).Assembly.Location)!);
            AddTypeNames();
        }
    }

    /// <summary>
    /// PowerShell looks for type literals such as [Pictify.Experiment] in the default context and in what was imported by name;
    /// for others, its documented way is a type accelerator.
    /// </summary>
    private static void AddTypeNames()
    {
        Type accelerators = typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators")!;
        var add =
            (Action<string, Type>)Delegate.CreateDelegate(typeof(Action<string, Type>), accelerators.GetMethod("Add")!);
        foreach (Type type in Assembly.Load(Libraries.Library).GetExportedTypes())
        {
            add(type.FullName!, type);
        }
    }
}
