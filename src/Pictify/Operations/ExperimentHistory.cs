using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>
/// The ledger's record of one experiment: its changes in the order of their intents. A change is live until it is undone; undoing that
/// undo makes it live again.
/// </summary>
internal sealed class ExperimentHistory
{
    /// <summary>The default time limit, for intents of version 0.1.0, which do not contain one.</summary>
    private const long DefaultLimit = 30_000;

    /// <summary>No time limit is longer. A line of the ledger may contain any number.</summary>
    private const long LongestLimit = 24 * 60 * 60 * 1000;

    private readonly List<HistoryLine> _lines = [];
    private readonly Dictionary<(string, int), int> _places = [];
    private int _read;

    /// <summary>Adds a line; a later line of the same change replaces the earlier one, in its place.</summary>
    public void Add(LedgerEntry line)
    {
        if (line is not { OperationId: { } id, Number: { } number })
        {
            return;
        }

        _read++;
        if (!_places.TryGetValue((id, number), out int place))
        {
            _places.Add((id, number), _lines.Count);
            _lines.Add(new HistoryLine(line, _read, line.Kind == LedgerKind.Intent ? int.MaxValue : _read));
        }
        else if (line.Kind != LedgerKind.Settled || _lines[place].Entry.Outcome == ChangeOutcome.Unknown)
        {
            HistoryLine first = _lines[place];
            _lines[place] = first with { Entry = line, Ended = Math.Min(first.Ended, _read) };
        }
    }

    /// <summary>The changes as they are known now; the stack works out which of them are live.</summary>
    /// <param name="withOpen">False for the history as it would be if no change had been made whose outcome is not known.</param>
    public ChangeStack Read(bool withOpen = true) =>
        new(withOpen ? _lines : _lines.Where(static line => line.Entry.Outcome != ChangeOutcome.Unknown));

    /// <summary>When an entry's requests were being sent, by the service's clock.</summary>
    public static SendWindow Window(LedgerEntry entry)
    {
        // Without a date from the service both clocks are taken to differ by two seconds at most; with one, by less than one.
        TimeSpan skew = TimeSpan.FromMilliseconds(entry.SkewMilliseconds ?? 0);
        TimeSpan tolerance = TimeSpan.FromSeconds(entry.SkewMilliseconds is null ? 2 : 1);
        DateTimeOffset from = entry.SentFromMoment ?? entry.Moment;
        return new SendWindow(
            from + skew - tolerance,
            (entry.SentToMoment ?? (entry.Kind == LedgerKind.Intent ? from + Limit(entry) : from)) + skew + tolerance
        );
    }

    /// <summary>
    /// A request that was being sent when its process ended was over after that long. Later attempts are not included: with a longer
    /// window, somebody else's change could be counted as this one, while a change outside of the window only stays unknown.
    /// </summary>
    private static TimeSpan Limit(LedgerEntry intent) =>
        TimeSpan.FromMilliseconds(Math.Min(Math.Max(0, intent.LimitMilliseconds ?? DefaultLimit), LongestLimit));
}

/// <summary>The ledger's record of one change.</summary>
/// <param name="Entry">Its last line.</param>
/// <param name="Began">The place of its first line among those that were read.</param>
/// <param name="Ended">The place of the first line after its intent; the greatest number if there is none.</param>
internal readonly record struct HistoryLine(LedgerEntry Entry, int Began, int Ended);
