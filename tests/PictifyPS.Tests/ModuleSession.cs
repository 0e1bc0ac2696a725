using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace PictifyPS.Tests;

/// <summary>A runspace of its own with the built module imported, as a user's session has it.</summary>
internal sealed class ModuleSession : IDisposable
{
    private readonly Runspace _runspace;

    public ModuleSession()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
        Must("Import-Module $args[0]", Repository.Manifest);
    }

    /// <summary>A session on an in-process sandbox of its own.</summary>
    public static ModuleSession InProcess()
    {
        var session = new ModuleSession();
        session.Must("Connect-Pictify -Sandbox");
        return session;
    }

    /// <summary>Runs a script that must not fail.</summary>
    public IReadOnlyList<PSObject> Must(string script, params object[] arguments)
    {
        using PowerShell shell = PowerShell.Create();
        shell.Runspace = _runspace;

        // An error that ends a statement is caught only by try; without it, it would look like one for an item.
        shell.AddScript($"try {{\n{script}\n}} catch {{ throw }}");
        foreach (object argument in arguments)
        {
            shell.AddArgument(argument);
        }

        IReadOnlyList<PSObject> output = [.. shell.Invoke()];
        Assert.Empty(shell.Streams.Error);
        return output;
    }

    public void Dispose() => _runspace.Dispose();
}
