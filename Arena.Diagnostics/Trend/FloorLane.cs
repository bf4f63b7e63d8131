namespace Arena.Diagnostics;

/// <summary>
/// The judgement of the floor: its shape, and whether its last stretch grows.
/// </summary>
/// <remarks>
/// Only the last stretch can still be leaking. It grows if two tests agree that it does, the t test of its least
/// squares slope and the test of Mann and Kendall, both with the variance factor of the autocorrelation, and if it
/// rose at least five times: among many equal readings of an exact counter one or two steps look like a perfect order.
/// Growth that slowed to less than 0.4 of the stretch before is a cache that fills. Growth is confirmed by doubling
/// the window: within the stretch, its second half must be shown to grow at more than 0.4 of the pace of its first
/// half. For a parabola the slope of the whole is the mean of the slopes of the halves, so this says rho > 0.7 for
/// rho = slope(2W) / slope(W); a logarithm has rho = 0.5. After a slowing down, 0.75 is asked for instead: the late
/// part of a logarithm is straighter (0.45 to 0.6) than the whole.
/// Two exceptions. A last stretch too short to be told from the one before does not hide the growth of the whole. And
/// where the noise never forgets, so that no ranks could convince, the drift of the changes is tested instead.
/// </remarks>
internal sealed class FloorLane
{
    private const int RisesMin = 5;
    private const double SlowedBelow = 0.4;
    private const double KeptPace = 0.4;
    private const double KeptPaceAfterSlowing = 0.75;

    private readonly double[] _x;
    private readonly double[] _y;
    private readonly double _varianceMin;
    private readonly double _significance;
    private Drift? _drift;

    /// <summary>The floor at <paramref name="x"/>, positions from 0 to 1.</summary>
    public FloorLane(double[] x, double[] y, double significance)
    {
        _x = x;
        _y = y;
        _significance = significance;
        _varianceMin = Quantum.Variance(y);
        Fit = SegmentedFit.Choose(x, y, _varianceMin);
        Judge();
        if (Fit.Shape == TrendShape.TwoLines && !Grows && Fit.Previous.Slope > 0 && !SlowedForSure())
            JudgeAsLine();
        if (!Grows && !Slowed && RanksAreMute)
            JudgeDrift();
    }

    public SegmentedFit Fit { get; private set; }

    /// <summary>The larger probability of the two tests that the last stretch grows; 1 for a step.</summary>
    public double Probability { get; private set; } = 1;

    /// <summary>The pace of the second half of the last stretch over that of the first; 0 if the first fell.</summary>
    public double HalvesRatio { get; private set; }

    public bool Grows { get; private set; }

    public bool Slowed { get; private set; }

    public bool KeepsPace { get; private set; }

    /// <summary>
    /// The slope of the last stretch, in bytes a window: Theil and Sen's, or the drift where that was judged.
    /// </summary>
    public SlopeInterval Slope(double confidence)
    {
        if (_drift is { } drift)
        {
            double reach = drift.Error * StudentT.Quantile((1 - confidence) / 2, drift.Degrees);
            return new SlopeInterval(drift.Slope, drift.Slope - reach, drift.Slope + reach);
        }
        double factor = VarianceFactor(Last.Length);
        double quantile = StudentT.Quantile((1 - confidence) / 2, Degrees(Last.Length));
        return TheilSen.Slope(_x.AsSpan(Fit.Start), Last, factor, quantile);
    }

    /// <summary>
    /// The slope, in bytes a window, that the t test would have found nine times in ten: the sum of the quantiles of
    /// both risks times the standard error.
    /// </summary>
    public double Detectable()
    {
        if (RanksAreMute)
        {
            Drift drift = Drift.Of(_x, _y, _varianceMin);
            return drift.Error * Reach(drift.Degrees);
        }
        double degrees = Degrees(_x.Length);
        double error = Error(LineFit.Of(_x, _y), Fit.NoiseVariance);
        double slope = error * Reach(degrees);
        // Where rounding is all the noise there is, the rule of five rises decides.
        return Fit.NoiseVariance > _varianceMin ? slope : Math.Max(slope, RisesMin * Math.Sqrt(12 * _varianceMin));
    }

    /// <summary>So many errors must lie between no leak and one that is found nine times in ten.</summary>
    private double Reach(double degrees) =>
        StudentT.Quantile(_significance, degrees) + StudentT.Quantile(0.1, degrees);

    /// <summary>The memory is so long that even points which all rise would not convince the rank test.</summary>
    private bool RanksAreMute =>
        MannKendall.LeastProbability(_x.Length, VarianceFactor(_x.Length)) >= _significance;

    private ReadOnlySpan<double> Last => _y.AsSpan(Fit.Start);

    private void Judge()
    {
        LineFit last = Fit.Last;
        if (Fit.Shape != TrendShape.Step)
        {
            double t = last.Slope / Error(last, Variance(last.ResidualSquares, last.Count - 2));
            double degrees = Degrees(last.Count);
            Probability = Math.Max(
                StudentT.UpperTail(t, degrees),
                MannKendall.UpwardProbability(Last, VarianceFactor(last.Count)));
        }
        bool resolved = Fit.Shape is TrendShape.Line or TrendShape.TwoLines;
        Grows = resolved && Probability < _significance && Rises(Last) >= RisesMin;
        Slowed = Fit.Shape == TrendShape.TwoLines && last.Slope < SlowedBelow * Fit.Previous.Slope;
        JudgeHalves(Slowed ? KeptPaceAfterSlowing : KeptPace);
    }

    /// <summary>
    /// The last of two stretches, though not shown to grow, is shown to grow less than 0.4 of the one before. If not,
    /// it is too short to say anything, and the whole may be judged as one line.
    /// </summary>
    private bool SlowedForSure()
    {
        LineFit previous = Fit.Previous, last = Fit.Last;
        double variance = Variance(previous.ResidualSquares + last.ResidualSquares, _x.Length - 4);
        double before = SlowedBelow * Error(previous, variance), now = Error(last, variance);
        double t = ((SlowedBelow * previous.Slope) - last.Slope) / Math.Sqrt((before * before) + (now * now));
        return StudentT.UpperTail(t, Degrees(last.Count)) < _significance;
    }

    private void JudgeAsLine()
    {
        SegmentedFit chosen = Fit;
        Fit = Fit.AsLine(_x, _y);
        Judge();
        if (Grows)
            return;
        Fit = chosen;
        Judge();
    }

    /// <summary>Judges the whole as a level that wanders. Growth that slows down is left to the shapes.</summary>
    private void JudgeDrift()
    {
        int middle = _x.Length / 2;
        Drift whole = Drift.Of(_x, _y, _varianceMin);
        Drift first = Drift.Of(_x.AsSpan(..(middle + 1)), _y.AsSpan(..(middle + 1)), _varianceMin);
        Drift second = Drift.Of(_x.AsSpan(middle..), _y.AsSpan(middle..), _varianceMin);
        double probability = StudentT.UpperTail(whole.Slope / whole.Error, whole.Degrees);
        if (probability >= _significance || Rises(_y) < RisesMin || second.Slope < SlowedBelow * first.Slope)
            return;
        _drift = whole;
        Fit = Fit.AsLine(_x, _y);
        (Grows, Slowed, Probability) = (true, false, probability);
        JudgePace(first, second, KeptPace);
    }

    private void JudgeHalves(double pace)
    {
        int start = Fit.Start, middle = start + (Last.Length / 2);
        LineFit first = LineFit.Of(_x.AsSpan(start..middle), _y.AsSpan(start..middle));
        LineFit second = LineFit.Of(_x.AsSpan(middle..), _y.AsSpan(middle..));
        double variance = Variance(first.ResidualSquares + second.ResidualSquares, Last.Length - 4);
        JudgePace(
            new Drift(first.Slope, Error(first, variance), Degrees(first.Count)),
            new Drift(second.Slope, Error(second, variance), Degrees(second.Count)), pace);
        KeepsPace &= first.Count >= SegmentedFit.Shortest(_x.Length);
    }

    /// <summary>The first half grows, and the second at more than <paramref name="pace"/> of its pace.</summary>
    private void JudgePace(Drift first, Drift second, double pace)
    {
        HalvesRatio = first.Slope > 0 ? second.Slope / first.Slope : 0;
        double firstError = pace * first.Error;
        double error = Math.Sqrt((second.Error * second.Error) + (firstError * firstError));
        double paceRisk = StudentT.UpperTail((second.Slope - (pace * first.Slope)) / error, second.Degrees);
        KeepsPace = StudentT.UpperTail(first.Slope / first.Error, first.Degrees) < _significance
            && paceRisk < _significance;
    }

    private double Variance(double squares, int degrees) => Math.Max(squares / degrees, _varianceMin);

    private double Error(LineFit line, double variance) =>
        Math.Sqrt(variance * VarianceFactor(line.Count) / line.SumXX);

    private double VarianceFactor(int count) => Autocorrelation.VarianceFactor(Fit.Memory, count);

    private double Degrees(int count) => Math.Max((count / VarianceFactor(count)) - 2, 1);

    private static int Rises(ReadOnlySpan<double> values)
    {
        int rises = 0;
        for (int i = 1; i < values.Length; i++)
            rises += values[i] > values[i - 1] ? 1 : 0;
        return rises;
    }
}
