using System.Globalization;

namespace Pictify.Statistics;

/// <summary>The meaning of a verdict, with its numbers, in one sentence for an operator. No sentence advises completing an experiment.</summary>
internal static class Advice
{
    public const string Bandit =
        "Auto-optimisation shifts the weights while it runs, so the variants' rates cannot be compared here: look at its weights instead.";

    public static string OtherType(Experiment experiment) =>
        $"Variants of type {SafeText.Clean(experiment.TypeText)} are not drawn by weight, so their rates cannot be compared: visitors "
        + "differ from one to the next.";

    public static string TooFewVariants(int count) =>
        $"There {(count == 1 ? "is 1 variant" : $"are {count} variants")}, and a comparison needs two.";

    public static string OneVariant(string id) =>
        $"Only variant {Name(id)} has a weight above 0, and a comparison needs two.";

    public static string VariantsChanged(DateTimeOffset at) =>
        string.Format(
            CultureInfo.InvariantCulture,
            "The ledger records that its variants were changed on {0:yyyy-MM-dd}, after its start, and with them perhaps the weights: what was "
                + "counted before and after cannot be compared, so measure a new copy of it instead.",
            at
        );

    public static string MoreClicks(VariantMeasurement variant) =>
        $"Variant {Name(variant.Id)} has {Number(variant.Clicks)} clicks on {Number(variant.Impressions)} impressions: the two counters are "
        + "synced about every 15 minutes, so measure again later, and if it stays so, find out what counts clicks without impressions";

    public static string NoWeight(VariantMeasurement variant) =>
        $"Variant {Name(variant.Id)} has weight 0 and {Number(variant.Impressions)} impressions, so the weights were changed since the start: "
        + "what was counted before and after cannot be compared";

    public static string Mismatch(VariantMeasurement[] variants, SampleRatio ratio)
    {
        VariantMeasurement[] drawn = [.. variants.Where(static variant => variant.Weight > 0)];
        string counts = string.Join(" : ", drawn.Select(static variant => Number(variant.Impressions)));
        string weights = string.Join(" : ", drawn.Select(static variant => Number(variant.Weight)));
        return $"Impressions are split {counts}, but the weights are {weights} (p = {P(ratio.AlwaysValidPValue)}): trust no rate of it until "
            + "that is explained, for example by an e-mail image proxy, which puts many recipients into one variant, by a cache, or by weights that "
            + "were changed";
    }

    public static string Harmful(VariantMeasurement variant, string control, double confidence) =>
        $"Variant {Name(variant.Id)} gets {Percent(-variant.Lift)} fewer clicks than {Name(control)}, and at least {Percent(-variant.LiftHigh)} fewer "
        + $"with {Percent(confidence)} confidence at every look: pause the experiment, or give this variant no traffic";

    public static string TooEarly(RunTime run, double minimum)
    {
        string pauses =
            run.PausedDays > 0 ? $"{Days(run.PausedDays)} days of pauses in the ledger not counted"
            : run.HasLedger ? "the ledger records no pause in that time"
            : "without a ledger, so that pauses count too";
        return $"It has run {Days(run.Days)} of {Days(minimum)} days ({pauses}): wait, since a week has better and worse days";
    }

    public static string TooFew(string id, double impressions, long minimum) =>
        $"Variant {Name(id)} has {Number((long)impressions)} of the {Number(minimum)} impressions that each needs: wait";

    public static string Winning(VariantMeasurement variant, string control, double confidence) =>
        $"Variant {Name(variant.Id)} gets {Percent(variant.Lift)} more clicks than {Name(control)}, and at least {Percent(variant.LiftLow)} more "
        + $"with {Percent(confidence)} confidence at every look: whoever owns the experiment can decide now";

    public static string NoDifference(string control, double negligible, double confidence) =>
        $"No variant differs from {Name(control)} by more than {Percent(negligible)}, with {Percent(confidence)} confidence at every look: choose by "
        + "something else than clicks";

    public static string Undecided(VariantMeasurement best, string control, double confidence) =>
        best.LiftLow is { } low && best.LiftHigh is { } high
            ? $"The lift of {Name(best.Id)} over {Name(control)} is between {Signed(low)} and {Signed(high)} with {Percent(confidence)} confidence: "
                + "let it run"
            : $"Nothing is certain yet about {Name(best.Id)} and {Name(control)}: let it run";

    /// <summary>The sentence, with the additions that apply besides the verdict.</summary>
    public static string Sentence(string advice, long? toGo, SampleRatio ratio)
    {
        string more =
            toGo > 0 ? $", for at least {Number(toGo)} more impressions if the present difference is the true one" : "";
        string split =
            ratio.Verdict == SampleRatioVerdict.Suspect
                ? $"; and look at the split of impressions, which fits the weights badly (p = {P(ratio.AlwaysValidPValue)})"
                : "";
        return $"{advice}{more}{split}.";
    }

    private static string Name(string id) => $"'{SafeText.Clean(id)}'";

    private static string Number(long? number) => number?.ToString("#,0", CultureInfo.InvariantCulture) ?? "no";

    private static string Days(double? days) => days?.ToString("0.#", CultureInfo.InvariantCulture) ?? "no";

    private static string P(double? p) => p?.ToString("G2", CultureInfo.InvariantCulture) ?? "none";

    private static string Percent(double? fraction) =>
        fraction is { } value ? (value * 100).ToString("0.##", CultureInfo.InvariantCulture) + " %" : "some";

    private static string Signed(double fraction) =>
        double.IsPositiveInfinity(fraction)
            ? "any height"
            : (fraction * 100).ToString("+0.##;-0.##;0", CultureInfo.InvariantCulture) + " %";
}
