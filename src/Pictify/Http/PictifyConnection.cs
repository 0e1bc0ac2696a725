using System.Collections.Concurrent;
using System.Net;
using System.Net.Http;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using Pictify.Sandbox;

namespace Pictify.Http;

/// <summary>What a connection acts on, from its key's prefix.</summary>
public enum PictifyEnvironment : long
{
    /// <summary>A key that starts with <c>pk_live_</c>, or with nothing that is known: the careful reading.</summary>
    Live,

    /// <summary>A key that starts with <c>pk_test_</c>.</summary>
    Test,

    /// <summary>The module's own in-memory Pictify: no key, no network.</summary>
    Sandbox,
}

/// <summary>How to connect. All of it has defaults but the key, which only a sandbox does without.</summary>
public sealed record PictifyConnectionOptions
{
    /// <summary>The service's address; it may carry a path prefix.</summary>
    public Uri BaseUri { get; init; } = PictifyConnection.DefaultBaseUri;

    /// <summary>
    /// What the connection is called where there are several: 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.'. Null where it has no name.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>The API key.</summary>
    public SecureString? ApiKey { get; init; }

    /// <summary>Answers instead of the service.</summary>
    public PictifySandbox? Sandbox { get; init; }

    /// <summary>Longest time for one attempt, from connecting to the last byte.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Further attempts after the first.</summary>
    public int MaximumRetryCount { get; init; } = 3;

    /// <summary>The first wait between two attempts; it doubles each time, and a random part of it is waited.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that the service's rate limit may ask for.</summary>
    public TimeSpan MaximumWait { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>A proxy for this connection; the system's own where it is null.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>For the proxy.</summary>
    public NetworkCredential? ProxyCredential { get; init; }

    /// <summary>Past every proxy.</summary>
    public bool NoProxy { get; init; }

    /// <summary>Sent as <c>User-Agent</c>.</summary>
    public string UserAgent { get; init; } = "Pictify";

    /// <summary>
    /// Where the commands on this connection record what they change: a file, <c>memory</c> for a sandbox's own record,
    /// or <c>off</c>.
    /// </summary>
    public string LedgerPath { get; init; } = "off";

    /// <summary>Refuses changes that cannot be recorded.</summary>
    public bool RequireLedger { get; init; }

    /// <summary>Refuses changes without a reason.</summary>
    public bool RequireReason { get; init; }

    /// <summary>Answers instead of the network; for tests of what stands above it.</summary>
    internal HttpMessageHandler? Handler { get; init; }

    /// <summary>The clock that waits are measured by.</summary>
#if !NET
    // A package's type there, which other modules may bring in another version.
    internal
#else
    public
#endif
    TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The same for a sandbox, by its clock.</summary>
    internal PictifyConnectionOptions For(PictifySandbox sandbox) =>
        this with
        {
            Sandbox = sandbox,
            TimeProvider = sandbox.TimeProvider,
        };
}

/// <summary>
/// A way to reach Pictify: where, as whom, and how patiently. It never changes and may be shared by any number of
/// commands and runspaces, which then share its rate limit too. It never shows its key.
/// </summary>
public sealed class PictifyConnection : IDisposable
{
    /// <summary>Where the service is.</summary>
    public static readonly Uri DefaultBaseUri = new("https://api.pictify.io/");

    private const string PublicLane = "public";

    private readonly PictifyConnectionOptions _options;
    private readonly SecureString? _key;
    private readonly Lazy<HttpClients> _clients;
    private readonly ConcurrentDictionary<string, RateLane> _lanes = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _closed = new();
    private int _disposed;

    /// <summary>Checks the options and opens nothing: the first request does.</summary>
    /// <exception cref="PictifyException">An option cannot be right.</exception>
    public PictifyConnection(PictifyConnectionOptions options)
    {
        _options = options ?? throw new ArgumentNullException(nameof(options));
        if (options.Name is { } name && !ConnectionName.IsValid(name))
        {
            throw Invalid(ConnectionName.WhyNot(name));
        }

        if (options.Sandbox is null)
        {
            BaseUri = Addresses.CheckBase(options.BaseUri);
            _ = options.Proxy is { } proxy ? Addresses.CheckProxy(proxy) : null;
            _key = (options.ApiKey ?? throw Invalid("There is no API key.")).Copy();
            _key.MakeReadOnly();
            (Environment, KeyFingerprint, HasKnownPrefix) = Inspect(_key);
        }
        else
        {
            BaseUri = options.Sandbox.BaseUri;
            Environment = PictifyEnvironment.Sandbox;
            HasKnownPrefix = true;
        }

        ConnectedAt = options.TimeProvider.GetUtcNow();
        Closing = _closed.Token;
        Experiments = new RateLane(options, "The API key's rate limit");
        _clients = new Lazy<HttpClients>(() =>
            HttpClients.Create(PrimaryHandler, () => new AuthorizationHandler(this))
        );
    }

    /// <summary>What it is called where there are several; null where it has no name.</summary>
    public string? Name => _options.Name;

    /// <summary>What the connection acts on.</summary>
    public PictifyEnvironment Environment { get; }

    /// <summary>The service's address, ending in a slash.</summary>
    public Uri BaseUri { get; }

    /// <summary>The sandbox that answers, for a sandbox connection.</summary>
    public PictifySandbox? Sandbox => _options.Sandbox;

    /// <summary>The first eight hex digits of the key's SHA-256: tells two keys apart and gives neither away.</summary>
    public string? KeyFingerprint { get; }

    /// <summary>Longest time for one attempt.</summary>
    public TimeSpan Timeout => _options.Timeout;

    /// <summary>Further attempts after the first.</summary>
    public int MaximumRetryCount => _options.MaximumRetryCount;

    /// <summary>The longest wait for the rate limit.</summary>
    public TimeSpan MaximumWait => _options.MaximumWait;

    /// <summary>The proxy of this connection, where it has one of its own.</summary>
    public Uri? Proxy => _options.Proxy;

    /// <summary>Where changes are recorded: a file, <c>memory</c> for a sandbox's own record, or <c>off</c>.</summary>
    public string LedgerPath => _options.LedgerPath;

    /// <summary>True where changes that cannot be recorded are refused.</summary>
    public bool RequireLedger => _options.RequireLedger;

    /// <summary>True where changes without a reason are refused.</summary>
    public bool RequireReason => _options.RequireReason;

    /// <summary>When it was made.</summary>
    public DateTimeOffset ConnectedAt { get; }

    /// <summary>True once it was closed; it then refuses every request.</summary>
    public bool IsClosed => Volatile.Read(ref _disposed) != 0;

    /// <summary>False where the key starts with neither <c>pk_live_</c> nor <c>pk_test_</c>.</summary>
    internal bool HasKnownPrefix { get; }

    /// <summary>Equal for connections to the same place as the same team.</summary>
    internal string Origin => Sandbox is { } sandbox ? sandbox.Id : $"{BaseUri}|{KeyFingerprint}";

    /// <summary>What it was made with.</summary>
    internal PictifyConnectionOptions Options => _options;

    internal TimeProvider Time => _options.TimeProvider;

    /// <summary>Now, by the connection's clock.</summary>
    internal DateTimeOffset Now => Time.GetUtcNow();

    internal DateTimeOffset LocalNow => Time.GetLocalNow();

    internal TimeZoneInfo TimeZone => Time.LocalTimeZone;

    internal string UserAgent => _options.UserAgent;

    internal TimeSpan RetryInterval => _options.RetryInterval;

    /// <summary>The service's clock, as the answers about experiments show it.</summary>
    internal ServerClock Clock => Experiments.Clock;

    /// <summary>The service's clock less this machine's, as any of its answers showed it; null where none did.</summary>
    internal TimeSpan? Skew =>
        Clock.Skew ?? (_lanes.TryGetValue(PublicLane, out RateLane? lane) ? lane.Clock.Skew : null);

    /// <summary>The pace of the API key: of what is asked about experiments.</summary>
    internal RateLane Experiments { get; }

    /// <summary>
    /// Whose rate limit a request is under. What an image, another endpoint or another host says of its own limit must hold no
    /// pause back.
    /// </summary>
    internal RateLane LaneOf(ApiRequest request)
    {
        if (request.Authenticated)
        {
            return IsUnder(PictifyClient.Collection, request.Path)
                ? Experiments
                : Lane("", "The rate limit of other endpoints");
        }

        return Uri.TryCreate(request.Path, UriKind.Absolute, out Uri? other) && other.Scheme is "http" or "https"
            ? Lane(other.Authority, $"The rate limit of {other.Host}")
            : Lane(PublicLane, "The rate limit of public requests");

        RateLane Lane(string name, string what) => _lanes.GetOrAdd(name, _ => new RateLane(_options, what));
    }

    private static bool IsUnder(string folder, string path) =>
        path.StartsWith(folder, StringComparison.OrdinalIgnoreCase)
        && (path.Length == folder.Length || path[folder.Length] is '/' or '?');

    /// <summary>
    /// Set once an answer showed that the account has the experiments feature, so that a 404 for one experiment need
    /// not be checked against the collection again.
    /// </summary>
    internal bool FeatureSeen { get; set; }

    /// <summary>Reads as <c>Live https://api.pictify.io/</c>, and with a name as <c>prod (Live https://api.pictify.io/)</c>.</summary>
    public override string ToString() =>
        Name is null ? $"{Environment} {BaseUri}" : $"{Name} ({Environment} {BaseUri})";

    /// <summary>Forgets the key and closes the sockets.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _key?.Dispose();

            // What is under way ends at once: closing the sockets is left to the factory of the clients, which takes its time.
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

    /// <summary>The one place where the key is text: as a header's value, for as long as the request lasts.</summary>
    internal string? RevealKey()
    {
        try
        {
            return _key is null ? null : Reveal(_key, static key => new string(key));
        }
        catch (ObjectDisposedException)
        {
            throw Closed();
        }
    }

    /// <summary>What hides every secret of this connection, and of the request, in what is answered.</summary>
    internal SecretMask Mask(ApiRequest? request = null)
    {
        var mask = new SecretMask();
        if (_key is not null)
        {
            mask.Add(RevealBytes(_key));
        }

        if (_options.ProxyCredential is { } credential)
        {
            mask.Add(RevealBytes(credential.SecurePassword));
        }

        foreach (string secret in (request?.Secrets ?? []).Concat(Platform.ProxyPasswords.Value))
        {
            mask.Add(Encoding.UTF8.GetBytes(secret));
        }

        return mask;
    }

    private byte[] RevealBytes(SecureString secret)
    {
        try
        {
            return Reveal(secret, static text => Encoding.UTF8.GetBytes(text));
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
        return Platform.CreatePrimaryHandler(proxy, _options.NoProxy);
    }

    private static (PictifyEnvironment, string Fingerprint, bool HasKnownPrefix) Inspect(SecureString key) =>
        Reveal(
            key,
            static text =>
            {
                if (text.Length == 0)
                {
                    throw Invalid("The API key is empty.");
                }

                foreach (char c in text)
                {
                    // A header's value: a line break in it would be a second header.
                    if (c is <= ' ' or > '~')
                    {
                        throw Invalid(
                            "The API key holds a space, a line break or a character outside ASCII: it was probably copied with something around it."
                        );
                    }
                }

                var (environment, known) =
                    StartsWith(text, "pk_test_") ? (PictifyEnvironment.Test, true)
                    : StartsWith(text, "pk_live_") ? (PictifyEnvironment.Live, true)
                    : (PictifyEnvironment.Live, false);
                return (environment, Fingerprint(text), known);
            }
        );

    private static bool StartsWith(char[] text, string prefix) =>
        text.AsSpan().StartsWith(prefix.AsSpan(), StringComparison.Ordinal);

    private static string Fingerprint(char[] text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        try
        {
            using var sha = SHA256.Create();
            byte[] hash = sha.ComputeHash(bytes);
            return BitConverter.ToString(hash, 0, 4).Replace("-", "").ToLowerInvariant();
        }
        finally
        {
            Array.Clear(bytes, 0, bytes.Length);
        }
    }

    private static T Reveal<T>(SecureString secret, Func<char[], T> use)
    {
        IntPtr memory = Marshal.SecureStringToGlobalAllocUnicode(secret);
        var text = new char[secret.Length];
        try
        {
            Marshal.Copy(memory, text, 0, text.Length);
            return use(text);
        }
        finally
        {
            Array.Clear(text, 0, text.Length);
            Marshal.ZeroFreeGlobalAllocUnicode(memory);
        }
    }

    private PictifyException Closed() =>
        new(
            PictifyErrorKind.ConnectionClosed,
            $"The connection to {this} was closed, by Disconnect-Pictify or by a Connect-Pictify with its name; nothing was sent. Connect again with Connect-Pictify."
        );

    private static PictifyException Invalid(string message) => new(PictifyErrorKind.InvalidArgument, message);
}
