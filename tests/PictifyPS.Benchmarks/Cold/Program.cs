using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

// One measurement in a fresh process:
//   Cold MANIFEST            milliseconds to import the module
//   Cold MANIFEST COMMAND    milliseconds of the command's first run, and of its second, after the import
using Runspace runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
runspace.Open();

// The pipeline itself is warm; the module is what is measured.
Run("$null = 1 | ForEach-Object { $_ }");
double import = Run($"Import-Module '{args[0]}'");
if (args.Length == 1)
{
    Console.WriteLine(import.ToString(CultureInfo.InvariantCulture));
}
else
{
    Run("Connect-Pictify -Sandbox");
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Run(args[1])} {Run(args[1])}"));
}

double Run(string script)
{
    using var shell = PowerShell.Create(runspace);
    var clock = Stopwatch.StartNew();
    shell.AddScript(script).Invoke();
    double elapsed = clock.Elapsed.TotalMilliseconds;
    return shell.Streams.Error.Count == 0
        ? elapsed
        : throw new InvalidOperationException($"{script}: {shell.Streams.Error[0]}");
}
