namespace Pictify.Ledger;

/// <summary>
/// Adds lines up to operations. It keeps one small object for each operation, and a number for each experiment whose outcome
/// is still open; a ledger of any length streams through it.
/// </summary>
internal static class OperationReader
{
    /// <summary>The operations in these lines, by the order of their first lines.</summary>
    public static IEnumerable<PictifyOperation> Read(PictifyLedger ledger, IEnumerable<LedgerEntry> lines)
    {
        var operations = new Dictionary<string, Sum>(StringComparer.Ordinal);
        var order = new List<Sum>();
        foreach (LedgerEntry line in lines)
        {
            if (line.OperationId is not { } id || line.Number is not { } number)
            {
                continue;
            }

            if (!operations.TryGetValue(id, out Sum? sum))
            {
                sum = new Sum(line);
                operations.Add(id, sum);
                order.Add(sum);
            }

            sum.Add(line, number);
        }

        return order.Select(sum => sum.ToOperation(ledger));
    }

    /// <summary>
    /// One entry for each experiment of an operation: its last line, and where the only one is the intent, that.
    /// </summary>
    public static IReadOnlyList<LedgerEntry> Merge(IEnumerable<LedgerEntry> lines)
    {
        var entries = new SortedDictionary<int, LedgerEntry>();
        foreach (LedgerEntry line in lines)
        {
            if (line.Number is { } number)
            {
                entries[number] = line;
            }
        }

        return [.. entries.Values];
    }

    private sealed class Sum(LedgerEntry first)
    {
        private readonly int[] _counts = new int[Platform.EnumValues<ChangeOutcome>().Length];
        private readonly HashSet<int> _open = [];
        private DateTimeOffset _last = first.Time;

        public void Add(LedgerEntry line, int number)
        {
            if (line.Kind != LedgerKind.Settled)
            {
                _last = line.Time;
            }

            bool wasOpen = _open.Remove(number);
            if (line.Kind == LedgerKind.Settled && !wasOpen)
            {
                // Two settled it at the same time, and read the same.
                return;
            }

            if (line.Outcome == ChangeOutcome.Unknown)
            {
                _open.Add(number);
            }
            else
            {
                _counts[(int)line.Outcome]++;
            }
        }

        public PictifyOperation ToOperation(PictifyLedger ledger) =>
            PictifyOperation.Begin(ledger, first) with
            {
                Duration = _last - first.Time,
                Changed = _counts[(int)ChangeOutcome.Changed],
                Unchanged = _counts[(int)ChangeOutcome.Unchanged],
                Failed = _counts[(int)ChangeOutcome.Failed],
                Unknown = _open.Count,
            };
    }
}
