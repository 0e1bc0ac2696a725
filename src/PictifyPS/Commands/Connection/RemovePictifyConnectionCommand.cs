using System.Management.Automation;
using Pictify.Profiles;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;

namespace PictifyPS.Commands;

/// <summary>Removes a profile that Save-PictifyConnection made.</summary>
/// <remarks>
/// <para>The secret or the environment variable with the key is not removed, nor is the ledger. Connections of this session stay open:
/// Disconnect-Pictify closes them.</para>
/// </remarks>
/// <example>
/// <code>Remove-PictifyConnection -Name rehearsal</code>
/// <para>Removes the profile 'rehearsal'.</para>
/// </example>
/// <example>
/// <code>Get-PictifyConnection -Saved 're*' | Remove-PictifyConnection -WhatIf</code>
/// <para>Shows which profiles would be removed.</para>
/// </example>
/// <seealso cref="ConnectPictifyCommand"/>
/// <seealso cref="GetPictifyConnectionCommand"/>
/// <seealso cref="SavePictifyConnectionCommand"/>
/// <seealso>about_PictifyPS_Connections</seealso>
[Cmdlet(VerbsCommon.Remove, "PictifyConnection", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemovePictifyConnectionCommand : PictifyCmdlet
{
    /// <summary>The profiles' names, as 'Get-PictifyConnection -Saved' shows them.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProfileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            (PictifyProfile? profile, ProfileStore store) = WithProfiles(store => (store.Find(name), store), name);
            if (profile is null)
            {
                WriteError(ConnectionErrors.NoSuchProfile(name, store));
                continue;
            }

            if (ShouldProcess($"Profile {profile} in {store.Location}", "Remove"))
            {
                _ = WithProfiles(
                    one =>
                    {
                        one.Remove(name);
                        return true;
                    },
                    name
                );
            }
        }
    }
}
