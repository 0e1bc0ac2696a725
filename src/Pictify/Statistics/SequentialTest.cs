namespace Pictify.Statistics;

/// <summary>
/// Compares a variant with the control, valid at every look. Impressions are assigned by weight, so each click of the two
/// belongs to the variant with a probability π that depends on the click rates alone, independently of all others; a mixture
/// over π against one π is a test martingale, and by Ville's inequality it passes m/α with a probability of α/m at most, ever.
/// Sources: Lindon and Malek, "Anytime-valid inference for multinomial count data" (2020); Lindon and Kallus, "Rapid regression
/// detection in software deployments through sequential testing" (2022).
/// </summary>
internal readonly struct SequentialTest
{
    /// <summary>The strength of the mixture's prior for equal rates, in clicks.</summary>
    private const double Concentration = 50;

    /// <summary>The largest exponent for which e to its power does not overflow, with a margin.</summary>
    private const double LargestPower = 300;

    private readonly double _controlClicks;
    private readonly double _variantClicks;
    private readonly double _weightRatio;

    /// <summary>ln of the mixture's probability of the observed clicks, without the factors that depend on π.</summary>
    private readonly double _mixture;

    public SequentialTest(Arm control, Arm variant)
    {
        _controlClicks = control.Clicks;
        _variantClicks = variant.Clicks;
        _weightRatio = variant.Share / control.Share;
        _mixture = LogEvidenceAtBest(_controlClicks, _variantClicks, variant.Share / (control.Share + variant.Share));
    }

    private double Clicks => _controlClicks + _variantClicks;

    /// <summary>ln of the evidence against equal click rates.</summary>
    public double LogEvidence => _mixture + Distance(NullLogOdds);

    /// <summary>The p-value against equal click rates, valid at every look.</summary>
    /// <param name="comparisons">How many variants are compared with this control.</param>
    public double PValue(int comparisons) => Math.Min(1, comparisons * Math.Exp(-LogEvidence));

    /// <summary>
    /// The interval of the relative lift, valid at all looks together: from −1 (no clicks at all) to +∞ (the control may have none).
    /// </summary>
    /// <param name="comparisons">How many variants are compared with this control.</param>
    /// <param name="confidence">The confidence that all of these intervals contain the true values, at all looks.</param>
    public (double Low, double High) Lift(int comparisons, double confidence)
    {
        double limit = Math.Log(comparisons / (1 - confidence)) - _mixture;
        (double low, double high) = Odds(limit);
        return ((low / _weightRatio) - 1, (high / _weightRatio) - 1);
    }

    /// <summary>The odds π/(1 − π) between which the evidence against π stays below the limit.</summary>
    private (double Low, double High) Odds(double limit)
    {
        if (Clicks <= 0)
        {
            return (0, double.PositiveInfinity);
        }

        if (_variantClicks <= 0)
        {
            // −x·ln(1 − π) = limit
            return (0, SpecialFunctions.ExpM1(limit / _controlClicks));
        }

        if (_controlClicks <= 0)
        {
            // −x·ln π = limit
            return (1 / SpecialFunctions.ExpM1(limit / _variantClicks), double.PositiveInfinity);
        }

        double best = _variantClicks / _controlClicks;
        return (best * Math.Exp(Root(limit, -1)), best * Math.Exp(Root(limit, 1)));
    }

    /// <summary>
    /// The log-odds, from the best ones, where the distance is the limit. The distance is convex there, so Newton's method
    /// converges to the root from outside, whatever the first step was.
    /// </summary>
    private double Root(double limit, int side)
    {
        double share = _variantClicks / Clicks;
        double at = side * Math.Sqrt(2 * limit / (Clicks * share * (1 - share)));
        for (int i = 0; i < 200; i++)
        {
            // The distance of π from the observed share, without the largest possible power.
            double power = Math.Exp(-Math.Abs(at));
            double slope =
                at > 0
                    ? (1 - share) * (1 - power) * _variantClicks / (share + ((1 - share) * power))
                    : -share * (1 - power) * _controlClicks / (1 - share + (share * power));
            double step = (Distance(at) - limit) / slope;
            at -= step;
            if (Math.Abs(step) <= 1e-13 * Math.Abs(at))
            {
                break;
            }
        }

        return at;
    }

    /// <summary>The log-odds of equal click rates, counted as <see cref="Distance"/> counts them.</summary>
    private double NullLogOdds =>
        Math.Log(
            _variantClicks > 0 && _controlClicks > 0 ? _weightRatio * _controlClicks / _variantClicks : _weightRatio
        );

    /// <summary>
    /// How much less probable the observed clicks are with these log-odds than with the best ones, as a logarithm. Log-odds are counted
    /// from the best ones, or from 0 if the best ones are infinite.
    /// </summary>
    private double Distance(double logOdds)
    {
        if (_variantClicks <= 0)
        {
            return _controlClicks * SpecialFunctions.Log1P(Math.Exp(logOdds));
        }

        if (_controlClicks <= 0)
        {
            return _variantClicks * SpecialFunctions.Log1P(Math.Exp(-logOdds));
        }

        // The one of its two forms with the smaller numbers, as long as its power does not overflow.
        double clicks = Clicks;
        bool byVariant = _variantClicks < _controlClicks ? logOdds < LargestPower : logOdds < -LargestPower;
        return byVariant
            ? (clicks * SpecialFunctions.Log1P(_variantClicks / clicks * SpecialFunctions.ExpM1(logOdds)))
                - (_variantClicks * logOdds)
            : (clicks * SpecialFunctions.Log1P(_controlClicks / clicks * SpecialFunctions.ExpM1(-logOdds)))
                + (_controlClicks * logOdds);
    }

    /// <summary>
    /// ln of the evidence against the observed share: logB(κπ0 + x_b, κ(1 − π0) + x_a) − logB(κπ0, κ(1 − π0)) − x_b·ln π̂ −
    /// x_a·ln(1 − π̂), with Stirling's formula removed from every term, so that no large numbers are subtracted.
    /// </summary>
    private static double LogEvidenceAtBest(double controlClicks, double variantClicks, double pi0)
    {
        double variantPrior = Concentration * pi0;
        double controlPrior = Concentration - variantPrior;
        double clicks = controlClicks + variantClicks;
        return LogBetaAbove(variantPrior, variantClicks, clicks)
            + LogBetaAbove(controlPrior, controlClicks, clicks)
            + (0.5 * Math.Log((Concentration + clicks) / Concentration))
            - SpecialFunctions.StirlingError(Concentration + clicks)
            + SpecialFunctions.StirlingError(Concentration);
    }

    private static double LogBetaAbove(double prior, double clicks, double allClicks)
    {
        double sum = prior + clicks;
        double share = sum / (Concentration + allClicks);

        // ln of share / (clicks / allClicks), computed from their difference.
        double fit =
            clicks > 0
                ? clicks
                    * SpecialFunctions.Log1P(
                        ((prior * allClicks / clicks) - Concentration) / (Concentration + allClicks)
                    )
                : 0;
        return fit
            + (prior * Math.Log(share / (prior / Concentration)))
            - (0.5 * Math.Log(sum / prior))
            + SpecialFunctions.StirlingError(sum)
            - SpecialFunctions.StirlingError(prior);
    }
}
