using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace HelpGenerator;

/// <summary>The same help as a Markdown page.</summary>
internal static class Markdown
{
    public static string Write(CmdletHelp cmdlet)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"# {cmdlet.Name}\n\n{cmdlet.Synopsis}\n");
        foreach (string paragraph in cmdlet.Description)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n{paragraph}\n");
        }

        page.Append("\n## Syntax\n\n");
        foreach (string set in cmdlet.Sets)
        {
            page.Append(CultureInfo.InvariantCulture, $"    {cmdlet.Syntax(set)}\n");
        }

        page.Append("\n## Examples\n");
        foreach (Example example in cmdlet.Examples)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n    {example.Code}\n\n{example.Remarks}\n");
        }

        page.Append("\n## Parameters\n");
        foreach (Parameter parameter in cmdlet.Parameters)
        {
            ParameterAttribute set = parameter.Sets.Values.First();
            page.Append(CultureInfo.InvariantCulture, $"\n### -{parameter.Name}\n\n{parameter.Description}\n\n");
            string required = parameter.Sets.Values.All(static s => s.Mandatory) ? "required" : "optional";
            page.Append(
                CultureInfo.InvariantCulture,
                $"`{parameter.TypeName}`, {required}, position {Parameter.Position(set)}, "
            );
            page.Append(CultureInfo.InvariantCulture, $"pipeline: {Parameter.Pipeline(set)}");
            page.Append(parameter.Wildcards ? ", wildcards" : "");
            page.Append(parameter.Values.Count > 0 ? $", one of {string.Join(", ", parameter.Values)}" : "");
            page.Append(parameter.Aliases.Count > 0 ? $", alias {string.Join(", ", parameter.Aliases)}" : "");
            page.Append('\n');
        }

        page.Append("\n## Input\n\n");
        page.Append(cmdlet.Inputs.Count == 0 ? "None.\n" : $"{string.Join(", ", cmdlet.Inputs)}\n");
        page.Append("\n## Output\n\n");
        page.Append(cmdlet.Outputs.Count == 0 ? "None.\n" : $"{string.Join(", ", cmdlet.Outputs)}\n");
        if (cmdlet.Aliases.Count > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## Alias\n\n{string.Join(", ", cmdlet.Aliases)}\n");
        }

        if (cmdlet.Related.Count > 0)
        {
            page.Append("\n## See also\n\n");
            foreach (string name in cmdlet.Related)
            {
                page.Append(CultureInfo.InvariantCulture, $"- [{name}]({name}.md)\n");
            }
        }

        return page.ToString();
    }
}
