using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>One change of an experiment that counts: it was made, or may have been.</summary>
/// <param name="Line">The ledger's record of it.</param>
/// <param name="Kind">What it does; End if the experiment was already paused and its pause got another end.</param>
internal sealed record StackedChange(HistoryLine Line, ChangeKind Kind)
{
    public LedgerEntry Entry => Line.Entry;

    /// <summary>The operations that it undoes; empty if it is not an undo.</summary>
    public string[] Undoes { get; } = Line.Entry.Undoes?.Split([' '], StringSplitOptions.RemoveEmptyEntries) ?? [];

    public bool IsUndo => Undoes.Length > 0;

    public string OperationId => Entry.OperationId!;
}
