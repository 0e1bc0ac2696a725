using System.Management.Automation;

namespace PictifyPS.Loading;

/// <summary>
/// What PowerShell runs when the module is imported: after it loaded the public types of this assembly, and before it looks at
/// what is in them. Loading a type takes its bases, its interfaces and the enums among its fields, so none of these is the
/// library's in a public type here: an enum is held in a StrongBox. A test holds that.
/// </summary>
public sealed class ModuleAssemblies : IModuleAssemblyInitializer
{
    private static readonly object _sync = new();
    private static bool _loaded;

    /// <summary>Called at each import; the first one in a process does the work, and others wait for it.</summary>
    public void OnImport()
    {
        lock (_sync)
        {
            if (_loaded)
            {
                return;
            }

            bool isNetFramework = typeof(object).Assembly.GetName().Name == "mscorlib";
            string here = Path.GetDirectoryName(typeof(ModuleAssemblies).Assembly.Location)!;
            Libraries.Load(Path.Combine(here, isNetFramework ? "Desktop" : "Core"), isNetFramework);
            _loaded = true;
        }
    }
}
