using Pictify.Http;
using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// Undoes operations, all of them together: for each experiment they must be the last live changes, and the service must show the
/// status after the last of them.
/// </summary>
public sealed class UndoSession : IDisposable
{
    private readonly PictifyClient _client;
    private readonly PictifyConnection _connection;
    private readonly OperationReading _read;
    private readonly HistoryCache _cache;
    private readonly Settler _settler;
    private readonly string[] _operations;
    private readonly Dictionary<string, string> _refused;

    private UndoSession(
        PictifyConnection connection,
        PictifyClient client,
        ILedger ledger,
        OperationReading read,
        HistoryCache cache,
        string[] operations,
        string[] uids,
        Dictionary<string, string> refused,
        bool record
    )
    {
        _connection = connection;
        _client = client;
        _read = read;
        _cache = cache;
        _settler = new Settler(connection, ledger, cache, record);
        _operations = operations;
        _refused = refused;
        Uids = uids;
    }

    /// <summary>The experiments that the operations concern, in the order of the operations and of their entries.</summary>
    public string[] Uids { get; }

    /// <summary>Operations that cannot be undone, and why. They are left out.</summary>
    public IReadOnlyDictionary<string, string> Refused => _refused;

    /// <summary>One of the given operations, as it was read; null if the ledger does not have it.</summary>
    public PictifyOperation? FindOperation(string id) => _read.Find(id);

    internal static async Task<UndoSession> OpenAsync(
        PictifyConnection connection,
        PictifyClient client,
        ILedger ledger,
        IReadOnlyCollection<string> operationIds,
        bool record,
        CancellationToken cancellationToken
    )
    {
        string[] ids = [.. operationIds.Distinct(StringComparer.Ordinal)];
        var read = new OperationReading(ledger, ids);
        await read.RefreshAsync(cancellationToken).ConfigureAwait(false);
        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        var uids = new List<string>();
        var cache = new HistoryCache(ledger, PictifyOperations.IsHere(connection));
        foreach (string id in ids)
        {
            LedgerEntry[] ofOperation = read.EntriesOf(id);
            if (GetProblem(ofOperation, connection) is { } why)
            {
                refused.Add(id, why);
                continue;
            }

            foreach (LedgerEntry entry in ofOperation)
            {
                if (entry is { Uid: { } uid, Outcome: not ChangeOutcome.Failed } && !cache.Follows(uid))
                {
                    cache.Follow(uid);
                    uids.Add(uid);
                }
            }
        }

        await cache.RefreshAsync(cancellationToken).ConfigureAwait(false);
        string[] operations = [.. ids.Where(id => !refused.ContainsKey(id))];

        // An experiment that these operations only read, and did not change, is not read again.
        string[] changed = [.. uids.Where(uid => Concerns(cache.Of(uid), operations))];
        return new UndoSession(connection, client, ledger, read, cache, operations, changed, refused, record);
    }

    /// <summary>Reads the experiment, and works out the result of undoing the operations for it.</summary>
    /// <exception cref="PictifyException">The experiment could not be read.</exception>
    /// <exception cref="LedgerException">The ledger cannot be read or written.</exception>
    /// <returns>The plan; null if there is nothing to undo.</returns>
    public async Task<UndoPlan?> PlanAsync(string uid, CancellationToken cancellationToken = default)
    {
        Experiment present;
        try
        {
            present = await _client.GetAsync(uid, cancellationToken).ConfigureAwait(false);
        }
        catch (PictifyException gone) when (gone.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            StackedChange last = _cache.Of(uid).Changes.Last(change => _operations.Contains(change.OperationId));
            if (last.Entry.Key == OperationRun.KeyOf(_connection))
            {
                throw;
            }

            return Plan(uid, last.Entry) with
            {
                Conflict =
                    $"this connection's key does not see it, and another key (fingerprint {last.Entry.Key}) changed it",
            };
        }

        ChangeStack stack = await _settler.SettleAllAsync(uid, present, cancellationToken).ConfigureAwait(false);
        if (!Concerns(stack, _operations))
        {
            return null;
        }

        var planner = new UndoPlanner(stack, present, _operations);
        return planner.Complete(Plan(uid, planner.LastGiven));
    }

    /// <summary>The entry of a restoration, before anything is sent.</summary>
    public static LedgerEntry Subject(OperationRun run, UndoPlan plan) =>
        Subject((run ?? throw new ArgumentNullException(nameof(run))).NewEntry(), plan);

    private static LedgerEntry Subject(LedgerEntry entry, UndoPlan plan) =>
        entry with
        {
            Change =
                plan.IsEndOnly ? ChangeKind.End
                : plan.Target == ExperimentStatus.Paused ? ChangeKind.Pause
                : ChangeKind.Resume,
            Uid = plan.Uid,
            Name = plan.Entry.Name,
            Slug = plan.Entry.Slug,
            BeforeText = plan.Present?.StatusText,
            AfterText = plan.Target == ExperimentStatus.Unknown ? null : ApiName.Of(plan.Target),
            UntilMoment = plan.Until,
            Undoes = plan.IsRestored || plan.OperationIds.Length == 0 ? null : string.Join(" ", plan.OperationIds),
        };

    /// <summary>Restores what the plan contains, and records it.</summary>
    /// <param name="run">The operation that undoes.</param>
    /// <param name="plan">From <see cref="PlanAsync"/>.</param>
    /// <param name="cancellationToken">Stops before the next request; one that was sent already gets a moment to end.</param>
    public Task<ExperimentChange> RestoreAsync(
        OperationRun run,
        UndoPlan plan,
        CancellationToken cancellationToken = default
    ) =>
        plan is null
            ? throw new ArgumentNullException(nameof(plan))
            : RestoreAsync(run, plan, Subject(run, plan), cancellationToken);

    /// <summary>The same with an entry that was made before, by <see cref="Subject(OperationRun, UndoPlan)"/>.</summary>
    internal async Task<ExperimentChange> RestoreAsync(
        OperationRun run,
        UndoPlan plan,
        LedgerEntry entry,
        CancellationToken cancellationToken
    )
    {
        // What was planned may be old: another operation may have changed the experiment while the others were restored.
        await _cache.RefreshAsync(cancellationToken).ConfigureAwait(false);
        if (_cache.Of(plan.Uid).Changes.Count != plan.ChangeCount)
        {
            plan =
                await PlanAsync(plan.Uid, cancellationToken).ConfigureAwait(false)
                ?? plan with
                {
                    Conflict = "another operation changed it meanwhile",
                };
        }

        LedgerEntry subject = Subject(entry, plan);
        if (plan.Conflict is { } why)
        {
            PictifyException conflict = Conflict(why);
            await run.NotStartedAsync(subject, conflict.ErrorId).ConfigureAwait(false);
            return ExperimentChange.Failed(conflict);
        }

        return await run.RunAsync(subject, token => RestoreAsync(plan, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The error for an experiment that is not changed.</summary>
    public static PictifyException Conflict(string why) =>
        new(PictifyErrorKind.UndoConflict, $"It was not restored: {why}.");

    private Task<ExperimentChange> RestoreAsync(UndoPlan plan, CancellationToken cancellationToken)
    {
        Experiment present = plan.Present!;
        if (plan.IsEndOnly)
        {
            return Task.FromResult(ExperimentChange.Unchanged(present) with { Outcome = ChangeOutcome.Changed });
        }

        if (ChangeRules.Reaches(present.Status, plan.Target))
        {
            return Task.FromResult(ExperimentChange.Unchanged(present));
        }

        return plan.Target == ExperimentStatus.Running
            ? _client.ResumeAsync(present.Uid, present, cancellationToken)
            : _client.PauseAsync(present.Uid, present, cancellationToken);
    }

    private static bool Concerns(ChangeStack stack, string[] operations) =>
        stack.Changes.Any(change => operations.Contains(change.OperationId));

    private UndoPlan Plan(string uid, LedgerEntry entry) =>
        new()
        {
            Uid = uid,
            Entry = entry,
            OperationIds = [.. _operations.Where(id => _cache.Of(uid).Changes.Any(change => change.OperationId == id))],
        };

    /// <summary>Why an operation cannot be undone at all; null if it can.</summary>
    private static string? GetProblem(LedgerEntry[] entries, PictifyConnection connection)
    {
        if (entries.Length == 0)
        {
            return "the ledger has no such operation";
        }

        if (PictifyOperations.WhyElsewhere(entries[0], connection) is { } why)
        {
            return why;
        }

        return entries[0].KindOfChange switch
        {
            ChangeKind.Pause or ChangeKind.Resume or ChangeKind.Start or ChangeKind.End => null,
            ChangeKind.Complete => "completing is final",
            ChangeKind.Remove => "no API restores a removed experiment",
            ChangeKind.Create => "it created experiments, which Remove-PictifyExperiment removes",
            ChangeKind.Edit => "the fields' earlier values are not recorded",
            ChangeKind.Event => "events cannot be undone",
            ChangeKind.Call => "what the call changed is not known",
            _ when entries.All(static entry => entry.Uid is null) => null,
            _ => "the ledger does not record what kind of change it was",
        };
    }

    /// <summary>Releases what reading the ledger needs.</summary>
    public void Dispose() => _cache.Dispose();
}
