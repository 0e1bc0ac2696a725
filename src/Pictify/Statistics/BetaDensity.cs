namespace Pictify.Statistics;

/// <summary>One arm's density over log-odds, against its value at its mode.</summary>
internal readonly struct BetaDensity
{
    /// <summary>A density below e to the minus this, relative to its peak, counts as 0: about 1e-22.</summary>
    private const double Depth = 50;

    /// <summary>A panel's width, in standard deviations of the narrowest density at that point.</summary>
    private const double Width = 0.8;

    /// <summary>How much a density may fall in a panel, as a logarithm.</summary>
    private const double Fall = 4;

    private readonly double _a;
    private readonly double _b;
    private readonly double _sum;
    private readonly double _mean;
    private readonly double _mode;
    private readonly double _deviation;

    public BetaDensity(Arm arm)
    {
        _a = 1 + arm.Clicks;
        _b = 1 + (arm.Impressions - arm.Clicks);
        _sum = _a + _b;
        _mean = _a / _sum;
        _mode = Math.Log(_a / _b);
        _deviation = Math.Sqrt((1 / _a) + (1 / _b));
        From = _mode - Reach(_b, _a);
        To = _mode + Reach(_a, _b);
    }

    /// <summary>The point from which the density counts.</summary>
    public double From { get; }

    /// <summary>The point up to which the density counts.</summary>
    public double To { get; }

    /// <summary>ln of the density at its mode and at a point, subtracted; 0 or less.</summary>
    public double LogAt(double logOdds)
    {
        // The one of its two forms with the smaller numbers: their difference is of the order of 1.
        double off = logOdds - _mode;
        return _a > _b
            ? -(_b * off) - (_sum * SpecialFunctions.Log1P(_b / _sum * SpecialFunctions.ExpM1(-off)))
            : (_a * off) - (_sum * SpecialFunctions.Log1P(_mean * SpecialFunctions.ExpM1(off)));
    }

    /// <summary>How wide a panel that begins here may be.</summary>
    public double StepAt(double logOdds)
    {
        double rate = 1 / (1 + Math.Exp(-logOdds));
        double slope = Math.Abs(_sum * (rate - _mean));
        return Math.Min(Width * _deviation, Fall / slope);
    }

    /// <summary>
    /// How far from the mode the density counts, to the side where it falls off as e to the minus <paramref name="b"/> in
    /// the end. The fall is convex, so Newton's method converges to the point from outside.
    /// </summary>
    private static double Reach(double a, double b)
    {
        // The decrease to the right of Beta(a, b)'s mode; the left side is the right one of Beta(b, a).
        double sum = a + b;
        double rest = b / sum;
        double at = Math.Sqrt(2 * Depth * ((1 / a) + (1 / b)));
        for (int i = 0; i < 60; i++)
        {
            double power = Math.Exp(-at);
            double fall = (b * at) + (sum * SpecialFunctions.Log1P(rest * SpecialFunctions.ExpM1(-at)));
            double slope = b * (a / sum) * (1 - power) / ((a / sum) + (rest * power));
            double step = (fall - Depth) / slope;
            at -= step;
            if (Math.Abs(step) < 0.001 * at)
            {
                break;
            }
        }

        return at;
    }
}
