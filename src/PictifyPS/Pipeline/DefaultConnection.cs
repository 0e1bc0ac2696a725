using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using System.Security;
using Pictify.Http;

namespace PictifyPS.Pipeline;

/// <summary>
/// The connection of each runspace. Two runspaces never share one unless it is handed over: a job must not pause things
/// where another prompt happens to be connected.
/// </summary>
internal static class DefaultConnection
{
    public const string KeyVariable = "PICTIFY_API_KEY";
    public const string BaseUriVariable = "PICTIFY_BASE_URL";

    private static readonly ConditionalWeakTable<Runspace, Entry> _byRunspace = new();

    /// <summary>The connection that Connect-Pictify made, else one with the environment's key, else null.</summary>
    /// <exception cref="PictifyException">The environment's key or address cannot be right.</exception>
    public static PictifyConnection? Get(PSCmdlet cmdlet)
    {
        Entry? entry = _byRunspace.TryGetValue(Runspace.DefaultRunspace, out Entry? found) ? found : null;
        if (entry is { FromEnvironment: false })
        {
            return entry.Connection;
        }

        if (KeyFromEnvironment() is not { } key)
        {
            return null;
        }

        var connection = new PictifyConnection(
            new PictifyConnectionOptions
            {
                ApiKey = key,
                BaseUri = BaseUriFromEnvironment() ?? PictifyConnection.DefaultBaseUri,
                UserAgent = UserAgent(cmdlet),
                LedgerPath = Ledgers.Setting(cmdlet, given: null, isSandbox: false),
            }
        );
        if (entry?.Connection.Origin == connection.Origin && entry.Connection.LedgerPath == connection.LedgerPath)
        {
            // The same key, address and ledger as before: keep what is known of the rate limit, and the open sockets.
            connection.Dispose();
            return entry.Connection;
        }

        cmdlet.WriteVerbose($"Connected to {connection} with the key in {KeyVariable}.");
        Set(new Entry(connection, FromEnvironment: true));
        return connection;
    }

    /// <summary>The runspace's connection as it stands; the environment is not asked.</summary>
    public static PictifyConnection? Peek() =>
        _byRunspace.TryGetValue(Runspace.DefaultRunspace, out Entry? entry) ? entry.Connection : null;

    public static void Set(PictifyConnection connection) => Set(new Entry(connection, FromEnvironment: false));

    public static void Clear() => _byRunspace.Remove(Runspace.DefaultRunspace);

    private static void Set(Entry entry)
    {
        Clear();
        _byRunspace.Add(Runspace.DefaultRunspace, entry);
    }

    public static SecureString? KeyFromEnvironment(string variable = KeyVariable)
    {
        string? text = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var key = new SecureString();
        foreach (char c in text)
        {
            key.AppendChar(c);
        }

        key.MakeReadOnly();
        return key;
    }

    /// <exception cref="PictifyException">The variable holds no address.</exception>
    public static Uri? BaseUriFromEnvironment()
    {
        string? text = Environment.GetEnvironmentVariable(BaseUriVariable);
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            ? uri
            : throw new PictifyException(
                PictifyErrorKind.InvalidArgument,
                $"The environment variable {BaseUriVariable} holds no address, such as https://api.pictify.io."
            );
    }

    public static string UserAgent(PSCmdlet cmdlet) =>
        $"PictifyPS/{typeof(DefaultConnection).Assembly.GetName().Version?.ToString(3)} PowerShell/{cmdlet.Host.Version}";

    private sealed record Entry(PictifyConnection Connection, bool FromEnvironment);
}
