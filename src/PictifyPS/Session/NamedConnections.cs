using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using Pictify;
using Pictify.Http;
using Pictify.Operations;
using Pictify.Profiles;
using PictifyPS.Errors;

namespace PictifyPS.Session;

/// <summary>The connections of each runspace that have a name, in the order in which they were made.</summary>
internal static class NamedConnections
{
    private static readonly ConditionalWeakTable<Runspace, List<PictifyConnection>> _byRunspace = new();

    private static List<PictifyConnection> Here => _byRunspace.GetOrCreateValue(Runspace.DefaultRunspace);

    public static PictifyConnection[] All() => [.. Here];

    /// <summary>Null if no connection of this runspace has the name.</summary>
    public static PictifyConnection? Find(string name) =>
        Here.Find(one => ConnectionName.Comparer.Equals(one.Name, name));

    /// <summary>The connections with a name, and the default one if it has none.</summary>
    public static PictifyConnection[] AllWithDefault() =>
        DefaultConnection.Peek() is { Name: null } unnamed ? [.. Here, unnamed] : All();

    /// <summary>
    /// Adds a connection by its name. One that had the name before is closed, because it could not be closed by name any more.
    /// </summary>
    public static void Set(PictifyConnection connection)
    {
        if (Find(connection.Name!) is { } before && !ReferenceEquals(before, connection))
        {
            Here.Remove(before);
            before.Dispose();
        }

        Here.Add(connection);
    }

    /// <summary>Removes a connection, if it is one of these.</summary>
    public static void Remove(PictifyConnection connection) => Here.RemoveAll(one => ReferenceEquals(one, connection));

    /// <summary>The connection of this runspace that an experiment was read through; null if it is no longer in this runspace.</summary>
    public static PictifyConnection? Of(string origin) =>
        AllWithDefault().FirstOrDefault(one => one.Origin == origin && !one.IsClosed);

    /// <summary>
    /// The other connection of this runspace that a line of a ledger was written through; null if it was the present one, or one that is
    /// not in this runspace. A team may change its key and keep its experiments, so an unknown key is no reason to refuse.
    /// </summary>
    public static PictifyConnection? Other(PictifyConnection current, string? address, string? key)
    {
        return IsOf(current) ? null : AllWithDefault().FirstOrDefault(one => IsOf(one) && !one.IsClosed);

        bool IsOf(PictifyConnection one) => one.BaseUri.AbsoluteUri == address && OperationRun.KeyOf(one) == key;
    }

    /// <summary>The error for a name that no connection has.</summary>
    public static ErrorRecord NotFound(string name) => ConnectionErrors.NoSuchConnection(name, Missing(name));

    /// <summary>The message for a name that no connection has.</summary>
    public static string Missing(string name)
    {
        string[] names = [.. Here.Select(static one => one.Name!)];
        string known =
            names.Length == 0
                ? "none of its connections has a name; 'Connect-Pictify -Name' sets one"
                : $"it has {string.Join(", ", names)}";
        return $"This session has no connection '{SafeText.Clean(name, SafeText.LongestName)}': {known}.{Saved(name)}";
    }

    /// <summary>A sentence with the command that connects the profile with this name; empty if there is none.</summary>
    public static string Saved(string name)
    {
        try
        {
            return UserProfiles.Here().Find(name) is { } profile
                ? $" A profile with this name is saved: 'Connect-Pictify -Profile {profile}' connects it."
                : "";
        }
        catch (ProfileException)
        {
            // Only a hint: commands that use the profiles report what is wrong with them.
            return "";
        }
    }
}
