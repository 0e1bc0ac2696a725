using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace HelpGenerator;

/// <summary>The help of one cmdlet: its attributes from the assembly, its texts from the comments.</summary>
internal sealed partial class CmdletHelp
{
    private readonly XElement? _comment;

    private CmdletHelp(Type type, Comments comments)
    {
        object cmdlet = Activator.CreateInstance(type)!;
        CmdletAttribute attribute = type.GetCustomAttribute<CmdletAttribute>()!;
        Name = $"{attribute.VerbName}-{attribute.NounName}";
        _comment = comments.Of($"T:{type.FullName}");
        Synopsis = Text(_comment?.Element("summary"));
        Description =
        [
            .. _comment?.Element("remarks")?.Elements("para").Select(Text).Where(static text => text.Length > 0) ?? [],
        ];
        Examples =
        [
            .. _comment
                ?.Elements("example")
                .Select(static example => new Example(
                    example.Element("code")?.Value.Trim() ?? "",
                    string.Join(" ", example.Elements("para").Select(Text))
                ))
                ?? [],
        ];
        Related = [.. _comment?.Elements("seealso").Select(link => RelatedName(type, link)) ?? []];
        Aliases = [.. type.GetCustomAttribute<AliasAttribute>()?.AliasNames ?? []];
        Outputs =
        [
            .. type.GetCustomAttributes<OutputTypeAttribute>()
                .SelectMany(static output => output.Type)
                .Select(static output => output.Name)
                .Where(static name => name != "System.Void"),
        ];
        Parameters =
        [
            .. type.GetProperties()
                .Where(static property => property.GetCustomAttributes<ParameterAttribute>(inherit: false).Any())
                .Select(property => new Parameter(
                    property,
                    Text(comments.Of(NameOf(property))?.Element("summary")),
                    cmdlet
                ))
                .OrderBy(static parameter => parameter.Name, StringComparer.Ordinal),
        ];
        if (attribute.SupportsShouldProcess)
        {
            Parameters.Add(Parameter.Common("WhatIf", "wi", "Shows what the command would do, and changes nothing."));
            Parameters.Add(Parameter.Common("Confirm", "cf", "Asks before each change."));
        }

        if (attribute.SupportsPaging)
        {
            Parameters.Add(Parameter.Paging("First", "UInt64", "Returns only the first N objects."));
            Parameters.Add(Parameter.Paging("Skip", "UInt64", "Skips the first N objects."));
            Parameters.Add(
                Parameter.Paging(
                    "IncludeTotalCount",
                    "SwitchParameter",
                    "Returns the number of all objects that match, before the first object."
                )
            );
        }

        Inputs =
        [
            .. Parameters
                .Where(static parameter => parameter.Sets.Values.Any(static set => set.ValueFromPipeline))
                .Select(static parameter => parameter.ElementTypeName)
                .Distinct(),
        ];
        Sets =
        [
            .. Parameters
                .SelectMany(static parameter => parameter.Sets.Keys)
                .Where(static set => set != AllSets)
                .Distinct(),
        ];
        if (Sets.Count == 0)
        {
            Sets.Add(AllSets);
        }

        // The default set first, as PowerShell shows it.
        Sets.Sort((a, b) => (b == attribute.DefaultParameterSetName).CompareTo(a == attribute.DefaultParameterSetName));
    }

    public const string AllSets = ParameterAttribute.AllParameterSets;

    public string Name { get; }
    public string Synopsis { get; }
    public IReadOnlyList<string> Description { get; }
    public IReadOnlyList<Example> Examples { get; }
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>Cmdlets and topics to read next.</summary>
    public IReadOnlyList<string> Related { get; }

    /// <summary>The types that are accepted from the pipeline by value; the parameters show what is accepted by property name.</summary>
    public IReadOnlyList<string> Inputs { get; }
    public IReadOnlyList<string> Outputs { get; }
    public List<Parameter> Parameters { get; }
    public List<string> Sets { get; }

    public static IReadOnlyList<CmdletHelp> ReadAll(string assemblyPath)
    {
        var comments = new Comments(Path.ChangeExtension(assemblyPath, ".xml"));
        string folder = Path.GetDirectoryName(assemblyPath)!;
        var context = new AssemblyLoadContext("module");
        context.Resolving += (_, name) =>
            File.Exists(Path.Combine(folder, $"{name.Name}.dll"))
                ? context.LoadFromAssemblyPath(Path.Combine(folder, $"{name.Name}.dll"))
                : null;
        return
        [
            .. context
                .LoadFromAssemblyPath(assemblyPath)
                .GetExportedTypes()
                .Where(static type => type.GetCustomAttribute<CmdletAttribute>() is not null)
                .Select(type => new CmdletHelp(type, comments))
                .OrderBy(static cmdlet => cmdlet.Name, StringComparer.Ordinal),
        ];
    }

    public IEnumerable<(Parameter Parameter, ParameterAttribute In)> ParametersOf(string set) =>
        Parameters
            .Select(parameter =>
                (
                    parameter,
                    parameter.Sets.TryGetValue(set, out ParameterAttribute? own) ? own
                    : parameter.Sets.TryGetValue(AllSets, out ParameterAttribute? all) ? all
                    : null
                )
            )
            .Where(static pair => pair.Item2 is not null)
            .Select(static pair => (pair.parameter, pair.Item2!))
            .OrderBy(static pair => pair.Item2.Position < 0 ? int.MaxValue : pair.Item2.Position)
            .ThenBy(static pair => !pair.Item2.Mandatory);

    public string Syntax(string set) =>
        string.Join(
            " ",
            ParametersOf(set)
                .Select(static pair => pair.Parameter.Syntax(pair.In))
                .Prepend(Name)
                .Append("[<CommonParameters>]")
        );

    /// <summary>The target of a link in a comment: the class of another cmdlet, which the compiler checks, or the name of a topic.</summary>
    private static string RelatedName(Type type, XElement link)
    {
        if (link.Attribute("cref")?.Value is not { } other)
        {
            return link.Value.Trim();
        }

        CmdletAttribute? attribute = type.Assembly.GetType(other[2..])?.GetCustomAttribute<CmdletAttribute>();
        return attribute is not null
            ? $"{attribute.VerbName}-{attribute.NounName}"
            : throw new InvalidOperationException($"{type.Name} links to {other}, which is no cmdlet.");
    }

    /// <summary>The member that has the comment: the one that declares the property.</summary>
    private static string NameOf(PropertyInfo property) => $"P:{property.DeclaringType!.FullName}.{property.Name}";

    private static string Text(XElement? element) =>
        element is null
            ? ""
            : Space()
                .Replace(
                    string.Concat(
                        element
                            .Nodes()
                            .Select(static node =>
                                node switch
                                {
                                    XText text => text.Value,
                                    XElement { Name.LocalName: "see" } see => see.Attribute("cref")
                                        ?.Value.Split('.')[^1]
                                        ?? "",
                                    XElement inner => inner.Value,
                                    _ => "",
                                }
                            )
                    ),
                    " "
                )
                .Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}

/// <summary>A command to type, and its effect.</summary>
internal sealed record Example(string Code, string Remarks);

/// <summary>The compiler's file of comments.</summary>
internal sealed class Comments(string path)
{
    private readonly Dictionary<string, XElement> _members = XDocument
        .Load(path, LoadOptions.PreserveWhitespace)
        .Descendants("member")
        .ToDictionary(static member => member.Attribute("name")!.Value);

    /// <summary>The comment of a member; if it refers to another member by inheritdoc with a cref, that one's.</summary>
    public XElement? Of(string member) =>
        !_members.TryGetValue(member, out XElement? comment) ? null
        : comment.Element("inheritdoc")?.Attribute("cref")?.Value is { } other
            ? Of(other) ?? throw new InvalidOperationException($"{member} refers to {other}, which has no comment.")
        : comment;
}
