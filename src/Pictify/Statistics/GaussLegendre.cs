namespace Pictify.Statistics;

/// <summary>
/// Gauss and Legendre's quadrature on −1 to 1, and from the same values the integral from −1 up to each node.
/// </summary>
internal static class GaussLegendre
{
    public const int Count = 12;

    public static readonly double[] Nodes = new double[Count];
    public static readonly double[] Weights = new double[Count];

    /// <summary>Row i contains the weight of each value in the integral from −1 to node i.</summary>
    public static readonly double[] UpTo = new double[Count * Count];

#pragma warning disable CA1810 // The arrays are computed together.
    static GaussLegendre()
#pragma warning restore CA1810
    {
        for (int i = 0; i < Count; i++)
        {
            double x = -Math.Cos(Math.PI * (i + 0.75) / (Count + 0.5));
            double slope = 1;
            for (int step = 0; step < 10; step++)
            {
                double[] p = Legendre(x);
                slope = Count * ((x * p[Count]) - p[Count - 1]) / ((x * x) - 1);
                x -= p[Count] / slope;
            }

            Nodes[i] = x;
            Weights[i] = 2 / ((1 - (x * x)) * slope * slope);
        }

        for (int i = 0; i < Count; i++)
        {
            double[] end = Legendre(Nodes[i]);
            for (int k = 0; k < Count; k++)
            {
                double[] at = Legendre(Nodes[k]);
                double sum = (Nodes[i] + 1) / 2;
                for (int n = 1; n < Count; n++)
                {
                    // The integral of the n-th Legendre polynomial is a difference of its neighbours.
                    sum += at[n] / 2 * (end[n + 1] - end[n - 1]);
                }

                UpTo[(i * Count) + k] = Weights[k] * sum;
            }
        }
    }

    /// <summary>The Legendre polynomials up to the count, at x.</summary>
    private static double[] Legendre(double x)
    {
        var p = new double[Count + 1];
        p[0] = 1;
        p[1] = x;
        for (int n = 1; n < Count; n++)
        {
            p[n + 1] = ((((2 * n) + 1) * x * p[n]) - (n * p[n - 1])) / (n + 1);
        }

        return p;
    }
}
