using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;
using PictifyShell;

namespace PictifyPS.Tests;

public sealed class ImportTests
{
    [Fact]
    public void Exports_exactly_what_the_manifest_lists()
    {
        using var session = new ModuleSession();

        string[] exported = [.. session.Must("(Get-Command -Module PictifyPS).Name").Select(static name => $"{name}")];
        string[] listed =
        [
            .. session
                .Must(
                    "$m = Invoke-Expression ([IO.File]::ReadAllText($args[0])); $m.CmdletsToExport; $m.AliasesToExport"
                        .Replace("Invoke-Expression (", "& ([scriptblock]::Create(", StringComparison.Ordinal)
                        .Replace("$args[0]))", "$args[0])))", StringComparison.Ordinal),
                    ShellEngine.ModuleManifest
                )
                .Select(static name => $"{name}"),
        ];
        Assert.Equal(listed.Order(), exported.Order());
        Assert.Contains("Suspend-PictifyExperiment", exported);
    }

    [Fact]
    public void The_manifest_is_valid_and_says_what_a_gallery_shows()
    {
        using var session = new ModuleSession();

        Result result = session.Run("Test-ModuleManifest $args[0]", ShellEngine.ModuleManifest);

        Assert.Empty(result.Errors);
        Assert.Empty(result.Warnings);
        PSObject manifest = Assert.Single(result.Output);
        foreach (
            string name in new[] { "LicenseUri", "ProjectUri", "IconUri", "ReleaseNotes", "Description", "Author" }
        )
        {
            Assert.False(string.IsNullOrWhiteSpace($"{manifest.Properties[name].Value}"), name);
        }

        Assert.Equal(
            "Core Desktop",
            string.Join(' ', (IEnumerable<string>)manifest.Properties["CompatiblePSEditions"].Value)
        );
        Assert.Contains("PSEdition_Desktop", (IEnumerable<string>)manifest.Properties["Tags"].Value);
    }

    /// <summary>What reads a manifest without running it (Import-PowerShellDataFile, galleries) must be able to.</summary>
    [Fact]
    public void The_manifest_is_data()
    {
        ScriptBlockAst script = Parser.ParseFile(ShellEngine.ModuleManifest, out _, out ParseError[] errors);
        var data = (Hashtable)
            script.Find(static ast => ast is HashtableAst, searchNestedScriptBlocks: false).SafeGetValue();

        Assert.Empty(errors);
        Assert.Equal("bin/PictifyPS.dll", data["RootModule"]);
    }

    /// <summary>
    /// In a process of its own, where the first import has yet to say where the libraries are: nobody may go on before it did.
    /// </summary>
    [Fact]
    public void Many_runspaces_import_at_once_and_the_types_are_there_before_any_command()
    {
        (int exit, string output) = Shell.RunText(
            $$"""
            $runs = 1..8 | ForEach-Object {
                $shell = [powershell]::Create([System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
                $null = $shell.AddScript("Import-Module '{{ShellEngine.ModuleManifest}}'; [Pictify.Experiment].Assembly.Location; Connect-Pictify -Sandbox; (Get-PictifyExperiment).Count")
                @{ Shell = $shell; Handle = $shell.BeginInvoke() }
            }
            $runs | ForEach-Object { $_.Shell.EndInvoke($_.Handle); $_.Shell.Streams.Error }
            """
        );

        Assert.Equal(0, exit);
        string library = Path.Combine(Repository.ModuleFolder, "bin", "Core", "Pictify.dll");
        Assert.Equal(
            Enumerable.Repeat($"{library}\n12\n", 8),
            output.Split(library, StringSplitOptions.RemoveEmptyEntries).Select(rest => library + rest)
        );
    }

    [Fact]
    public void Force_imports_again_with_all_exports()
    {
        using var session = new ModuleSession();
        int before = session.Must("Get-Command -Module PictifyPS").Count;

        for (int i = 0; i < 2; i++)
        {
            session.Must("Import-Module $args[0] -Force", ShellEngine.ModuleManifest);

            Assert.Equal(before, session.Must("Get-Command -Module PictifyPS").Count);
        }

        session.Must("Connect-Pictify -Sandbox; Pause-PictifyExperiment exp_sandbox_01");
        session.Must("Remove-Module PictifyPS; Import-Module $args[0]", ShellEngine.ModuleManifest);
        Assert.Equal(before, session.Must("Get-Command -Module PictifyPS").Count);
    }

    [Fact]
    public void Types_resolve_as_literals()
    {
        using ModuleSession session = ModuleSession.InProcess();

        Assert.Equal("Pictify.Experiment", $"{session.Must("[Pictify.Experiment].FullName")[0]}");
        Assert.Equal("True", $"{session.Must("(Get-PictifyExperiment -First 1) -is [Pictify.Experiment]")[0]}");
        Assert.Equal("7500", $"{session.Must("([Pictify.Variant]@{ Id = 'a'; Weight = 7500 }).Weight")[0]}");
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

    [Fact]
    public void The_cmdlets_assembly_refers_to_no_dependency()
    {
        using var stream = File.OpenRead(Path.Combine(Repository.ModuleFolder, "bin", "PictifyPS.dll"));
        using var file = new PEReader(stream);
        MetadataReader metadata = file.GetMetadataReader();
        string[] references =
        [
            .. metadata.AssemblyReferences.Select(handle =>
                metadata.GetString(metadata.GetAssemblyReference(handle).Name)
            ),
        ];

        // One assembly serves both editions: it may see only what both have.
        Assert.Equal(
            ["Pictify", "System.Management.Automation", "netstandard"],
            references.Order(StringComparer.Ordinal)
        );
    }

    /// <summary>PowerShell loads an assembly's public types before it lets the assembly say where its libraries are.</summary>
    [Fact]
    public void Loading_the_cmdlets_types_takes_no_library()
    {
        var context = new WithoutLibrary();
        try
        {
            Type[] types = context
                .LoadFromAssemblyPath(Path.Combine(Repository.ModuleFolder, "bin", "PictifyPS.dll"))
                .GetExportedTypes();

            Assert.Contains(types, static type => type.Name == "SuspendPictifyExperimentCommand");
        }
        finally
        {
            context.Unload();
        }
    }

    [Fact]
    public void What_the_module_depends_on_stays_out_of_the_default_context()
    {
        const string Where =
            "[System.Runtime.Loader.AssemblyLoadContext]::All | ForEach-Object { $c = $_.Name; $_.Assemblies | Where-Object { $_.Location -like $args[0] } | ForEach-Object { \"$c $($_.GetName().Name)\" } }";
        string bin = Path.Combine(Repository.ModuleFolder, "bin", "*");
        (int exit, string output) = Shell.RunText(
            $$"""
            $where = { {{Where}} }
            Import-Module '{{ShellEngine.ModuleManifest}}'
            & $where '{{bin}}'
            'then'
            Connect-Pictify -Sandbox
            $null = Get-PictifyExperiment
            & $where '{{bin}}'
            """.Replace("$args[0]", "'" + bin + "'", StringComparison.Ordinal)
        );

        Assert.Equal(0, exit);
        string[] parts = output.Split("then\n");
        Assert.Equal(["Default Pictify", "Default PictifyPS"], Lines(parts[0]));
        Assert.Equal(
            ["Default Pictify", "Default PictifyPS"],
            Lines(parts[1]).Where(static line => line.StartsWith("Default", StringComparison.Ordinal))
        );
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
                .GetVersionInfo(Path.Combine(Repository.ModuleFolder, "bin", "PictifyPS.dll"))
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

    private sealed class WithoutLibrary() : AssemblyLoadContext(isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName assemblyName) =>
            assemblyName.Name == "Pictify" ? throw new FileNotFoundException(assemblyName.Name) : null;
    }
}
