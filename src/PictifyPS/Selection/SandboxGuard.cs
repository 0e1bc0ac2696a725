using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace PictifyPS.Selection;

/// <summary>
/// Prevents that a sandbox's experiments are changed on the service. A row, an entry of a ledger or a text does not contain the connection
/// through which the experiment was read, but its uid shows that it is a sandbox's.
/// </summary>
internal static class SandboxGuard
{
    /// <summary>
    /// True if a text names an experiment of a sandbox, and the connection is not to one. A loopback address may be a SandboxServer, and is
    /// never the service.
    /// </summary>
    public static bool Refuses(PictifyConnection connection, string? text) =>
        connection.Sandbox is null && !Addresses.IsLoopback(connection.BaseUri) && ExperimentRules.HasSandboxUid(text);

    /// <summary>True if an entry of a ledger is about another address, or about another team's experiment.</summary>
    public static bool Refuses(PictifyConnection connection, LedgerEntry entry) =>
        !PictifyOperations.IsHere(connection)(entry);
}
