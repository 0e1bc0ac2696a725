using System.Security.Cryptography;
using System.Text;

namespace PictifyPS.Benchmarks;

/// <summary>
/// A folder for the caches of each script that runs in a pwsh of its own. pwsh records there which methods a process compiled, and the next
/// process compiles them on another thread while it starts. With one folder for all, two scripts that take turns would each start with
/// the record of the other, although a runbook that runs again and again starts with its own.
/// </summary>
internal static class StartupCaches
{
    private static readonly string _root = Directory.CreateTempSubdirectory("pictify-caches").FullName;

    /// <summary>The variable that names the folder to pwsh, on Linux and macOS.</summary>
    public const string Variable = "XDG_CACHE_HOME";

    /// <summary>The folder of a script with these arguments.</summary>
    public static string Of(string script, string[] arguments)
    {
        byte[] name = SHA256.HashData(Encoding.UTF8.GetBytes($"{script}\n{string.Join('\n', arguments)}"));
        return Directory.CreateDirectory(Path.Combine(_root, Convert.ToHexString(name, 0, 8))).FullName;
    }

    /// <summary>Deletes the folders.</summary>
    public static void Delete() => Directory.Delete(_root, recursive: true);
}
