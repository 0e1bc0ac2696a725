using System.Reflection;
using System.Runtime.CompilerServices;
using PictifyShell;

namespace PictifyPS.Tests;

/// <summary>Where things are. The module under test is the one that is packaged, not what the build left at the root.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string ModuleFolder => Path.GetDirectoryName(ShellEngine.ModuleManifest)!;

    [ModuleInitializer]
    internal static void Prepare()
    {
        string staged = typeof(Repository)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(static a => a.Key == "ModuleStage")
            .Value!;

        // Child processes take both over.
        Environment.SetEnvironmentVariable(ShellEngine.ManifestVariable, Path.Combine(staged, "PictifyPS.psd1"));

        // Tests leave no trace in the ledger of whoever runs them; those about ledgers name a file.
        Environment.SetEnvironmentVariable("PICTIFY_LEDGER", "off");
    }

    private static string Find()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PictifyPS.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
