using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security;
using Pictify;
using Pictify.Http;

namespace PictifyPS.Session;

/// <summary>
/// The default connection of each runspace. Two runspaces never share one unless it is passed explicitly: a job must not pause experiments
/// of the account to which another prompt happens to be connected.
/// </summary>
internal static class DefaultConnection
{
    private static readonly ConditionalWeakTable<Runspace, Entry> _byRunspace = new();

    /// <summary>Connections with the environment's key that tab completion made, and that no command has used yet.</summary>
    private static readonly ConditionalWeakTable<Runspace, Entry> _ofTab = new();

    /// <summary>The connection that Connect-Pictify made, else one with the environment's key, else null.</summary>
    /// <exception cref="PictifyException">The environment's key or address is invalid.</exception>
    public static PictifyConnection? Get(PSCmdlet cmdlet)
    {
        Entry? entry = Find(_byRunspace);
        if (entry is { Settings: null })
        {
            return entry.Connection;
        }

        if (EnvironmentSettings.Read(() => Ledgers.Setting(cmdlet, given: null, isSandbox: false)) is not { } settings)
        {
            return null;
        }

        if (entry?.Settings == settings)
        {
            // The same as before: keep the state of the rate limit, and the open sockets.
            return entry.Connection;
        }

        // The one before is not closed: a variable may hold it, and a pipeline that still runs may use it.
        entry = Find(_ofTab) is { } tab && tab.Settings == settings ? tab : settings.Connect(UserAgent(cmdlet));
        cmdlet.WriteVerbose($"Connected to {entry.Connection} with the key in {EnvironmentVariables.ApiKey}.");
        Set(entry);
        return entry.Connection;
    }

    /// <summary>
    /// The connection that the next command would use, for tab completion; null if there is none. One with the environment's key is kept
    /// for that command, and until then only tab completion uses it: pressing Tab must not connect the session.
    /// </summary>
    /// <exception cref="PictifyException">The environment's key or address is invalid.</exception>
    public static PictifyConnection? ForCompletion()
    {
        Entry? entry = Find(_byRunspace);
        if (entry is { Settings: null })
        {
            return entry.Connection;
        }

        if (EnvironmentSettings.Read(Ledgers.FromEnvironment) is not { } settings)
        {
            return null;
        }

        if ((entry?.Settings == settings ? entry : Find(_ofTab)) is { } found && found.Settings == settings)
        {
            return found.Connection;
        }

        Runspace runspace = Runspace.DefaultRunspace;
        Entry made = settings.Connect(UserAgent(runspace.Version));
        _ofTab.Remove(runspace);
        _ofTab.Add(runspace, made);
        return made.Connection;
    }

    /// <summary>The runspace's present connection; the environment is not read.</summary>
    public static PictifyConnection? Peek() => Find(_byRunspace)?.Connection;

    public static void Set(PictifyConnection connection) => Set(new Entry(connection, Settings: null));

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

    public static SecureString? KeyFromEnvironment(string variable = EnvironmentVariables.ApiKey) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? new NetworkCredential("", text).SecurePassword
            : null;

    /// <exception cref="PictifyException">The variable does not contain an address.</exception>
    public static Uri? BaseUriFromEnvironment()
    {
        string? text = Environment.GetEnvironmentVariable(EnvironmentVariables.BaseUri);
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            ? uri
            : throw new PictifyException(
                PictifyErrorKind.InvalidArgument,
                $"The environment variable {EnvironmentVariables.BaseUri} does not contain an address, such as https://api.pictify.io."
            );
    }

    public static string UserAgent(PSCmdlet cmdlet) => UserAgent(cmdlet.Host.Version);

    private static string UserAgent(Version powerShell) =>
        $"PictifyPS/{typeof(DefaultConnection).Assembly.GetName().Version?.ToString(3)} PowerShell/{powerShell}";

    private static Entry? Find(ConditionalWeakTable<Runspace, Entry> entries) =>
        entries.TryGetValue(Runspace.DefaultRunspace, out Entry? entry) ? entry : null;

    /// <param name="Connection">The connection.</param>
    /// <param name="Settings">The environment's settings that it was made with; null if Connect-Pictify made it.</param>
    private sealed record Entry(PictifyConnection Connection, EnvironmentSettings? Settings);

    /// <summary>The environment's settings of a connection; compared before each command, so they have the key's fingerprint only.</summary>
    private sealed record EnvironmentSettings(string KeyFingerprint, Uri? BaseUri, string LedgerPath)
    {
        /// <summary>Null if the environment has no key.</summary>
        /// <param name="ledgerPath">Finds the ledger's setting.</param>
        public static EnvironmentSettings? Read(Func<string> ledgerPath)
        {
            using SecureString? key = KeyFromEnvironment();
            return key is null
                ? null
                : new EnvironmentSettings(ApiKey.GetFingerprint(key), BaseUriFromEnvironment(), ledgerPath());
        }

        /// <summary>A connection with these settings, and with the key as it is now: another thread may have changed it.</summary>
        /// <exception cref="PictifyException">The key or the address is invalid.</exception>
        public Entry Connect(string userAgent)
        {
            using SecureString? key = KeyFromEnvironment();
            var connection = new PictifyConnection(
                new PictifyConnectionOptions
                {
                    ApiKey = key,
                    BaseUri = BaseUri ?? PictifyConnection.DefaultBaseUri,
                    UserAgent = userAgent,
                    LedgerPath = LedgerPath,
                }
            );
            return new Entry(connection, this with { KeyFingerprint = connection.KeyFingerprint! });
        }
    }
}
