using System.Management.Automation;
using Pictify.Http;
using PictifyPS.Pipeline;

namespace PictifyPS.Commands;

/// <summary>Gets the connection that commands in this session use.</summary>
/// <remarks>
/// <para>It never shows the key: KeyFingerprint tells two keys apart without giving either away. Nothing is emitted where
/// there is no connection. Nothing is sent; Test-PictifyConnection asks the service.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyConnection</code>
/// <para>Shows what the commands of this session act on: Live, Test or Sandbox, and where.</para>
/// </example>
/// <example>
/// <code>$connection = Get-PictifyConnection; 1..3 | ForEach-Object -Parallel { Import-Module PictifyPS; Get-PictifyExperiment -First 1 -Connection $using:connection }</code>
/// <para>Hands the connection, with its rate limit, to other runspaces.</para>
/// </example>
/// <seealso cref="ConnectPictifyCommand"/>
/// <seealso cref="TestPictifyConnectionCommand"/>
/// <seealso>about_PictifyPS_Connections</seealso>
[Cmdlet(VerbsCommon.Get, "PictifyConnection")]
[OutputType(typeof(PictifyConnection))]
public sealed class GetPictifyConnectionCommand : PictifyCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            if (DefaultConnection.Get(this) is { } connection)
            {
                WriteObject(connection);
            }
        }
        catch (PictifyException exception)
        {
            Terminate(exception);
        }
    }
}
