namespace Pictify.Statistics;

/// <summary>One arm's density and its distribution function from both ends, at every node.</summary>
internal sealed class BetaCurve
{
    public BetaCurve(BetaDensity density, double[] points, List<double> edges, double[] spans)
    {
        Values = new double[points.Length];
        Below = new double[points.Length];
        Above = new double[points.Length];
        double[] sums = Evaluate(density, points, edges, spans);
        double scale = 1 / sums.Sum();
        Integrate(sums, spans, scale);
        AddFromAbove(sums, scale);
    }

    /// <summary>The density, not yet scaled to an area of 1.</summary>
    /// <returns>The area of each panel.</returns>
    private double[] Evaluate(BetaDensity density, double[] points, List<double> edges, double[] spans)
    {
        const int nodes = GaussLegendre.Count;
        var sums = new double[spans.Length];
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
        }

        return sums;
    }

    /// <summary>The probability below each node, and the part of the probability above it that is within its own panel.</summary>
    private void Integrate(double[] sums, double[] spans, double scale)
    {
        const int nodes = GaussLegendre.Count;
        double below = 0;
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

                    // Within the panel only: the panels before and after it are added below, each sum from its own end.
                    part *= span;
                    Below[first + node] = Math.Max(0, below + part);
                    Above[first + node] = Math.Max(0, (sums[panel] * scale) - part);
                }
            }
            else
            {
                for (int node = 0; node < nodes; node++)
                {
                    Below[first + node] = below;
                }
            }

            below += sums[panel] * scale;
        }
    }

    /// <summary>Adds the panels above to the part within a panel, so that small probabilities keep their digits.</summary>
    private void AddFromAbove(double[] sums, double scale)
    {
        const int nodes = GaussLegendre.Count;
        double above = 0;
        for (int panel = sums.Length - 1; panel >= 0; panel--)
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

    /// <summary>The probability below a node.</summary>
    public double[] Below { get; }

    /// <summary>The probability above a node.</summary>
    public double[] Above { get; }
}
