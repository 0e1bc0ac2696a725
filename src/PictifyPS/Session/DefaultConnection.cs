using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using System.Security;
using Pictify.Http;

namespace PictifyPS.Session;

/// <summary>
/// The default connection of each runspace. Two runspaces never share one unless it is passed explicitly: a job must not pause experiments
/// of the account to which another prompt happens to be connected.
/// </summary>
internal static class DefaultConnection
{
    public const string KeyVariable = "PICTIFY_API_KEY";
    public const string BaseUriVariable = "PICTIFY_BASE_URL";

    private static readonly ConditionalWeakTable<Runspace, Entry> _byRunspace = new();

    /// <summary>Connections with the environment's key that tab completion made, and that no command has used yet.</summary>
    private static readonly ConditionalWeakTable<Runspace, PictifyConnection> _ofTab = new();

    /// <summary>The connection that Connect-Pictify made, else one with the environment's key, else null.</summary>
    /// <exception cref="PictifyException">The environment's key or address is invalid.</exception>
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

        PictifyConnection connection = FromEnvironment(
            key,
            UserAgent(cmdlet),
            Ledgers.Setting(cmdlet, given: null, isSandbox: false)
        );
        if (IsSame(entry?.Connection, connection))
        {
            // The same key, address and ledger as before: keep the state of the rate limit, and the open sockets.
            connection.Dispose();
            return entry!.Connection;
        }

        if (_ofTab.TryGetValue(Runspace.DefaultRunspace, out PictifyConnection? tab) && IsSame(tab, connection))
        {
            connection.Dispose();
            connection = tab;
        }

        cmdlet.WriteVerbose($"Connected to {connection} with the key in {KeyVariable}.");
        Set(new Entry(connection, FromEnvironment: true));
        return connection;
    }

    /// <summary>
    /// The connection that the next command would use, for tab completion; null if there is none. One with the environment's key is kept
    /// for that command, and until then only tab completion uses it: pressing Tab must not connect the session.
    /// </summary>
    /// <exception cref="PictifyException">The environment's key or address is invalid.</exception>
    public static PictifyConnection? ForCompletion()
    {
        Runspace runspace = Runspace.DefaultRunspace;
        Entry? entry = _byRunspace.TryGetValue(runspace, out Entry? found) ? found : null;
        if (entry is { FromEnvironment: false })
        {
            return entry.Connection;
        }

        if (KeyFromEnvironment() is not { } key)
        {
            return null;
        }

        PictifyConnection connection = FromEnvironment(key, UserAgent(runspace.Version), Ledgers.FromEnvironment());
        _ofTab.TryGetValue(runspace, out PictifyConnection? tab);
        if (
            (
                IsSame(entry?.Connection, connection) ? entry!.Connection
                : IsSame(tab, connection) ? tab
                : null
            ) is
            { } same
        )
        {
            connection.Dispose();
            return same;
        }

        _ofTab.Remove(runspace);
        _ofTab.Add(runspace, connection);
        return connection;
    }

    private static PictifyConnection FromEnvironment(SecureString key, string userAgent, string ledgerPath) =>
        new(
            new PictifyConnectionOptions
            {
                ApiKey = key,
                BaseUri = BaseUriFromEnvironment() ?? PictifyConnection.DefaultBaseUri,
                UserAgent = userAgent,
                LedgerPath = ledgerPath,
            }
        );

    private static bool IsSame(PictifyConnection? one, PictifyConnection other) =>
        one is not null && one.Origin == other.Origin && one.LedgerPath == other.LedgerPath;

    /// <summary>The runspace's present connection; the environment is not read.</summary>
    public static PictifyConnection? Peek() =>
        _byRunspace.TryGetValue(Runspace.DefaultRunspace, out Entry? entry) ? entry.Connection : null;

    public static void Set(PictifyConnection connection) => Set(new Entry(connection, FromEnvironment: false));

    public static void Clear()
    {
        _byRunspace.Remove(Runspace.DefaultRunspace);
        _ofTab.Remove(Runspace.DefaultRunspace);
    }

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

    /// <exception cref="PictifyException">The variable does not contain an address.</exception>
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
                $"The environment variable {BaseUriVariable} does not contain an address, such as https://api.pictify.io."
            );
    }

    public static string UserAgent(PSCmdlet cmdlet) => UserAgent(cmdlet.Host.Version);

    private static string UserAgent(Version powerShell) =>
        $"PictifyPS/{typeof(DefaultConnection).Assembly.GetName().Version?.ToString(3)} PowerShell/{powerShell}";

    private sealed record Entry(PictifyConnection Connection, bool FromEnvironment);
}
