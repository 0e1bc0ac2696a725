namespace Pictify.Ledger;

/// <summary>
/// Counts what one run of a command has to record, whether it can be recorded or not, and also without a ledger: the reported result of
/// the run must not depend on a disk that is full.
/// </summary>
/// <param name="ledger">The ledger that gets the lines; null if nothing is recorded.</param>
/// <param name="isRequired">Whether a change that cannot be recorded is refused.</param>
internal sealed class CountedLedger(ILedger? ledger, bool isRequired) : ILedger
{
    private readonly OperationSums _sums = new(ledger, uids: null, withEnd: false);
    private readonly object _sync = new();

    public LedgerLocation Location => ledger?.Location ?? LedgerLocation.Off;

    /// <summary>The ledger that gets the lines; null if nothing is recorded.</summary>
    public ILedger? Ledger => ledger;

    /// <summary>Whether a line was recorded.</summary>
    public bool HasRecorded { get; private set; }

    public async Task AppendAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken = default)
    {
        bool isLost = true;
        try
        {
            if (ledger is not null)
            {
                await ledger.AppendAsync(entries, cancellationToken).ConfigureAwait(false);
            }

            isLost = false;
        }
        finally
        {
            lock (_sync)
            {
                HasRecorded |= !isLost && ledger is not null;
                foreach (LedgerEntry entry in entries)
                {
                    // A change whose intent must be recorded, and cannot be, is not made, and has no further line.
                    bool isRefused =
                        isLost && entry.Kind == LedgerKind.Intent && (isRequired || entry.Until is not null);
                    _sums.Add(
                        isRefused ? entry with { Kind = LedgerKind.Outcome, Outcome = ChangeOutcome.Failed } : entry
                    );
                }
            }
        }
    }

    /// <summary>Adds what was found out later about a change that was left open.</summary>
    public void AddSettled(LedgerEntry line)
    {
        if (line.Kind == LedgerKind.Settled)
        {
            lock (_sync)
            {
                _sums.Add(line);
            }
        }
    }

    /// <summary>The run's operation as it is now; null if there was nothing to record.</summary>
    public PictifyOperation? Operation()
    {
        lock (_sync)
        {
            return _sums.Operations().FirstOrDefault();
        }
    }

    public Task ProbeAsync(CancellationToken cancellationToken = default) =>
        ledger?.ProbeAsync(cancellationToken) ?? Task.CompletedTask;

    public Task<long> ReadAsync(
        LedgerQuery query,
        Action<LedgerEntry> onLine,
        CancellationToken cancellationToken = default
    ) => ledger?.ReadAsync(query, onLine, cancellationToken) ?? Task.FromResult(query.From);

    public Task<LedgerReport> VerifyAsync(string? contains = null, CancellationToken cancellationToken = default) =>
        (ledger ?? PictifyLedger.InMemory()).VerifyAsync(contains, cancellationToken);
}
