using System.Management.Automation;
using System.Reflection;
using System.Runtime.InteropServices;

namespace PictifyPS.NativeCode;

/// <summary>
/// Loads the cmdlets' assembly with native code in it, where one ships for this platform: a fresh process then compiles little before
/// its first command. The manifest names this assembly before the plain one, and the runtime, asked for the plain one, answers with
/// what it has loaded already: the same assembly, compiled ahead. The library is found beside the assembly that asks for it.
/// </summary>
public sealed class NativeAssemblies : IModuleAssemblyInitializer
{
    /// <summary>Called by PowerShell at each import, before it loads the next assembly that the manifest names.</summary>
    public void OnImport()
    {
        string folder = Path.GetDirectoryName(typeof(NativeAssemblies).Assembly.Location)!;
        string file = Path.Combine(folder, RuntimeInformation.RuntimeIdentifier, "PictifyPS.dll");
        if (File.Exists(file))
        {
            Assembly.LoadFrom(file);
        }
    }
}
