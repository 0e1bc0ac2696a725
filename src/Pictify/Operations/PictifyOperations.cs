using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// Recorded changes over a connection and a ledger: runs them, undoes them, ends the pauses that are due, and settles changes whose
/// outcome is not known.
/// </summary>
public sealed class PictifyOperations
{
    private readonly PictifyConnection _connection;
    private readonly PictifyClient _client;
    private readonly ILedger _ledger;

    /// <summary>For the connection's experiments and the changes that the ledger records of them.</summary>
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
    /// <param name="ticket">Where the change is requested or explained, for the ledger.</param>
    /// <param name="until">When the pauses that it makes are to end.</param>
    /// <param name="onFailure">Called once, on any thread, when a line could not be written.</param>
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

    /// <summary>Reads what is needed to undo these operations. They are undone together, in any order.</summary>
    /// <param name="operationIds">The operations.</param>
    /// <param name="record">False if nothing may be written, not even what the service shows of an open change.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public Task<UndoSession> BeginUndoAsync(
        IReadOnlyCollection<string> operationIds,
        bool record = true,
        CancellationToken cancellationToken = default
    ) => UndoSession.OpenAsync(_connection, _client, _ledger, operationIds, record, cancellationToken);

    /// <summary>Finds the recorded pauses that are due.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public Task<DueSession> BeginDueAsync(CancellationToken cancellationToken = default) =>
        BeginDueAsync(record: true, cancellationToken);

    /// <summary>The same; without recording, not even what the service shows of an open change is written.</summary>
    internal Task<DueSession> BeginDueAsync(bool record, CancellationToken cancellationToken) =>
        DueSession.OpenAsync(_connection, _client, _ledger, record, cancellationToken);

    /// <summary>
    /// What the ledger records of the pauses of these experiments, in their order: who made them, and which end applies. Only reads.
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

    /// <summary>Finds an operation's changes whose outcome is not known; null if there is no such operation.</summary>
    /// <param name="operationId">The operation.</param>
    /// <param name="record">False if nothing may be written.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public Task<SettleSession?> BeginSettleAsync(
        string operationId,
        bool record = true,
        CancellationToken cancellationToken = default
    ) => SettleSession.OpenAsync(_connection, _client, _ledger, operationId, record, cancellationToken);

    /// <summary>
    /// Whether an entry was written for the place that the connection is to: an address, or one sandbox. The key is not compared: keys
    /// are replaced, and the experiments stay.
    /// </summary>
    internal static Func<LedgerEntry, bool> IsHere(PictifyConnection connection) =>
        entry =>
            entry.BaseUrl == connection.BaseUri.AbsoluteUri
            && (connection.Sandbox is null || entry.Key == connection.Sandbox.Id);

    /// <summary>Why an entry is not about the place that the connection is to, as the end of a sentence; null if it is.</summary>
    internal static string? WhyElsewhere(LedgerEntry entry, PictifyConnection connection) =>
        IsHere(connection)(entry) ? null
        : entry.BaseUrl == connection.BaseUri.AbsoluteUri ? "it was in another sandbox"
        : $"it was at {entry.BaseUrl}, and this connection is to {connection.BaseUri}";
}
