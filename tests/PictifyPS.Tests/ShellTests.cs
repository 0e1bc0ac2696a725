namespace PictifyPS.Tests;

public sealed class ShellTests
{
    [Fact]
    public void The_readmes_first_command_prints_the_table_of_what_was_paused()
    {
        (int exit, string output) = Shell.Run("samples/pause-hero.ps1");

        Assert.Equal(0, exit);
        Assert.Matches(@"Name +Status +Type +Impressions +Uid", output);
        Assert.Equal(5, output.Split('\n').Count(static line => line.StartsWith("Hero ", StringComparison.Ordinal)));
        Assert.DoesNotContain("Running", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_takes_WhatIf()
    {
        (int exit, string output) = Shell.Run("samples/pause-hero.ps1", "-WhatIf");

        Assert.Equal(0, exit);
        Assert.Equal(5, output.Split('\n').Count(static line => line.StartsWith("What if:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("'fine'", 0)]
    [InlineData("throw 'bad'", 1)]
    public void Exit_codes_are_those_of_pwsh(string command, int expected) =>
        Assert.Equal(expected, Shell.Run("-Command", command).ExitCode);

    [Fact]
    public void Help_says_what_it_is_and_what_it_is_not()
    {
        (int exit, string output) = Shell.Run("--help");

        Assert.Equal(0, exit);
        Assert.Contains("What it is:", output, StringComparison.Ordinal);
        Assert.Contains("What it is not: pwsh", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such.ps1")]
    [InlineData("-Command")]
    public void What_cannot_run_is_a_usage_error(string argument) => Assert.Equal(64, Shell.Run(argument).ExitCode);

    [Theory]
    [InlineData("y\n", "Paused")]
    [InlineData("n\n", "Running")]
    public void Confirm_asks_and_obeys(string answer, string status)
    {
        string text = ModuleSession.Show(
            "Connect-Pictify -Sandbox; $null = Suspend-PictifyExperiment exp_sandbox_01 -Confirm; \"is $((Get-PictifyExperiment -Uid exp_sandbox_01).Status)\"",
            200,
            answer
        );

        Assert.Contains("Are you sure", text, StringComparison.Ordinal);
        Assert.Contains($"is {status}", text, StringComparison.Ordinal);
    }
}
