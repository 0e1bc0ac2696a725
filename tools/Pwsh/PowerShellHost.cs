using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace Pwsh;

/// <summary>A PowerShell 7.4 or later, and how a process of it is started.</summary>
/// <param name="Name">Its version and its source, for display.</param>
/// <param name="FileName">The program to start.</param>
/// <param name="FirstArguments">The arguments before PowerShell's own.</param>
public sealed record PowerShellHost(string Name, string FileName, IReadOnlyList<string> FirstArguments)
{
    private static readonly Version _oldest = new(7, 4);

    /// <summary>The user's pwsh, or the .NET tool if no usable pwsh is found. Reports why a pwsh is not used.</summary>
    public static PowerShellHost Find(Action<string> say) => OnPath(say) ?? Tool();

    /// <summary>The .NET tool that .config/dotnet-tools.json pins, restored if it is not installed yet.</summary>
    public static PowerShellHost Tool()
    {
        string root = Path.GetFullPath(Metadata("Root"));
        string manifest = Path.Combine(root, ".config", "dotnet-tools.json");
        using JsonDocument tools = JsonDocument.Parse(File.ReadAllText(manifest));
        string version = tools
            .RootElement.GetProperty("tools")
            .GetProperty("powershell")
            .GetProperty("version")
            .GetString()!;
        string system = OperatingSystem.IsWindows() ? "win" : "unix";

        // Started as a library: the tool's own command would start one more process, and needs this folder as the current one.
        string library = Path.Combine(
            Metadata("Packages"),
            "powershell",
            version,
            "tools",
            "net10.0",
            "any",
            system,
            "pwsh.dll"
        );
        if (!File.Exists(library))
        {
            Restore(root);
        }

        return new PowerShellHost($"PowerShell {version}, the .NET tool of {manifest}", DotNet, [library]);
    }

    /// <summary>The folder that contains the module of this tree, for PSModulePath.</summary>
    public static string ModulesFolder => Path.GetFullPath(Metadata("Modules"));

    /// <summary>A process of it with these arguments, in which the module of this tree is found before any other.</summary>
    public ProcessStartInfo Command(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(FileName, [.. FirstArguments, .. arguments]);
        string? present = start.Environment.TryGetValue("PSModulePath", out string? value) ? value : null;
        start.Environment["PSModulePath"] = string.IsNullOrEmpty(present)
            ? ModulesFolder
            : ModulesFolder + Path.PathSeparator + present;
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        return start;
    }

    private static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static PowerShellHost? OnPath(Action<string> say)
    {
        string name = OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh";
        string? file = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        if (file is null)
        {
            return null;
        }

        (string? text, string? problem) = AskVersion(file);
        if (problem is null && Version.TryParse(text!.Split('-')[0], out Version? version))
        {
            if (version >= _oldest)
            {
                return new PowerShellHost($"PowerShell {text}, {file}", file, []);
            }

            problem = $"it is version {text}, and {_oldest} or later is needed";
        }

        say($"{file} is not used: {problem ?? $"it gives '{text}' as its version"}.");
        return null;
    }

    private static (string? Text, string? Problem) AskVersion(string file)
    {
        var start = new ProcessStartInfo(
            file,
            ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", "\"$($PSVersionTable.PSVersion)\""]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
            {
                process.Kill(entireProcessTree: true);
                return (null, "it did not print its version within 30 seconds");
            }

            return process.ExitCode == 0
                ? (output.GetAwaiter().GetResult().Trim(), null)
                : (null, $"asked for its version, it ended with exit code {process.ExitCode}");
        }
        catch (Win32Exception exception)
        {
            return (null, $"it cannot be started ({exception.Message})");
        }
    }

    private static void Restore(string root)
    {
        var start = new ProcessStartInfo(DotNet, ["tool", "restore"])
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"dotnet tool restore ended with exit code {process.ExitCode}:\n{output}"
            );
        }
    }

    private static string Metadata(string key) =>
        typeof(PowerShellHost)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == key)
            .Value!;
}
