using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// Recorded changes over a connection and a ledger: runs them, takes them back, ends the pauses whose end has come, and finds out
/// what became of those that are open.
/// </summary>
public sealed class PictifyOperations
{
    private readonly PictifyConnection _connection;
    private readonly PictifyClient _client;
    private readonly ILedger _ledger;

    /// <summary>For the connection's experiments, as the ledger tells their changes.</summary>
    public PictifyOperations(PictifyConnection connection, ILedger ledger)
        : this(connection, new PictifyClient(connection), ledger) { }

    internal PictifyOperations(PictifyConnection connection, PictifyClient client, ILedger ledger)
    {
        _connection = connection;
        _client = client;
        _ledger = ledger ?? throw new ArgumentNullException(nameof(ledger));
    }

    /// <summary>Begins an operation: one run of one command.</summary>
    /// <param name="command">What runs, for the ledger.</param>
    /// <param name="reason">Why, for the ledger.</param>
    /// <param name="ticket">Where it is asked for or explained, for the ledger.</param>
    /// <param name="until">When the pauses that it makes are to end.</param>
    /// <param name="onFailure">Told once, on any thread, that a line could not be written.</param>
    public OperationRun Begin(
        string command,
        string? reason = null,
        string? ticket = null,
        DateTimeOffset? until = null,
        Action<LedgerException>? onFailure = null
    ) =>
        new(
            _connection,
            _ledger,
            new LedgerEntry
            {
                Command = command,
                Reason = reason,
                Ticket = ticket,
                UntilMoment = until,
            },
            onFailure
        );

    /// <summary>Reads what taking these operations back concerns. They are taken back together, in any order.</summary>
    /// <param name="operationIds">The operations.</param>
    /// <param name="record">False where nothing may be written, not even what the service shows of an open change.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public Task<UndoSession> BeginUndoAsync(
        IReadOnlyCollection<string> operationIds,
        bool record = true,
        CancellationToken cancellationToken = default
    ) => UndoSession.OpenAsync(_connection, _client, _ledger, operationIds, record, cancellationToken);

    /// <summary>Finds the pauses of ours whose end has come.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public Task<DueSession> BeginDueAsync(CancellationToken cancellationToken = default) =>
        BeginDueAsync(record: true, cancellationToken);

    /// <summary>The same; without recording, not even what the service shows of an open change is written.</summary>
    internal Task<DueSession> BeginDueAsync(bool record, CancellationToken cancellationToken) =>
        DueSession.OpenAsync(_connection, _client, _ledger, record, cancellationToken);

    /// <summary>
    /// What the ledger knows of the pauses of these experiments, in their order: whose they are, and which end holds. Only reads.
    /// </summary>
    /// <param name="paused">Paused experiments, as the service shows them now.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public Task<PictifyPause[]> DescribePausesAsync(
        IReadOnlyCollection<Experiment> paused,
        CancellationToken cancellationToken = default
    ) =>
        PauseReader.ReadAsync(
            _connection,
            _ledger,
            paused ?? throw new ArgumentNullException(nameof(paused)),
            cancellationToken
        );

    /// <summary>Finds an operation's changes whose outcome is not known; null where there is no such operation.</summary>
    /// <param name="operationId">The operation.</param>
    /// <param name="record">False where nothing may be written.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public Task<SettleSession?> BeginSettleAsync(
        string operationId,
        bool record = true,
        CancellationToken cancellationToken = default
    ) => SettleSession.OpenAsync(_connection, _client, _ledger, operationId, record, cancellationToken);

    /// <summary>
    /// Whether an entry was written for the place that the connection leads to: an address, or one sandbox. Keys change, and the
    /// experiments behind them stay.
    /// </summary>
    internal static Func<LedgerEntry, bool> IsHere(PictifyConnection connection) =>
        entry =>
            entry.BaseUrl == connection.BaseUri.AbsoluteUri
            && (connection.Sandbox is null || entry.Key == connection.Sandbox.Id);
}
