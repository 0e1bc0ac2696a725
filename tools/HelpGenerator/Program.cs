using HelpGenerator;

const string Help = """
    HelpGenerator: makes the cmdlets' help of the comments in their code, and topics of their pages.

      HelpGenerator PictifyPS.dll FOLDER ADDRESS       writes FOLDER/PictifyPS.dll-Help.xml, which Get-Help reads; -Online leads to
                                                       ADDRESS, in which {0} stands for the cmdlet's name
      HelpGenerator PictifyPS.dll FOLDER --markdown    writes one Markdown file for each cmdlet into FOLDER
      HelpGenerator --topics FROM FOLDER               makes of each FROM/about_*.md the plain text FOLDER/about_*.help.txt
    """;

if (args is ["--topics", var from, var to] && Directory.Exists(from))
{
    Directory.CreateDirectory(to);
    foreach (string page in Directory.GetFiles(from, "about_*.md"))
    {
        string text = Topic.Write(File.ReadAllText(page));
        File.WriteAllText(Path.Combine(to, Path.GetFileNameWithoutExtension(page) + ".help.txt"), text);
    }

    return 0;
}

if (args is not [var assembly, var folder, var address] || !File.Exists(assembly))
{
    Console.Error.WriteLine(Help);
    return 64;
}

IReadOnlyList<CmdletHelp> cmdlets = CmdletHelp.ReadAll(Path.GetFullPath(assembly));
Directory.CreateDirectory(folder);
if (address != "--markdown")
{
    File.WriteAllText(Path.Combine(folder, Path.GetFileName(assembly) + "-Help.xml"), Maml.Write(cmdlets, address));
}
else
{
    foreach (CmdletHelp cmdlet in cmdlets)
    {
        File.WriteAllText(Path.Combine(folder, $"{cmdlet.Name}.md"), Markdown.Write(cmdlet));
    }
}

return 0;
