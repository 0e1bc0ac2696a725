using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Pictify;

/// <summary>What differs between .NET Framework and .NET, and nothing else.</summary>
internal static class Platform
{
    /// <summary>Which of the two this build is for.</summary>
    public static bool IsNetFramework =>
#if !NET
        true;
#else
        false;
#endif

    public static T[] EnumValues<T>()
        where T : struct, Enum =>
#if !NET
        (T[])Enum.GetValues(typeof(T));
#else
        Enum.GetValues<T>();
#endif

#if !NET
    private static readonly Random _random = new();
#endif

    /// <summary>This process, as the system lists it.</summary>
    public static (string Name, int Id) ThisProcess()
    {
#if !NET
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return (process.ProcessName, process.Id);
#else
        return (Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "", Environment.ProcessId);
#endif
    }

    /// <summary>The program that runs this process, as a full path.</summary>
    public static string ProcessPath()
    {
#if !NET
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.MainModule!.FileName;
#else
        return Environment.ProcessPath!;
#endif
    }

    /// <summary>True on Windows, by what separates folders there.</summary>
    public static bool IsWindows => Path.DirectorySeparatorChar == '\\';

    /// <summary>Whether two paths are the same file's, as the file system is by default.</summary>
    public static StringComparer PathComparer => IsWindows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>Opens a file to read and to add to, and makes one that only its owner may read where there is none.</summary>
    public static FileStream OpenPrivate(string path) =>
#if !NET
        new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
#else
        new(path, OperatingSystem.IsWindows() ? Shared() : Private());

    private static FileStreamOptions Shared() =>
        new()
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static FileStreamOptions Private()
    {
        FileStreamOptions options = Shared();
        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
#endif

    /// <summary>Makes a folder, and what is missing above it; only its owner may look into it (not on Windows).</summary>
    public static void CreatePrivateFolder(string path)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return;
        }
#endif
        Directory.CreateDirectory(path);
    }

    /// <summary>Whether others than its owner may write a file, by its mode; on Windows its folder decides, and this is false.</summary>
    public static bool MayOthersWrite(string path)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            return (File.GetUnixFileMode(path) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;
        }
#endif
        return false;
    }

    /// <summary>From 0 up to 1, from any thread.</summary>
    public static double NextRandom()
    {
#if !NET
        lock (_random)
        {
            return _random.NextDouble();
        }
#else
        return Random.Shared.NextDouble();
#endif
    }

    public static Task Delay(TimeProvider time, TimeSpan wait, CancellationToken cancellationToken) =>
#if !NET
        time.Delay(wait, cancellationToken);
#else
        Task.Delay(wait, time, cancellationToken);
#endif

    public static Task WaitAsync(Task task, CancellationToken cancellationToken) =>
#if !NET
        task.WaitAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
#else
        task.WaitAsync(cancellationToken);
#endif

    public static CancellationTokenSource CancellationAfter(TimeProvider time, TimeSpan limit) =>
#if !NET
        time.CreateCancellationTokenSource(limit);
#else
        new(limit, time);
#endif

    public static Task<Stream> ReadAsStreamAsync(HttpContent content, CancellationToken cancellationToken) =>
#if !NET
        content.ReadAsStreamAsync();
#else
        content.ReadAsStreamAsync(cancellationToken);
#endif

    /// <summary>The proxy that the system, or the environment, has set.</summary>
    private static IWebProxy? SystemProxy =>
#if !NET
        WebRequest.DefaultWebProxy;
#else
        HttpClient.DefaultProxy;
#endif

    /// <summary>Passwords of the proxies that the environment names, which the runtime sends and a proxy may repeat.</summary>
    public static Lazy<string[]> ProxyPasswords { get; } =
        new(static () =>
            [
                .. new[] { "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY" }
                    .Select(Environment.GetEnvironmentVariable)
                    .Select(static address =>
                    {
                        // What stands before the last @ of the host is user:password.
                        int at = address?.LastIndexOf('@') ?? -1;
                        int colon =
                            at < 0 ? -1 : address!.IndexOf(':', address.IndexOf("//", StringComparison.Ordinal) + 2);
                        return colon >= 0 && colon < at ? address!.Substring(colon + 1, at - colon - 1) : null;
                    })
                    .OfType<string>()
                    .SelectMany(static password => new[] { password, Uri.UnescapeDataString(password) })
                    .Distinct(),
            ]
        );

    /// <summary>A handler that never follows a redirect: the key must not travel where the service did not live.</summary>
    public static HttpMessageHandler CreatePrimaryHandler(IWebProxy? proxy, bool noProxy)
    {
#if !NET
        var handler = new HttpClientHandler
        {
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate,
            // The framework's default is two connections a host, for the whole process; this raises it for us alone.
            MaxConnectionsPerServer = 64,
        };
        const SecurityProtocolType systemDefault = 0;
        if (ServicePointManager.SecurityProtocol != systemDefault)
        {
            // Somebody chose protocols by hand: add to them, and leave the system's own choice alone.
            ServicePointManager.SecurityProtocol |= SecurityProtocolType.Tls12;
        }
#else
        var handler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All };
#endif
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.UseProxy = !noProxy;
        if (!noProxy && (proxy ?? SystemProxy) is { } outward)
        {
            handler.Proxy = new Http.OutwardProxy(outward);
        }

        return handler;
    }

    /// <summary>True where the request cannot have reached the service, so that sending it again is harmless.</summary>
    public static bool IsCertainlyUnsent(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SocketException
                {
                    SocketErrorCode: SocketError.ConnectionRefused
                        or SocketError.HostNotFound
                        or SocketError.TryAgain
                        or SocketError.NoData
                        or SocketError.HostUnreachable
                        or SocketError.NetworkUnreachable
                }:
                case AuthenticationException:
                    return true;
#if !NET
                case WebException
                {
                    Status: WebExceptionStatus.NameResolutionFailure
                        or WebExceptionStatus.ProxyNameResolutionFailure
                        or WebExceptionStatus.ConnectFailure
                        or WebExceptionStatus.TrustFailure
                        or WebExceptionStatus.SecureChannelFailure
                }:
                    return true;
#else
                case HttpRequestException
                {
                    HttpRequestError: HttpRequestError.NameResolutionError
                        or HttpRequestError.ConnectionError
                        or HttpRequestError.SecureConnectionError
                        or HttpRequestError.ProxyTunnelError
                }:
                    return true;
#endif
                default:
                    continue;
            }
        }

        return false;
    }
}
