using System.Reflection;

namespace PictifyPS.Loading;

/// <summary>
/// Where the cmdlets' libraries come from: the folder that is named as the edition of PowerShell is. On .NET, what was loaded
/// once is found by its name from then on, and the library keeps its packages to itself. .NET Framework has one place for
/// everybody: there the module's assemblies, and only they, are given the DLLs that stand in the folder.
/// </summary>
internal static class Libraries
{
    /// <summary>Makes the library known, by its file: its types are then found by their names too, as in [Pictify.Experiment].</summary>
    /// <param name="folder">Where the libraries of this edition are.</param>
    /// <param name="isNetFramework">Which of the two kinds of .NET this is.</param>
    public static void Load(string folder, bool isNetFramework)
    {
        if (isNetFramework)
        {
            AppDomain.CurrentDomain.AssemblyResolve += (_, args) =>
                IsOurs(args.RequestingAssembly, folder) ? Resolve(new AssemblyName(args.Name).Name, folder) : null;
        }

        Assembly.LoadFrom(Path.Combine(folder, "Pictify.dll"));
    }

    /// <summary>No assembly is named where the request is made by name only; then the name decides.</summary>
    private static bool IsOurs(Assembly? requesting, string folder) =>
        requesting is null
        || requesting == typeof(Libraries).Assembly
        || (
            !requesting.IsDynamic
            && string.Equals(Path.GetDirectoryName(requesting.Location), folder, StringComparison.OrdinalIgnoreCase)
        );

    private static Assembly? Resolve(string name, string folder)
    {
        if (name == "System.ValueTuple")
        {
            // The packages ask for a version that no .NET Framework has, and that no application configuration redirects
            // here. The types themselves are in the framework's core library.
            return typeof(object).Assembly;
        }

        string path = Path.Combine(folder, $"{name}.dll");
        return File.Exists(path) ? Assembly.LoadFrom(path) : null;
    }
}
