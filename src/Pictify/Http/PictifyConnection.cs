using System.Net;
using System.Net.Http;
using System.Text;
using Pictify.Sandbox;

namespace Pictify.Http;

/// <summary>
/// Endpoint, credentials, timeouts and retry policy. Thread-safe: commands and runspaces may share it, and then share its rate
/// limiter and its estimate of the server's clock too. It never shows its key.
/// </summary>
public sealed class PictifyConnection : IDisposable
{
    /// <summary>The service's address.</summary>
    public static readonly Uri DefaultBaseUri = new("https://api.pictify.io/");

    private readonly DateTimeOffset _connectedAt;
    private readonly PictifyConnectionOptions _options;
    private readonly ApiKey? _key;
    private readonly RateLanes _lanes;
    private readonly Lazy<HttpClients> _clients;
    private readonly CancellationTokenSource _closed = new();
    private int _disposed;

    /// <summary>Checks the options; sockets are opened by the first request.</summary>
    /// <exception cref="PictifyException">An option is not valid.</exception>
    public PictifyConnection(PictifyConnectionOptions options)
    {
        _options = options ?? throw new ArgumentNullException(nameof(options));
        if (options.Name is { } name && !ConnectionName.IsValid(name))
        {
            throw Invalid(ConnectionName.GetProblem(name));
        }

        if (options.Sandbox is null)
        {
            BaseUri = Addresses.CheckBase(options.BaseUri);
            _ = options.Proxy is { } proxy ? Addresses.CheckProxy(proxy) : null;
            _key = new ApiKey(options.ApiKey ?? throw Invalid("There is no API key."));
        }
        else
        {
            BaseUri = options.Sandbox.BaseUri;
        }

        _connectedAt = options.TimeProvider.GetUtcNow();
        Closing = _closed.Token;
        _lanes = new RateLanes(options);
        _clients = new Lazy<HttpClients>(() => HttpClients.Create(PrimaryHandler));
    }

    /// <summary>The connection's name; null if it has none.</summary>
    public string? Name => _options.Name;

    /// <summary>The environment that the connection acts on.</summary>
    public PictifyEnvironment Environment => _key?.Environment ?? PictifyEnvironment.Sandbox;

    /// <summary>The service's address, ending in a slash.</summary>
    public Uri BaseUri { get; }

    /// <summary>The sandbox that answers the requests, for a sandbox connection.</summary>
    public PictifySandbox? Sandbox => _options.Sandbox;

    /// <summary>The first eight hex digits of the key's SHA-256, which distinguish two keys without showing either.</summary>
    public string? KeyFingerprint => _key?.Fingerprint;

    /// <summary>Longest time for one attempt.</summary>
    public TimeSpan Timeout => _options.Timeout;

    /// <summary>Retries after the first attempt.</summary>
    public int MaximumRetryCount => _options.MaximumRetryCount;

    /// <summary>The longest wait for the rate limit.</summary>
    public TimeSpan MaximumWait => _options.MaximumWait;

    /// <summary>The proxy of this connection; null if the system's is used.</summary>
    public Uri? Proxy => _options.Proxy;

    /// <summary>Where changes are recorded: a file, <c>memory</c> for a sandbox's own record, or <c>off</c>.</summary>
    public string LedgerPath => _options.LedgerPath;

    /// <summary>True if changes that cannot be recorded are refused.</summary>
    public bool RequireLedger => _options.RequireLedger;

    /// <summary>True if changes without a reason are refused.</summary>
    public bool RequireReason => _options.RequireReason;

    /// <summary>When it was created.</summary>
    public DateTime ConnectedAt => _connectedAt.LocalDateTime;

    /// <summary>True once it was closed; every request then fails.</summary>
    public bool IsClosed => Volatile.Read(ref _disposed) != 0;

    /// <summary>False if the key starts with neither <c>pk_live_</c> nor <c>pk_test_</c>.</summary>
    internal bool HasKnownPrefix => _key?.HasKnownPrefix ?? true;

    /// <summary>Equal for connections to the same address with the same key, or to the same sandbox.</summary>
    internal string Origin => Sandbox is { } sandbox ? sandbox.Id : $"{BaseUri}|{KeyFingerprint}";

    /// <summary>The options that it was created with.</summary>
    internal PictifyConnectionOptions Options => _options;

    internal TimeProvider Time => _options.TimeProvider;

    /// <summary>Now, by the connection's clock.</summary>
    internal DateTimeOffset Now => Time.GetUtcNow();

    internal string UserAgent => _options.UserAgent;

    internal TimeSpan RetryInterval => _options.RetryInterval;

    /// <summary>The service's clock, by its answers about experiments.</summary>
    internal ServerClock Clock => Experiments.Clock;

    /// <summary>The service's clock less this machine's, by any of the service's answers; null before the first one.</summary>
    internal TimeSpan? Skew => _lanes.Skew;

    /// <summary>The API key's rate limit for the experiments API.</summary>
    internal RateLane Experiments => _lanes.Experiments;

    /// <summary>The rate limit that a request counts against.</summary>
    internal RateLane LaneOf(ApiRequest request) => _lanes.Of(request);

    /// <summary>
    /// True once an answer showed that the account has the experiments feature, so that a 404 for one experiment is not
    /// checked against the collection again.
    /// </summary>
    internal bool FeatureSeen { get; set; }

    /// <summary>Reads as <c>Live https://api.pictify.io/</c>, and with a name as <c>prod (Live https://api.pictify.io/)</c>.</summary>
    public override string ToString() =>
        Name is null ? $"{Environment} {BaseUri}" : $"{Name} ({Environment} {BaseUri})";

    /// <summary>Clears the key and closes the sockets.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _key?.Dispose();

            // Cancels requests in flight at once; the client factory closes the sockets later.
            _closed.Cancel();
            _closed.Dispose();
            if (_clients.IsValueCreated)
            {
                _clients.Value.Dispose();
            }
        }
    }

    /// <summary>Canceled when the connection is closed.</summary>
    internal CancellationToken Closing { get; }

    internal Task Delay(TimeSpan wait, CancellationToken cancellationToken) =>
        Platform.Delay(Time, wait, cancellationToken);

    internal HttpClient CreateHttpClient()
    {
        HttpClient client;
        try
        {
            client = IsClosed ? throw Closed() : _clients.Value.CreateClient();
        }
        catch (ObjectDisposedException)
        {
            throw Closed();
        }

        client.Timeout = System.Threading.Timeout.InfiniteTimeSpan;
        return client;
    }

    /// <summary>The key in clear text, for the Authorization header only; null for a sandbox.</summary>
    internal string? GetKeyText() => _key is { } key ? UnlessClosed(key.GetText) : null;

    /// <summary>Masks the secrets of this connection and of the request in answers.</summary>
    internal SecretMask Mask(ApiRequest? request = null)
    {
        var mask = new SecretMask();
        if (_key is { } key)
        {
            mask.Add(UnlessClosed(key.GetUtf8));
        }

        if (_options.ProxyCredential is { } credential)
        {
            mask.Add(UnlessClosed(() => SecureText.Utf8(credential.SecurePassword)));
        }

        foreach (string secret in (request?.AllSecrets ?? []).Concat(OutwardProxy.EnvironmentPasswords.Value))
        {
            mask.Add(Encoding.UTF8.GetBytes(secret));
        }

        return mask;
    }

    /// <summary>Reads a secret, which is cleared when the connection is closed.</summary>
    private T UnlessClosed<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ObjectDisposedException)
        {
            throw Closed();
        }
    }

    private HttpMessageHandler PrimaryHandler()
    {
        if (_options.Handler is { } handler)
        {
            return handler;
        }

        if (Sandbox is { } sandbox)
        {
            return new SandboxHandler(sandbox);
        }

        WebProxy? proxy = _options.Proxy is { } address
            ? new WebProxy(address) { Credentials = _options.ProxyCredential }
            : null;
        return NetworkHandler.Create(proxy, _options.NoProxy);
    }

    private PictifyException Closed() =>
        new(
            PictifyErrorKind.ConnectionClosed,
            $"The connection to {this} was closed, by Disconnect-Pictify or by a Connect-Pictify with its name; nothing was sent. Connect again with Connect-Pictify."
        );

    private static PictifyException Invalid(string message) => new(PictifyErrorKind.InvalidArgument, message);
}
