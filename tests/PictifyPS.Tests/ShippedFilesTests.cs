using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;

namespace PictifyPS.Tests;

/// <summary>What ships is on this list: a new file is a decision, not an accident.</summary>
public sealed class ShippedFilesTests
{
    private static readonly string[] _libraries =
    [
        "Microsoft.Extensions.Configuration.Abstractions.dll",
        "Microsoft.Extensions.DependencyInjection.Abstractions.dll",
        "Microsoft.Extensions.DependencyInjection.dll",
        "Microsoft.Extensions.Http.dll",
        "Microsoft.Extensions.Logging.Abstractions.dll",
        "Microsoft.Extensions.Logging.dll",
        "Microsoft.Extensions.Options.dll",
        "Microsoft.Extensions.Primitives.dll",
        "Pictify.HttpFactory.dll",
        "System.Diagnostics.DiagnosticSource.dll",
    ];

    private static readonly string[] _coreLibraries =
    [
        "Microsoft.Extensions.Configuration.Binder.dll",
        "Microsoft.Extensions.Configuration.dll",
        "Microsoft.Extensions.Diagnostics.Abstractions.dll",
        "Microsoft.Extensions.Diagnostics.dll",
        "Microsoft.Extensions.Options.ConfigurationExtensions.dll",
    ];

    private static readonly string[] _desktopLibraries =
    [
        "Microsoft.Bcl.AsyncInterfaces.dll",
        "Microsoft.Bcl.TimeProvider.dll",
        "System.Buffers.dll",
        "System.IO.Pipelines.dll",
        "System.Memory.dll",
        "System.Numerics.Vectors.dll",
        "System.Runtime.CompilerServices.Unsafe.dll",
        "System.Text.Encodings.Web.dll",
        "System.Text.Json.dll",
        "System.Threading.Tasks.Extensions.dll",
    ];

    private static readonly string[] _platforms = ["win-x64", "linux-x64", "osx-arm64"];

    private static readonly string[] _core =
    [
        "Pictify.dll",
        "PictifyPS.dll",
        .. _libraries.Concat(_coreLibraries).Select(static name => $"HttpFactory/{name}"),
    ];

    private static readonly string[] _shipped =
    [
        .. new[]
        {
            "CHANGELOG.md",
            "LICENSE",
            "PictifyPS.psd1",
            "THIRD-PARTY-NOTICES.md",
            "bin/Core/PictifyPS.NativeCode.dll",
            "bin/Desktop/Pictify.dll",
            "bin/Desktop/PictifyPS.dll",
            "bin/PictifyPS.format.ps1xml",
            "bin/PictifyPS.types.ps1xml",
            "en-US/PictifyPS.dll-Help.xml",
            "en-US/about_PictifyPS.help.txt",
            "en-US/about_PictifyPS_Bulk.help.txt",
            "en-US/about_PictifyPS_Connections.help.txt",
            "en-US/about_PictifyPS_Ledger.help.txt",
            "en-US/about_PictifyPS_Schedules.help.txt",
            "en-US/about_PictifyPS_Statistics.help.txt",
        }
            .Concat(_core.Select(static name => $"bin/Core/{name}"))
            .Concat(_core.SelectMany(static name => _platforms.Select(platform => $"bin/Core/{platform}/{name}")))
            .Concat(_libraries.Concat(_desktopLibraries).Select(static name => $"bin/Desktop/{name}"))
            .Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Only_what_is_listed_is_in_the_module() =>
        Assert.Equal(
            _shipped,
            Directory
                .EnumerateFiles(Repository.ModuleFolder, "*", SearchOption.AllDirectories)
                .Select(static file => Path.GetRelativePath(Repository.ModuleFolder, file).Replace('\\', '/'))
                .Order(StringComparer.Ordinal)
        );

    [Fact]
    public void The_package_holds_the_same_files_and_works_where_it_is_unpacked()
    {
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        try
        {
            Pack(folder);
            string package = Assert.Single(Directory.GetFiles(folder, "PictifyPS.*.nupkg"));
            Assert.InRange(new FileInfo(package).Length, 1, 12 * 1024 * 1024);
            string unpacked = Path.Combine(folder, "PictifyPS");
            ZipFile.ExtractToDirectory(package, unpacked);

            // What NuGet adds, and an installer takes away again.
            File.Delete(Path.Combine(unpacked, "PictifyPS.nuspec"));
            File.Delete(Path.Combine(unpacked, "[Content_Types].xml"));
            Directory.Delete(Path.Combine(unpacked, "_rels"), recursive: true);
            Directory.Delete(Path.Combine(unpacked, "package"), recursive: true);
            Assert.Equal(
                _shipped,
                Directory
                    .EnumerateFiles(unpacked, "*", SearchOption.AllDirectories)
                    .Select(file => Path.GetRelativePath(unpacked, file).Replace('\\', '/'))
                    .Order(StringComparer.Ordinal)
            );
            foreach (string file in _shipped)
            {
                Assert.True(
                    File.ReadAllBytes(Path.Combine(unpacked, file))
                        .AsSpan()
                        .SequenceEqual(File.ReadAllBytes(Path.Combine(Repository.ModuleFolder, file))),
                    $"{file} is not the one that is tested"
                );
            }

            (int exit, string output) = PwshProcess.RunText(
                $"Import-Module '{Path.Combine(unpacked, "PictifyPS.psd1")}'; Connect-Pictify -Sandbox; (Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment).Count; (Get-Module PictifyPS).ModuleBase"
            );
            Assert.Equal(0, exit);
            Assert.Equal($"5\n{unpacked}\n", output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Every_library_that_ships_is_named_with_its_licence()
    {
        string notices = File.ReadAllText(Path.Combine(Repository.ModuleFolder, "THIRD-PARTY-NOTICES.md"));

        Assert.All(
            _libraries
                .Concat(_coreLibraries)
                .Concat(_desktopLibraries)
                .Where(static name => !name.StartsWith("Pictify", StringComparison.Ordinal)),
            name => Assert.Contains($"| {name} |", notices, StringComparison.Ordinal)
        );
    }

    /// <summary>Of the build that is tested, into a folder of its own.</summary>
    private static void Pack(string folder)
    {
        string configuration = typeof(Repository)
            .Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!
            .Configuration;
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "pack",
                Path.Combine(Repository.Root, "tools", "Package"),
                "-c",
                configuration,
                "--no-build",
                $"-p:PackageOutputPath={folder}{Path.DirectorySeparatorChar}",
                "-p:ModuleStage=" + Path.Combine(folder, "stage") + Path.DirectorySeparatorChar,
                "--nologo",
            ]
        )
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
    }
}
