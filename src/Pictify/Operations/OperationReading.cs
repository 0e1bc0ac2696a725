using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// Some operations as the ledger records them, each with its entries. A refresh reads only what was added to the ledger since the last one.
/// </summary>
internal sealed class OperationReading
{
    private readonly ILedger _ledger;
    private readonly OperationSums _sums;
    private readonly LedgerQuery _query;

    /// <summary>The last line of each entry, which is the intent if there is no other; by the operations' ids.</summary>
    private readonly Dictionary<string, SortedDictionary<int, LedgerEntry>> _entries;
    private long _position;

    /// <param name="ledger">Where the operations are.</param>
    /// <param name="ids">The operations, each once.</param>
    public OperationReading(ILedger ledger, params string[] ids)
    {
        _ledger = ledger;
        _sums = new OperationSums(ledger, uids: null, withEnd: false);
        _entries = ids.ToDictionary(
            static id => id,
            static _ => new SortedDictionary<int, LedgerEntry>(),
            StringComparer.Ordinal
        );

        // The lines of one operation are found by their bytes, and the others are not parsed.
        _query = new LedgerQuery { OperationId = ids.Length == 1 ? ids[0] : null, RefuseNewer = true };
    }

    /// <summary>Reads what was added to the ledger since the last time.</summary>
    /// <exception cref="LedgerException">It cannot be read.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken) =>
        _position = await _ledger
            .ReadAsync(_query with { From = _position }, Add, cancellationToken)
            .ConfigureAwait(false);

    /// <summary>The entries of one of the operations, in the order of their numbers; none if the ledger does not have the operation.</summary>
    public LedgerEntry[] EntriesOf(string id) => [.. _entries[id].Values];

    /// <summary>One of the operations; null if the ledger does not have it.</summary>
    public PictifyOperation? Find(string id) => _sums.Find(id);

    private void Add(LedgerEntry line)
    {
        if (
            line.OperationId is not { } id
            || !_entries.TryGetValue(id, out SortedDictionary<int, LedgerEntry>? ofOperation)
        )
        {
            return;
        }

        _sums.Add(line);
        if (line.Number is { } number)
        {
            ofOperation[number] = line;
        }
    }
}
