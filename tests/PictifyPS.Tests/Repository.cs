using System.Reflection;
using System.Runtime.CompilerServices;
using Pictify.Tests;

namespace PictifyPS.Tests;

/// <summary>Where things are. The module under test is the one that is packaged, not what the build left at the root.</summary>
internal static class Repository
{
    public static string Root => RepositoryRoot.Folder;

    public static string ModuleFolder => Path.GetFullPath(Metadata("ModuleStage")).TrimEnd(Path.DirectorySeparatorChar);

    public static string Manifest => Path.Combine(ModuleFolder, "PictifyPS.psd1");

    /// <summary>What the build wrote down for the tests.</summary>
    public static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    /// <summary>Tests leave no trace in the ledger of whoever runs them; those about ledgers name a file.</summary>
    [ModuleInitializer]
    internal static void Prepare() => Environment.SetEnvironmentVariable("PICTIFY_LEDGER", "off");
}
