using System.Diagnostics;
using Pwsh;

namespace PictifyPS.Tests;

/// <summary>The pinned pwsh in a process of its own, where nothing was loaded before.</summary>
internal static class PwshProcess
{
    private static readonly Lazy<PowerShellHost> _tool = new(PowerShellHost.Tool);

    /// <summary>Runs a script's text; what it wrote to both streams, with line ends as on Unix.</summary>
    public static (int ExitCode, string Output) RunText(string text)
    {
        string script = Path.Combine(Path.GetTempPath(), $"pictify-{Guid.NewGuid():N}.ps1");
        File.WriteAllText(script, text);
        try
        {
            ProcessStartInfo start = _tool.Value.Command("-NoLogo", "-NoProfile", "-NonInteractive", "-File", script);
            start.WorkingDirectory = Repository.Root;
            start.Environment.Remove("PICTIFY_API_KEY");
            start.Environment.Remove("PICTIFY_BASE_URL");
            return Run(start);
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>Runs a process to its end; it has nothing to read.</summary>
    public static (int ExitCode, string Output) Run(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, (output + error.Result).ReplaceLineEndings("\n"));
    }
}
