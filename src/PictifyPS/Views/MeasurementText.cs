using System.Globalization;
using System.Text;
using Pictify;
using Pictify.Statistics;

namespace PictifyPS.Views;

/// <summary>What the views of measurements show, as text: a line for each variant beside each other in every column.</summary>
public static class MeasurementText
{
    /// <summary>How many places the drawing of an interval has; the middle one is no lift.</summary>
    private const int Places = 17;

    /// <summary>The lift at the drawing's ends.</summary>
    private const double Scale = 0.5;

    private static readonly Drawing _unicode = new('├', '─', '┤', '•', '│', '┼', '◄', '►');
    private static readonly Drawing _ascii = new('[', '-', ']', 'o', '|', '+', '<', '>');

    /// <summary>The verdict; in colour where PowerShell can.</summary>
    public static string Verdict(ExperimentMeasurement measurement) =>
        measurement is null ? "" : Coloured(measurement.Verdict);

    /// <summary>The variant's verdict; the control is one.</summary>
    public static string Verdict(VariantMeasurement variant) =>
        variant is null ? ""
        : variant.IsControl ? "control"
        : variant.Verdict is { } verdict ? Coloured(verdict)
        : "";

    /// <summary>The ids of those that are compared, line by line.</summary>
    public static string Variants(ExperimentMeasurement measurement) =>
        Lines(measurement, static variant => ViewText.Clean(variant.Id));

    /// <summary>Their lifts, line by line.</summary>
    public static string Lifts(ExperimentMeasurement measurement) => Lines(measurement, Lift);

    /// <summary>Their intervals, drawn, line by line.</summary>
    public static string Intervals(ExperimentMeasurement measurement) => Lines(measurement, Interval);

    /// <summary>The lift as a percentage.</summary>
    public static string Lift(VariantMeasurement variant) => Signed(variant?.Lift);

    /// <summary>The click rate as a percentage.</summary>
    public static string ClickRate(VariantMeasurement variant) => Percent(variant?.ClickRate);

    /// <summary>The probability of being best as a percentage.</summary>
    public static string Best(VariantMeasurement variant) =>
        variant?.ProbabilityBest is { } best ? (best * 100).ToString("0.0", CultureInfo.CurrentCulture) + " %" : "";

    /// <summary>
    /// The lift's interval, from −50 % to +50 %: where the line crosses the middle, no difference is possible. Ends beyond the scale are
    /// arrows.
    /// </summary>
    public static string Interval(VariantMeasurement variant)
    {
        if (variant is not { LiftLow: { } low, LiftHigh: { } high })
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

        if (variant.Lift is { } lift && Math.Abs(lift) <= Scale)
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

    /// <summary>The whole of a measurement, as lines: every variant's numbers, and the advice.</summary>
    public static string Detail(ExperimentMeasurement measurement)
    {
        if (measurement is null)
        {
            return "";
        }

        var text = new StringBuilder();
        string name = string.IsNullOrEmpty(measurement.Name) ? "" : ViewText.Clean(measurement.Name) + "  ";
        text.Append(name)
            .Append(ViewText.Clean(measurement.Uid))
            .Append("  ")
            .AppendLine(Coloured(measurement.Verdict));
        Wrap(text, measurement.Advice, "  ");
        Wrap(
            text,
            Join(
                $"{Number(measurement.Impressions)} impressions, {Number(measurement.Clicks)} clicks",
                measurement.RunDays is { } days ? $"{days.ToString("0.#", CultureInfo.CurrentCulture)} days" : null,
                measurement.ImpressionsToGo is { } toGo ? $"{Number(toGo)} impressions to go" : null,
                $"split {measurement.SampleRatio}",
                measurement.PValue is { } p ? $"chi-square {G(measurement.ChiSquare)} (p = {G(p)}, one look)" : null
            ),
            "  "
        );
        text.AppendLine();
        Row(text, " Variant", "Impressions", "Rate", "of one look", "Lift", "at every look", "Best");
        foreach (VariantMeasurement variant in measurement.Variants)
        {
            Row(
                text,
                (variant.IsControl ? "*" : " ") + ViewText.Clean(variant.Id),
                Number(variant.Impressions),
                Percent(variant.ClickRate),
                Range(variant.ClickRateLow, variant.ClickRateHigh, Short),
                Lift(variant),
                Range(variant.LiftLow, variant.LiftHigh, ShortSigned),
                Best(variant)
            );
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>True where the terminal, or whoever set it up, asks for nothing but text.</summary>
    private static bool IsPlain =>
        !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        || Environment.GetEnvironmentVariable("TERM") == "dumb";

    private static string Lines(ExperimentMeasurement measurement, Func<VariantMeasurement, string> show) =>
        measurement is null
            ? ""
            : string.Join(
                "\n",
                measurement
                    .Variants.Where(static variant => variant is { IsControl: false, LiftLow: not null })
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

    private static string Number(long? number) => number?.ToString(CultureInfo.CurrentCulture) ?? "";

    private static string G(double? number) => number?.ToString("G3", CultureInfo.CurrentCulture) ?? "";

    private static string Join(params string?[] parts) =>
        string.Join("; ", parts.Where(static part => part is not null));

    /// <summary>One line, of 79 columns where the id fits.</summary>
    private static void Row(
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
    /// PowerShell 7 takes colours out again where the host shows none. Windows PowerShell counts a colour's characters as width.
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
