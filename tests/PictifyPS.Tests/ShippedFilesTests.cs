using PictifyShell;

namespace PictifyPS.Tests;

/// <summary>What ships is on this list: a new file is a decision, not an accident.</summary>
public sealed class ShippedFilesTests
{
    private static readonly string[] _common =
    [
        "Microsoft.Extensions.Configuration.Abstractions.dll",
        "Microsoft.Extensions.DependencyInjection.Abstractions.dll",
        "Microsoft.Extensions.DependencyInjection.dll",
        "Microsoft.Extensions.Http.dll",
        "Microsoft.Extensions.Logging.Abstractions.dll",
        "Microsoft.Extensions.Logging.dll",
        "Microsoft.Extensions.Options.dll",
        "Microsoft.Extensions.Primitives.dll",
        "Pictify.dll",
        "Pictify.pdb",
        "Pictify.xml",
        "PictifyPS.Loader.dll",
        "PictifyPS.dll",
        "PictifyPS.pdb",
        "PictifyPS.xml",
        "System.Diagnostics.DiagnosticSource.dll",
        "System.IO.Pipelines.dll",
        "System.Text.Encodings.Web.dll",
        "System.Text.Json.dll",
    ];

    private static readonly string[] _core =
    [
        "Microsoft.Extensions.Configuration.Binder.dll",
        "Microsoft.Extensions.Configuration.dll",
        "Microsoft.Extensions.Diagnostics.Abstractions.dll",
        "Microsoft.Extensions.Diagnostics.dll",
        "Microsoft.Extensions.Options.ConfigurationExtensions.dll",
    ];

    private static readonly string[] _desktop =
    [
        "Microsoft.Bcl.AsyncInterfaces.dll",
        "Microsoft.Bcl.TimeProvider.dll",
        "System.Buffers.dll",
        "System.Memory.dll",
        "System.Numerics.Vectors.dll",
        "System.Runtime.CompilerServices.Unsafe.dll",
        "System.Threading.Tasks.Extensions.dll",
    ];

    [Theory]
    [InlineData("Core")]
    [InlineData("Desktop")]
    public void Only_what_is_listed_ships(string edition)
    {
        string folder = Path.Combine(Path.GetDirectoryName(ShellEngine.ModuleManifest)!, "bin", edition);

        Assert.Equal(
            _common.Concat(edition == "Core" ? _core : _desktop).Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void The_help_ships_beside_the_manifest() =>
        Assert.Equal(
            [
                "PictifyPS.dll-Help.xml",
                "about_PictifyPS.help.txt",
                "about_PictifyPS_Bulk.help.txt",
                "about_PictifyPS_Connections.help.txt",
                "about_PictifyPS_Ledger.help.txt",
            ],
            Directory
                .GetFiles(Path.Combine(Path.GetDirectoryName(ShellEngine.ModuleManifest)!, "en-US"))
                .Select(Path.GetFileName)
                .Order(StringComparer.Ordinal)
        );
}
