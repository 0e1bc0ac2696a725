namespace Pictify.Statistics;

/// <summary>Figures that describe rates at one look, for display only; no decision depends on them.</summary>
internal static class Proportions
{
    /// <summary>Wilson's interval of a click rate (1927).</summary>
    /// <param name="arm">The arm, with impressions, and no more clicks than impressions.</param>
    /// <param name="z">The normal quantile of the confidence, two-sided.</param>
    public static (double Low, double High) Wilson(Arm arm, double z)
    {
        double n = arm.Impressions;
        double rate = arm.Rate;
        double z2 = z * z;
        double centre = (rate + (z2 / (2 * n))) / (1 + (z2 / n));
        double half = z / (1 + (z2 / n)) * Math.Sqrt((rate * (1 - rate) / n) + (z2 / (4 * n * n)));

        // With no clicks, or with a click for each impression, one end is exact, whatever the rounding.
        return (arm.Clicks <= 0 ? 0 : Math.Max(0, centre - half), arm.Clicks >= n ? 1 : Math.Min(1, centre + half));
    }

    /// <summary>χ² of equal rates over arms with impressions, without a correction; null if all rates are 0 or 1.</summary>
    public static double? ChiSquare(Arm[] arms)
    {
        double impressions = 0;
        double clicks = 0;
        foreach (Arm arm in arms)
        {
            impressions += arm.Impressions;
            clicks += arm.Clicks;
        }

        double rate = clicks / impressions;
        if (!(rate > 0 && rate < 1))
        {
            return null;
        }

        double sum = 0;
        foreach (Arm arm in arms)
        {
            double off = arm.Clicks - (arm.Impressions * rate);
            sum += off * off / (arm.Impressions * rate * (1 - rate));
        }

        return sum;
    }

    /// <summary>
    /// How many impressions the control needs, so that a test at one look finds the arms' present difference with 80 % power;
    /// the variant gets further ones by its weight. Source: Fleiss, "Statistical Methods for Rates and Proportions" (1981), the
    /// formula for unequal groups without a correction.
    /// </summary>
    /// <param name="control">The control, with a rate between 0 and 1.</param>
    /// <param name="variant">The variant, with another rate.</param>
    /// <param name="alpha">The test's level, two-sided.</param>
    public static double SampleSize(Arm control, Arm variant, double alpha)
    {
        double ratio = variant.Share / control.Share;
        double difference = variant.Rate - control.Rate;
        double mean = (control.Rate + (ratio * variant.Rate)) / (1 + ratio);
        double root =
            (SpecialFunctions.NormalQuantile(alpha / 2) * Math.Sqrt(mean * (1 - mean) * (1 + (1 / ratio))))
            + (
                SpecialFunctions.NormalQuantile(0.2)
                * Math.Sqrt((control.Rate * (1 - control.Rate)) + (variant.Rate * (1 - variant.Rate) / ratio))
            );
        return root * root / (difference * difference);
    }

    /// <summary>How many impressions of all arms the clearest difference from the control needs; infinite if there is none.</summary>
    public static double ImpressionsNeeded(Arm[] arms, int controlAt, double alpha)
    {
        Arm control = arms[controlAt];
        double needed = double.PositiveInfinity;
        for (int i = 0; i < arms.Length; i++)
        {
            Arm arm = arms[i];
            if (
                i != controlAt
                && arm.Impressions > 0
                && control.Impressions > 0
                && arm.Rate != control.Rate
                && arm.Rate <= 1
                && control.Rate <= 1
            )
            {
                needed = Math.Min(needed, SampleSize(control, arm, alpha) / control.Share);
            }
        }

        return needed;
    }
}
