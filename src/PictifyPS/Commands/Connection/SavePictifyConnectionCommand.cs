using System.Management.Automation;
using Pictify.Http;
using Pictify.Profiles;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Saves a connection as a profile, which other sessions and jobs of this user connect with. The key is never saved.</summary>
/// <remarks>
/// <para>A profile has the address, the name, the ledger, what the connection requires (a reason, a ledger), its proxy and its patience,
/// and where the key is: the name of a secret of SecretManagement, or of an environment variable. The key is read there by
/// 'Connect-Pictify -Profile', when it connects. The credential of a proxy is not saved either: -ProxyCredential gives it again.</para>
/// <para>The profiles of a user are one file, which only that user may read (mode 600), PictifyPS/profiles.json in the user's local
/// application data; the environment variable PICTIFY_PROFILES names another. A profile with the same name is replaced. -WhatIf shows
/// what would be written, word for word. Get-PictifyConnection -Saved lists the profiles, Remove-PictifyConnection takes one away.</para>
/// <para>The profile of a sandbox needs no key, and connects to a new sandbox each time.</para>
/// </remarks>
/// <example>
/// <code>Connect-Pictify -Name rehearsal -Sandbox -RequireReason; Save-PictifyConnection -Name rehearsal</code>
/// <para>Saves the settings of a sandbox; 'Connect-Pictify -Profile rehearsal' makes one like it.</para>
/// </example>
/// <example>
/// <code>Connect-Pictify -Name prod -ApiKey (Read-Host 'API key' -AsSecureString); Save-PictifyConnection -Name prod -SecretName PictifyProd</code>
/// <para>Saves a connection whose key SecretManagement has under the name PictifyProd.</para>
/// </example>
/// <example>
/// <code>Connect-Pictify -Name prod -ApiKey (Read-Host 'API key' -AsSecureString); Save-PictifyConnection -KeyVariable PICTIFY_PROD_KEY -WhatIf</code>
/// <para>Shows what would be saved for jobs that have the key in the environment variable PICTIFY_PROD_KEY.</para>
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
    /// connection of this session has the name, it is that one that is saved.
    /// </summary>
    [Parameter(Position = 0, ParameterSetName = WithoutKey)]
    [Parameter(Position = 0, ParameterSetName = BySecret)]
    [Parameter(Position = 0, ParameterSetName = ByVariable)]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [Text("Save-PictifyConnection -Name")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>
    /// The name of a secret of SecretManagement that is the key, or a credential whose password is the key. It is read by 'Connect-Pictify
    /// -Profile', and not here.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = BySecret)]
    [Text("Save-PictifyConnection -SecretName")]
    [ValidateNotNullOrEmpty]
    public string? SecretName { get; set; }

    /// <summary>The vault that has the secret. Default: SecretManagement's own default.</summary>
    [Parameter(ParameterSetName = BySecret)]
    [Text("Save-PictifyConnection -Vault")]
    [ValidateNotNullOrEmpty]
    public string? Vault { get; set; }

    /// <summary>The name of the environment variable that holds the key where the profile is used.</summary>
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
                    "A profile says where the key is: -SecretName names a secret of SecretManagement, -KeyVariable an environment variable."
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
                ConnectionErrors.NotSaved("The connection has no name: -Name gives the profile one.")
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
                $"The credential of the proxy is not saved: 'Connect-Pictify -Profile {profile} -ProxyCredential' gives it again."
            );
        }

        WriteObject(profile);
    }
}
