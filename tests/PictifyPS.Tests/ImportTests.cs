using System.Diagnostics;
using System.Management.Automation;
using System.Runtime.Loader;
using PictifyShell;

namespace PictifyPS.Tests;

public sealed class ImportTests
{
    private static string Root => Path.GetDirectoryName(ShellEngine.ModuleManifest)!;

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

    [Fact]
    public void The_module_and_its_dependencies_stay_out_of_the_default_context()
    {
        using ModuleSession session = ModuleSession.InProcess();
        session.Must("Get-PictifyExperiment");

        AssemblyLoadContext own = AssemblyLoadContext.All.Single(static context => context.Name == "PictifyPS");
        string bin = Path.Combine(Root, "bin");
        Assert.DoesNotContain(
            AssemblyLoadContext.Default.Assemblies,
            assembly =>
                !assembly.IsDynamic
                && assembly.Location.StartsWith(bin, StringComparison.Ordinal)
                && Path.GetFileName(assembly.Location) != "PictifyPS.Loader.dll"
        );
        Assert.Contains(own.Assemblies, static assembly => assembly.GetName().Name == "Microsoft.Extensions.Http");
    }

    [Fact]
    public void Importing_reads_no_dependency()
    {
        // In a process of its own: nothing else may have loaded them before.
        (int exit, string output) = Shell.Run(
            "-Command",
            "[System.Runtime.Loader.AssemblyLoadContext]::All | ForEach-Object { if ($_.Name -eq 'PictifyPS') { $_.Assemblies | ForEach-Object { $_.GetName().Name } } }"
        );

        Assert.Equal(0, exit);
        Assert.Equal(["Pictify", "PictifyPS"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact]
    public void The_manifests_version_is_the_builds()
    {
        using var session = new ModuleSession();

        string version = $"{session.Must("(Get-Module PictifyPS).Version")[0]}";
        Assert.StartsWith(
            version,
            FileVersionInfo.GetVersionInfo(Path.Combine(Root, "bin", "net8.0", "PictifyPS.dll")).ProductVersion!,
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
