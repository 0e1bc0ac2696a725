using System.Globalization;
using System.Management.Automation;
using System.Text;
using Pictify;
using Pictify.Ledger;
using Pictify.Operations;

namespace PictifyPS.Views;

/// <summary>
/// The text that the views show. Names come from a service to which others write: control characters, and so terminal escape sequences, are
/// never written to the screen.
/// </summary>
public static class ViewText
{
    private const string Reset = "\u001b[0m";

    /// <summary>Text on one line and of bounded length, every control or direction-changing character shown as a replacement sign.</summary>
    public static string Clean(string? text) => SafeText.Clean(text, SafeText.LongestMessage);

    /// <summary>The status, in the service's own word if it is not known here; in colour if PowerShell can show it.</summary>
    public static string Status(object? experiment)
    {
        var row = new Row(experiment);
        ExperimentStatus status = experiment is Experiment typed
            ? typed.Status
            : row.Word<ExperimentStatus>(nameof(Experiment.Status));
        string text =
            status == ExperimentStatus.Unknown ? Clean(row.Text(nameof(Experiment.StatusText))) : status.ToString();
        string? colour = Colour(status);
        return colour is null ? text : $"{colour}{text}{Reset}";
    }

    /// <summary>The type, in the service's own word if it is not known here.</summary>
    public static string Type(object? experiment)
    {
        var row = new Row(experiment);
        ExperimentType type = row.Word<ExperimentType>(nameof(Experiment.Type));
        return type == ExperimentType.Unknown ? Clean(row.Text(nameof(Experiment.TypeText))) : type.ToString();
    }

    /// <summary>The variants of an experiment or of a measurement, in one line.</summary>
    public static string VariantList(object? item) => Clean(new Row(item).Joined(nameof(Experiment.Variants)));

    /// <summary>The name; the uid if there is no name.</summary>
    public static string NameOrUid(object? item)
    {
        var row = new Row(item);
        return Clean(
            row.Text(nameof(Experiment.Name)) is { Length: > 0 } name ? name : row.Text(nameof(Experiment.Uid))
        );
    }

    /// <summary>A plan's limit; null is unlimited.</summary>
    public static string Limit(int? limit) => limit?.ToString(CultureInfo.CurrentCulture) ?? "unlimited";

    /// <summary>Basis points as a percentage.</summary>
    public static string Weight(object? variant) =>
        new Row(variant).Number(nameof(Variant.Weight)) is { } weight
            ? (weight / 100).ToString("0.##", CultureInfo.CurrentCulture) + " %"
            : "";

    /// <summary>Clicks per impression as a percentage.</summary>
    public static string ClickRate(object? variant) =>
        new Row(variant).Number(nameof(Variant.ClickRate)) is { } rate
            ? (rate * 100).ToString("0.00", CultureInfo.CurrentCulture) + " %"
            : "";

    /// <summary>A moment as this machine's clock shows it.</summary>
    public static string Moment(object? time) =>
        (PowerShellValue.PointInTime(time) ?? (time is PSObject wrapped ? wrapped.BaseObject : time)) switch
        {
            DateTimeOffset moment => moment.LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            DateTime date => date.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            var other => Clean(other?.ToString()),
        };

    /// <summary>A moment to the second with its offset, in the calendar of ISO 8601, whatever the session's calendar is.</summary>
    internal static string Exact(DateTimeOffset moment) =>
        moment.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    /// <summary>A moment to the minute, by this machine's time, for columns of a table.</summary>
    public static string Minute(object? time)
    {
        string moment = Moment(time);
        return moment.Length == "yyyy-MM-dd HH:mm:ss".Length ? moment.Substring(0, "yyyy-MM-dd HH:mm".Length) : moment;
    }

    /// <summary>The verb of a command of this module, which shows what was done; another command's full name.</summary>
    public static string Verb(object? command)
    {
        string name = Clean(command?.ToString());
        int noun = name.IndexOf("-Pictify", StringComparison.OrdinalIgnoreCase);
        return noun > 0 ? name.Substring(0, noun) : name;
    }

    /// <summary>Why an operation was run; before it, that it ended early, which its counts do not show.</summary>
    public static string Why(object? operation)
    {
        var row = new Row(operation);
        string reason = Clean(row.Text(nameof(PictifyOperation.Reason)));
        return !row.Flag(nameof(PictifyOperation.EndedEarly)) ? reason
            : reason.Length == 0 ? "ended early"
            : $"ended early, {reason}";
    }

    /// <summary>An operation's counts, those that are not zero.</summary>
    public static string Result(object? operation)
    {
        var row = new Row(operation);
        var parts = new List<string>();
        foreach (
            string count in new[]
            {
                nameof(PictifyOperation.Changed),
                nameof(PictifyOperation.Unchanged),
                nameof(PictifyOperation.Failed),
                nameof(PictifyOperation.Unknown),
            }
        )
        {
            if (row.Number(count) is > 0 and var number)
            {
                parts.Add($"{number} {count.ToLowerInvariant()}");
            }
        }

        if (row.Flag(nameof(PictifyOperation.EndedEarly)))
        {
            parts.Add("ended early");
        }
        else if (
            row.Number(nameof(PictifyOperation.ErrorCount)) is > 0 and var errors
            && row.Number(nameof(PictifyOperation.Failed)) is null or 0
            && row.Number(nameof(PictifyOperation.Unknown)) is null or 0
        )
        {
            parts.Add(errors == 1 ? "1 error" : $"{errors} errors");
        }

        return parts.Count == 0 ? "nothing to do" : string.Join(", ", parts);
    }

    /// <summary>Text on lines of a column's width, broken between words: PowerShell itself breaks at the end of the column.</summary>
    public static string Words(string? text, int width)
    {
        var lines = new StringBuilder();
        int column = 0;
        foreach (string word in Clean(text).Split([' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > 0 && column + 1 + word.Length > width)
            {
                lines.Append('\n');
                column = 0;
            }
            else if (column > 0)
            {
                lines.Append(' ');
                column++;
            }

            lines.Append(word);
            column += word.Length;
        }

        return lines.ToString();
    }

    /// <summary>A point in time to the minute, as short as a column is: with the year only if it is not the present one.</summary>
    public static string ShortMinute(DateTime? moment) => ShortMinute(moment, DateTime.Now);

    internal static string ShortMinute(DateTime? moment, DateTime now) =>
        moment?.ToString(moment.Value.Year == now.Year ? "MM-dd HH:mm" : "yyyy-MM-dd", CultureInfo.InvariantCulture)
        ?? "";

    /// <summary>The state of a pause, in a word or two.</summary>
    public static string State(PictifyPause pause) =>
        pause switch
        {
            null => "",
            { IsOurs: null } => "unknown",
            { IsOurs: false } => "not ours",
            { IsOverdue: true } => "overdue",
            { IsDue: true } => "due",
            { Until: null } => "no end",
            _ => "ends",
        };

    /// <summary>
    /// PowerShell 7 removes colours if the host cannot show them or $PSStyle is set so. Windows PowerShell counts a colour's characters as
    /// width, which would break the columns.
    /// </summary>
    private static string? Colour(ExperimentStatus status) =>
        Platform.IsNetFramework
            ? null
            : status switch
            {
                ExperimentStatus.Running => "\u001b[32m",
                ExperimentStatus.Paused => "\u001b[33m",
                ExperimentStatus.Rendering => "\u001b[36m",
                ExperimentStatus.Draft or ExperimentStatus.Completed => "\u001b[90m",
                _ => null,
            };
}
