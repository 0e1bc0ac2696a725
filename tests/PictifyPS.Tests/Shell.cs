using System.Diagnostics;
using PictifyShell;

namespace PictifyPS.Tests;

/// <summary>PictifyShell as a process of its own, as the README runs it.</summary>
internal static class Shell
{
    public static (int ExitCode, string Output) Run(params string[] arguments) => Run(null, arguments);

    public static (int ExitCode, string Output) Run(
        IReadOnlyDictionary<string, string?>? environment,
        params string[] arguments
    )
    {
        using Process process = Start(environment, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, (output + error.Result).ReplaceLineEndings("\n"));
    }

    /// <summary>
    /// Runs a script's text. Unlike with -Command nothing is imported before it, and unlike in a test's own process nothing
    /// else was loaded.
    /// </summary>
    public static (int ExitCode, string Output) RunText(string text)
    {
        string script = Path.Combine(Path.GetTempPath(), $"pictify-{Guid.NewGuid():N}.ps1");
        File.WriteAllText(script, text);
        try
        {
            return Run(script);
        }
        finally
        {
            File.Delete(script);
        }
    }

    public static Process Start(IReadOnlyDictionary<string, string?>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Repository.Root,
        };
        start.ArgumentList.Add(typeof(ShellEngine).Assembly.Location);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("PICTIFY_API_KEY");
        start.Environment.Remove("PICTIFY_BASE_URL");
        foreach (KeyValuePair<string, string?> variable in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[variable.Key] = variable.Value;
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
