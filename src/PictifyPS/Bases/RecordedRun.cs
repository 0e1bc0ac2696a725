using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Errors;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>
/// The record of one run of a command that changes something: its lines in the ledger, and its operation for 'Get-PictifyOperation
/// -Last'. Under -WhatIf nothing is changed, so nothing is recorded and there is no operation.
/// </summary>
internal sealed class RecordedRun
{
    /// <summary>Ctrl+C must not wait long for a ledger that another program keeps locked.</summary>
    private static readonly TimeSpan _endLimit = TimeSpan.FromSeconds(1);

    private readonly PictifyConnection _connection;
    private readonly Action<string> _warn;
    private readonly string? _reason;
    private readonly string? _ticket;
    private readonly DateTimeOffset? _until;
    private readonly bool _hasLedger;

    /// <summary>Null under -WhatIf.</summary>
    private readonly SessionRun? _session;

    /// <summary>Begins the record.</summary>
    /// <param name="connection">The connection that the command runs on.</param>
    /// <param name="command">The command's name.</param>
    /// <param name="reason">Its -Reason.</param>
    /// <param name="ticket">Its -Ticket.</param>
    /// <param name="until">When the changes are to end.</param>
    /// <param name="isWhatIf">True if nothing is changed.</param>
    /// <param name="warn">Writes a warning, on the pipeline thread.</param>
    /// <param name="pipelineThread">The thread on which the warning of a task that could not record its change is written.</param>
    public RecordedRun(
        PictifyConnection connection,
        string command,
        string? reason,
        string? ticket,
        DateTimeOffset? until,
        bool isWhatIf,
        Action<string> warn,
        PipelineThread pipelineThread
    )
    {
        _connection = connection;
        _reason = reason;
        _ticket = ticket;
        _until = until;
        _warn = warn;
        ILedger? ledger = Ledgers.Of(connection);
        _hasLedger = ledger is not null;
        var counted = new CountedLedger(ledger, connection.RequireLedger);
        Operation = new OperationRun(
            connection,
            counted,
            new LedgerEntry
            {
                Command = command,
                Reason = string.IsNullOrWhiteSpace(reason) ? null : reason,
                Ticket = string.IsNullOrWhiteSpace(ticket) ? null : ticket,
                UntilMoment = until,
            },
            failure => pipelineThread.Enqueue(() => warn(NotRecorded(failure)))
        );
        if (!isWhatIf)
        {
            // Even if the command is refused before its first change: then this operation did not succeed.
            _session = new SessionRun(Operation.Operation, counted);
            SessionOperation.Begin(_session);
        }
    }

    /// <summary>The operation, which writes the lines.</summary>
    public OperationRun Operation { get; }

    /// <summary>The text of -Reason and -Ticket that -WhatIf and -Confirm show after the action; empty if neither was given.</summary>
    public string Because
    {
        get
        {
            string? reason = SafeText.OneLine(_reason, SafeText.LongestName);
            string? ticket = SafeText.OneLine(_ticket, SafeText.LongestName);
            return (reason is null ? "" : $", reason '{reason}'") + (ticket is null ? "" : $", ticket {ticket}");
        }
    }

    /// <summary>Why the command is refused before its first change; null if it is not.</summary>
    public ErrorRecord? Refusal()
    {
        if (_connection.RequireReason && string.IsNullOrWhiteSpace(_reason))
        {
            return ConnectionErrors.ReasonRequired();
        }

        if (Math.Max(_reason?.Length ?? 0, _ticket?.Length ?? 0) > LedgerEntry.MaximumText)
        {
            return InputErrors.InvalidCall(
                $"-Reason and -Ticket have {LedgerEntry.MaximumText} characters at most: this is the limit of an entry in the ledger."
            );
        }

        return _until is not null && !_hasLedger ? OperationErrors.LedgerNeeded("A pause with an end") : null;
    }

    /// <summary>Throws if the connection requires a ledger and it cannot be written.</summary>
    /// <exception cref="LedgerException">It cannot be written.</exception>
    public Task ProbeAsync(CancellationToken cancellationToken) =>
        _session is null ? Task.CompletedTask : Operation.ProbeAsync(cancellationToken);

    /// <summary>The entry for the next change; the caller adds the experiment and the wanted change.</summary>
    public LedgerEntry NewEntry() => Operation.NewEntry();

    /// <summary>Makes a change and records it, before and after; throws if it was not made.</summary>
    public async Task<ExperimentChange> RunAsync(
        LedgerEntry entry,
        Func<CancellationToken, Task<ExperimentChange>> change,
        CancellationToken cancellationToken
    ) => (await Operation.RunAsync(entry, change, cancellationToken).ConfigureAwait(false)).EnsureDone();

    /// <summary>Records that nothing was sent for an input, because of this error; null under -WhatIf.</summary>
    public Task? NotStarted(LedgerEntry entry, ErrorRecord error) =>
        _session is null ? null : Operation.NotStartedAsync(entry, error.FullyQualifiedErrorId);

    /// <summary>Counts an error that the command writes: a run with one did not succeed.</summary>
    public void AddError() => _session?.AddError();

    /// <summary>Notes that the command completed.</summary>
    public void End() => _session?.End();

    /// <summary>
    /// Records that the command ended early: it was stopped, or an exception passed through it. Called once no task runs any more; does not
    /// throw.
    /// </summary>
    /// <param name="notAttempted">
    /// The number of inputs that were not attempted, by how many the record contains; null if that is not known.
    /// </param>
    public void EndEarly(Func<int, int?> notAttempted)
    {
        if (_session is not { HasEnded: false } session)
        {
            return;
        }

        using var limit = new CancellationTokenSource(_endLimit);
        try
        {
            Operation.StoppedAsync(notAttempted(session.Operation().Total), limit.Token).GetAwaiter().GetResult();
        }
        catch (LedgerException exception)
        {
            WarnAtEnd(exception.Message);
        }
        catch (OperationCanceledException)
        {
            WarnAtEnd("Another program keeps the ledger locked.");
        }
    }

    private void WarnAtEnd(string why)
    {
        try
        {
            _warn($"The early end of the command was not recorded: {why}");
        }
        catch (Exception exception) when (exception is RuntimeException or InvalidOperationException)
        {
            // A pipeline that is stopping does not accept records any more, and a preference may turn a warning into an error: the error
            // that ended the command is the one to report.
        }
    }

    private static string NotRecorded(LedgerException failure) =>
        $"A change is made but not recorded, and the following ones may not be recorded either: {failure.Message} "
        + "'Connect-Pictify -LedgerPath' sets another file; -RequireLedger refuses changes without a record.";
}

/// <summary>A change that is confirmed, sent and recorded.</summary>
/// <param name="Target">The input, for errors.</param>
/// <param name="Label">The name for it in an error's message.</param>
/// <param name="Resource">The target that ShouldProcess shows.</param>
/// <param name="Action">The action that ShouldProcess shows.</param>
/// <param name="Entry">Makes the change's entry, once it is confirmed.</param>
/// <param name="Run">Makes the change and records it with that entry; runs on any thread.</param>
internal sealed record RecordedChange(
    object? Target,
    string Label,
    string Resource,
    string Action,
    Func<LedgerEntry> Entry,
    Func<LedgerEntry, CancellationToken, Task<object?>> Run
);
