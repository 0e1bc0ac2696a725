using HelpGenerator;

const string Help = """
    HelpGenerator: makes the cmdlets' help of the comments in their code.

      HelpGenerator PictifyPS.dll FOLDER               writes FOLDER/PictifyPS.dll-Help.xml, which Get-Help reads
      HelpGenerator PictifyPS.dll FOLDER --markdown    writes one Markdown file for each cmdlet into FOLDER
    """;

if (args is not ([_, _] or [_, _, "--markdown"]) || !File.Exists(args[0]))
{
    Console.Error.WriteLine(Help);
    return 64;
}

IReadOnlyList<CmdletHelp> cmdlets = CmdletHelp.ReadAll(Path.GetFullPath(args[0]));
Directory.CreateDirectory(args[1]);
if (args.Length == 2)
{
    File.WriteAllText(Path.Combine(args[1], Path.GetFileName(args[0]) + "-Help.xml"), Maml.Write(cmdlets));
}
else
{
    foreach (CmdletHelp cmdlet in cmdlets)
    {
        File.WriteAllText(Path.Combine(args[1], $"{cmdlet.Name}.md"), Markdown.Write(cmdlet));
    }
}

return 0;
