namespace Arena.Diagnostics;

/// <summary>Fits a least-squares line, or a level, to points.</summary>
/// <remarks>
/// The textbook estimator (Gauss 1809; Draper and Smith, Applied Regression Analysis, chapter 1): slope = Sxy / Sxx,
/// through the point of the means. It makes two passes over centred values, so that a large offset costs no digits.
/// </remarks>
internal readonly record struct LineFit(
    int Count, double MeanX, double MeanY, double Slope, double SumXX, double ResidualSquares)
{
    public double At(double x) => MeanY + Slope * (x - MeanX);

    /// <summary>Returns the line through the points, at least two of which have different x.</summary>
    public static LineFit Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double meanX = Mean(x), meanY = Mean(y), sumXX = 0, sumXY = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - meanX;
            sumXX += dx * dx;
            sumXY += dx * (y[i] - meanY);
        }
        double slope = sumXY / sumXX, squares = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double residual = y[i] - meanY - slope * (x[i] - meanX);
            squares += residual * residual;
        }
        return new LineFit(x.Length, meanX, meanY, slope, sumXX, squares);
    }

    /// <summary>Returns the level of the points: their mean, with slope zero.</summary>
    public static LineFit Level(ReadOnlySpan<double> y)
    {
        double mean = Mean(y), squares = 0;
        foreach (double value in y)
            squares += (value - mean) * (value - mean);
        return new LineFit(y.Length, 0, mean, 0, 0, squares);
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        return sum / values.Length;
    }
}
