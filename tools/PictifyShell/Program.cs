using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace PictifyShell;

/// <summary>The command line: a script, a command, or a prompt.</summary>
internal static class Program
{
    private const string Help = """
        PictifyShell: runs PictifyPS where only the .NET SDK is installed.

          dotnet run --project tools/PictifyShell -- SCRIPT.ps1 [ARGUMENT ...]   run a script
          dotnet run --project tools/PictifyShell -- -Command 'COMMANDS'         run commands, with PictifyPS imported
          dotnet run --project tools/PictifyShell                                a prompt, with PictifyPS imported

        What it is: a small host of the real PowerShell 7.6 engine (language, pipeline, Import-Module, Get-Help, Where-Object,
        ForEach-Object, formatting). Tables, colours, progress, confirmation prompts, errors and exit codes are as in pwsh.
        What it is not: pwsh. The cmdlets of the Utility and Management modules (Select-Object, Sort-Object, ConvertTo-Json,
        Import-Csv, Get-Content, Add-Type and so on) are not part of the engine's package, and the prompt has no history or
        editing. For daily work install PowerShell: https://learn.microsoft.com/powershell/scripting/install/installing-powershell
        """;

    private static int Main(string[] args)
    {
        if (args is ["-h" or "-?" or "--help" or "-Help"])
        {
            Console.WriteLine(Help);
            return 0;
        }

        if (args is ["-Command" or "-c", ..] && args.Length < 2)
        {
            Console.Error.WriteLine("-Command needs the commands to run; --help tells more.");
            return 64;
        }

        var host = ShellHost.ForConsole();
        using var engine = new ShellEngine(host);
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            engine.Stop();
        };

        switch (args)
        {
            case ["-Command" or "-c", ..]:
                engine.ImportModule();
                return engine.Run(string.Join(" ", args[1..]));
            case [var script, ..]:
                if (!File.Exists(script))
                {
                    Console.Error.WriteLine($"There is no script '{script}'; --help tells more.");
                    return 64;
                }

                return engine.RunFile(Path.GetFullPath(script), args[1..]);
            default:
                engine.ImportModule();
                return Prompt(host, engine);
        }
    }

    private static int Prompt(ShellHost host, ShellEngine engine)
    {
        Console.WriteLine(
            "PictifyShell: the PowerShell 7.6 engine with PictifyPS; 'exit' ends it. Try: Connect-Pictify -Sandbox"
        );
        while (host.ExitCode is null)
        {
            Console.Write("PS> ");
            string? line = Console.ReadLine();
            if (line is null)
            {
                return 0;
            }

            if (!string.IsNullOrWhiteSpace(line))
            {
                engine.Run(line);
            }
        }

        return host.ExitCode ?? 0;
    }
}
