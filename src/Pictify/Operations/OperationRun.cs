using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// One run of one command that changes something: for each change it records an intent before anything is sent, and an outcome after it.
/// A ledger that fails never prevents a change, unless the connection requires a ledger or the change has an end.
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

    /// <summary>The entry for the next change; the caller adds the experiment and the wanted change.</summary>
    public LedgerEntry NewEntry() => _head with { Number = Interlocked.Increment(ref _count) };

    /// <summary>Fails if the connection requires a ledger and it cannot be written.</summary>
    /// <exception cref="LedgerException">It cannot be written.</exception>
    public Task ProbeAsync(CancellationToken cancellationToken = default) =>
        _connection.RequireLedger && _ledger is not null ? _ledger.ProbeAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Makes a change, and records its intent before and its outcome after it.</summary>
    /// <param name="subject">From <see cref="NewEntry"/>, with the experiment and the wanted change.</param>
    /// <param name="change">The change, such as a call of <see cref="PictifyClient.PauseAsync"/>.</param>
    /// <param name="cancellationToken">Stops before the first line is written.</param>
    /// <returns>The result of the change, as it is recorded in the ledger.</returns>
    /// <exception cref="PictifyException">It was refused before anything was sent.</exception>
    /// <exception cref="LedgerException">The ledger cannot be written, and is required; nothing was sent.</exception>
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
            // Without its line in the ledger, no later command would end the pause.
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
            // If the intent is missing, the outcome still records what happened.
            if (await TryAppendAsync(after).ConfigureAwait(false) is { } lost && failure is null)
            {
                Report(lost);
            }
        }
    }

    /// <summary>Only the checks before a request throw for certain before it; any other exception may have been thrown after one was sent.</summary>
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

    /// <summary>Records a change for which nothing was sent.</summary>
    /// <param name="subject">The wanted change.</param>
    /// <param name="errorId">Why it was not tried.</param>
    public Task NotStartedAsync(LedgerEntry subject, string errorId) =>
        TryAppendAsync(subject with { Kind = LedgerKind.Outcome, Outcome = ChangeOutcome.Failed, Error = errorId });

    /// <summary>
    /// Records that the run ended early. Nothing is written if the ledger has no line of the run: this line alone does not make an
    /// operation.
    /// </summary>
    /// <param name="notAttempted">For how many inputs nothing was tried; null if that is not known.</param>
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

    /// <summary>Records what was found, when nothing is sent for it.</summary>
    internal async Task NoteAsync(LedgerEntry line)
    {
        if (await TryAppendAsync(line).ConfigureAwait(false) is { } failure)
        {
            Report(failure);
        }
    }

    /// <summary>The key, or the sandbox, with which an entry's experiments are read.</summary>
    internal static string? KeyOf(PictifyConnection connection) => connection.Sandbox?.Id ?? connection.KeyFingerprint;

    /// <summary>The ledger's entry for the result of a change.</summary>
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
    /// The client saw the wanted change, made while its request was being sent. Another operation may have seen the same change, and a
    /// change of the service was made by only one of them.
    /// </summary>
    private async Task<ExperimentChange> WithoutClaimAsync(LedgerEntry subject, ExperimentChange change)
    {
        if (_ledger is null || subject.Uid is not { } uid || change.Experiment is not { } experiment)
        {
            return change;
        }

        // The request is over: the lines that can be read may show another operation's claim, whatever the others say.
        using var cache = new HistoryCache(_ledger, PictifyOperations.IsHere(_connection)) { RefuseNewer = false };
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
                    $"No answer showed whether the change was made. {experiment} is now '{SafeText.Clean(experiment.StatusText)}', "
                        + "but another operation made that change, or may have made it."
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
    /// Null if the line is in the ledger, or if there is no ledger. Each line is tried: a ledger that was locked may be free again.
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
        catch (Exception exception) when (line.Kind == LedgerKind.Outcome)
        {
            // A defect; but the change was made, and its result must not be lost for it.
            return new LedgerException(LedgerFailure.Unwritable, _ledger.Location, exception.Message, exception);
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
    /// The line, with each text from the service cut to the length that a record needs. A name that is too long for an entry must
    /// prevent neither the pause of an experiment nor the record of a pause that was made.
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
