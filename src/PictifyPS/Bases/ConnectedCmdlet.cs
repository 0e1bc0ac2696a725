using System.Management.Automation;
using Pictify.Http;
using PictifyPS.Completion;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>A cmdlet that sends requests to Pictify.</summary>
public abstract class ConnectedCmdlet : PictifyCmdlet
{
    private readonly ServiceAccess _service;

    private protected ConnectedCmdlet() => _service = new ServiceAccess(this, () => Connection);

    /// <summary>
    /// The connection to use: its name, or the object from 'Connect-Pictify -PassThru' or Get-PictifyConnection. Default: the one that
    /// Connect-Pictify made last in this runspace; without one, the key in the environment variable PICTIFY_API_KEY.
    /// </summary>
    [Parameter]
    [ConnectionName]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [ValidateNotNull]
    public PictifyConnection? Connection { get; set; }

    private protected PictifyConnection Current => _service.Current;

    private protected PictifyClient Client => _service.Client;

    /// <inheritdoc/>
    protected override void BeginProcessing() => _service.Begin();
}
