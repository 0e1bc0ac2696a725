using System.Globalization;
using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>
/// A history that a test writes as text: one change after the other, with "; " between them, of the operations op1, op2 and so on.
/// Each begins with the kind of change, and ends with "?" where its outcome is not known, with "!" where it failed, and with "="
/// where nothing was changed. Fields follow: until and sent (in hours from noon), at (when the service changed it, in seconds from noon),
/// undoes (the numbers of operations), before, after, key, uid, name, error, op, number; and "intent", or "settled", for
/// a line that is no outcome.
/// </summary>
internal static class Written
{
    public const string Uid = "exp_1";

    /// <summary>The key of the changes that name none.</summary>
    public const string OwnKey = "own";

    public static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static LedgerEntry[] Lines(string history) =>
        history.Length == 0 ? [] : [.. history.Split("; ").Select((step, place) => Line(step, place + 1))];

    public static LedgerEntry Line(string step, int number)
    {
        string[] parts = step.Split(' ');
        LedgerEntry line = Begin(parts[0].TrimEnd('?', '!', '=')) with
        {
            Kind = LedgerKind.Outcome,
            Sequence = number,
            Moment = Noon,
            OperationId = $"op{number}",
            Number = 1,
            Command = "Suspend-PictifyExperiment",
            Uid = Uid,
            BaseUrl = "https://here/",
            Key = OwnKey,
            SkewMilliseconds = 0,
        };
        line = parts[0][^1] switch
        {
            '?' => line with { Outcome = ChangeOutcome.Unknown },
            '!' => line with { Outcome = ChangeOutcome.Failed },
            '=' => line with { Outcome = ChangeOutcome.Unchanged },
            _ => line,
        };
        return parts.Skip(1).Aggregate(line, With);
    }

    /// <summary>The changes as the ledger's lines tell them.</summary>
    public static ChangeStack Stack(params IEnumerable<LedgerEntry> lines)
    {
        var history = new ExperimentHistory();
        foreach (LedgerEntry line in lines)
        {
            history.Add(line);
        }

        return history.Read();
    }

    public static ChangeStack Stack(string history) => Stack(Lines(history));

    /// <summary>
    /// An experiment as the service shows it: its status, then, where given, when it was changed, in seconds from noon ("-" for not at
    /// all), and its name.
    /// </summary>
    public static Experiment Shown(string shown)
    {
        string[] parts = shown.Split(' ');
        string? name = parts.ElementAtOrDefault(2);
        return new Experiment
        {
            Uid = Uid,
            StatusText = parts[0],
            UpdatedAtMoment = parts.ElementAtOrDefault(1) is { } at and not "-" ? Seconds(at) : null,
            Name = name,
            Slug = name?.ToLowerInvariant(),
        };
    }

    private static LedgerEntry Begin(string kind) =>
        kind switch
        {
            "pause" => Change(ChangeKind.Pause, "running", "paused"),
            "resume" => Change(ChangeKind.Resume, "paused", "running"),
            "start" => Change(ChangeKind.Start, "draft", "running"),
            "complete" => Change(ChangeKind.Complete, "running", "completed"),
            "end" => Change(ChangeKind.End, "paused", "paused"),

            // A pause that finds the experiment paused, and says another end for it.
            "extend" => Change(ChangeKind.Pause, "paused", "paused") with { Outcome = ChangeOutcome.Unchanged },
            _ => Change(Enum.Parse<ChangeKind>(kind, ignoreCase: true), null, null),
        };

    private static LedgerEntry Change(ChangeKind kind, string? before, string? after) =>
        new()
        {
            Change = kind,
            BeforeText = before,
            AfterText = after,
            Outcome = ChangeOutcome.Changed,
        };

    private static LedgerEntry With(LedgerEntry line, string field)
    {
        string[] pair = field.Split(':', 2);
        string? value = pair.Length > 1 && pair[1].Length > 0 ? pair[1] : null;
        return pair[0] switch
        {
            "until" => line with { UntilMoment = Noon.AddHours(Number(value!)) },
            "sent" => line with { Moment = Noon.AddHours(Number(value!)) },
            "at" => line with { UpdatedAtMoment = Seconds(value!) },
            "undoes" => line with { Undoes = string.Join(" ", value!.Split(',').Select(static id => $"op{id}")) },
            "before" => line with { BeforeText = value },
            "after" => line with { AfterText = value },
            "key" => line with { Key = value },
            "uid" => line with { Uid = value },
            "name" => line with { Name = value, Slug = value?.ToLowerInvariant() },
            "error" => line with { Error = value },
            "number" => line with { Number = int.Parse(value!, CultureInfo.InvariantCulture) },
            "op" => line with { OperationId = value },
            "intent" => line with { Kind = LedgerKind.Intent },
            "settled" => line with { Kind = LedgerKind.Settled },
            _ => throw new ArgumentException(field, nameof(field)),
        };
    }

    private static DateTimeOffset Seconds(string value) => Noon.AddSeconds(Number(value));

    private static double Number(string value) => double.Parse(value, CultureInfo.InvariantCulture);
}
