using System.Globalization;

namespace PictifyPS.Benchmarks;

/// <summary>One figure: what was measured, against a floor that was measured in the same run, in turn with it.</summary>
internal sealed record Figure(
    string Name,
    string Floor,
    string Unit,
    double Target,
    IReadOnlyList<(double Ours, double Floor)> Runs
)
{
    /// <summary>Where a figure is a difference (memory) and not a ratio.</summary>
    public bool IsDifference { get; init; }

    public string? Note { get; init; }

    public string Row()
    {
        double[] values = [.. Runs.Select(run => IsDifference ? run.Ours - run.Floor : run.Ours / run.Floor).Order()];
        double median = Median(values);
        string target = double.IsNaN(Target) ? "none yet" : $"≤ {Show(Target)}";
        string reached =
            double.IsNaN(Target) ? ""
            : median <= Target ? " ✓"
            : " ✗";
        return $"| {Name} | {Floor} | {Show(Median([.. Runs.Select(static r => r.Ours)]))} {Unit} | {Show(Median([.. Runs.Select(static r => r.Floor)]))} {Unit} "
            + $"| {target} | **{Show(median)}**{reached} ({Show(values[0])}–{Show(values[^1])}, {values.Length} runs){(Note is null ? "" : $"; {Note}")} |";
    }

    private static string Show(double value) =>
        value.ToString(Math.Abs(value) >= 100 ? "0" : "0.00", CultureInfo.InvariantCulture);

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
