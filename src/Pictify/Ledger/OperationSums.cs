namespace Pictify.Ledger;

/// <summary>
/// Counts lines as operations. It keeps one small object for each operation, and a number for each experiment whose outcome
/// is still unknown, so a ledger may have any length.
/// </summary>
/// <param name="ledger">The ledger of the lines; null if they are in none.</param>
/// <param name="uids">Only operations that include one of these experiments; null for all.</param>
/// <param name="withEnd">Only operations that contain the end of a pause.</param>
internal sealed class OperationSums(ILedger? ledger, HashSet<string>? uids, bool withEnd)
{
    private readonly Dictionary<string, Sum> _operations = new(StringComparer.Ordinal);
    private readonly List<Sum> _order = [];

    public void Add(LedgerEntry line)
    {
        if (line.OperationId is not { } id)
        {
            return;
        }

        _ = _operations.TryGetValue(id, out Sum? sum);
        if (line.Kind == LedgerKind.Stopped)
        {
            // This line alone does not make an operation: it includes no experiment.
            sum?.Stop(line);
            return;
        }

        if (line.Number is not { } number)
        {
            return;
        }

        if (sum is null)
        {
            sum = new Sum(line);
            _operations.Add(id, sum);
            _order.Add(sum);
        }

        sum.IsWanted |=
            (uids is null || (line.Uid is { } uid && uids.Contains(uid))) && (!withEnd || line.Until is not null);
        sum.Add(line, number);
    }

    /// <summary>The operations, by the order of their first lines.</summary>
    public IEnumerable<PictifyOperation> Operations() =>
        _order.Where(static sum => sum.IsWanted).Select(sum => sum.ToOperation(ledger));

    /// <summary>One of the operations; null if there is no such operation.</summary>
    public PictifyOperation? Find(string id) =>
        _operations.TryGetValue(id, out Sum? sum) && sum.IsWanted ? sum.ToOperation(ledger) : null;

    private sealed class Sum(LedgerEntry first)
    {
        private readonly int[] _counts = new int[Platform.EnumValues<ChangeOutcome>().Length];
        private readonly HashSet<int> _open = [];
        private DateTimeOffset _last = first.Moment;
        private bool _isStopped;

        public bool IsWanted { get; set; }

        public void Add(LedgerEntry line, int number)
        {
            if (line.Kind != LedgerKind.Settled)
            {
                _last = line.Moment;
            }

            bool wasOpen = _open.Remove(number);
            if (line.Kind == LedgerKind.Settled && !wasOpen)
            {
                // Two commands settled it at the same time, with the same result.
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

        public void Stop(LedgerEntry line)
        {
            _isStopped = true;
            _last = line.Moment;
        }

        public PictifyOperation ToOperation(ILedger? ledger) =>
            PictifyOperation.Begin(ledger, first) with
            {
                Duration = _last - first.Moment,
                Changed = _counts[(int)ChangeOutcome.Changed],
                Unchanged = _counts[(int)ChangeOutcome.Unchanged],
                Failed = _counts[(int)ChangeOutcome.Failed],
                Unknown = _open.Count,
                EndedEarly = _isStopped,
            };
    }
}
