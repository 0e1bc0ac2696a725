using System.Management.Automation;
using System.Security;
using Pictify.Http;
using Pictify.Profiles;
using Pictify.Sandbox;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Connects this session to Pictify, or to a sandbox of its own.</summary>
/// <remarks>
/// <para>The connection becomes the default of this runspace; other runspaces (jobs, ForEach-Object -Parallel) get it with -Connection.
/// Nothing is sent: Test-PictifyConnection tests whether the key works. If the environment variable PICTIFY_API_KEY is set, no
/// Connect-Pictify is needed; PICTIFY_BASE_URL sets the address in the same way.</para>
/// <para>The sandbox keeps its experiments until the connection is closed, and needs neither key nor network.</para>
/// <para>With -Name several connections can be open at once, and every cmdlet takes the name: -Connection prod. The one that was made last
/// is the default. If a name is connected again, it belongs to the new connection, and the old one is closed. A profile, which
/// Save-PictifyConnection makes, contains all settings of a connection except the key; other sessions and jobs can use it.</para>
/// </remarks>
/// <example>
/// <code>Connect-Pictify -Sandbox</code>
/// <para>A sandbox with some experiments, to try commands and to rehearse.</para>
/// </example>
/// <example>
/// <code>Connect-Pictify -ApiKey (Read-Host 'API key' -AsSecureString)</code>
/// <para>Connects to the service; the key is never shown or stored.</para>
/// </example>
/// <example>
/// <code>Get-Secret PictifyKey | Connect-Pictify -PassThru</code>
/// <para>Takes the key from a vault, as a SecureString or as a credential's password, and emits the connection.</para>
/// </example>
/// <example>
/// <code>Connect-Pictify -Name rehearsal -Sandbox; Get-PictifyExperiment 'Hero*' -Connection rehearsal | Suspend-PictifyExperiment -Connection rehearsal</code>
/// <para>Gives a connection a name, and selects it by name for each command.</para>
/// </example>
/// <example>
/// <code>Connect-Pictify -Profile rehearsal</code>
/// <para>Connects with the settings of the profile 'rehearsal', and with the key that it refers to, in any session of this user.</para>
/// </example>
/// <seealso cref="GetPictifyConnectionCommand"/>
/// <seealso cref="TestPictifyConnectionCommand"/>
/// <seealso cref="DisconnectPictifyCommand"/>
/// <seealso>about_PictifyPS_Connections</seealso>
[Cmdlet(VerbsCommunications.Connect, "Pictify", DefaultParameterSetName = WithKey)]
[OutputType(typeof(PictifyConnection))]
public sealed class ConnectPictifyCommand : PictifyCmdlet
{
    private const string WithKey = "ApiKey";
    private const string WithCredential = "Credential";
    internal const string WithSandbox = "Sandbox";
    private const string WithProfile = "Profile";

    /// <summary>
    /// The API key, as a SecureString; a plain text is refused, and not repeated. Default: the environment variable
    /// PICTIFY_API_KEY.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = WithKey)]
    [Secret]
    [ValidateNotNull]
    public SecureString? ApiKey { get; set; }

    /// <summary>A credential whose password is the API key; its user name is not used.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = WithCredential)]
    [Secret(IsCredential = true)]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>Connects to a sandbox: an in-memory Pictify with experiments of its own.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WithSandbox)]
    public SwitchParameter Sandbox { get; set; }

    /// <summary>
    /// An existing sandbox, from another connection's Sandbox property or [Pictify.Sandbox.PictifySandbox]::new().
    /// Default: a new one.
    /// </summary>
    [Parameter(Position = 0, ParameterSetName = WithSandbox)]
    [ValidateNotNull]
    public PictifySandbox? State { get; set; }

    /// <summary>
    /// A profile that Save-PictifyConnection made: the connection has the profile's settings, except for those that are given here. Its key
    /// is read from the environment variable or the secret of SecretManagement that the profile names.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = WithProfile)]
    [ArgumentCompleter(typeof(ProfileCompleter))]
    [Text("Connect-Pictify -Profile", ReplacesInput = true)]
    [ValidateNotNullOrEmpty]
    public string? Profile { get; set; }

    /// <summary>
    /// The connection's name, for -Connection: 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.'. Default: the profile's name, else none.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [Text("Connect-Pictify -Name")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>
    /// The service's address; it may have a path prefix. https only; http for loopback addresses. Default: the environment variable
    /// PICTIFY_BASE_URL, else https://api.pictify.io.
    /// </summary>
    [Parameter(ParameterSetName = WithKey)]
    [Parameter(ParameterSetName = WithCredential)]
    [Address]
    [ValidateNotNull]
    public Uri? BaseUri { get; set; }

    /// <summary>Seconds that one attempt of a request may take, 1 to 3600. Default 30.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; } = PictifyConnectionOptions.DefaultTimeoutSeconds;

    /// <summary>How often a failed request is sent again, 0 to 20, if sending it again is safe. Default 3.</summary>
    [Parameter]
    [ValidateRange(0, 20)]
    public int MaximumRetryCount { get; set; } = PictifyConnectionOptions.DefaultRetryCount;

    /// <summary>Seconds before the first retry, 0 to 30; they double each time. Default 1.</summary>
    [Parameter]
    [ValidateRange(0.0, 30.0)]
    public double RetryIntervalSec { get; set; } = PictifyConnectionOptions.DefaultRetryIntervalSeconds;

    /// <summary>The longest wait for the rate limit, in seconds; a longer one is an error. Default 120.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public int MaximumWaitSec { get; set; } = PictifyConnectionOptions.DefaultWaitSeconds;

    /// <summary>
    /// A proxy's address, without user and password. Default: the system's proxy. Loopback addresses are reached directly in
    /// any case.
    /// </summary>
    [Parameter(ParameterSetName = WithKey)]
    [Parameter(ParameterSetName = WithCredential)]
    [Address]
    [ValidateNotNull]
    public Uri? Proxy { get; set; }

    /// <summary>The credential for the proxy.</summary>
    [Parameter(ParameterSetName = WithKey)]
    [Parameter(ParameterSetName = WithCredential)]
    [Parameter(ParameterSetName = WithProfile)]
    [Credential]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>Uses no proxy, not even the system's.</summary>
    [Parameter(ParameterSetName = WithKey)]
    [Parameter(ParameterSetName = WithCredential)]
    public SwitchParameter NoProxy { get; set; }

    /// <summary>
    /// The file in which commands on this connection record what they change, or 'off'. Default: the environment variable PICTIFY_LEDGER,
    /// else PictifyPS/ledger.jsonl in the user's local application data; for a sandbox its own memory.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Text("Connect-Pictify -LedgerPath")]
    public string? LedgerPath { get; set; }

    /// <summary>Refuses changes that cannot be recorded, before anything is sent. Without it, they are made with a warning.</summary>
    [Parameter]
    public SwitchParameter RequireLedger { get; set; }

    /// <summary>Refuses changes without -Reason.</summary>
    [Parameter]
    public SwitchParameter RequireReason { get; set; }

    /// <summary>Emits the connection.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (SecretAttribute.IsRefused(ApiKey) || SecretAttribute.IsRefused(Credential))
        {
            ThrowTerminatingError(ConnectionErrors.PlainTextApiKey());
        }

        PictifyProfile? profile = ParameterSetName == WithProfile ? FindProfile() : null;
        PictifyConnection connection;
        try
        {
            PictifyConnectionOptions? options = new ConnectOptions(this, profile).Read(out ErrorRecord? error);
            connection = new PictifyConnection(options ?? throw this.Terminate(error!));
        }
        catch (PictifyException exception)
        {
            throw Terminate(exception);
        }

        if (!connection.HasKnownPrefix)
        {
            WriteWarning(
                "The API key starts with neither 'pk_live_' nor 'pk_test_'; it is treated as a live key. Is it a Pictify key?"
            );
        }

        if (connection.Name is not null)
        {
            NamedConnections.Set(connection);
        }

        DefaultConnection.Set(connection);
        WriteVerbose($"Connected to {connection}.");
        if (PassThru)
        {
            WriteObject(connection);
        }
    }

    private PictifyProfile FindProfile()
    {
        (PictifyProfile? profile, ProfileStore store) = WithProfiles(store => (store.Find(Profile!), store), Profile);
        return profile ?? throw this.Terminate(ConnectionErrors.NoSuchProfile(Profile!, store));
    }
}
