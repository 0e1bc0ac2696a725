namespace Pictify.Statistics;

/// <summary>
/// Tests whether impressions are split according to the weights: χ² for display, and for the decision a mixture over all splits
/// against the expected one, valid at every look. Source: Lindon and Malek (2020), as <see cref="SequentialTest"/>.
/// </summary>
internal static class SampleRatioTest
{
    /// <summary>The strength of the mixture's prior for the weights' own split, in impressions.</summary>
    private const double Concentration = 1000;

    /// <summary>Below this number of impressions there is no verdict.</summary>
    public const double Least = 100;

    private const double Mismatch = 0.001;
    private const double Suspect = 0.01;

    /// <summary>Compares them; every arm has a share above 0.</summary>
    public static SampleRatio Measure(Arm[] arms)
    {
        double impressions = 0;
        foreach (Arm arm in arms)
        {
            impressions += arm.Impressions;
        }

        if (impressions < Least || arms.Length < 2)
        {
            return new SampleRatio(SampleRatioVerdict.NotApplicable, null, null, null);
        }

        double chiSquare = 0;
        foreach (Arm arm in arms)
        {
            double expected = impressions * arm.Share;
            chiSquare += (arm.Impressions - expected) * (arm.Impressions - expected) / expected;
        }

        double always = Math.Min(1, Math.Exp(-LogEvidence(arms, impressions)));
        return new SampleRatio(
            always < Mismatch ? SampleRatioVerdict.Mismatch
                : always < Suspect ? SampleRatioVerdict.Suspect
                : SampleRatioVerdict.Consistent,
            chiSquare,
            SpecialFunctions.UpperGamma((arms.Length - 1) / 2.0, chiSquare / 2),
            always
        );
    }

    /// <summary>
    /// [logB(κw + n) − logB(κw)] − Σ n·ln w, with Stirling's formula removed from every term, so that no large numbers are subtracted.
    /// </summary>
    public static double LogEvidence(Arm[] arms, double impressions)
    {
        double all = Concentration + impressions;
        double sum =
            (0.5 * Math.Log(all / Concentration))
            - SpecialFunctions.StirlingError(all)
            + SpecialFunctions.StirlingError(Concentration);
        foreach (Arm arm in arms)
        {
            double prior = Concentration * arm.Share;
            double with = prior + arm.Impressions;

            // ln of (with / all) / share, computed from their difference.
            double fit = SpecialFunctions.Log1P((arm.Impressions - (impressions * arm.Share)) / (all * arm.Share));
            sum +=
                (with * fit)
                - (0.5 * Math.Log(with / prior))
                + SpecialFunctions.StirlingError(with)
                - SpecialFunctions.StirlingError(prior);
        }

        return sum;
    }
}
