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
            return RunFile(null, script);
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>Runs a script as 'pwsh -File' does.</summary>
    public static (int ExitCode, string Output) RunFile(
        IReadOnlyDictionary<string, string?>? environment,
        params string[] arguments
    ) => Run(Command(environment, ["-NonInteractive", "-File", .. arguments]));

    /// <summary>Runs a command with the module imported.</summary>
    public static (int ExitCode, string Output) RunCommand(
        IReadOnlyDictionary<string, string?>? environment,
        string command
    ) => Run(Command(environment, "-NonInteractive", "-Command", $"Import-Module '{Repository.Manifest}'; {command}"));

    /// <summary>What a person sees of a command at a width, with the answers that they type.</summary>
    public static string Show(string command, int width = 80, string input = "", bool colours = false)
    {
        string rendering = colours ? "Ansi" : "PlainText";
        ProcessStartInfo start = Command(
            null,
            "-Command",
            $"Import-Module '{Repository.Manifest}'; $PSStyle.OutputRendering = '{rendering}'; . {{ {command} }} 2>&1 3>&1 | Out-String -Width {width}"
        );
        start.Environment["NO_COLOR"] = null;
        return Run(start, input).Output;
    }

    /// <summary>A process to start with these arguments, and these environment variables beside its own.</summary>
    public static ProcessStartInfo Command(IReadOnlyDictionary<string, string?>? environment, params string[] arguments)
    {
        ProcessStartInfo start = _tool.Value.Command(["-NoLogo", "-NoProfile", .. arguments]);
        start.WorkingDirectory = Repository.Root;
        start.Environment["NO_COLOR"] = "1";
        start.Environment.Remove("PICTIFY_API_KEY");
        start.Environment.Remove("PICTIFY_BASE_URL");
        foreach (KeyValuePair<string, string?> variable in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[variable.Key] = variable.Value;
        }

        return start;
    }

    /// <summary>Starts a process whose output can be read, and which reads this and no more.</summary>
    public static Process Start(ProcessStartInfo start, string input = "")
    {
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        Process process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Runs a process to its end.</summary>
    public static (int ExitCode, string Output) Run(ProcessStartInfo start, string input = "")
    {
        using Process process = Start(start, input);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, (output + error.Result).ReplaceLineEndings("\n"));
    }
}
