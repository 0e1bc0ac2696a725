using System.Management.Automation;
using Pictify.Http;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Input;
using PictifyPS.Selection;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Closes a connection: discards its key, and the experiments of a sandbox connection.</summary>
/// <remarks>
/// <para>Without -Connection and -Name it closes the default connection of this runspace; if there is none, it does nothing. A closed
/// connection is closed for every runspace that shares it.</para>
/// <para>If the default connection is closed, no other one becomes the default: the next Connect-Pictify makes one.</para>
/// </remarks>
/// <example>
/// <code>Disconnect-Pictify</code>
/// <para>Closes this session's connection.</para>
/// </example>
/// <example>
/// <code>$live | Disconnect-Pictify</code>
/// <para>Closes a connection that 'Connect-Pictify -PassThru' emitted.</para>
/// </example>
/// <example>
/// <code>Get-PictifyConnection * | Disconnect-Pictify</code>
/// <para>Closes every connection of this session.</para>
/// </example>
/// <seealso cref="ConnectPictifyCommand"/>
/// <seealso cref="GetPictifyConnectionCommand"/>
/// <seealso>about_PictifyPS_Connections</seealso>
[Cmdlet(VerbsCommunications.Disconnect, "Pictify", DefaultParameterSetName = ByConnection)]
public sealed class DisconnectPictifyCommand : PSCmdlet
{
    private const string ByConnection = "Connection";
    private const string ByName = "Name";

    /// <summary>The connection to close, or its name. Default: the default connection of this runspace.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = ByConnection)]
    [ConnectionName]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [ValidateNotNull]
    public PictifyConnection? Connection { get; set; }

    /// <summary>The names of the connections to close; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByName)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [Text("Disconnect-Pictify -Name", ReplacesInput = true)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByName)
        {
            var names = new NamePattern(Name);
            foreach (PictifyConnection one in NamedConnections.All().Where(one => names.IsMatch(one.Name)))
            {
                Close(one);
            }

            foreach (string missing in names.Missing)
            {
                WriteError(NamedConnections.NotFound(missing));
            }

            return;
        }

        if ((Connection ?? DefaultConnection.Peek()) is not { } closing)
        {
            WriteVerbose("There is no connection to close.");
            return;
        }

        Close(closing);
    }

    private void Close(PictifyConnection closing)
    {
        if (ReferenceEquals(closing, DefaultConnection.Peek()))
        {
            DefaultConnection.Clear();
        }

        NamedConnections.Remove(closing);
        closing.Dispose();
        WriteVerbose($"Closed the connection to {closing}.");
    }
}
