using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Net;
using System.Reflection;
using System.Security;

namespace PictifyPS.Benchmarks;

/// <summary>A runspace with the module, connected to a server.</summary>
internal sealed class Session : IDisposable
{
    public const string Key = "pk_test_benchmark";

    private readonly Runspace _runspace;

    private static string Manifest =>
        typeof(Session)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(static a => a.Key == "Module")
            .Value!;

    /// <summary>What is measured is measured without a record, unless a ledger is named.</summary>
    public Session(Uri server, string ledger = "off")
    {
        _runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        _runspace.Open();
        Run("Import-Module $args[0]", Manifest);
        SecureString key = new NetworkCredential("", Key).SecurePassword;
        Run("Connect-Pictify -ApiKey $args[0] -BaseUri $args[1] -NoProxy -LedgerPath $args[2]", key, server, ledger);
    }

    /// <summary>Runs a script, throws at its first error, and gives what it wrote.</summary>
    public IReadOnlyList<PSObject> Run(string script, params object[] arguments)
    {
        using PowerShell shell = PowerShell.Create();
        shell.Runspace = _runspace;
        shell.AddScript(script);
        foreach (object argument in arguments)
        {
            shell.AddArgument(argument);
        }

        IReadOnlyList<PSObject> output = [.. shell.Invoke()];
        return shell.Streams.Error.Count == 0
            ? output
            : throw new InvalidOperationException($"{script}: {shell.Streams.Error[0]}");
    }

    public void Dispose() => _runspace.Dispose();
}
