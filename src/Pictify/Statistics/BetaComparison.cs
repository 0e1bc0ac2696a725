namespace Pictify.Statistics;

/// <summary>
/// With each rate distributed as Beta(1 + clicks, 1 + impressions − clicks): the probability that an arm's rate is the highest,
/// and how much is lost on average by taking the arm although another is better. By quadrature, so the same input gives the
/// same result, to the last digit.
/// </summary>
/// <remarks>
/// It works in log-odds, where these densities are smooth and fall off on both sides. One set of panels serves all arms: narrow
/// where some arm's density is, wide elsewhere. In each panel, Gauss and Legendre's nodes give the integrals and, by the
/// same values, the distribution functions at the nodes, summed up from both ends so that small tails keep their digits.
/// </remarks>
internal static class BetaComparison
{
    /// <summary>Where a density is below e to the minus this of its peak, it counts as none: about 1e-22.</summary>
    private const double Depth = 50;

    /// <summary>A panel's width, in standard deviations of the narrowest density that is there.</summary>
    private const double Width = 0.8;

    /// <summary>A panel's width at most: the rate itself bends too.</summary>
    private const double Widest = 2;

    /// <summary>How much a density may fall in a panel, as a logarithm.</summary>
    private const double Fall = 4;

    /// <summary>Each arm's probability of being best and its expected loss, in the order of the arms.</summary>
    /// <param name="arms">With no more clicks than impressions.</param>
    public static (double[] Best, double[] Loss) Compare(Arm[] arms)
    {
        var densities = new Density[arms.Length];
        for (int i = 0; i < arms.Length; i++)
        {
            densities[i] = new Density(arms[i]);
        }

        List<double> edges = Edges(densities);
        int count = (edges.Count - 1) * GaussLegendre.Count;
        var points = new double[count];
        var spans = new double[edges.Count - 1];
        for (int panel = 0; panel < spans.Length; panel++)
        {
            double half = (edges[panel + 1] - edges[panel]) / 2;
            spans[panel] = half;
            for (int node = 0; node < GaussLegendre.Count; node++)
            {
                points[(panel * GaussLegendre.Count) + node] = edges[panel] + (half * (1 + GaussLegendre.Nodes[node]));
            }
        }

        var curves = new Curve[arms.Length];
        for (int i = 0; i < arms.Length; i++)
        {
            curves[i] = new Curve(densities[i], points, edges, spans);
        }

        return Sum(curves, points, spans);
    }

    private static (double[] Best, double[] Loss) Sum(Curve[] curves, double[] points, double[] spans)
    {
        int arms = curves.Length;
        var best = new double[arms];
        var loss = new double[arms];

        // For each arm: of the arms after it, the probability that all are below the point, and that one is above.
        var below = new double[arms + 1];
        var above = new double[arms + 1];
        below[arms] = 1;
        for (int at = 0; at < points.Length; at++)
        {
            for (int i = arms - 1; i > 0; i--)
            {
                below[i] = below[i + 1] * curves[i].Below[at];
                above[i] = above[i + 1] + ((1 - above[i + 1]) * curves[i].Above[at]);
            }

            double weight = GaussLegendre.Weights[at % GaussLegendre.Count] * spans[at / GaussLegendre.Count];
            double power = Math.Exp(-Math.Abs(points[at]));
            double rateWeight = weight * power / ((1 + power) * (1 + power));
            double before = 1;
            double aboveBefore = 0;
            for (int i = 0; i < arms; i++)
            {
                Curve curve = curves[i];
                best[i] += weight * curve.Values[at] * before * below[i + 1];
                loss[i] += rateWeight * curve.Below[at] * (aboveBefore + ((1 - aboveBefore) * above[i + 1]));
                before *= curve.Below[at];
                aboveBefore += (1 - aboveBefore) * curve.Above[at];
            }
        }

        for (int i = 0; i < arms; i++)
        {
            best[i] = Math.Min(1, best[i]);
        }

        return (best, loss);
    }

    /// <summary>The panels' ends, from where the first density begins to where the last one ends.</summary>
    private static List<double> Edges(Density[] densities)
    {
        double at = double.PositiveInfinity;
        double end = double.NegativeInfinity;
        foreach (Density density in densities)
        {
            at = Math.Min(at, density.From);
            end = Math.Max(end, density.To);
        }

        var edges = new List<double>(64) { at };
        while (at < end)
        {
            double next = Math.Min(end, at + Widest);
            foreach (Density density in densities)
            {
                if (density.From > at)
                {
                    next = Math.Min(next, density.From);
                }
                else if (density.To > at)
                {
                    next = Math.Min(next, at + density.StepAt(at));
                }
            }

            // Where a step is lost in the rounding of a large number, the end is near.
            at = next > at ? next : end;
            edges.Add(at);
        }

        return edges;
    }

    /// <summary>One arm's density over log-odds, against its value at its mode.</summary>
    private readonly struct Density
    {
        private readonly double _a;
        private readonly double _b;
        private readonly double _sum;
        private readonly double _mean;
        private readonly double _mode;
        private readonly double _deviation;

        public Density(Arm arm)
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

        /// <summary>Where the density begins to count.</summary>
        public double From { get; }

        /// <summary>Where the density no longer counts.</summary>
        public double To { get; }

        /// <summary>ln of the density at its mode and at a point, subtracted; 0 or less.</summary>
        public double LogAt(double logOdds)
        {
            // Of its two forms the one with the smaller numbers: their difference is of the order of 1.
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
        /// the end. The fall is convex, so Newton's method comes down on the point from outside.
        /// </summary>
        private static double Reach(double a, double b)
        {
            // The fall to the right of Beta(a, b)'s mode; the left side is the right one of Beta(b, a).
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

    /// <summary>One arm's density and its distribution function from both ends, at every node.</summary>
    private sealed class Curve
    {
        public Curve(Density density, double[] points, List<double> edges, double[] spans)
        {
            const int nodes = GaussLegendre.Count;
            Values = new double[points.Length];
            Below = new double[points.Length];
            Above = new double[points.Length];
            var sums = new double[spans.Length];
            double total = 0;
            for (int panel = 0; panel < spans.Length; panel++)
            {
                if (edges[panel + 1] <= density.From || edges[panel] >= density.To)
                {
                    continue;
                }

                int first = panel * nodes;
                double sum = 0;
                for (int node = 0; node < nodes; node++)
                {
                    double value = Math.Exp(density.LogAt(points[first + node]));
                    Values[first + node] = value;
                    sum += GaussLegendre.Weights[node] * value;
                }

                sums[panel] = sum * spans[panel];
                total += sums[panel];
            }

            double scale = 1 / total;
            double below = 0;
            double[] partial = Below;
            for (int panel = 0; panel < spans.Length; panel++)
            {
                int first = panel * nodes;
                double span = spans[panel] * scale;
                if (sums[panel] > 0)
                {
                    for (int node = 0; node < nodes; node++)
                    {
                        double part = 0;
                        for (int k = 0; k < nodes; k++)
                        {
                            part += GaussLegendre.UpTo[(node * nodes) + k] * Values[first + k];
                        }

                        // Within the panel only: what is before and after it is added below, each from its own end.
                        part *= span;
                        partial[first + node] = Math.Max(0, below + part);
                        Above[first + node] = Math.Max(0, (sums[panel] * scale) - part);
                    }
                }
                else
                {
                    for (int node = 0; node < nodes; node++)
                    {
                        partial[first + node] = below;
                    }
                }

                below += sums[panel] * scale;
            }

            double above = 0;
            for (int panel = spans.Length - 1; panel >= 0; panel--)
            {
                int first = panel * nodes;
                for (int node = 0; node < nodes; node++)
                {
                    Above[first + node] = Math.Min(1, Above[first + node] + above);
                    Below[first + node] = Math.Min(1, Below[first + node]);
                    Values[first + node] *= scale;
                }

                above += sums[panel] * scale;
            }
        }

        /// <summary>The density.</summary>
        public double[] Values { get; }

        /// <summary>The probability of what is below.</summary>
        public double[] Below { get; }

        /// <summary>The probability of what is above.</summary>
        public double[] Above { get; }
    }
}
