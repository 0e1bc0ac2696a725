namespace Pictify.Statistics;

/// <summary>
/// The few functions that the statistics need and .NET does not have. Each keeps its relative accuracy for the largest counts:
/// lnΓ of a large number is so large that differences of it lose their precision, so only its difference from
/// Stirling's formula is computed.
/// </summary>
internal static class SpecialFunctions
{
    /// <summary>½·ln 2π.</summary>
    public const double HalfLogTwoPi = 0.918938533204672741780;

    private const double Epsilon = 2.2204460492503131e-16;

    /// <summary>
    /// lnΓ(x) less Stirling's (x − ½)·ln x − x + ½·ln 2π, for x above 0; about 1/12x for large x.
    /// </summary>
    public static double StirlingError(double x)
    {
        if (x >= 10)
        {
            double y = 1 / (x * x);
            return (
                    (1.0 / 12)
                    - (
                        y
                        * (
                            (1.0 / 360)
                            - (
                                y
                                * (
                                    (1.0 / 1260)
                                    - (
                                        y
                                        * (
                                            (1.0 / 1680)
                                            - (
                                                y
                                                * (
                                                    (1.0 / 1188)
                                                    - (
                                                        y
                                                        * ((691.0 / 360360) - (y * ((1.0 / 156) - (y * 3617 / 122400))))
                                                    )
                                                )
                                            )
                                        )
                                    )
                                )
                            )
                        )
                    )
                ) / x;
        }

        return LogGamma(x) - (((x - 0.5) * Math.Log(x)) - x + HalfLogTwoPi);
    }

    /// <summary>lnΓ(x), for x above 0.</summary>
    public static double LogGamma(double x)
    {
        double shift = 0;
        double product = 1;
        while (x < 10)
        {
            // Γ(x) = Γ(x + 1) / x. At most ten factors: their product does not overflow for any x from 1e-30.
            product *= x;
            x++;
        }

        if (product != 1)
        {
            shift = Math.Log(product);
        }

        return ((x - 0.5) * Math.Log(x)) - x + HalfLogTwoPi + StirlingError(x) - shift;
    }

    /// <summary>ln(1 + x), without loss of precision for small x.</summary>
    public static double Log1P(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x
            : double.IsInfinity(sum) ? sum
            : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>e^x − 1, without loss of precision for small x.</summary>
    public static double ExpM1(double x)
    {
        if (Math.Abs(x) > 0.7)
        {
            return Math.Exp(x) - 1;
        }

        double power = Math.Exp(x);
        return power == 1 ? x : (power - 1) * (x / Math.Log(power));
    }

    /// <summary>
    /// The upper regularized incomplete gamma function Q(a, x), for a above 0: the probability above 2x of a χ² with 2a degrees
    /// of freedom. Its relative error is small even if it is small.
    /// </summary>
    public static double UpperGamma(double a, double x)
    {
        if (x <= 0)
        {
            return 1;
        }

        if (double.IsPositiveInfinity(x))
        {
            return 0;
        }

        double front = Math.Exp((a * Math.Log(x)) - x - LogGamma(a));
        if (x < a + 1)
        {
            // The power series of its complement.
            double term = 1 / a;
            double sum = term;
            for (double k = a + 1; term > sum * Epsilon; k++)
            {
                term *= x / k;
                sum += term;
            }

            return 1 - (front * sum);
        }

        // The continued fraction, by Lentz's method.
        const double tiny = 1e-300;
        double b = x + 1 - a;
        double c = 1 / tiny;
        double d = 1 / b;
        double fraction = d;
        for (int i = 1; i < 10_000; i++)
        {
            double numerator = -i * (i - a);
            b += 2;
            d = (numerator * d) + b;
            d = 1 / (Math.Abs(d) < tiny ? tiny : d);
            c = b + (numerator / c);
            c = Math.Abs(c) < tiny ? tiny : c;
            double factor = c * d;
            fraction *= factor;
            if (Math.Abs(factor - 1) <= Epsilon)
            {
                break;
            }
        }

        return front * fraction;
    }

    /// <summary>The probability above <paramref name="z"/> of the standard normal distribution, for z of 0 and more.</summary>
    public static double NormalTail(double z) => UpperGamma(0.5, z * z / 2) / 2;

    /// <summary>The z of 0 and more with this probability above it in the standard normal distribution; tail is above 0, to ½.</summary>
    public static double NormalQuantile(double tail)
    {
        // Newton's method on the logarithm of the tail, which is concave: from 0 on it converges to the root from above.
        double z = 0;
        double wanted = Math.Log(tail);
        for (int i = 0; i < 100; i++)
        {
            double present = NormalTail(z);
            double density = Math.Exp((-z * z / 2) - HalfLogTwoPi);
            double step = (Math.Log(present) - wanted) * present / density;
            z += step;
            if (Math.Abs(step) <= 4 * Epsilon * z)
            {
                break;
            }
        }

        return Math.Max(0, z);
    }
}
