using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;

namespace PictifyPS.Tests;

/// <summary>The module among others: what it brings stays its own, and what others bring stays theirs.</summary>
public sealed class IsolationTests
{
    private static readonly string[] _own = ["Pictify", "Pictify.HttpFactory", "PictifyPS"];

    /// <summary>
    /// Another module brings an older Microsoft.Extensions.Http with its closure, and Polly, into the default context, as
    /// modules do. Each side must get its own, whoever comes first, and both must work.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Others_bring_older_versions_and_both_sides_work(bool othersFirst)
    {
        string others = $$"""
            foreach ($file in [System.IO.Directory]::GetFiles('{{Repository.Metadata("OtherVersions")}}', '*.dll')) {
                try { $null = [System.Reflection.Assembly]::LoadFrom($file) } catch { "not loaded: $([System.IO.Path]::GetFileName($file))" }
            }
            """;
        const string TheirWork = """
            $services = [Microsoft.Extensions.DependencyInjection.ServiceCollection]::new()
            $null = [Microsoft.Extensions.DependencyInjection.HttpClientFactoryServiceCollectionExtensions]::AddHttpClient($services)
            $provider = [Microsoft.Extensions.DependencyInjection.ServiceCollectionContainerBuilderExtensions]::BuildServiceProvider($services)
            $factory = $provider.GetService([System.Net.Http.IHttpClientFactory])
            "theirs $($factory.CreateClient('x').GetType().Name) $([System.Net.Http.IHttpClientFactory].Assembly.GetName().Version)"
            $policy = [Polly.Policy]::NoOp()
            "polly $($policy.GetType().Assembly.GetName().Version)"
            """;
        string ourWork = $$"""
            Import-Module '{{Repository.Manifest}}'
            Connect-Pictify -Sandbox
            "ours $((Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment).Count)"
            [System.Runtime.Loader.AssemblyLoadContext]::All | ForEach-Object { if ($_.Name -eq 'Pictify') { $_.Assemblies | ForEach-Object { "$($_.GetName().Name) $($_.GetName().Version)" } } }
            """;
        (int exit, string output) = PwshProcess.RunText(
            othersFirst
                ? string.Join("\n", others, TheirWork, ourWork, TheirWork)
                : string.Join("\n", ourWork, others, TheirWork, ourWork)
        );

        Assert.True(exit == 0, output);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(othersFirst ? 1 : 2, lines.Count(static line => line == "ours 5"));
        Assert.All(
            lines.Where(static line => line.StartsWith("theirs ", StringComparison.Ordinal)),
            static line => Assert.Equal("theirs HttpClient 8.0.0.0", line)
        );
        Assert.Equal(othersFirst ? 2 : 1, lines.Count(static line => line == "theirs HttpClient 8.0.0.0"));
        Assert.Contains("polly 7.0.0.0", lines);
        Assert.Contains("Microsoft.Extensions.Http 10.0.0.0", lines);
        // The runtime's own, which nobody can replace.
        Assert.DoesNotContain(lines, static line => line.StartsWith("System.Text.Json", StringComparison.Ordinal));
    }

    /// <summary>Whoever uses one of our types must not be handed a type of a package, which may be another version of theirs.</summary>
    [Theory]
    [InlineData("Core")]
    [InlineData("Desktop")]
    public void No_public_member_has_a_type_of_a_package(string edition)
    {
        Dictionary<string, string> files = Libraries(edition)
            .ToDictionary(static file => Path.GetFileNameWithoutExtension(file));
        var packages = files.Keys.Except(_own).ToHashSet();
        var context = new Edition(files);
        var leaks = new List<string>();
        foreach (Type type in _own.SelectMany(name => context.LoadFromAssemblyPath(files[name]).GetExportedTypes()))
        {
            foreach ((string member, Type used) in Surface(type))
            {
                if (packages.Contains(used.Assembly.GetName().Name!))
                {
                    leaks.Add($"{type.FullName}.{member}: {used.FullName}");
                }
            }
        }

        Assert.Empty(leaks.Distinct());
        context.Unload();
    }

    /// <summary>
    /// .NET Framework asks for exactly the version that a reference names. The module's handler gives it whatever stands
    /// beside it, but types that two versions share would be two types: so there is one version of each.
    /// </summary>
    [Theory]
    [InlineData("Core")]
    [InlineData("Desktop")]
    public void Every_reference_among_the_shipped_libraries_is_to_the_version_that_ships(string edition)
    {
        string[] files = Libraries(edition);
        Dictionary<string, Version> shipped = files.ToDictionary(
            static file => Path.GetFileNameWithoutExtension(file),
            static file => AssemblyName.GetAssemblyName(file).Version!
        );
        var mismatches = new List<string>();
        int references = 0;
        foreach (string file in files)
        {
            using FileStream stream = File.OpenRead(file);
            using var pe = new PEReader(stream);
            MetadataReader metadata = pe.GetMetadataReader();
            foreach (AssemblyReferenceHandle handle in metadata.AssemblyReferences)
            {
                AssemblyReference reference = metadata.GetAssemblyReference(handle);
                if (shipped.TryGetValue(metadata.GetString(reference.Name), out Version? version))
                {
                    references++;
                    if (version != reference.Version)
                    {
                        mismatches.Add(
                            $"{Path.GetFileName(file)} wants {metadata.GetString(reference.Name)} {reference.Version}, and {version} ships"
                        );
                    }
                }
            }
        }

        Assert.True(references > 20);
        Assert.Empty(mismatches);
    }

    /// <summary>
    /// What does not ship must be the framework's, in a version that it gives: the same or an older one. Found this way: the
    /// packages ask for a System.ValueTuple that no .NET Framework has, and Windows PowerShell redirects nothing.
    /// </summary>
    [Fact]
    public void Every_other_reference_of_the_desktop_build_is_one_that_the_framework_answers()
    {
        string framework = Repository.Metadata("NetFramework");
        Dictionary<string, Version> given = new[] { framework, Path.Combine(framework, "Facades") }
            .SelectMany(static folder => Directory.GetFiles(folder, "*.dll"))
            .Select(static file => TryName(file))
            .OfType<AssemblyName>()
            .ToDictionary(static name => name.Name!, static name => name.Version!);
        string[] files = Libraries("Desktop");
        var shipped = files.Select(static file => Path.GetFileNameWithoutExtension(file)).ToHashSet();
        var unanswered = new SortedSet<string>();
        foreach (string file in files)
        {
            using FileStream stream = File.OpenRead(file);
            using var pe = new PEReader(stream);
            MetadataReader metadata = pe.GetMetadataReader();
            foreach (AssemblyReferenceHandle handle in metadata.AssemblyReferences)
            {
                AssemblyReference reference = metadata.GetAssemblyReference(handle);
                string name = metadata.GetString(reference.Name);
                if (
                    !shipped.Contains(name)
                    && !(given.TryGetValue(name, out Version? version) && reference.Version <= version)
                )
                {
                    unanswered.Add($"{name} {reference.Version}");
                }
            }
        }

        // The first is the host's own; the second the module answers for, see src/PictifyPS/Loading/DependencyResolver.cs.
        Assert.Equal(["System.Management.Automation 3.0.0.0", "System.ValueTuple 4.0.5.0"], unanswered);
    }

    /// <summary>Everything that a process of this edition may load from the module; those with native code are the same assemblies.</summary>
    private static string[] Libraries(string edition)
    {
        string folder = Path.Combine(Repository.ModuleFolder, "bin", edition);
        string factory = Path.Combine(folder, "HttpFactory");
        return
        [
            .. Directory.GetFiles(folder, "*.dll"),
            .. Directory.Exists(factory) ? Directory.GetFiles(factory, "*.dll") : [],
        ];
    }

    /// <summary>Some of the framework's files are no assemblies.</summary>
    private static AssemblyName? TryName(string file)
    {
        try
        {
            return AssemblyName.GetAssemblyName(file);
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }

    private static IEnumerable<(string Member, Type Used)> Surface(Type type)
    {
        const BindingFlags All =
            BindingFlags.Public
            | BindingFlags.NonPublic
            | BindingFlags.Instance
            | BindingFlags.Static
            | BindingFlags.DeclaredOnly;
        IEnumerable<(string, Type)> direct = type.GetInterfaces()
            .Select(static used => ("interface", used))
            .Concat(type.BaseType is { } parent ? [("base", parent)] : [])
            .Concat(type.GetFields(All).Where(IsSeen).Select(static f => (f.Name, f.FieldType)))
            .Concat(
                type.GetMethods(All)
                    .Cast<MethodBase>()
                    .Concat(type.GetConstructors(All))
                    .Where(static m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly)
                    .SelectMany(static m =>
                        m.GetParameters()
                            .Select(p => (m.Name, p.ParameterType))
                            .Concat(m is MethodInfo method ? [(m.Name, method.ReturnType)] : [])
                    )
            );
        return direct.SelectMany(static use => Parts(use.Item2).Select(part => (use.Item1, part)));
    }

    private static bool IsSeen(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
        : type.IsGenericParameter ? []
        : [type];

    /// <summary>One edition's libraries, apart from everything else.</summary>
    private sealed class Edition(Dictionary<string, string> files) : AssemblyLoadContext(isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName assemblyName) =>
            files.TryGetValue(assemblyName.Name!, out string? file) ? LoadFromAssemblyPath(file) : null;
    }
}
