using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace PictifyPS.Selection;

/// <summary>
/// Keeps what was seen in a rehearsal from being done for real. An experiment loses where it was read as soon as it is a row, an entry
/// of a ledger or a text; its uid does not.
/// </summary>
internal static class SandboxGuard
{
    /// <summary>
    /// True if a text names an experiment of a sandbox, and the connection leads to none. A loopback address may be a SandboxServer,
    /// and leads to no service in any case.
    /// </summary>
    public static bool Refuses(PictifyConnection connection, string? text) =>
        connection.Sandbox is null && !Addresses.IsLoopback(connection.BaseUri) && ExperimentRules.HasSandboxUid(text);

    /// <summary>True if an entry of a ledger tells of another place, or of another team's experiment.</summary>
    public static bool Refuses(PictifyConnection connection, LedgerEntry entry) =>
        !PictifyOperations.IsHere(connection)(entry);
}
