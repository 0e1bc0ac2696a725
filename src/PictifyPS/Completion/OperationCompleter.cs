using System.Collections;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Input;
using PictifyPS.Session;

namespace PictifyPS.Completion;

/// <summary>The last operations in the connection's ledger, the newest first.</summary>
internal sealed class OperationCompleter : Completer
{
    protected override IEnumerable<(string Text, string? Name)> Candidates(
        PictifyConnection? connection,
        TypedLine line
    ) =>
        connection is not null && Ledgers.Of(connection) is { } ledger
            ? ledger
                .ReadOperationsAsync(new LedgerQuery { Recent = true })
                .GetAwaiter()
                .GetResult()
                .AsEnumerable()
                .Reverse()
                .Select(static operation => (operation.Id, (string?)$"{operation.Command} {operation.Reason}"))
            : [];
}
