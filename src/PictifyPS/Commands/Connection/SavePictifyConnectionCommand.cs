using System.Management.Automation;
using Pictify.Http;
using Pictify.Profiles;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Saves a connection as a profile, with which other sessions and jobs of this user can connect. The key is never saved.</summary>
/// <remarks>
/// <para>A profile contains the address, the name, the ledger, what the connection requires (a reason, a ledger), its proxy, its time
/// limits and its retries, and the place of the key: the name of a secret of SecretManagement, or of an environment variable.
/// 'Connect-Pictify -Profile' reads the key there when it connects. The credential of a proxy is not saved either: give it again with
/// -ProxyCredential.</para>
/// <para>The profiles of a user are in one file, which only that user may read (mode 600): PictifyPS/profiles.json in the user's local
/// application data, or the file that the environment variable PICTIFY_PROFILES names. A profile with the same name is replaced. -WhatIf
/// shows what would be written, word for word. Get-PictifyConnection -Saved lists the profiles, Remove-PictifyConnection removes
/// one.</para>
/// <para>The profile of a sandbox needs no key, and connects to a new sandbox each time.</para>
/// </remarks>
/// <example>
/// <code>Connect-Pictify -Name rehearsal -Sandbox -RequireReason; Save-PictifyConnection -Name rehearsal</code>
/// <para>Saves the settings of a sandbox; 'Connect-Pictify -Profile rehearsal' connects to a new sandbox with them.</para>
/// </example>
/// <example>
/// <code>Connect-Pictify -Name prod -ApiKey (Read-Host 'API key' -AsSecureString); Save-PictifyConnection -Name prod -SecretName PictifyProd</code>
/// <para>Saves a connection whose key is the secret PictifyProd of SecretManagement.</para>
/// </example>
/// <example>
/// <code>Connect-Pictify -Name prod -ApiKey (Read-Host 'API key' -AsSecureString); Save-PictifyConnection -KeyVariable PICTIFY_PROD_KEY -WhatIf</code>
/// <para>Shows what would be saved for jobs whose key is in the environment variable PICTIFY_PROD_KEY.</para>
/// </example>
/// <seealso cref="ConnectPictifyCommand"/>
/// <seealso cref="GetPictifyConnectionCommand"/>
/// <seealso cref="RemovePictifyConnectionCommand"/>
/// <seealso>about_PictifyPS_Connections</seealso>
[Cmdlet(VerbsData.Save, "PictifyConnection", DefaultParameterSetName = WithoutKey, SupportsShouldProcess = true)]
[OutputType(typeof(PictifyProfile))]
public sealed class SavePictifyConnectionCommand : PictifyCmdlet
{
    private const string WithoutKey = "Sandbox";
    private const string BySecret = "Secret";
    private const string ByVariable = "Variable";

    /// <summary>
    /// The profile's name: 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.'. Default: the connection's name. If -Connection is not given and a
    /// connection of this session has the name, that connection is saved.
    /// </summary>
    [Parameter(Position = 0, ParameterSetName = WithoutKey)]
    [Parameter(Position = 0, ParameterSetName = BySecret)]
    [Parameter(Position = 0, ParameterSetName = ByVariable)]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [Text("Save-PictifyConnection -Name")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>
    /// The name of a secret of SecretManagement that is the key, or a credential whose password is the key. 'Connect-Pictify -Profile'
    /// reads it; this command does not.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = BySecret)]
    [Text("Save-PictifyConnection -SecretName")]
    [ValidateNotNullOrEmpty]
    public string? SecretName { get; set; }

    /// <summary>The vault that contains the secret. Default: SecretManagement's own default.</summary>
    [Parameter(ParameterSetName = BySecret)]
    [Text("Save-PictifyConnection -Vault")]
    [ValidateNotNullOrEmpty]
    public string? Vault { get; set; }

    /// <summary>The name of the environment variable that contains the key in sessions and jobs that use the profile.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByVariable)]
    [Text("Save-PictifyConnection -KeyVariable")]
    [ValidateNotNullOrEmpty]
    public string? KeyVariable { get; set; }

    /// <summary>
    /// The connection to save, or its name. Default: the one that has the profile's name, else the default connection of this session.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [ConnectionName]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [ValidateNotNull]
    public PictifyConnection? Connection { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        PictifyConnection connection = Resolve(Connection ?? (Name is null ? null : NamedConnections.Find(Name)));
        if (connection.Sandbox is null && ParameterSetName == WithoutKey)
        {
            ThrowTerminatingError(
                ConnectionErrors.NotSaved(
                    "A profile needs the place of the key: -SecretName names a secret of SecretManagement, -KeyVariable an environment variable."
                )
            );
        }

        if (connection.Sandbox is not null && ParameterSetName != WithoutKey)
        {
            ThrowTerminatingError(
                ConnectionErrors.NotSaved(
                    $"{connection} is a sandbox, which has no key: leave -SecretName and -KeyVariable out."
                )
            );
        }

        if ((Name ?? connection.Name) is not { } name)
        {
            ThrowTerminatingError(
                ConnectionErrors.NotSaved("The connection has no name: give the profile one with -Name.")
            );
            return;
        }

        PictifyProfile profile = WithProfiles(_ => PictifyProfile.Of(connection, name, SecretName, Vault, KeyVariable));
        string file = WithProfiles(static store => store.Location);
        string what = $"Save the profile '{profile}' in {file}:\n{profile.ToJson()}";
        if (!ShouldProcess(what, $"{what}\nSave it?", MyInvocation.MyCommand.Name))
        {
            return;
        }

        _ = WithProfiles(
            store =>
            {
                store.Save(profile);
                return true;
            },
            name
        );
        if (connection.Options.ProxyCredential is not null)
        {
            WriteWarning(
                $"The credential of the proxy is not saved: give it again with 'Connect-Pictify -Profile {profile} -ProxyCredential'."
            );
        }

        WriteObject(profile);
    }
}
