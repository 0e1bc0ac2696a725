using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// One run of one command that changes something: for each change an intent before anything is sent, and an outcome after it. A
/// ledger that fails never stops a change, unless the connection demands one or the change has an end.
/// </summary>
public sealed class OperationRun
{
    private readonly PictifyConnection _connection;
    private readonly ILedger? _ledger;
    private readonly Action<LedgerException>? _onFailure;

    /// <summary>What all lines of this operation have in common.</summary>
    private readonly LedgerEntry _head;
    private int _count;
    private int _unrecorded;
    private bool _isRecorded;

    internal OperationRun(
        PictifyConnection connection,
        ILedger? ledger,
        LedgerEntry head,
        Action<LedgerException>? onFailure
    )
    {
        _connection = connection;
        _ledger = ledger;
        _onFailure = onFailure;
        DateTimeOffset now = connection.Now;
        _head = ThisMachine.Entry with
        {
            OperationId = PictifyOperation.NewId(now),
            Moment = now,
            Command = head.Command,
            Reason = head.Reason,
            Ticket = head.Ticket,
            UntilMoment = head.UntilMoment,
            BaseUrl = connection.BaseUri.AbsoluteUri,
            Key = KeyOf(connection),
        };
    }

    /// <summary>The operation, with nothing counted yet.</summary>
    public PictifyOperation Operation => PictifyOperation.Begin(_ledger, _head);

    /// <summary>Changes that were made, or may have been, of which a line is missing in the ledger.</summary>
    public int Unrecorded => Volatile.Read(ref _unrecorded);

    /// <summary>The entry for the next change; to be completed with what is wanted of which experiment.</summary>
    public LedgerEntry NewEntry() => _head with { Number = Interlocked.Increment(ref _count) };

    /// <summary>Fails where the connection demands a ledger that cannot be written.</summary>
    /// <exception cref="LedgerException">It cannot be written.</exception>
    public Task ProbeAsync(CancellationToken cancellationToken = default) =>
        _connection.RequireLedger && _ledger is not null ? _ledger.ProbeAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Makes a change, between its two lines.</summary>
    /// <param name="subject">From <see cref="NewEntry"/>, with the experiment and what is wanted of it.</param>
    /// <param name="change">The change, such as a call of <see cref="PictifyClient.PauseAsync"/>.</param>
    /// <param name="cancellationToken">Stops before the first line.</param>
    /// <returns>What became of it, as the ledger has it.</returns>
    /// <exception cref="PictifyException">It was refused before anything was sent.</exception>
    /// <exception cref="LedgerException">The ledger cannot be written, and is needed; nothing was sent.</exception>
    public async Task<ExperimentChange> RunAsync(
        LedgerEntry subject,
        Func<CancellationToken, Task<ExperimentChange>> change,
        CancellationToken cancellationToken = default
    )
    {
        if (subject is null || change is null)
        {
            throw new ArgumentNullException(subject is null ? nameof(subject) : nameof(change));
        }

        cancellationToken.ThrowIfCancellationRequested();
        LedgerEntry intent = subject with
        {
            Kind = LedgerKind.Intent,
            LimitMilliseconds = (long)_connection.Timeout.TotalMilliseconds,
        };
        LedgerException? failure = await TryAppendAsync(intent).ConfigureAwait(false);
        if (failure is not null)
        {
            // Without its line nobody would ever end the pause.
            if (_connection.RequireLedger || subject.Until is not null)
            {
                throw failure;
            }

            Report(failure);
        }

        LedgerEntry after = subject with { Kind = LedgerKind.Outcome };
        try
        {
            ExperimentChange result = await change(cancellationToken).ConfigureAwait(false);
            if (result is { IsInferred: true, Outcome: ChangeOutcome.Changed })
            {
                result = await WithoutClaimAsync(subject, result).ConfigureAwait(false);
            }

            after = Outcome(after, result);
            result.Experiment?.Mark(result.Outcome, subject.OperationId, subject.Until);
            return result;
        }
        catch (Exception exception)
        {
            after = Outcome(after, exception);
            throw;
        }
        finally
        {
            // Where the intent is missing, the outcome still tells what happened.
            if (await TryAppendAsync(after).ConfigureAwait(false) is { } lost && failure is null)
            {
                Report(lost);
            }
        }
    }

    /// <summary>What is thrown by anything but the checks before a request may have been thrown after one.</summary>
    private static LedgerEntry Outcome(LedgerEntry entry, Exception exception) =>
        entry with
        {
            Outcome = exception is PictifyException { OutcomeUnknown: false } or OperationCanceledException
                ? ChangeOutcome.Failed
                : ChangeOutcome.Unknown,
            Error = exception switch
            {
                PictifyException refused => refused.ErrorId,
                OperationCanceledException => nameof(PictifyErrorKind.Stopped),
                _ => ErrorIds.UnexpectedError,
            },
        };

    /// <summary>Records what nothing was sent for.</summary>
    /// <param name="subject">What was wanted.</param>
    /// <param name="errorId">Why it was not tried.</param>
    public Task NotStartedAsync(LedgerEntry subject, string errorId) =>
        TryAppendAsync(subject with { Kind = LedgerKind.Outcome, Outcome = ChangeOutcome.Failed, Error = errorId });

    /// <summary>
    /// Records that the run ended before it was through. Nothing is written where the ledger has no line of it: by itself this is no
    /// operation.
    /// </summary>
    /// <param name="notAttempted">For how many inputs nothing was tried; null where that is not known.</param>
    /// <param name="cancellationToken">Cancels the wait for a ledger that somebody else keeps locked.</param>
    /// <exception cref="LedgerException">It cannot be written.</exception>
    public async Task StoppedAsync(int? notAttempted = null, CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _isRecorded))
        {
            LedgerEntry line = _head with
            {
                Kind = LedgerKind.Stopped,
                Detail = notAttempted is { } count ? FormattableString.Invariant($"{count} not attempted") : null,
            };
            await AppendAsync(line, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Records what was found, where nothing is sent for it.</summary>
    internal async Task NoteAsync(LedgerEntry line)
    {
        if (await TryAppendAsync(line).ConfigureAwait(false) is { } failure)
        {
            Report(failure);
        }
    }

    /// <summary>The key, or the sandbox, that an entry's experiments are seen with.</summary>
    internal static string? KeyOf(PictifyConnection connection) => connection.Sandbox?.Id ?? connection.KeyFingerprint;

    /// <summary>What the ledger says of what a change came to.</summary>
    internal static LedgerEntry Outcome(LedgerEntry subject, ExperimentChange change)
    {
        bool isDone = change.Outcome is ChangeOutcome.Changed or ChangeOutcome.Unchanged;
        return subject with
        {
            Uid = change.Experiment?.Uid ?? subject.Uid,
            Slug = change.Experiment?.Slug ?? subject.Slug,
            Name = change.Experiment?.Name ?? subject.Name,
            BeforeText = change.Before is { } before and not ExperimentStatus.Unknown
                ? ApiName.Of(before)
                : subject.BeforeText,
            AfterText = isDone ? change.Experiment?.StatusText ?? subject.AfterText : subject.AfterText,
            Detail = change.Detail ?? subject.Detail,
            UpdatedAtMoment = isDone ? change.Experiment?.UpdatedAtMoment : null,
            SentFromMoment = change.Outcome == ChangeOutcome.Unknown ? change.SentFrom : null,
            SentToMoment = change.Outcome == ChangeOutcome.Unknown ? change.SentTo : null,
            Outcome = change.Outcome,
            Error = change.Error?.ErrorId,
        };
    }

    /// <summary>
    /// The client saw the change it wanted, made while its request was under way. So may another operation have: one change of
    /// the service belongs to one of them only.
    /// </summary>
    private async Task<ExperimentChange> WithoutClaimAsync(LedgerEntry subject, ExperimentChange change)
    {
        if (_ledger is null || subject.Uid is not { } uid || change.Experiment is not { } experiment)
        {
            return change;
        }

        using var cache = new HistoryCache(_ledger, PictifyOperations.IsHere(_connection));
        cache.Follow(uid);
        try
        {
            await cache.RefreshAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (LedgerException)
        {
            return change;
        }

        return cache.Of(uid).WhoMade(subject, experiment) switch
        {
            LastChange.Unclaimed => change,
            LastChange.Earlier => ExperimentChange.Unchanged(experiment),
            _ => change with
            {
                Outcome = ChangeOutcome.Unknown,
                Error = new PictifyException(
                    PictifyErrorKind.InvalidResponse,
                    $"No answer told whether the change was made. {experiment} is '{SafeText.Clean(experiment.StatusText)}' "
                        + "now, which another operation did, or may have done."
                )
                {
                    OutcomeUnknown = true,
                    Asked = RequestKind.Transition,
                },
            },
        };
    }

    private void Report(LedgerException failure)
    {
        if (Interlocked.Increment(ref _unrecorded) == 1)
        {
            _onFailure?.Invoke(failure);
        }
    }

    /// <summary>
    /// Null where the line is in the ledger, or where there is none. Each line is tried: a ledger that was locked may be free again.
    /// </summary>
    private async Task<LedgerException?> TryAppendAsync(LedgerEntry line)
    {
        if (_ledger is null)
        {
            return null;
        }

        try
        {
            await AppendAsync(line, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (LedgerException exception)
        {
            return exception;
        }
    }

    private async Task AppendAsync(LedgerEntry line, CancellationToken cancellationToken)
    {
        long? skew = _connection.Skew is { } s ? (long)s.TotalMilliseconds : null;
        await _ledger!
            .AppendAsync([Fitting(line) with { Moment = _connection.Now, SkewMilliseconds = skew }], cancellationToken)
            .ConfigureAwait(false);
        Volatile.Write(ref _isRecorded, true);
    }

    /// <summary>
    /// The line with no more of each text that the service gave than a record needs. A name that no entry takes must neither keep
    /// an experiment from being paused, nor a pause that happened from being recorded.
    /// </summary>
    private static LedgerEntry Fitting(LedgerEntry line)
    {
        static string? Cut(string? text) => text is null ? null : SafeText.Cut(text, SafeText.LongestMessage);
        return line with
        {
            Name = Cut(line.Name),
            Slug = Cut(line.Slug),
            BeforeText = Cut(line.BeforeText),
            AfterText = Cut(line.AfterText),
            Detail = Cut(line.Detail),
        };
    }
}
