using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace PictifyShell;

/// <summary>The host that PowerShell sees: who it is, and when it is to end.</summary>
public sealed class ShellHost : PSHost
{
    /// <summary>A host over any reader and writers, for tests as for the console.</summary>
    public ShellHost(ShellUi ui) => UI = ui;

    /// <summary>The exit code, once a script has called 'exit'.</summary>
    public int? ExitCode { get; private set; }

    /// <inheritdoc/>
    public override string Name => "PictifyShell";

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(PSObject).Assembly.GetName().Version ?? new Version(7, 6);

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override PSHostUserInterface UI { get; }

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    /// <summary>The console's host; without colours and progress where the output goes to a file or a pipe.</summary>
    public static ShellHost ForConsole()
    {
        bool terminal = !Console.IsOutputRedirected;
        int width = terminal && Console.WindowWidth > 0 ? Console.WindowWidth : 120;
        bool colours = terminal && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new ShellHost(new ShellUi(Console.In, Console.Out, Console.Error, width, colours));
    }

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() =>
        throw new PSNotSupportedException("PictifyShell has no nested prompts.");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() { }

    /// <inheritdoc/>
    public override void NotifyBeginApplication() { }

    /// <inheritdoc/>
    public override void NotifyEndApplication() { }
}
