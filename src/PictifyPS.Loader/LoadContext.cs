using System.Reflection;
using System.Runtime.Loader;

namespace PictifyPS.Loader;

/// <summary>
/// A load context for the module and what it depends on. PowerShell and other modules bring their own versions of the
/// same libraries into the default context; here each side gets its own. This assembly is the only one of the module
/// that the default context ever loads.
/// </summary>
public sealed class LoadContext : AssemblyLoadContext
{
    private static readonly Lazy<LoadContext> _instance = new(static () => new LoadContext());

    private readonly string _directory = Path.GetDirectoryName(typeof(LoadContext).Assembly.Location)!;

    private LoadContext()
        : base("PictifyPS") { }

    /// <summary>The module's assemblies, the library first; always the same ones in a process.</summary>
    public static Assembly[] LoadModule() =>
        [
            _instance.Value.LoadFromAssemblyName(new AssemblyName("Pictify")),
            _instance.Value.LoadFromAssemblyName(new AssemblyName("PictifyPS")),
        ];

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // What stands beside this file is ours; everything else (PowerShell, the framework) is shared.
        string path = Path.Combine(_directory, $"{assemblyName.Name}.dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
