using System.Management.Automation;
using Pictify.Http;
using Pictify.Profiles;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Gets the connection that commands in this session use, the session's named connections, or the saved profiles.</summary>
/// <remarks>
/// <para>Without a name it gets the default connection, which commands without -Connection use; nothing is emitted if there is none. With
/// '*' it gets every connection of this session. It never shows a key: KeyFingerprint distinguishes two keys without revealing them.
/// Nothing is sent; Test-PictifyConnection asks the service.</para>
/// <para>With -Saved it gets this user's profiles, as Save-PictifyConnection wrote them, each with the place of its key.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyConnection</code>
/// <para>Shows what the commands of this session act on: Live, Test or Sandbox, and the address.</para>
/// </example>
/// <example>
/// <code>Get-PictifyConnection *</code>
/// <para>Shows every connection of this session.</para>
/// </example>
/// <example>
/// <code>Get-PictifyConnection -Saved</code>
/// <para>Shows the profiles that 'Connect-Pictify -Profile' takes.</para>
/// </example>
/// <example>
/// <code>$connection = Get-PictifyConnection; 1..3 | ForEach-Object -Parallel { Import-Module PictifyPS; Get-PictifyExperiment -First 1 -Connection $using:connection }</code>
/// <para>Passes the connection, with its rate limit, to other runspaces.</para>
/// </example>
/// <seealso cref="ConnectPictifyCommand"/>
/// <seealso cref="TestPictifyConnectionCommand"/>
/// <seealso>about_PictifyPS_Connections</seealso>
[Cmdlet(VerbsCommon.Get, "PictifyConnection", DefaultParameterSetName = Open)]
[OutputType(typeof(PictifyConnection), ParameterSetName = [Open])]
[OutputType(typeof(PictifyProfile), ParameterSetName = [Kept])]
public sealed class GetPictifyConnectionCommand : PictifyCmdlet
{
    private const string Open = "Connection";
    private const string Kept = "Saved";

    /// <summary>The names of connections of this session, or with -Saved of profiles; wildcards are allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = Open)]
    [Parameter(Position = 0, ParameterSetName = Kept)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ConnectionOrProfileCompleter))]
    [Text("Get-PictifyConnection -Name", ReplacesInput = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Gets the saved profiles, instead of connections of this session.</summary>
    [Parameter(Mandatory = true, ParameterSetName = Kept)]
    public SwitchParameter Saved { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var names = Name is null ? null : new NamePattern(Name);
        if (Saved)
        {
            (PictifyProfile[] profiles, ProfileStore store) = WithProfiles(static store => (store.Read(), store));
            WriteMatches(profiles, static profile => profile.Name, names);
            WriteMissing(names, name => ConnectionErrors.NoSuchProfile(name, store));
            return;
        }

        PictifyConnection? standing;
        try
        {
            standing = DefaultConnection.Get(this);
        }
        catch (PictifyException exception)
        {
            throw Terminate(exception);
        }

        if (names is not null)
        {
            WriteMatches(NamedConnections.AllWithDefault(), static connection => connection.Name, names);
            WriteMissing(names, NamedConnections.NotFound);
        }
        else if (standing is not null)
        {
            WriteObject(standing);
        }
    }

    private void WriteMatches<T>(T[] all, Func<T, string?> name, NamePattern? names) =>
        WriteObject(all.Where(one => names?.IsMatch(name(one)) != false), enumerateCollection: true);

    private void WriteMissing(NamePattern? names, Func<string, ErrorRecord> error)
    {
        foreach (string missing in names?.Missing ?? [])
        {
            WriteError(error(missing));
        }
    }
}
