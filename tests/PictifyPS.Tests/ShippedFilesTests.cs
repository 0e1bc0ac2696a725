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
        "PictifyPS.dll",
        "PictifyPS.pdb",
        "PictifyPS.xml",
        "System.Diagnostics.DiagnosticSource.dll",
        "System.IO.Pipelines.dll",
        "System.Text.Encodings.Web.dll",
        "System.Text.Json.dll",
        "en-US",
    ];

    private static readonly string[] _net8 =
    [
        "Microsoft.Extensions.Configuration.Binder.dll",
        "Microsoft.Extensions.Configuration.dll",
        "Microsoft.Extensions.Diagnostics.Abstractions.dll",
        "Microsoft.Extensions.Diagnostics.dll",
        "Microsoft.Extensions.Options.ConfigurationExtensions.dll",
        "PictifyPS.Loader.dll",
    ];

    private static readonly string[] _net472 =
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
    [InlineData("net8.0")]
    [InlineData("net472")]
    public void Only_what_is_listed_ships(string framework)
    {
        string folder = Path.Combine(Path.GetDirectoryName(ShellEngine.ModuleManifest)!, "bin", framework);

        Assert.Equal(
            _common.Concat(framework == "net8.0" ? _net8 : _net472).Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }
}
