using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Pwsh;

namespace PictifyPS.Benchmarks;

/// <summary>
/// A folder for the caches of each script that runs in a pwsh of its own. pwsh records there which methods a process compiled, and the next
/// process compiles them on another thread while it starts. With one folder for all, two scripts that take turns would each start with
/// the record of the other, although a runbook that runs again and again starts with its own. The other cache, of the commands that each
/// module has, is the same for all. Without effect on Windows, where pwsh has another folder.
/// </summary>
internal static class StartupCaches
{
    private const string Variable = "XDG_CACHE_HOME";

    /// <summary>pwsh writes the cache of the modules about ten seconds after it has read them.</summary>
    private const string WriteModuleCache =
        "$null = Get-Module -ListAvailable; $null = Get-Command Suspend-PictifyExperiment; $clock = [Diagnostics.Stopwatch]::StartNew(); "
        + "while ($clock.Elapsed.TotalSeconds -lt 60 -and -not (Test-Path $env:XDG_CACHE_HOME/powershell/ModuleAnalysisCache*)) "
        + "{ Start-Sleep -Milliseconds 200 }";

    private static readonly string _root = Directory.CreateTempSubdirectory("pictify-caches").FullName;
    private static readonly Lazy<string> _modules = new(ReadModules);

    /// <summary>Gives a process the folder of its script and arguments.</summary>
    public static void Use(ProcessStartInfo start, string script, string[] arguments)
    {
        byte[] name = SHA256.HashData(Encoding.UTF8.GetBytes($"{script}\n{string.Join('\n', arguments)}"));
        string folder = Path.Combine(_root, Convert.ToHexString(name, 0, 8));
        if (!Directory.Exists(folder) && !OperatingSystem.IsWindows())
        {
            string powershell = Directory.CreateDirectory(Path.Combine(folder, "powershell")).FullName;
            foreach (string file in Directory.EnumerateFiles(_modules.Value, "ModuleAnalysisCache*"))
            {
                File.Copy(file, Path.Combine(powershell, Path.GetFileName(file)));
            }
        }

        start.Environment[Variable] = folder;
    }

    /// <summary>Deletes the folders.</summary>
    public static void Delete() => Directory.Delete(_root, recursive: true);

    /// <summary>Has pwsh write its cache of the modules; the folder that it is in.</summary>
    private static string ReadModules()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_root, "modules")).FullName;
        ProcessStartInfo start = PowerShellHost
            .Tool()
            .Command("-NoLogo", "-NoProfile", "-NonInteractive", "-Command", WriteModuleCache);
        start.Environment[Variable] = folder;
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
        process.WaitForExit();
        return Path.Combine(folder, "powershell");
    }
}
