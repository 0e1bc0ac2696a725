using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Security;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

/// <summary>A runspace of its own with the built module imported, as a user's session has it.</summary>
internal sealed class ModuleSession : IDisposable
{
    public const string Key = "pk_test_sandboxserver";

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

    /// <summary>A session on a sandbox behind a real socket.</summary>
    public static ModuleSession Over(SandboxHttpServer server, string more = "") => Over(server.BaseUri, more);

    public static ModuleSession Over(Uri baseUri, string more = "")
    {
        var session = new ModuleSession();
        session.Must($"Connect-Pictify -ApiKey $args[0] -BaseUri $args[1] -NoProxy {more}", Secure(Key), baseUri);
        return session;
    }

    public static PictifySandbox SandboxWithKey(PictifySandboxOptions? options = null) =>
        new((options ?? new PictifySandboxOptions()) with { AcceptKey = static key => key == Key });

    public static SecureString Secure(string text)
    {
        var secure = new SecureString();
        foreach (char c in text)
        {
            secure.AppendChar(c);
        }

        return secure;
    }

    /// <summary>Runs a script; everything it said is in the result, a terminating error too.</summary>
    public Result Run(string script, params object[] arguments)
    {
        // An error that ends a statement is caught only by try; without it, it would look like one for an item.
        using PowerShell shell = NewShell($"try {{\n{script}\n}} catch {{ throw }}", arguments);
        var output = new List<PSObject>();
        ErrorRecord? terminating = null;
        try
        {
            shell.Invoke(null, output);
        }
        catch (RuntimeException exception)
        {
            terminating = exception.ErrorRecord;
        }

        return new Result(
            output,
            [.. shell.Streams.Error],
            terminating,
            [.. shell.Streams.Warning.Select(static w => w.Message)],
            [.. shell.Streams.Verbose.Select(static v => v.Message)]
        );
    }

    /// <summary>Runs a script that must not fail.</summary>
    public IReadOnlyList<PSObject> Must(string script, params object[] arguments)
    {
        Result result = Run(script, arguments);
        Assert.Null(result.Terminating);
        Assert.Empty(result.Errors);
        return result.Output;
    }

    public PowerShell NewShell(string script, params object[] arguments)
    {
        PowerShell shell = PowerShell.Create();
        shell.Runspace = _runspace;
        shell.AddScript(script);
        foreach (object argument in arguments)
        {
            shell.AddArgument(argument);
        }

        return shell;
    }

    public void Dispose() => _runspace.Dispose();
}

internal sealed record Result(
    IReadOnlyList<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    ErrorRecord? Terminating,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Verbose
)
{
    public string[] Strings(string property) => [.. Output.Select(item => $"{item.Properties[property].Value}")];

    /// <summary>The id without the cmdlet's name, which PowerShell adds.</summary>
    public string[] ErrorIds => [.. Errors.Select(static error => Id(error))];

    public string? TerminatingId => Terminating is null ? null : Id(Terminating);

    private static string Id(ErrorRecord error) => error.FullyQualifiedErrorId.Split(',')[0];
}
