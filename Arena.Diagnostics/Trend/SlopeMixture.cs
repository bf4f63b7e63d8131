namespace Arena.Diagnostics;

/// <summary>
/// Estimates the slope of points whose noise may forget at once, slowly or never, by averaging over models of all three
/// kinds.
/// </summary>
/// <remarks>
/// The uncertainty of a slope depends on how long the noise remembers, and a hundred points say little about that: any
/// single estimate of the memory is often too small, and then the interval is far too narrow. So the slope is estimated
/// under each of thirty models, and each counts by how well it explains the points (Bayesian model averaging: Hoeting,
/// Madigan, Raftery and Volinsky, Stat. Sci. 14, 1999). A model is white noise plus an autoregression of the first
/// order; memory 1 makes that a random walk (the local level model: Harvey, Forecasting, Structural Time Series Models
/// and the Kalman Filter, 1989, chapter 2). One pass of the filter over the points, over ones and over their positions
/// gives generalized least squares and the residual likelihood (Patterson and Thompson, Biometrika 58, 1971; de Jong,
/// Ann. Stat. 19, 1991). <see cref="NoiseModel"/> has the models.
/// </remarks>
internal sealed class SlopeMixture
{
    // A model that explains the points a thousand times less well than the best one is left out.
    private const double LeastWeight = 1e-3;

    // By model: its weight, its slope, the error of that slope, and the error of the ordinary least-squares slope.
    private readonly double[] _weights = new double[NoiseModel.All.Length];
    private readonly double[] _slopes = new double[NoiseModel.All.Length];
    private readonly double[] _errors = new double[NoiseModel.All.Length];
    private readonly double[] _ordinaryErrors = new double[NoiseModel.All.Length];
    private readonly double _degrees;

    /// <summary>Judges at least three points.</summary>
    /// <param name="x">Positions, rising, at roughly even distances.</param>
    /// <param name="y">Values.</param>
    /// <param name="varianceMin">The variance that rounding to whole allocations alone explains.</param>
    /// <param name="averaged">The number of samples of which each value is the mean.</param>
    public SlopeMixture(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double varianceMin, int averaged = 1)
    {
        LineFit line = LineFit.Of(x, y);
        OrdinarySlope = line.Slope;
        _degrees = x.Length - 2;
        double[] positions = new double[x.Length], residuals = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
            (positions[i], residuals[i]) = (x[i] - line.MeanX, y[i] - line.At(x[i]));
        double leastError = Math.Sqrt(varianceMin / line.SumXX);
        // A perfect line has no residuals, and no logarithm of them.
        double leastSquares = line.ResidualSquares * 1e-12 + varianceMin * 1e-3;
        for (int k = 0; k < _weights.Length; k++)
        {
            var model = NoiseModel.All[k];
            FilteredLine fit = FilteredLine.Of(positions, residuals, model, averaged);
            double squares = fit.ResidualSquares + leastSquares;
            double deviation = Math.Sqrt(squares / _degrees);
            _weights[k] = model.LogPrior + fit.LogLikelihood(squares, x.Length);
            _slopes[k] = line.Slope + fit.Slope;
            _errors[k] = Math.Max(deviation * Math.Sqrt(fit.SlopeVariance), leastError);
            _ordinaryErrors[k] = Math.Max(
                deviation * Math.Sqrt(model.SlopeVariance(positions, line.SumXX, averaged)), leastError);
        }
        Normalize();
        Slope = Mean(_slopes);
    }

    /// <summary>The slope of ordinary least squares.</summary>
    public double OrdinarySlope { get; }

    /// <summary>The slope, the mean of all models.</summary>
    public double Slope { get; }

    /// <summary>The probability that the slope is not above zero.</summary>
    public double Probability
    {
        get
        {
            double sum = 0;
            for (int k = 0; k < _weights.Length; k++)
            {
                if (_weights[k] > 0)
                    sum += _weights[k] * StudentT.UpperTail(_slopes[k] / _errors[k], _degrees);
            }
            return sum;
        }
    }

    /// <summary>The slope with its standard error, within the models and between them.</summary>
    public SlopeEstimate Estimate
    {
        get
        {
            double variance = 0;
            for (int k = 0; k < _weights.Length; k++)
            {
                double between = _slopes[k] - Slope;
                variance += _weights[k] * (_errors[k] * _errors[k] + between * between);
            }
            return new SlopeEstimate(Slope, Math.Sqrt(variance), _degrees);
        }
    }

    /// <summary>The standard error of <see cref="OrdinarySlope"/>.</summary>
    public double OrdinaryError => Math.Sqrt(Mean([.. _ordinaryErrors.Select(error => error * error)]));

    /// <summary>
    /// Returns by how much <see cref="Slope"/> is too high with probability <paramref name="upperTail"/>.
    /// </summary>
    public double Reach(double upperTail) => Reach(_errors, upperTail);

    /// <summary>
    /// Returns by how much the ordinary slope is too high with probability <paramref name="upperTail"/>.
    /// </summary>
    public double OrdinaryReach(double upperTail) => Reach(_ordinaryErrors, upperTail);

    // Returns the quantile of the mixture, by bisection between those of its narrowest and its widest model.
    private double Reach(double[] errors, double upperTail)
    {
        double low = double.PositiveInfinity, high = 0, quantile = StudentT.Quantile(upperTail, _degrees);
        for (int k = 0; k < errors.Length; k++)
        {
            if (_weights[k] > 0)
                (low, high) = (Math.Min(low, errors[k] * quantile), Math.Max(high, errors[k] * quantile));
        }
        while (high - low > 1e-4 * high)
        {
            double middle = low + (high - low) / 2, tail = 0;
            for (int k = 0; k < errors.Length; k++)
            {
                if (_weights[k] > 0)
                    tail += _weights[k] * StudentT.UpperTail(middle / errors[k], _degrees);
            }
            if (tail > upperTail)
                low = middle;
            else
                high = middle;
        }
        return high;
    }

    private double Mean(double[] values)
    {
        double sum = 0;
        for (int k = 0; k < _weights.Length; k++)
            sum += _weights[k] * values[k];
        return sum;
    }

    // Turns logarithms into weights that add up to 1.
    private void Normalize()
    {
        double best = double.NegativeInfinity, sum = 0;
        foreach (double weight in _weights)
            best = Math.Max(best, weight);
        foreach (ref double weight in _weights.AsSpan())
        {
            weight = Math.Exp(weight - best);
            weight = weight < LeastWeight ? 0 : weight;
            sum += weight;
        }
        foreach (ref double weight in _weights.AsSpan())
            weight /= sum;
    }
}
