using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>One change of an experiment that counts: it was made, or may have been.</summary>
/// <param name="Line">What the ledger says of it.</param>
/// <param name="Kind">What it does; End where an experiment that was paused already got another end.</param>
internal sealed record StackedChange(HistoryLine Line, ChangeKind Kind)
{
    public LedgerEntry Entry => Line.Entry;

    /// <summary>The operations that it takes back; empty where it is no undo.</summary>
    public string[] Undoes { get; } = Line.Entry.Undoes?.Split([' '], StringSplitOptions.RemoveEmptyEntries) ?? [];

    public bool IsUndo => Undoes.Length > 0;

    public string OperationId => Entry.OperationId!;
}
