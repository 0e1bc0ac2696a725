using System.Globalization;
using System.Text;
using Pictify;
using Pictify.Ledger;
using Pictify.Operations;

namespace PictifyPS.Views;

/// <summary>
/// What the views show, as text. Names come from a service that others write to: control characters and with them
/// terminal escape sequences never reach the screen.
/// </summary>
public static class ViewText
{
    private const string Reset = "\u001b[0m";

    /// <summary>Text on one line, every control or direction-changing character shown as a replacement sign.</summary>
    public static string Clean(string? text) => SafeText.Clean(text);

    /// <summary>The status, in the service's own word where it is not known here; in colour where PowerShell can.</summary>
    public static string Status(Experiment experiment)
    {
        if (experiment is null)
        {
            return "";
        }

        string text =
            experiment.Status == ExperimentStatus.Unknown ? Clean(experiment.StatusText) : experiment.Status.ToString();
        string? colour = Colour(experiment.Status);
        return colour is null ? text : $"{colour}{text}{Reset}";
    }

    /// <summary>The type, in the service's own word where it is not known here.</summary>
    public static string Type(Experiment experiment) =>
        experiment is null ? ""
        : experiment.Type == ExperimentType.Unknown ? Clean(experiment.TypeText)
        : experiment.Type.ToString();

    /// <summary>A plan's limit; none is unlimited.</summary>
    public static string Limit(int? limit) => limit?.ToString(CultureInfo.CurrentCulture) ?? "unlimited";

    /// <summary>Basis points as a percentage.</summary>
    public static string Weight(Variant variant) =>
        variant?.Weight is { } weight ? (weight / 100m).ToString("0.##", CultureInfo.CurrentCulture) + " %" : "";

    /// <summary>Clicks per impression as a percentage.</summary>
    public static string ClickRate(Variant variant) =>
        variant?.ClickRate is { } rate ? (rate * 100).ToString("0.00", CultureInfo.CurrentCulture) + " %" : "";

    /// <summary>An operation's counts, those that are not zero.</summary>
    public static string Result(PictifyOperation operation)
    {
        if (operation is null)
        {
            return "";
        }

        string text = string.Join(
            ", ",
            new[]
            {
                (operation.Changed, "changed"),
                (operation.Unchanged, "unchanged"),
                (operation.Failed, "failed"),
                (operation.Unknown, "unknown"),
            }
                .Where(static count => count.Item1 > 0)
                .Select(static count => $"{count.Item1} {count.Item2}")
        );
        return text.Length == 0 ? "nothing to do" : text;
    }

    /// <summary>Text on lines of a column's width, broken between words: PowerShell itself breaks where the column ends.</summary>
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

    /// <summary>A point in time to the minute, as short as a column is: the year stands only where it is another one.</summary>
    public static string Minute(DateTime? moment) => Minute(moment, DateTime.Now);

    internal static string Minute(DateTime? moment, DateTime now) =>
        moment?.ToString(moment.Value.Year == now.Year ? "MM-dd HH:mm" : "yyyy-MM-dd", CultureInfo.InvariantCulture)
        ?? "";

    /// <summary>How a pause stands, in a word or two.</summary>
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
    /// PowerShell 7 takes colours out again where the host shows none or $PSStyle says so. Windows PowerShell counts a colour's
    /// characters as width, which would break the columns.
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
