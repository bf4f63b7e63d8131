namespace Arena.Diagnostics;

/// <summary>Student's t distribution for any positive number of degrees of freedom, which may be fractional.</summary>
/// <remarks>
/// The upper tail at t >= 0 is half of the regularized incomplete beta function I_x(v/2, 1/2) at x = v / (v + t^2)
/// (NIST DLMF 8.17.1 and 8.17.21; Abramowitz and Stegun 26.7.1). I_x is computed with the continued fraction of
/// DLMF 8.17.22, evaluated by Lentz's method as modified by Thompson and Barnett (J. Comput. Phys. 64, 1986), on the
/// side of (a + 1) / (a + b + 2) on which it converges fast. The gamma ratio in front of it comes from the asymptotic
/// series of ln G(a + 1/2) - ln G(a) (DLMF 5.11.13), after the argument is shifted upwards until the series is exact
/// to a few units in the last place. The quantile inverts the tail by Newton steps kept inside a bracket.
/// From a million degrees on the fraction would need thousands of terms; there t is converted to a normal deviate
/// (Abramowitz and Stegun 26.7.8), whose tail is a series near zero (26.2.11) and a continued fraction far out
/// (26.2.14).
/// </remarks>
internal static class StudentT
{
    /// <summary>The number of degrees of freedom at which t is the normal distribution.</summary>
    public const double Normal = double.PositiveInfinity;

    private const double NormalFrom = 1e6;
    private const double HalfLogPi = 0.57236494292470008707;

    /// <summary>Returns the probability that T exceeds <paramref name="t"/>.</summary>
    public static double UpperTail(double t, double degrees)
    {
        if (t == 0)
            return 0.5;
        if (double.IsInfinity(t * t))
            return t > 0 ? 0 : 1;
        double tail = degrees >= NormalFrom
            ? NormalTail(Math.Abs(t) * (1 - 0.25 / degrees) / Math.Sqrt(1 + t * t / (2 * degrees)))
            : 0.5 * TwoSided(t * t, degrees);
        return t > 0 ? tail : 1 - tail;
    }

    /// <summary>Returns the t that is exceeded with probability <paramref name="upperTail"/>, in (0, 1).</summary>
    public static double Quantile(double upperTail, double degrees)
    {
        if (upperTail == 0.5)
            return 0;
        if (upperTail > 0.5)
            return -Quantile(1 - upperTail, degrees);

        double high = 1;
        while (UpperTail(high, degrees) > upperTail)
            high *= 2;
        double low = high == 1 ? 0 : high / 2;
        double t = low + (high - low) / 2;
        for (int step = 0; step < 100; step++)
        {
            double excess = UpperTail(t, degrees) - upperTail;
            if (excess > 0)
                low = t;
            else
                high = t;
            double next = t + excess / Density(t, degrees);
            if (!(next > low && next < high))
                next = low + (high - low) / 2;
            if (Math.Abs(next - t) <= 1e-15 * t)
                return next;
            t = next;
        }
        return t;
    }

    private static double Density(double t, double degrees) => degrees >= NormalFrom
        ? NormalDensity(t)
        : Math.Exp(LogGammaRatio(degrees / 2) - HalfLogPi - 0.5 * Math.Log(degrees)
            - (degrees + 1) / 2 * LogOnePlus(t * t / degrees));

    private static double NormalDensity(double z) => Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>Returns the upper tail of the normal law at z >= 0.</summary>
    private static double NormalTail(double z)
    {
        if (z >= 3)
        {
            double fraction = z;
            for (int k = 200; k > 0; k--)
                fraction = z + k / fraction;
            return NormalDensity(z) / fraction;
        }
        double term = z, sum = z;
        for (int k = 3; term > 1e-17 * sum; k += 2)
        {
            term *= z * z / k;
            sum += term;
        }
        return 0.5 - NormalDensity(z) * sum;
    }

    /// <summary>Computes P(|T| > t) = I_x(v/2, 1/2) from t squared.</summary>
    private static double TwoSided(double squared, double degrees)
    {
        double a = degrees / 2;
        double y = squared / (degrees + squared);
        double x = degrees / (degrees + squared);
        // x^a (1-x)^(1/2) / B(a, 1/2), with ln x = -ln(1 + t^2/v).
        double front = Math.Exp(LogGammaRatio(a) - HalfLogPi - a * LogOnePlus(squared / degrees)) * Math.Sqrt(y);
        return x < (a + 1) / (a + 2.5)
            ? front * ContinuedFraction(a, 0.5, x) / a
            : 1 - front * ContinuedFraction(0.5, a, y) / 0.5;
    }

    private static double ContinuedFraction(double a, double b, double x)
    {
        const double Tiny = 1e-300;
        double c = 1;
        double d = 1 / NotZero(1 - (a + b) * x / (a + 1));
        double value = d;
        for (int m = 1; m < 100_000; m++)
        {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / NotZero(1 + even * d);
            c = NotZero(1 + even / c);
            value *= c * d;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / NotZero(1 + odd * d);
            c = NotZero(1 + odd / c);
            value *= c * d;
            if (Math.Abs(c * d - 1) < 1e-16)
                break;
        }
        return value;

        static double NotZero(double number) => Math.Abs(number) < Tiny ? Tiny : number;
    }

    /// <summary>ln G(a + 1/2) - ln G(a).</summary>
    private static double LogGammaRatio(double a)
    {
        double shift = 0;
        for (; a < 24; a++)
            shift += Math.Log(a / (a + 0.5));
        double u = 1 / (a * a);
        double series = ((17.0 / 14336 * u - 1.0 / 640) * u + 1.0 / 192) * u;
        return shift + 0.5 * Math.Log(a) + (series - 0.125) / a;
    }

    /// <summary>
    /// Computes ln(1 + x) without loss for a small x: the rounding of 1 + x is divided out again (W. Kahan).
    /// </summary>
    private static double LogOnePlus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }
}
