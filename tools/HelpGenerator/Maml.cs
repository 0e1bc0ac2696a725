using System.Management.Automation;
using System.Xml.Linq;

namespace HelpGenerator;

/// <summary>The help in the format that Get-Help reads.</summary>
internal static class Maml
{
    private static readonly XNamespace _items = "http://msh";
    private static readonly XNamespace _maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace _command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace _dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <param name="cmdlets">The cmdlets.</param>
    /// <param name="online">The address that Get-Help -Online opens; a {0} in it is replaced by the cmdlet's name.</param>
    public static string Write(IEnumerable<CmdletHelp> cmdlets, string online) =>
        new XDeclaration("1.0", "utf-8", null)
        + "\n"
        + new XElement(
            _items + "helpItems",
            new XAttribute("schema", "maml"),
            cmdlets.Select(cmdlet => Command(cmdlet, online))
        )
        + "\n";

    private static XElement Command(CmdletHelp cmdlet, string online)
    {
        string[] name = cmdlet.Name.Split('-');
        return new XElement(
            _command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", _maml),
            new XAttribute(XNamespace.Xmlns + "command", _command),
            new XAttribute(XNamespace.Xmlns + "dev", _dev),
            new XElement(
                _command + "details",
                new XElement(_command + "name", cmdlet.Name),
                new XElement(_command + "verb", name[0]),
                new XElement(_command + "noun", name[1]),
                Description([cmdlet.Synopsis])
            ),
            Description([cmdlet.Synopsis, .. cmdlet.Description]),
            new XElement(_command + "syntax", cmdlet.Sets.Select(set => Syntax(cmdlet, set))),
            new XElement(
                _command + "parameters",
                cmdlet.Parameters.Select(static parameter => Parameter(parameter, parameter.Sets.Values.First()))
            ),
            Types("inputTypes", "inputType", cmdlet.Inputs),
            Types("returnValues", "returnValue", cmdlet.Outputs),
            new XElement(
                _command + "examples",
                cmdlet.Examples.Select(
                    static (example, i) =>
                        new XElement(
                            _command + "example",
                            new XElement(_maml + "title", $"--------------- Example {i + 1} ---------------"),
                            new XElement(_dev + "code", example.Code),
                            // The empty paragraph is the blank line before the next example.
                            new XElement(_dev + "remarks", Paragraph(example.Remarks), Paragraph(""))
                        )
                )
            ),
            new XElement(
                _maml + "relatedLinks",
                // -Online opens the first link that has an address.
                Link("Online version:", online.Replace("{0}", cmdlet.Name, StringComparison.Ordinal)),
                cmdlet.Related.Select(static name => Link(name, ""))
            )
        );
    }

    private static XElement Link(string text, string address) =>
        new(_maml + "navigationLink", new XElement(_maml + "linkText", text), new XElement(_maml + "uri", address));

    private static XElement Syntax(CmdletHelp cmdlet, string set) =>
        new(
            _command + "syntaxItem",
            new XElement(_maml + "name", cmdlet.Name),
            cmdlet.ParametersOf(set).Select(static pair => Parameter(pair.Parameter, pair.In))
        );

    private static XElement Parameter(Parameter parameter, ParameterAttribute set) =>
        new(
            _command + "parameter",
            new XAttribute("required", set.Mandatory),
            new XAttribute("variableLength", parameter.TypeName.EndsWith("[]", StringComparison.Ordinal)),
            new XAttribute("globbing", parameter.Wildcards),
            new XAttribute("pipelineInput", HelpGenerator.Parameter.Pipeline(set)),
            new XAttribute("position", HelpGenerator.Parameter.Position(set)),
            new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
            new XElement(_maml + "name", parameter.Name),
            Description([parameter.Description]),
            parameter.IsSwitch
                ? null
                : new XElement(_command + "parameterValue", new XAttribute("required", true), parameter.TypeName),
            new XElement(_dev + "type", new XElement(_maml + "name", parameter.TypeName)),
            new XElement(_dev + "defaultValue", parameter.Default ?? "None")
        );

    private static XElement Types(string list, string item, IReadOnlyList<string> names) =>
        new(
            _command + list,
            (names.Count == 0 ? ["None"] : names).Select(name => new XElement(
                _command + item,
                new XElement(_dev + "type", new XElement(_maml + "name", name))
            ))
        );

    private static XElement Description(IEnumerable<string> paragraphs) =>
        new(_maml + "description", paragraphs.Select(Paragraph));

    private static XElement Paragraph(string text) => new(_maml + "para", text);
}
