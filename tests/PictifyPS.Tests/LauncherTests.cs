using System.Diagnostics;
using System.Runtime.Versioning;
using Pwsh;

namespace PictifyPS.Tests;

/// <summary>tools/Pwsh: which PowerShell it takes, and what becomes of a script's exit code. Starts it as a process.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LauncherTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pictify").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_readmes_first_command_prints_the_table_of_what_was_paused()
    {
        (int exit, string output) = Launch("samples/pause-hero.ps1");

        Assert.Equal(0, exit);
        Assert.Matches(@"Name +Status +Change +PausedUntil +Uid", output);
        Assert.Equal(5, output.Split('\n').Count(static line => line.StartsWith("Hero ", StringComparison.Ordinal)));
        Assert.DoesNotContain("Running", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_takes_its_parameters()
    {
        (int exit, string output) = Launch("samples/pause-hero.ps1", "-WhatIf");

        Assert.Equal(0, exit);
        Assert.Equal(5, output.Split('\n').Count(static line => line.StartsWith("What if:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("'fine'", 0)]
    [InlineData("throw 'bad'", 1)]
    public void Exit_codes_are_the_scripts(string text, int expected)
    {
        string script = Path.Combine(_folder, "script.ps1");
        File.WriteAllText(script, text);

        Assert.Equal(expected, Launch(script).ExitCode);
    }

    [Fact]
    public void A_script_that_does_not_exist_is_pwshs_own_error()
    {
        (int exit, string output) = Launch("no-such.ps1");

        Assert.Equal(64, exit);
        Assert.Contains("no-such.ps1", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_finds_the_module_of_this_tree_by_its_name()
    {
        string script = Path.Combine(_folder, "script.ps1");
        File.WriteAllText(script, "#Requires -Modules PictifyPS\n(Get-Module PictifyPS).ModuleBase");

        (int exit, string output) = Launch(script);

        Assert.Equal(0, exit);
        Assert.Contains(
            $"{PowerShellHost.ModulesFolder}{Path.DirectorySeparatorChar}PictifyPS",
            output,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("echo 7.2.24", "it is version 7.2.24, and 7.4 or later is needed")]
    [InlineData("exit 3", "it ended with exit code 3")]
    [InlineData("echo nonsense", "it gives 'nonsense' as its version")]
    public void A_pwsh_on_the_path_that_does_not_serve_is_named_with_the_reason_and_the_tool_is_used(
        string body,
        string why
    )
    {
        string pwsh = FakePwsh(body);

        (int exit, string output) = Launch("samples/pause-hero.ps1");

        Assert.Equal(0, exit);
        Assert.Contains($"{pwsh} is not used: ", output, StringComparison.Ordinal);
        Assert.Contains(why, output, StringComparison.Ordinal);
        Assert.Contains("the .NET tool of", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pwsh_on_the_path_that_serves_is_used()
    {
        string pwsh = FakePwsh("echo 7.9.1-preview.2; exit 0");

        (int exit, string output) = Launch("any.ps1");

        // It is asked for its version first, and then gets the script.
        Assert.Equal(0, exit);
        Assert.Contains($"PowerShell 7.9.1-preview.2, {pwsh}\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("not used", output, StringComparison.Ordinal);
    }

    private string FakePwsh(string body)
    {
        string path = Path.Combine(_folder, "pwsh");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>With no pwsh on the path but the test's own, so that the result does not depend on the machine.</summary>
    private (int ExitCode, string Output) Launch(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.ChangeExtension(typeof(PowerShellHost).Assembly.Location, ".dll"), .. arguments]
        )
        {
            WorkingDirectory = Repository.Root,
        };
        string path = Environment.GetEnvironmentVariable("PATH")!;
        start.Environment["PATH"] = string.Join(
            Path.PathSeparator,
            path.Split(Path.PathSeparator)
                .Where(static folder => !File.Exists(Path.Combine(folder, "pwsh")))
                .Prepend(_folder)
        );
        return PwshProcess.Run(start);
    }
}
