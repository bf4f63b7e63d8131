namespace Arena.Diagnostics;

/// <summary>A line through points under a <see cref="NoiseModel"/>, by generalized least squares.</summary>
/// <remarks>
/// The Kalman filter turns values with the model's noise into independent ones: for each value, its difference from the
/// prediction of the values before it, and the variance of that. Filtering ones and positions the same way leaves an
/// ordinary regression.
/// </remarks>
internal readonly struct FilteredLine
{
    private readonly double _logVariances;
    private readonly double _determinant;

    private FilteredLine(in Sums sums, double logVariances)
    {
        _logVariances = logVariances;
        _determinant = sums.OneOne * sums.PositionPosition - sums.OnePosition * sums.OnePosition;
        Slope = (sums.OneOne * sums.ValuePosition - sums.OnePosition * sums.ValueOne) / _determinant;
        double level = (sums.PositionPosition * sums.ValueOne - sums.OnePosition * sums.ValuePosition)
            / _determinant;
        SlopeVariance = sums.OneOne / _determinant;
        ResidualSquares = Math.Max(
            sums.ValueValue - level * sums.ValueOne - Slope * sums.ValuePosition, 0);
    }

    public double Slope { get; }

    /// <summary>The variance of the slope if the white noise has variance 1.</summary>
    public double SlopeVariance { get; }

    /// <summary>The sum of the squared independent residuals, each divided by its variance.</summary>
    public double ResidualSquares { get; }

    /// <summary>Returns the logarithm of the residual likelihood at the best variance, up to a constant.</summary>
    public double LogLikelihood(double squares, int count) =>
        -0.5 * (_logVariances + Math.Log(_determinant) + (count - 2) * Math.Log(squares));

    public static FilteredLine Of(
        ReadOnlySpan<double> positions, ReadOnlySpan<double> values, NoiseModel model, int averaged)
    {
        double white = model.WhiteVariance(averaged), memory = model.Memory, uncertainty = model.FirstVariance;
        double valueState = 0, oneState = 0, positionState = 0, log = 0, product = 1;
        var sums = default(Sums);
        for (int i = 0; i < values.Length; i++)
        {
            double variance = uncertainty + white, gain = uncertainty / variance;
            double value = values[i] - valueState, one = 1 - oneState, position = positions[i] - positionState;
            sums.Add(value, one, position, 1 / variance);
            valueState = memory * (valueState + gain * value);
            oneState = memory * (oneState + gain * one);
            positionState = memory * (positionState + gain * position);
            uncertainty = memory * memory * uncertainty * (1 - gain) + model.StepVariance;
            // One logarithm is taken for many factors.
            product *= variance;
            if (product is > 1e-200 and < 1e200)
                continue;
            log += Math.Log(product);
            product = 1;
        }
        return new FilteredLine(sums, log + Math.Log(product));
    }

    private struct Sums
    {
        public double ValueValue;
        public double ValueOne;
        public double ValuePosition;
        public double OneOne;
        public double OnePosition;
        public double PositionPosition;

        public void Add(double value, double one, double position, double precision)
        {
            ValueValue += value * value * precision;
            ValueOne += value * one * precision;
            ValuePosition += value * position * precision;
            OneOne += one * one * precision;
            OnePosition += one * position * precision;
            PositionPosition += position * position * precision;
        }
    }
}
