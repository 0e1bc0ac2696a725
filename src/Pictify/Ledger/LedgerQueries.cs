namespace Pictify.Ledger;

/// <summary>Entries and operations, read from a ledger's lines.</summary>
public static class LedgerQueries
{
    /// <summary>Adds one entry.</summary>
    /// <inheritdoc cref="ILedger.AppendAsync"/>
    public static Task AppendAsync(
        this ILedger ledger,
        LedgerEntry entry,
        CancellationToken cancellationToken = default
    ) => Given(ledger).AppendAsync([entry ?? throw new ArgumentNullException(nameof(entry))], cancellationToken);

    /// <summary>The lines that match, in the order of the ledger.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public static async Task<LedgerEntry[]> FindAsync(
        this ILedger ledger,
        LedgerQuery query,
        CancellationToken cancellationToken = default
    )
    {
        var lines = new List<LedgerEntry>();
        await Given(ledger).ReadAsync(query, lines.Add, cancellationToken).ConfigureAwait(false);
        return [.. lines];
    }

    /// <summary>
    /// The operations that match, in the order of their first lines, each counted as a whole: an operation matches experiments if it
    /// includes at least one of them, and it matches a time if its first line was written then or later. The memory that this uses
    /// does not grow with the number of experiments.
    /// </summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public static async Task<PictifyOperation[]> ReadOperationsAsync(
        this ILedger ledger,
        LedgerQuery query,
        CancellationToken cancellationToken = default
    )
    {
        var sums = new OperationSums(
            Given(ledger),
            query.Uids is null ? null : new HashSet<string>(query.Uids, StringComparer.Ordinal),
            query.WithEnd
        );
        LedgerQuery lines = query with { Uids = null, Since = null, WithEnd = false };
        await ledger.ReadAsync(lines, sums.Add, cancellationToken).ConfigureAwait(false);
        return [.. sums.Operations().Where(operation => !(operation.StartedAtMoment < query.Since))];
    }

    /// <summary>One operation; null if there is none with this id.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public static async Task<PictifyOperation?> FindOperationAsync(
        this ILedger ledger,
        string id,
        CancellationToken cancellationToken = default
    )
    {
        PictifyOperation[] found = await ledger
            .ReadOperationsAsync(
                new LedgerQuery { OperationId = id ?? throw new ArgumentNullException(nameof(id)) },
                cancellationToken
            )
            .ConfigureAwait(false);
        return found.Length == 0 ? null : found[0];
    }

    /// <summary>One entry for each experiment of an operation, with its outcome, in the order of their numbers.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public static async Task<LedgerEntry[]> EntriesOfAsync(
        this ILedger ledger,
        string operationId,
        CancellationToken cancellationToken = default
    )
    {
        // The last line of each experiment, which is the intent if there is no other.
        var entries = new SortedDictionary<int, LedgerEntry>();
        await Given(ledger)
            .ReadAsync(
                new LedgerQuery { OperationId = operationId ?? throw new ArgumentNullException(nameof(operationId)) },
                line =>
                {
                    if (line.Number is { } number)
                    {
                        entries[number] = line;
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return [.. entries.Values];
    }

    private static ILedger Given(ILedger ledger) => ledger ?? throw new ArgumentNullException(nameof(ledger));
}
