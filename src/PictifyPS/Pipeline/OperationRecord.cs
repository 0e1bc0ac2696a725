using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;

namespace PictifyPS.Pipeline;

/// <summary>
/// What one run of a command writes into the ledger: for each experiment an intent before anything is sent, and an outcome
/// after it. A ledger that fails never stops a change, unless the connection demands one.
/// </summary>
internal sealed class OperationRecord
{
    private static readonly ConditionalWeakTable<Runspace, PictifyOperation> _last = new();
    private static readonly Lazy<LedgerEntry> _machine = new(Machine);

    private readonly PictifyConnection _connection;
    private readonly PictifyLedger? _ledger;
    private readonly Action<Exception> _onFailure;

    /// <summary>What all lines of this operation have in common.</summary>
    private readonly LedgerEntry _head;
    private Exception? _failure;
    private int _count;

    /// <param name="connection">Where changes go.</param>
    /// <param name="head">What all lines have in common: the command, the reason and so on.</param>
    /// <param name="onFailure">Told once, from any thread, that the ledger cannot be written.</param>
    public OperationRecord(PictifyConnection connection, LedgerEntry head, Action<Exception> onFailure)
    {
        _connection = connection;
        _ledger = Ledgers.Of(connection);
        _onFailure = onFailure;
        DateTimeOffset now = connection.Now;
        _head = _machine.Value with
        {
            OperationId = PictifyOperation.NewId(now),
            Time = now,
            Command = head.Command,
            Reason = head.Reason,
            Ticket = head.Ticket,
            Until = head.Until,
            BaseUrl = connection.BaseUri.AbsoluteUri,
            Key = connection.Sandbox?.Id ?? connection.KeyFingerprint,
        };
        Runspace runspace = Runspace.DefaultRunspace;
        _last.Remove(runspace);
        _last.Add(runspace, PictifyOperation.Begin(_ledger, _head));
    }

    /// <summary>The entry for the next experiment; to be completed with what is wanted of which.</summary>
    public LedgerEntry NewEntry() => _head with { Number = Interlocked.Increment(ref _count) };

    /// <summary>The last command of this runspace that was about to change something, with nothing counted yet.</summary>
    public static PictifyOperation? LastOfSession() =>
        _last.TryGetValue(Runspace.DefaultRunspace, out PictifyOperation? operation) ? operation : null;

    /// <summary>Fails where the ledger is demanded and cannot be written.</summary>
    public Task ProbeAsync() =>
        _connection.RequireLedger && _ledger is not null ? _ledger.ProbeAsync() : Task.CompletedTask;

    /// <summary>Makes a change, between its two lines.</summary>
    /// <param name="subject">From <see cref="NewEntry"/>, with the experiment and what is wanted of it.</param>
    /// <param name="change">The change.</param>
    /// <param name="outcome">Adds to the subject what came of it.</param>
    /// <param name="cancellationToken">Stops before the first line.</param>
    public async Task<T> RunAsync<T>(
        LedgerEntry subject,
        Func<CancellationToken, Task<T>> change,
        Func<LedgerEntry, T, LedgerEntry> outcome,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool isRecorded = await AppendAsync(subject with { Kind = LedgerKind.Intent }).ConfigureAwait(false);
        if (!isRecorded && _connection.RequireLedger)
        {
            throw Errors.LedgerUnavailable(_failure!);
        }

        LedgerEntry after = subject with { Kind = LedgerKind.Outcome };
        try
        {
            T result = await change(cancellationToken).ConfigureAwait(false);
            after = outcome(after, result);
            return result;
        }
        catch (Exception exception)
        {
            // What was stopped before it was sent is no PictifyException: it did not happen.
            after = after with
            {
                Outcome = exception is PictifyException { OutcomeUnknown: true }
                    ? ChangeOutcome.Unknown
                    : ChangeOutcome.Failed,
                Error =
                    exception is OperationCanceledException
                        ? nameof(PictifyErrorKind.Stopped)
                        : Errors.From(exception, null).FullyQualifiedErrorId,
            };
            throw;
        }
        finally
        {
            if (isRecorded)
            {
                await AppendAsync(after).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Records what nothing was sent for.</summary>
    public async Task<object?> NotStartedAsync(LedgerEntry subject, string errorId)
    {
        await AppendAsync(subject with { Kind = LedgerKind.Outcome, Outcome = ChangeOutcome.Failed, Error = errorId })
            .ConfigureAwait(false);
        return null;
    }

    /// <summary>What the ledger says of an experiment that a change answered with.</summary>
    public static LedgerEntry Outcome(LedgerEntry subject, ExperimentChange change) =>
        subject with
        {
            Uid = change.Experiment?.Uid ?? subject.Uid,
            Slug = change.Experiment?.Slug ?? subject.Slug,
            Name = change.Experiment?.Name ?? subject.Name,
            BeforeText = (change.Before is { } before ? ApiName.Of(before) : null) ?? subject.BeforeText,
            AfterText = change.Experiment?.StatusText ?? subject.AfterText,
            Outcome = change.Changed ? ChangeOutcome.Changed : ChangeOutcome.Unchanged,
        };

    /// <summary>True where the line is in the ledger.</summary>
    private async Task<bool> AppendAsync(LedgerEntry line)
    {
        if (_ledger is null || Volatile.Read(ref _failure) is not null)
        {
            return false;
        }

        try
        {
            long? skew = _connection.Clock.Skew is { } s ? (long)s.TotalMilliseconds : null;
            await _ledger
                .AppendAsync(line with { Time = _connection.Now, SkewMilliseconds = skew })
                .ConfigureAwait(false);
            return true;
        }
        catch (Exception exception)
        {
            // Whatever it is, it must not become the fate of the change.
            if (Interlocked.CompareExchange(ref _failure, exception, null) is null)
            {
                _onFailure(exception);
            }

            return false;
        }
    }

    private static LedgerEntry Machine()
    {
        (string process, int id) = Platform.ThisProcess();
        bool hasDomain = Environment.UserDomainName.Length > 0 && Environment.UserDomainName != Environment.MachineName;
        return new LedgerEntry
        {
            User = hasDomain ? $"{Environment.UserDomainName}\\{Environment.UserName}" : Environment.UserName,
            Host = Environment.MachineName,
            Process = process,
            ProcessId = id,
        };
    }
}
