namespace Pictify.Ledger;

/// <summary>
/// Records who changed what, when, why and until when. Lines are only ever added. Every failure of the place
/// where they are kept is a <see cref="LedgerException"/>.
/// </summary>
public interface ILedger
{
    /// <summary>Where the lines are.</summary>
    LedgerLocation Location { get; }

    /// <summary>
    /// Adds the entries as one batch: all of them, next to each other and in this order, or none and an exception. Done once the
    /// operating system has them, so that they outlast this process.
    /// </summary>
    /// <param name="entries">The entries. Their number, their hash and the hash of the line before are set here.</param>
    /// <param name="cancellationToken">Cancels while they wait to be written; what is being written is still written.</param>
    /// <exception cref="LedgerException">They cannot be written.</exception>
    /// <exception cref="ArgumentException">A text is longer than <see cref="LedgerEntry.MaximumText"/>.</exception>
    Task AppendAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken = default);

    /// <summary>Fails if a line could not be written now.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="LedgerException">It could not.</exception>
    Task ProbeAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads the lines that match, in the order of the ledger. The memory that it uses does not grow with the ledger. A ledger that does
    /// not exist yet has no lines.
    /// </summary>
    /// <param name="query">Which lines.</param>
    /// <param name="onLine">Called with one line after the other, on a thread of the pool.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The position after the last line, for <see cref="LedgerQuery.From"/> of a later reading.</returns>
    /// <exception cref="LedgerException">It exists, and cannot be read.</exception>
    Task<long> ReadAsync(LedgerQuery query, Action<LedgerEntry> onLine, CancellationToken cancellationToken = default);

    /// <summary>Checks whether every line is there, in its place, as it was written.</summary>
    /// <param name="contains">The hash of a line that must be among them, in lower case.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="LedgerException">It exists, and cannot be read.</exception>
    Task<LedgerReport> VerifyAsync(string? contains = null, CancellationToken cancellationToken = default);
}
