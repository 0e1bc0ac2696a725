using System.Diagnostics;
using Pwsh;

// dotnet run --project tools/Pwsh                       an interactive prompt with the module imported
// dotnet run --project tools/Pwsh -- SCRIPT [ARGUMENT…]  runs a script as 'pwsh -File' does, with its exit code
PowerShellHost host;
try
{
    host = PowerShellHost.Find(Console.Error.WriteLine);
}
catch (InvalidOperationException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

Console.Error.WriteLine(host.Name);
ProcessStartInfo start =
    args.Length == 0
        ? host.Command("-NoLogo", "-NoProfile", "-NoExit", "-Command", "Import-Module PictifyPS")
        : host.Command(["-NoLogo", "-NoProfile", "-File", .. args]);

// Ctrl+C is for the script or the prompt; this process ends when they do.
Console.CancelKeyPress += static (_, cancel) => cancel.Cancel = true;
using Process process = Process.Start(start)!;
process.WaitForExit();
return process.ExitCode;
