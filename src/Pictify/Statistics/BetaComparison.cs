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
    /// <summary>The largest width of a panel: the rate is not linear in log-odds either.</summary>
    private const double Widest = 2;

    /// <summary>Each arm's probability of being best and its expected loss, in the order of the arms.</summary>
    /// <param name="arms">The arms, each with no more clicks than impressions.</param>
    public static (double[] Best, double[] Loss) Compare(Arm[] arms)
    {
        var densities = new BetaDensity[arms.Length];
        for (int i = 0; i < arms.Length; i++)
        {
            densities[i] = new BetaDensity(arms[i]);
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

        var curves = new BetaCurve[arms.Length];
        for (int i = 0; i < arms.Length; i++)
        {
            curves[i] = new BetaCurve(densities[i], points, edges, spans);
        }

        return Sum(curves, points, spans);
    }

    private static (double[] Best, double[] Loss) Sum(BetaCurve[] curves, double[] points, double[] spans)
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
                BetaCurve curve = curves[i];
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
    private static List<double> Edges(BetaDensity[] densities)
    {
        double at = double.PositiveInfinity;
        double end = double.NegativeInfinity;
        foreach (BetaDensity density in densities)
        {
            at = Math.Min(at, density.From);
            end = Math.Max(end, density.To);
        }

        var edges = new List<double>(64) { at };
        while (at < end)
        {
            double next = Math.Min(end, at + Widest);
            foreach (BetaDensity density in densities)
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

            // If a step vanishes in the rounding of a large number, the end is almost reached.
            at = next > at ? next : end;
            edges.Add(at);
        }

        return edges;
    }
}
