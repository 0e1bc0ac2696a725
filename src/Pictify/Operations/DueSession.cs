using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// The recorded pauses that are due. For each one it is decided again right before it is ended what to do, by the ledger as it is then
/// and by the experiment as the service shows it.
/// </summary>
public sealed class DueSession : IDisposable
{
    /// <summary>The ledger's word for a pause whose end no longer applies: it was read as completed, archived, or changed by somebody else.</summary>
    private const string Ended = "PauseEnded";

    private readonly PictifyConnection _connection;
    private readonly PictifyClient _client;
    private readonly HistoryCache _cache;
    private readonly Settler _settler;

    private DueSession(
        PictifyConnection connection,
        PictifyClient client,
        ILedger ledger,
        HistoryCache cache,
        DuePause[] pauses,
        bool record
    )
    {
        _connection = connection;
        _client = client;
        _cache = cache;
        _settler = new Settler(connection, ledger, cache, record);
        Pauses = pauses;
    }

    /// <summary>The pauses, in the order in which they were made.</summary>
    public DuePause[] Pauses { get; }

    internal static async Task<DueSession> OpenAsync(
        PictifyConnection connection,
        PictifyClient client,
        ILedger ledger,
        bool record,
        CancellationToken cancellationToken
    )
    {
        DateTimeOffset now = connection.Now;
        (HistoryCache cache, HashSet<string> uids) = await PauseEnds
            .FollowAsync(connection, ledger, now, cancellationToken)
            .ConfigureAwait(false);
        DuePause[] pauses =
        [
            .. uids.Select(uid => Due(cache, uid, now))
                .Where(static due => due is not null)
                .Select(static due => due!)
                .OrderBy(static due => due.Entry.Sequence),
        ];
        return new DueSession(connection, client, ledger, cache, pauses, record);
    }

    /// <summary>The entry of the end of a pause, before anything is sent.</summary>
    public static LedgerEntry Subject(OperationRun run, DuePause due) =>
        (run ?? throw new ArgumentNullException(nameof(run))).NewEntry() with
        {
            Change = ChangeKind.Resume,
            Uid = due.Uid,
            Name = due.Entry.Name,
            Slug = due.Entry.Slug,
            AfterText = ApiName.Of(ExperimentStatus.Running),
        };

    /// <summary>Decides what is to be done about a pause now, does it and records it.</summary>
    /// <param name="run">The operation that ends pauses; it records what is found.</param>
    /// <param name="due">The pause.</param>
    /// <param name="subject">From <see cref="Subject"/>.</param>
    /// <param name="cancellationToken">Stops before the next request.</param>
    /// <exception cref="PictifyException">The experiment could not be read, or it is not known which change is in effect.</exception>
    /// <exception cref="LedgerException">The ledger cannot be read or written.</exception>
    public async Task<DueResult> EndAsync(
        OperationRun run,
        DuePause due,
        LedgerEntry subject,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            DueDecision decision = await DecideAsync(run, due, cancellationToken).ConfigureAwait(false);
            if (decision.Error is { } error)
            {
                throw error;
            }

            if ((decision.Resume ?? decision.Running) is not { } present)
            {
                return new DueResult { Note = decision.Note, IsOver = decision.IsOver };
            }

            ExperimentChange change = await run.RunAsync(
                    subject with
                    {
                        BeforeText = present.StatusText,
                    },
                    token =>
                        decision.Resume is null
                            ? Task.FromResult(ExperimentChange.Unchanged(present))
                            : _client.ResumeAsync(present.Uid, present, token),
                    cancellationToken
                )
                .ConfigureAwait(false);
            return new DueResult { Change = change };
        }
        catch (PictifyException refused) when (refused.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            await run.NotStartedAsync(subject, refused.ErrorId).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What would be done to end the pause now. The service is only read, and nothing is recorded.</summary>
    /// <exception cref="PictifyException">The experiment could not be read.</exception>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    internal Task<DueDecision> PreviewAsync(DuePause due, CancellationToken cancellationToken) =>
        DecideAsync(null, due, cancellationToken);

    private async Task<DueDecision> DecideAsync(OperationRun? run, DuePause due, CancellationToken cancellationToken)
    {
        await _cache.RefreshAsync(cancellationToken).ConfigureAwait(false);
        ChangeStack stack = _cache.Of(due.Uid);
        if (Due(_cache, due.Uid, _connection.Now) is not { } held)
        {
            return new DueDecision { Note = "another operation changed it meanwhile" };
        }

        Experiment present;
        try
        {
            present = await _client.GetAsync(due.Uid, cancellationToken).ConfigureAwait(false);
        }
        catch (PictifyException gone) when (gone.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            return NotSeen(stack, held, gone);
        }

        if (stack.Changes.Any(static change => change.Entry.Outcome == ChangeOutcome.Unknown))
        {
            stack = await _settler.SettleAllAsync(due.Uid, present, cancellationToken).ConfigureAwait(false);
            if (Due(_cache, due.Uid, _connection.Now) is not { } settled)
            {
                return new DueDecision
                {
                    Note = "settling its changes whose outcome was unknown showed that no recorded pause is in effect",
                };
            }

            held = settled;
        }

        if (ChangeRules.Reaches(present.Status, ExperimentStatus.Running))
        {
            return new DueDecision { Running = present };
        }

        return await DecidePausedAsync(run, stack, held, present).ConfigureAwait(false);
    }

    /// <summary>Decides whether an experiment that was read as not running is still in the pause that is to end.</summary>
    private async Task<DueDecision> DecidePausedAsync(
        OperationRun? run,
        ChangeStack stack,
        DuePause held,
        Experiment present
    )
    {
        if (present.Status != ExperimentStatus.Paused)
        {
            return await NoteOverAsync(run, held, present, $"it is '{SafeText.Clean(present.StatusText)}' now")
                .ConfigureAwait(false);
        }

        LedgerEntry? certain = Due(stack, present.Uid, _connection.Now)?.Entry;
        if (OpenChange(stack, held.Entry, certain, _connection) is { } open)
        {
            return new DueDecision
            {
                Error = new PictifyException(
                    PictifyErrorKind.NotSettled,
                    $"It is paused, and what operation {open.OperationId} did to it is not known, so it stays paused."
                ),
            };
        }

        return stack.IsChangedSince(present)
            ? await NoteOverAsync(
                    run,
                    held,
                    present,
                    $"it was changed by somebody else since, at {present.UpdatedAtMoment?.UtcDateTime:u}"
                )
                .ConfigureAwait(false)
            : new DueDecision { Resume = present };
    }

    /// <summary>
    /// The last change whose outcome is not known and that may have paused it; null if a pause that is certain was made after it.
    /// </summary>
    internal static StackedChange? OpenChange(
        ChangeStack stack,
        LedgerEntry? held,
        LedgerEntry? certain,
        PictifyConnection connection
    ) =>
        stack.Changes.LastOrDefault(change =>
            change.Entry.Outcome == ChangeOutcome.Unknown
            && (
                change.Entry.Key == OperationRun.KeyOf(connection)
                || stack.IsSeenWith(change.Entry.Key)
                || change.OperationId == held?.OperationId
            )
        )
            is { } open
        && !(certain?.Sequence > open.Entry.Sequence)
            ? open
            : null;

    /// <summary>
    /// The pause that is due, by the ledger. A later change whose outcome is not known, such as the end of the pause that an earlier run
    /// tried, does not hide it: the service is read to find out whether that change was made.
    /// </summary>
    internal static DuePause? Due(HistoryCache cache, string uid, DateTimeOffset now) =>
        Due(cache.Of(uid), uid, now)
        ?? Due(cache.Of(uid, withOpen: false), uid, now)
        ?? (
            cache.Of(uid).OpenPause(now) is { } open
                ? new DuePause(uid, open.Entry, open.Entry.UntilMoment!.Value)
                : null
        );

    private static DuePause? Due(ChangeStack stack, string uid, DateTimeOffset now) =>
        stack.PauseInForce() is (var pause, { } end) && end <= now ? new DuePause(uid, pause.Entry, end) : null;

    /// <summary>A missing experiment decides nothing: another key may see it, and the service may be wrong for a moment.</summary>
    private DueDecision NotSeen(ChangeStack stack, DuePause held, PictifyException gone)
    {
        string? key = OperationRun.KeyOf(_connection);
        if (held.Entry.Key != key)
        {
            return new DueDecision { Note = "this connection's key does not see it" };
        }

        // It is tried again at each run, and reported once.
        return stack.LastFailure is { } last && last.Error == gone.ErrorId && last.Key == key
            ? new DueDecision { Note = "it is still not found" }
            : new DueDecision { Error = gone };
    }

    /// <summary>Records that the end no longer applies: the experiment was read as completed, archived, or changed by somebody else.</summary>
    private static async Task<DueDecision> NoteOverAsync(
        OperationRun? run,
        DuePause held,
        Experiment present,
        string why
    )
    {
        if (run is not null)
        {
            await run.NoteAsync(
                    run.NewEntry() with
                    {
                        Kind = LedgerKind.Outcome,
                        Change = ChangeKind.Resume,
                        Uid = held.Uid,
                        Name = present.Name ?? held.Entry.Name,
                        Slug = present.Slug ?? held.Entry.Slug,
                        AfterText = present.StatusText,
                        UpdatedAtMoment = present.UpdatedAtMoment,
                        Outcome = ChangeOutcome.Unchanged,
                        Error = Ended,
                    }
                )
                .ConfigureAwait(false);
        }

        return new DueDecision { Note = $"{why}, so its recorded end no longer applies", IsOver = true };
    }

    /// <summary>Releases what reading the ledger needs.</summary>
    public void Dispose() => _cache.Dispose();
}
