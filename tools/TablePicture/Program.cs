using System.Globalization;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;
using PictifyShell;

// Draws the README's picture: what the module really prints, with its colours, as an SVG.
//   dotnet run --project tools/TablePicture > docs/table.svg
string[] commands =
[
    "Connect-Pictify -Sandbox",
    "Get-PictifyExperiment | Where Name -like 'Hero*' | Suspend-PictifyExperiment -Reason 'Incident 7'",
    "Get-PictifyExperiment -Status Running",
];
const double CharacterWidth = 8.43;
const int LineHeight = 19;

Environment.SetEnvironmentVariable("PICTIFY_LEDGER", "off");
using var output = new StringWriter();
using (
    var engine = new ShellEngine(new ShellHost(new ShellUi(TextReader.Null, output, output, width: 100, colours: true)))
)
{
    engine.ImportModule();

    // On a busy machine a command may take the second after which it shows its progress.
    engine.Run("$ProgressPreference = 'SilentlyContinue'");
    foreach (string command in commands)
    {
        output.Write($"\u001b[36mPS>\u001b[0m {command}\n");
        engine.Run(command);
    }
}

string[] lines =
[
    .. output.ToString().ReplaceLineEndings("\n").Split('\n').Where(static line => Plain(line).Trim().Length > 0),
];
int width = (int)(lines.Max(static line => Plain(line).Length) * CharacterWidth) + 40;
int height = (lines.Length * LineHeight) + 36;
var svg = new StringBuilder();
svg.Append(
    CultureInfo.InvariantCulture,
    $"""
    <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="Experiments, paused by one line">
    <rect width="100%" height="100%" rx="8" fill="#1e1e2e"/>
    <g font-family="Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#cdd6f4" xml:space="preserve">

    """
);
for (int i = 0; i < lines.Length; i++)
{
    svg.Append(CultureInfo.InvariantCulture, $"""<text x="20" y="{32 + (i * LineHeight)}">{Spans(lines[i])}</text>""");
    svg.Append('\n');
}

svg.Append("</g>\n</svg>\n");
Console.Write(svg);

static string Plain(string line) => Regex.Replace(line, @"\u001b\[[0-9;]*m", "");

static string Spans(string line)
{
    var spans = new StringBuilder();
    string? colour = null;
    foreach (string part in Regex.Split(line, @"(\u001b\[[0-9;]*m)"))
    {
        if (part.StartsWith('\u001b'))
        {
            colour = part[2..^1].Split(';')[^1] switch
            {
                "32" => "#a6e3a1",
                "33" => "#f9e2af",
                "36" => "#89dceb",
                "90" => "#7f849c",
                _ => null,
            };
        }
        else if (part.Length > 0)
        {
            string text = SecurityElement.Escape(part);
            spans.Append(colour is null ? text : $"<tspan fill=\"{colour}\">{text}</tspan>");
        }
    }

    return spans.ToString();
}
