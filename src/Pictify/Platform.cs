using System.Net;
using System.Net.Http;

namespace Pictify;

/// <summary>The code that differs between .NET Framework and .NET.</summary>
internal static class Platform
{
    /// <summary>Which of the two this build is for.</summary>
    public static bool IsNetFramework =>
#if !NET
        true;
#else
        false;
#endif

    /// <summary>True on Windows, by its directory separator: .NET Framework has no <c>OperatingSystem.IsWindows</c>.</summary>
    public static bool IsWindows => Path.DirectorySeparatorChar == '\\';

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

    /// <summary>The name and id of this process.</summary>
    public static (string Name, int Id) ThisProcess()
    {
#if !NET
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return (process.ProcessName, process.Id);
#else
        return (Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "", Environment.ProcessId);
#endif
    }

    /// <summary>The full path of this process's executable.</summary>
    public static string ProcessPath()
    {
#if !NET
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.MainModule!.FileName;
#else
        return Environment.ProcessPath!;
#endif
    }

    /// <summary>From 0 up to 1; thread-safe.</summary>
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

    /// <summary>
    /// A source that is canceled after a time. A later <c>CancelAfter</c> measures by the same clock on .NET, and by the system's clock on
    /// .NET Framework.
    /// </summary>
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

    /// <summary>The proxy of the system's or the environment's settings.</summary>
    public static IWebProxy? SystemProxy =>
#if !NET
        WebRequest.DefaultWebProxy;
#else
        HttpClient.DefaultProxy;
#endif
}
