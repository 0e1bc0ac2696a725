using System.Globalization;
using System.Text;
using Pictify;
using Pictify.Statistics;

namespace PictifyPS.Views;

/// <summary>The text that the views of measurements show: each column has a line for each variant.</summary>
public static class MeasurementText
{
    /// <summary>The number of characters in the drawing of an interval; the middle one is no lift.</summary>
    private const int Places = 17;

    /// <summary>The lift at the drawing's ends.</summary>
    private const double Scale = 0.5;

    private static readonly Drawing _unicode = new('├', '─', '┤', '•', '│', '┼', '◄', '►');
    private static readonly Drawing _ascii = new('[', '-', ']', 'o', '|', '+', '<', '>');

    /// <summary>The verdict of an experiment or a variant, if the control is one; in colour if PowerShell can show it.</summary>
    public static string Verdict(object? measured)
    {
        var row = new Row(measured);
        return row.Flag(nameof(VariantMeasurement.IsControl)) ? "control"
            : string.IsNullOrEmpty(row.Text(nameof(VariantMeasurement.Verdict))) ? ""
            : Coloured(row.Word<MeasurementVerdict>(nameof(VariantMeasurement.Verdict)));
    }

    /// <summary>The ids of the variants that are compared, line by line.</summary>
    public static string Variants(object? measurement) =>
        Lines(measurement, static variant => ViewText.Clean(variant.Text(nameof(VariantMeasurement.Id))));

    /// <summary>Their lifts, line by line.</summary>
    public static string Lifts(object? measurement) => Lines(measurement, Lift);

    /// <summary>Their intervals, drawn, line by line.</summary>
    public static string Intervals(object? measurement) => Lines(measurement, Interval);

    /// <summary>The lift as a percentage.</summary>
    public static string Lift(object? variant) => Lift(new Row(variant));

    /// <summary>The click rate as a percentage.</summary>
    public static string ClickRate(object? variant) => ClickRate(new Row(variant));

    /// <summary>
    /// The lift's interval, from −50 % to +50 %: if the line crosses the middle, no difference is possible. Ends beyond the scale are
    /// arrows.
    /// </summary>
    public static string Interval(object? variant) => Interval(new Row(variant));

    private static string Interval(Row variant)
    {
        if (
            variant.Number(nameof(VariantMeasurement.LiftLow)) is not { } low
            || variant.Number(nameof(VariantMeasurement.LiftHigh)) is not { } high
        )
        {
            return "";
        }

        Drawing drawing = IsPlain ? _ascii : _unicode;
        char[] places = new string(' ', Places).ToCharArray();
        int from = Place(low);
        int to = Place(high);
        for (int i = Math.Max(0, from); i <= Math.Min(Places - 1, to); i++)
        {
            places[i] = drawing.Line;
        }

        const int middle = Places / 2;
        places[middle] = from < middle && middle < to ? drawing.Cross : drawing.Zero;
        Put(from, drawing.From);
        Put(to, drawing.To);
        if (low < -Scale)
        {
            places[0] = drawing.Less;
        }

        if (high > Scale)
        {
            places[Places - 1] = drawing.More;
        }

        if (variant.Number(nameof(VariantMeasurement.Lift)) is { } lift && Math.Abs(lift) <= Scale)
        {
            Put(Place(lift), drawing.Point);
        }

        return new string(places).TrimEnd();

        void Put(int place, char sign)
        {
            if (place is >= 0 and < Places)
            {
                places[place] = sign;
            }
        }
    }

    /// <summary>The whole measurement, as lines: every variant's numbers, and the advice.</summary>
    public static string Detail(object? measurement)
    {
        if (measurement is null)
        {
            return "";
        }

        var row = new Row(measurement);
        var text = new StringBuilder();
        string? given = row.Text(nameof(ExperimentMeasurement.Name));
        string name = string.IsNullOrEmpty(given) ? "" : ViewText.Clean(given) + "  ";
        text.Append(name)
            .Append(ViewText.Clean(row.Text(nameof(ExperimentMeasurement.Uid))))
            .Append("  ")
            .AppendLine(Coloured(row.Word<MeasurementVerdict>(nameof(ExperimentMeasurement.Verdict))));
        Wrap(text, row.Text(nameof(ExperimentMeasurement.Advice)) ?? "", "  ");
        Wrap(text, Totals(row), "  ");
        text.AppendLine();
        Line(text, " Variant", "Impressions", "Rate", "of one look", "Lift", "at every look", "Best");
        foreach (Row variant in row.Rows(nameof(ExperimentMeasurement.Variants)))
        {
            Line(
                text,
                (variant.Flag(nameof(VariantMeasurement.IsControl)) ? "*" : " ")
                    + ViewText.Clean(variant.Text(nameof(VariantMeasurement.Id))),
                Number(variant.Number(nameof(VariantMeasurement.Impressions))),
                ClickRate(variant),
                Range(
                    variant.Number(nameof(VariantMeasurement.ClickRateLow)),
                    variant.Number(nameof(VariantMeasurement.ClickRateHigh)),
                    Short
                ),
                Lift(variant),
                Range(
                    variant.Number(nameof(VariantMeasurement.LiftLow)),
                    variant.Number(nameof(VariantMeasurement.LiftHigh)),
                    ShortSigned
                ),
                Best(variant)
            );
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>The counters, the run time and the split of the whole experiment, in one line.</summary>
    private static string Totals(Row row)
    {
        double? p = row.Number(nameof(ExperimentMeasurement.PValue));
        return Join(
            $"{Number(row.Number(nameof(ExperimentMeasurement.Impressions)))} impressions, "
                + $"{Number(row.Number(nameof(ExperimentMeasurement.Clicks)))} clicks",
            row.Number(nameof(ExperimentMeasurement.RunDays)) is { } days
                ? $"{days.ToString("0.#", CultureInfo.CurrentCulture)} days"
                : null,
            row.Number(nameof(ExperimentMeasurement.ImpressionsToGo)) is { } toGo
                ? $"{Number(toGo)} impressions to go"
                : null,
            $"split {row.Text(nameof(ExperimentMeasurement.SampleRatio))}",
            p is null
                ? null
                : $"chi-square {G(row.Number(nameof(ExperimentMeasurement.ChiSquare)))} (p = {G(p)}, one look)"
        );
    }

    private static string Lift(Row variant) => Signed(variant.Number(nameof(VariantMeasurement.Lift)));

    private static string ClickRate(Row variant) => Percent(variant.Number(nameof(VariantMeasurement.ClickRate)));

    private static string Best(Row variant) =>
        variant.Number(nameof(VariantMeasurement.ProbabilityBest)) is { } best
            ? (best * 100).ToString("0.0", CultureInfo.CurrentCulture) + " %"
            : "";

    /// <summary>True if the terminal or its user wants plain text only.</summary>
    private static bool IsPlain =>
        !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        || Environment.GetEnvironmentVariable("TERM") == "dumb";

    private static string Lines(object? measurement, Func<Row, string> show) =>
        string.Join(
            "\n",
            new Row(measurement)
                .Rows(nameof(ExperimentMeasurement.Variants))
                .Where(static variant =>
                    !variant.Flag(nameof(VariantMeasurement.IsControl))
                    && variant.Number(nameof(VariantMeasurement.LiftLow)) is not null
                )
                .Select(show)
        );

    private static int Place(double lift) =>
        double.IsInfinity(lift) || Math.Abs(lift) > Scale
            ? (lift > 0 ? Places : -1)
            : (int)Math.Round((lift + Scale) / (2 * Scale) * (Places - 1));

    private static string Signed(double? fraction) =>
        fraction is { } value ? (value * 100).ToString("+0.0;-0.0;0.0", CultureInfo.CurrentCulture) + " %" : "";

    private static string Percent(double? fraction) =>
        fraction is { } value ? (value * 100).ToString("0.00", CultureInfo.CurrentCulture) + " %" : "";

    private static string Short(double fraction) => (fraction * 100).ToString("0.00", CultureInfo.CurrentCulture);

    private static string ShortSigned(double fraction) =>
        double.IsInfinity(fraction) || fraction > 99
            ? "any"
            : (fraction * 100).ToString("+0.0;-0.0;0.0", CultureInfo.CurrentCulture);

    private static string Range(double? low, double? high, Func<double, string> show) =>
        low is { } from && high is { } to ? $"{show(from)}..{show(to)}" : "";

    private static string Number(double? number) => number?.ToString(CultureInfo.CurrentCulture) ?? "";

    private static string G(double? number) => number?.ToString("G3", CultureInfo.CurrentCulture) ?? "";

    private static string Join(params string?[] parts) =>
        string.Join("; ", parts.Where(static part => part is not null));

    /// <summary>One line, of 79 columns if the id fits.</summary>
    private static void Line(
        StringBuilder text,
        string id,
        string impressions,
        string rate,
        string ofRate,
        string lift,
        string ofLift,
        string best
    )
    {
        string line = $"{id, -15} {impressions, 11} {rate, 7} {ofRate, -12} {lift, 8} {ofLift, -13} {best, 7}";
        text.AppendLine(line.TrimEnd());
    }

    private static void Wrap(StringBuilder text, string line, string indent)
    {
        int column = 0;
        foreach (string word in line.Split(' '))
        {
            if (column > 0 && column + 1 + word.Length > 79)
            {
                text.AppendLine();
                column = 0;
            }

            text.Append(column == 0 ? indent : " ").Append(word);
            column += (column == 0 ? indent.Length : 1) + word.Length;
        }

        text.AppendLine();
    }

    /// <summary>
    /// PowerShell 7 removes colours if the host cannot show them. Windows PowerShell counts a colour's characters as width.
    /// </summary>
    private static string Coloured(MeasurementVerdict verdict)
    {
        string? colour = verdict switch
        {
            _ when Platform.IsNetFramework => null,
            MeasurementVerdict.Harmful => "31",
            MeasurementVerdict.DataProblem => "33",
            MeasurementVerdict.Winning => "32",
            MeasurementVerdict.NotApplicable or MeasurementVerdict.TooFewData => "90",
            _ => null,
        };
        return colour is null ? $"{verdict}" : $"\u001b[{colour}m{verdict}\u001b[0m";
    }

    private sealed record Drawing(
        char From,
        char Line,
        char To,
        char Point,
        char Zero,
        char Cross,
        char Less,
        char More
    );
}
