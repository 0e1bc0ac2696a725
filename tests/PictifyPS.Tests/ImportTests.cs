using System.Diagnostics;
using System.Management.Automation;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace PictifyPS.Tests;

/// <summary>What an import loads, and into which load context. Needs the inside of assemblies and processes.</summary>
public sealed class ImportTests
{
    /// <summary>
    /// In a process of its own, where nothing is loaded yet: each import must find cmdlets and library, whichever comes first.
    /// </summary>
    [Fact]
    public void Many_runspaces_import_at_once_and_the_types_are_there_before_any_command()
    {
        (int exit, string output) = PwshProcess.RunText(
            $$"""
            $runs = 1..8 | ForEach-Object {
                $shell = [powershell]::Create([System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
                $null = $shell.AddScript("Import-Module '{{Repository.Manifest}}'; [Pictify.Experiment].Assembly.Location; Connect-Pictify -Sandbox; (Get-PictifyExperiment).Count")
                @{ Shell = $shell; Handle = $shell.BeginInvoke() }
            }
            $runs | ForEach-Object { $_.Shell.EndInvoke($_.Handle); $_.Shell.Streams.Error }
            """
        );

        Assert.Equal(0, exit);
        string plain = Path.Combine(Repository.ModuleFolder, "bin", "Core");
        string native = Path.Combine(plain, RuntimeInformation.RuntimeIdentifier);
        string library = Path.Combine(Directory.Exists(native) ? native : plain, "Pictify.dll");
        Assert.Equal(
            Enumerable.Repeat($"{library}\n12\n", 8),
            output.Split(library, StringSplitOptions.RemoveEmptyEntries).Select(rest => library + rest)
        );
    }

    /// <summary>
    /// The tests' own process has the library too, for its servers: there PowerShell's default context takes that one. So
    /// that the tests say something of the module's, both must be the same build.
    /// </summary>
    [Fact]
    public void The_library_in_this_process_is_the_modules()
    {
        using var stream = File.OpenRead(Path.Combine(Repository.ModuleFolder, "bin", "Core", "Pictify.dll"));
        using var file = new PEReader(stream);
        MetadataReader metadata = file.GetMetadataReader();

        Assert.Equal(
            typeof(Pictify.Experiment).Module.ModuleVersionId,
            metadata.GetGuid(metadata.GetModuleDefinition().Mvid)
        );
    }

    /// <summary>
    /// The Windows runtime resolves more than others when it loads a type: the types in the signatures of its virtual methods,
    /// and PowerShell loads every public type before it lets the module run code. So what these name must be found without
    /// help: in the framework, in PowerShell, or beside the assembly that is imported.
    /// </summary>
    [Theory]
    [InlineData("Core")]
    [InlineData("Core/win-x64")]
    [InlineData("Core/linux-x64")]
    [InlineData("Core/osx-arm64")]
    [InlineData("Desktop")]
    public void What_the_public_types_are_made_of_is_found_before_the_module_runs_code(string build)
    {
        string file = Path.Combine(Repository.ModuleFolder, "bin", build, "PictifyPS.dll");
        string framework =
            build != "Desktop"
                ? Path.GetDirectoryName(typeof(object).Assembly.Location)!
                : Repository.Metadata("NetFramework");
        using var stream = File.OpenRead(file);
        using var pe = new PEReader(stream);

        IReadOnlyCollection<string> needed = EagerReferences.Of(pe.GetMetadataReader());

        Assert.Contains("Pictify", needed);
        string[] folders = [framework, Path.Combine(framework, "Facades"), Path.GetDirectoryName(file)!];
        Assert.All(
            needed.Where(static name => name != "System.Management.Automation"),
            name => Assert.Contains(folders, folder => File.Exists(Path.Combine(folder, $"{name}.dll")))
        );
    }

    /// <summary>An assembly with native code is the plain one and native code for one platform; the runtime refuses it on others.</summary>
    [Theory]
    [InlineData("win-x64", 0x8664)]
    [InlineData("linux-x64", 0x8664 ^ 0x7B79)]
    [InlineData("osx-arm64", 0xAA64 ^ 0x4644)]
    public void Every_assembly_for_PowerShell_7_ships_with_native_code_for(string platform, int machine)
    {
        string plain = Path.Combine(Repository.ModuleFolder, "bin", "Core");
        string native = Path.Combine(plain, platform);
        string[] names =
        [
            .. Directory
                .EnumerateFiles(plain, "*.dll")
                .Concat(Directory.EnumerateFiles(Path.Combine(plain, "HttpFactory"), "*.dll"))
                .Select(file => Path.GetRelativePath(plain, file))
                .Where(static name => name != "PictifyPS.NativeCode.dll"),
        ];

        Assert.All(
            names,
            name =>
            {
                using var of = new PEReader(File.OpenRead(Path.Combine(native, name)));
                Assert.Equal(machine, (ushort)of.PEHeaders.CoffHeader.Machine);
                Assert.NotEqual(0, of.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
                using var from = new PEReader(File.OpenRead(Path.Combine(plain, name)));
                Assert.Equal(Mvid(from), Mvid(of));
            }
        );

        static Guid Mvid(PEReader pe)
        {
            MetadataReader metadata = pe.GetMetadataReader();
            return metadata.GetGuid(metadata.GetModuleDefinition().Mvid);
        }
    }

    [Fact]
    public void What_the_module_depends_on_stays_out_of_the_default_context()
    {
        const string Where =
            "[System.Runtime.Loader.AssemblyLoadContext]::All | ForEach-Object { $c = $_.Name; $_.Assemblies | Where-Object { $_.Location -like $args[0] } | ForEach-Object { \"$c $($_.GetName().Name)\" } }";
        string bin = Path.Combine(Repository.ModuleFolder, "bin", "*");
        (int exit, string output) = PwshProcess.RunText(
            $$"""
            $where = { {{Where}} }
            Import-Module '{{Repository.Manifest}}'
            & $where '{{bin}}'
            'then'
            Connect-Pictify -Sandbox
            $null = Get-PictifyExperiment
            & $where '{{bin}}'
            """.Replace("$args[0]", "'" + bin + "'", StringComparison.Ordinal)
        );

        Assert.Equal(0, exit);
        string[] parts = output.Split("then\n");
        string[] own = ["Default Pictify", "Default PictifyPS", "Default PictifyPS.NativeCode"];
        Assert.Equal(own, Lines(parts[0]));
        Assert.Equal(own, Lines(parts[1]).Where(static line => line.StartsWith("Default", StringComparison.Ordinal)));
        Assert.Contains("Pictify Microsoft.Extensions.Http", Lines(parts[1]));

        static string[] Lines(string text) =>
            [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void The_manifests_version_is_the_builds()
    {
        using var session = new ModuleSession();

        string version = $"{session.Must("(Get-Module PictifyPS).Version")[0]}";
        Assert.StartsWith(
            version,
            FileVersionInfo
                .GetVersionInfo(Path.Combine(Repository.ModuleFolder, "bin", "Core", "PictifyPS.dll"))
                .ProductVersion!,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Two_runspaces_have_connections_of_their_own()
    {
        using ModuleSession first = ModuleSession.InProcess();
        using var second = new ModuleSession();

        Assert.Empty(second.Must("Get-PictifyConnection"));
        PSObject connection = first.Must("Get-PictifyConnection")[0];
        Assert.Equal(12, second.Must("Get-PictifyExperiment -Connection $args[0]", connection).Count);
    }
}
