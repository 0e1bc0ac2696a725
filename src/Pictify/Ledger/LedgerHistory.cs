namespace Pictify.Ledger;

/// <summary>
/// What the ledger says of experiments over several operations. A place (a service's address, or one sandbox) has a history
/// of its own; keys change, and the experiments behind them stay.
/// </summary>
internal sealed class LedgerHistory(PictifyLedger ledger, Func<LedgerEntry, bool> isHere)
{
    /// <summary>Errors that say that the experiment is in no state to be resumed, now or later.</summary>
    private static readonly HashSet<string> _final = ["StateConflict", "ExperimentNotFound", "Expired"];

    /// <summary>
    /// For each of the operation's experiments, the last operation after it that changed the experiment, or may have.
    /// </summary>
    public Dictionary<string, LedgerEntry> TouchedAfter(string operationId)
    {
        bool began = false;
        var uids = new HashSet<string>(StringComparer.Ordinal);
        var touches = new Dictionary<(string, int), LedgerEntry>();
        foreach (LedgerEntry line in ledger.ReadLines())
        {
            if (line.OperationId == operationId)
            {
                began = true;
                if (line.Uid is { } uid)
                {
                    uids.Add(uid);
                }
            }
            else if (began && line is { OperationId: { } other, Number: { } number, Uid: not null } && isHere(line))
            {
                if (line.Outcome is ChangeOutcome.Changed or ChangeOutcome.Unknown)
                {
                    touches[(other, number)] = line;
                }
                else
                {
                    touches.Remove((other, number));
                }
            }
        }

        return touches
            .Values.Where(touch => uids.Contains(touch.Uid!))
            .GroupBy(static touch => touch.Uid!, StringComparer.Ordinal)
            .ToDictionary(static touches => touches.Key, static touches => touches.OrderBy(t => t.Sequence).Last());
    }

    /// <summary>
    /// The pauses whose end has come, and that no later operation has touched. A pause that may have happened counts: it
    /// has to be settled before it is ended.
    /// </summary>
    public List<LedgerEntry> Due(DateTimeOffset now)
    {
        var uids = new HashSet<string>(
            ledger
                .ReadLines(new LedgerQuery { WithEnd = true })
                .Where(line => line.Uid is not null && line.Until <= now && isHere(line))
                .Select(static line => line.Uid!),
            StringComparer.Ordinal
        );
        if (uids.Count == 0)
        {
            return [];
        }

        var entries = new Dictionary<(string, int), LedgerEntry>();
        foreach (LedgerEntry line in ledger.ReadLines())
        {
            if (line is { OperationId: { } id, Number: { } number, Uid: { } uid } && uids.Contains(uid) && isHere(line))
            {
                // In the order of the intents: what is settled later was still tried then.
                long at = entries.TryGetValue((id, number), out LedgerEntry? earlier)
                    ? earlier.Sequence
                    : line.Sequence;
                entries[(id, number)] = line with { Sequence = at };
            }
        }

        return
        [
            .. entries
                .Values.GroupBy(static entry => entry.Uid!, StringComparer.Ordinal)
                .Select(static ofOne => PauseInForce(ofOne.OrderBy(static entry => entry.Sequence)))
                .Where(pause => pause?.Until <= now)
                .Select(static pause => pause!)
                .OrderBy(static pause => pause.Sequence),
        ];
    }

    /// <summary>The pause that holds after all of an experiment's entries, with the end that was given last.</summary>
    private static LedgerEntry? PauseInForce(IEnumerable<LedgerEntry> entries)
    {
        LedgerEntry? pause = null;
        foreach (LedgerEntry entry in entries)
        {
            pause = (entry.After, entry.Outcome) switch
            {
                (ExperimentStatus.Paused, ChangeOutcome.Changed or ChangeOutcome.Unknown)
                    when entry.Before != ExperimentStatus.Paused => entry,

                // Paused already by one of ours: the end that was said last holds, and so does no end.
                (ExperimentStatus.Paused, ChangeOutcome.Unchanged or ChangeOutcome.Unknown) when pause is not null =>
                    pause with
                    {
                        Until = entry.Until,
                    },
                (_, ChangeOutcome.Failed) when IsResume(entry) && _final.Contains(entry.Error ?? "") => null,

                // A resume that may not have happened is tried again; that is safe.
                (_, ChangeOutcome.Failed) => pause,
                (_, ChangeOutcome.Unknown) when IsResume(entry) => pause,
                (_, ChangeOutcome.Unchanged) when !IsResume(entry) => pause,
                _ => null,
            };
        }

        return pause;
    }

    private static bool IsResume(LedgerEntry entry) => entry.After == ExperimentStatus.Running;
}
