using System.Management.Automation;
using Pictify.Http;
using PictifyPS.Pipeline;

namespace PictifyPS.Commands;

/// <summary>Closes a connection: forgets its key, and a sandbox connection's experiments.</summary>
/// <remarks>
/// <para>Without -Connection it closes the default connection of this runspace; without one of those it does nothing. A
/// closed connection is closed for every runspace that shares it.</para>
/// </remarks>
/// <example>
/// <code>Disconnect-Pictify</code>
/// <para>Closes this session's connection.</para>
/// </example>
/// <example>
/// <code>$live | Disconnect-Pictify</code>
/// <para>Closes a connection that 'Connect-Pictify -PassThru' gave.</para>
/// </example>
/// <seealso cref="ConnectPictifyCommand"/>
/// <seealso cref="GetPictifyConnectionCommand"/>
/// <seealso>about_PictifyPS_Connections</seealso>
[Cmdlet(VerbsCommunications.Disconnect, "Pictify")]
public sealed class DisconnectPictifyCommand : PictifyCmdlet
{
    /// <summary>The connection to close. Default: the default connection of this runspace.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PictifyConnection? Connection { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        PictifyConnection? standing = DefaultConnection.Peek();
        PictifyConnection? closing = Connection ?? standing;
        if (closing is null)
        {
            WriteVerbose("There is no connection to close.");
            return;
        }

        if (ReferenceEquals(closing, standing))
        {
            DefaultConnection.Clear();
        }

        closing.Dispose();
        WriteVerbose($"Closed the connection to {closing}.");
    }
}
