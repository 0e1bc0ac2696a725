using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Security;
using Pictify.Profiles;
using PictifyPS.Errors;
using PictifyPS.Input;

namespace PictifyPS.Session;

/// <summary>Reads the key of a profile from the variable or the secret that the profile names.</summary>
internal static class ProfileKey
{
    /// <summary>Qualified with its module, so that no other command with this name receives the name of a secret.</summary>
    private const string Command = @"Microsoft.PowerShell.SecretManagement\Get-Secret";

    public static SecureString Read(PSCmdlet cmdlet, PictifyProfile profile)
    {
        if (profile.KeyVariable is { } variable)
        {
            return DefaultConnection.KeyFromEnvironment(variable)
                ?? throw NotFound("the variable is not set, or empty");
        }

        object? found = Secret(cmdlet, profile);
        return found as SecureString
            ?? (found as PSCredential)?.Password
            ?? throw NotFound("the secret is neither a SecureString nor a credential");

        Exception NotFound(string why) => cmdlet.Terminate(ConnectionErrors.ProfileKeyNotFound(profile, why));
    }

    private static object? Secret(PSCmdlet cmdlet, PictifyProfile profile)
    {
        CommandInfo command =
            cmdlet.InvokeCommand.GetCommand(Command, CommandTypes.Cmdlet | CommandTypes.Function)
            ?? throw cmdlet.Terminate(
                ConnectionErrors.ProfileKeyNotFound(
                    profile,
                    "the module Microsoft.PowerShell.SecretManagement is not installed. Install it with a vault's module, or save the profile "
                        + "with -KeyVariable"
                )
            );
        var parameters = new Hashtable { ["Name"] = profile.SecretName, ["ErrorAction"] = ActionPreference.Stop };
        if (profile.Vault is { } vault)
        {
            parameters["Vault"] = vault;
        }

        Collection<PSObject> found;
        try
        {
            found = cmdlet.InvokeCommand.InvokeScript(
                useLocalScope: true,
                ScriptBlock.Create("param($Command, $Parameters) & $Command @Parameters"),
                input: null,
                command,
                parameters
            );
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            string why = exception.ErrorRecord?.Exception?.Message ?? exception.Message;
            throw cmdlet.Terminate(
                ConnectionErrors.ProfileKeyNotFound(profile, $"Get-Secret failed: {why}", exception)
            );
        }

        return found.Count == 1
            ? PowerShellValue.Unwrap(found[0])
            : throw cmdlet.Terminate(
                ConnectionErrors.ProfileKeyNotFound(
                    profile,
                    found.Count == 0 ? "there is no such secret" : "there are several"
                )
            );
    }
}
