using Pictify.Ledger;

namespace Pictify.Tests;

/// <summary>A ledger that counts what is read of it, and fails where a test says so.</summary>
internal sealed class WatchedLedger(ILedger? ledger = null) : ILedger
{
    private readonly ILedger _ledger = ledger ?? PictifyLedger.InMemory();
    private int _linesRead;

    /// <summary>How many of the next appends and probes fail.</summary>
    public int Failures { get; set; }

    /// <summary>True where every reading fails.</summary>
    public bool IsUnreadable { get; set; }

    public int Readings { get; private set; }

    public int ReadFromStart { get; private set; }

    public int LinesRead => _linesRead;

    /// <summary>What was written, whatever a test lets fail.</summary>
    public LedgerEntry[] Lines => _ledger.FindAsync(LedgerQuery.All).GetAwaiter().GetResult();

    public LedgerLocation Location => _ledger.Location;

    public Task AppendAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken = default) =>
        Failures-- > 0 ? throw Failed(LedgerFailure.Unwritable) : _ledger.AppendAsync(entries, cancellationToken);

    public Task ProbeAsync(CancellationToken cancellationToken = default) =>
        Failures-- > 0 ? throw Failed(LedgerFailure.Unwritable) : _ledger.ProbeAsync(cancellationToken);

    public Task<long> ReadAsync(
        LedgerQuery query,
        Action<LedgerEntry> onLine,
        CancellationToken cancellationToken = default
    )
    {
        if (IsUnreadable)
        {
            throw Failed(LedgerFailure.Unreadable);
        }

        Readings++;
        ReadFromStart += query.From == 0 ? 1 : 0;
        return _ledger.ReadAsync(
            query,
            line =>
            {
                _linesRead++;
                onLine(line);
            },
            cancellationToken
        );
    }

    public Task<LedgerReport> VerifyAsync(string? contains = null, CancellationToken cancellationToken = default) =>
        _ledger.VerifyAsync(contains, cancellationToken);

    private LedgerException Failed(LedgerFailure failure) => new(failure, Location, "It is locked.");
}
