using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace PictifyShell;

/// <summary>One runspace of the PowerShell engine, and what runs in it. Everything a command writes goes to the host.</summary>
public sealed class ShellEngine : IDisposable
{
    private const string Succeeded = "PictifyShellSucceeded";

    private readonly ShellHost _host;
    private readonly Runspace _runspace;
    private volatile PowerShell? _running;

    /// <summary>Opens the runspace.</summary>
    public ShellEngine(ShellHost host)
    {
        _host = host;
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            // The scripts are this repository's own; a machine's policy is for what comes from elsewhere.
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        _runspace = RunspaceFactory.CreateRunspace(host, state);
        _runspace.Open();
        Runspace.DefaultRunspace = _runspace;
    }

    /// <summary>Names another manifest than the one above this program, such as an installed module's.</summary>
    public const string ManifestVariable = "PICTIFY_TEST_MODULE";

    /// <summary>The module's manifest: in the nearest folder above this program that holds one.</summary>
    public static string ModuleManifest
    {
        get
        {
            if (Environment.GetEnvironmentVariable(ManifestVariable) is { Length: > 0 } named)
            {
                return named;
            }

            for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                string manifest = Path.Combine(folder.FullName, "PictifyPS.psd1");
                if (File.Exists(manifest))
                {
                    return manifest;
                }
            }

            throw new FileNotFoundException("There is no PictifyPS.psd1 above this program.");
        }
    }

    /// <summary>Imports the module of this tree.</summary>
    public void ImportModule() => Run($"Import-Module '{ModuleManifest.Replace("'", "''")}'");

    /// <summary>Runs commands; the exit code is that of 'exit', else 1 where the last one failed.</summary>
    public int Run(string commands)
    {
        // Asked within the same script: afterwards $? speaks of Out-Default.
        using PowerShell shell = NewShell().AddScript($"{commands}\n$global:{Succeeded} = $?");
        int exitCode = Invoke(shell);
        return exitCode == 0 && _host.ExitCode is null && _runspace.SessionStateProxy.GetVariable(Succeeded) is false
            ? 1
            : exitCode;
    }

    /// <summary>Runs a script file with arguments, '-Name value' among them.</summary>
    public int RunFile(string path, IReadOnlyList<string> arguments)
    {
        // As an expression, so that PowerShell itself tells parameters from values.
        string line = string.Join(" ", arguments.Select(Quote).Prepend($"& {Quote(path)}"));
        using PowerShell shell = NewShell().AddScript(line);
        int exitCode = Invoke(shell);
        return exitCode == 0 && _runspace.SessionStateProxy.GetVariable("LASTEXITCODE") is int own ? own : exitCode;
    }

    /// <summary>Ctrl+C.</summary>
    public void Stop() => _running?.BeginStop(null, null);

    /// <inheritdoc/>
    public void Dispose() => _runspace.Dispose();

    private PowerShell NewShell()
    {
        PowerShell shell = PowerShell.Create();
        shell.Runspace = _runspace;
        return shell;
    }

    private int Invoke(PowerShell shell)
    {
        // Errors travel with the output to Out-Default, which words them as pwsh does and keeps their order.
        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.AddCommand("Out-Default");
        try
        {
            _running = shell;
            shell.Invoke();
            return _host.ExitCode ?? 0;
        }
        catch (PipelineStoppedException)
        {
            return _host.ExitCode ?? 130;
        }
        catch (RuntimeException exception)
        {
            _running = null;
            ShowError(exception);
            return _host.ExitCode ?? 1;
        }
        finally
        {
            _running = null;
        }
    }

    private void ShowError(RuntimeException exception)
    {
        var record = new PSObject(new ErrorRecord(exception.ErrorRecord, exception));

        // What pwsh marks an error with, so that it is shown as one and not as an object.
        record.Properties.Add(new PSNoteProperty("writeErrorStream", true));
        using PowerShell shell = NewShell().AddCommand("Out-Default").AddParameter("InputObject", record);
        shell.Invoke();
    }

    private static string Quote(string argument) =>
        argument.Length > 1 && argument[0] == '-' && char.IsLetter(argument[1])
            ? argument
            : $"'{argument.Replace("'", "''")}'";
}
