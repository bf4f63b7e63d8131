namespace Arena.Diagnostics;

/// <summary>Judges the floor: its shape, and whether its last stretch grows.</summary>
/// <remarks>
/// Only the last stretch can still be leaking. It grows if three tests agree: the t test of its least-squares slope and
/// the test of Mann and Kendall, both with the variance factor of the autocorrelation, and the
/// <see cref="SlopeMixture"/>, which allows for noise that never forgets. It must also have risen at least five times:
/// among many equal readings of an exact counter, one or two steps look like a perfect order. Growth that slowed to
/// less than 0.4 of the stretch before is a cache that fills. Growth is confirmed by doubling the window: within the
/// stretch, its second half must be shown to grow at more than 0.4 of the pace of its first half. For a parabola the
/// slope of the whole is the mean of the slopes of the halves, so this means rho > 0.7 for rho = slope(2W) / slope(W);
/// a logarithm has rho = 0.5. After a slowdown, 0.75 is required instead: the late part of a logarithm is straighter
/// (0.45 to 0.6) than the whole. There are two exceptions. A last stretch that is too short to be distinguished from
/// the one before does not hide the growth of the whole. And if the noise never forgets, so that no order of ranks
/// could convince, the mixture decides alone.
/// </remarks>
internal sealed class FloorJudge
{
    private const int RisesMin = 5;
    /// <summary>Growth below this share of the earlier growth has slowed down.</summary>
    public const double SlowedBelow = 0.4;

    private const double KeptPace = 0.4;
    private const double KeptPaceAfterSlowing = 0.75;
    private const double DegreesMin = 2;

    // A leak lifts the middle as much as the floor, which is so far above 0.4 of it that a level of one in twenty gives
    // far fewer errors than one in twenty.
    private const double DipsSignificance = 0.05;

    // The largest slope, in bytes a window: no address space could hold such a leak, but a double can hold its square.
    private const double SlopeMax = 1e24;

    private readonly double[] _x;
    private readonly double[] _y;
    private readonly double[] _middles;
    private readonly Season? _season;
    private readonly double _planted;
    private readonly double _varianceMin;
    private readonly double _significance;
    private SlopeMixture _last;
    private bool _wanders;

    /// <summary>Judges the floor without the wave of a season, if there is one.</summary>
    public FloorJudge(FloorPoints floor, Season? season, double significance)
        : this(floor.Positions, floor.Floors, floor.Middles, season, 0, significance)
    {
    }

    private FloorJudge(
        double[] x, double[] y, double[] middles, Season? season, double planted, double significance)
    {
        (_x, _y, _middles, _season, _planted) = (x, y, middles, season, planted);
        _significance = significance;
        _varianceMin = CounterStep.Variance(y);
        Fit = SegmentedFit.Choose(x, y, _varianceMin);
        _last = Mixture(Fit.Start, x.Length);
        Judge();
        if (IsBroken && !Grows && Fit.Previous.Slope > 0 && !SlowedForSure())
            JudgeAsLine();
        if (!Grows && !Slowed && RanksAreMute(x.Length))
            JudgeWandering();
        if (Grows && OnlyDipsGoAway())
            (Grows, Slowed, KeepsPace) = (false, false, false);
        if (Grows && !Slowed && (Ended(4) || Ended(3)))
            (Slowed, KeepsPace) = (true, false);
    }

    public SegmentedFit Fit { get; private set; }

    /// <summary>The largest of the tests' probabilities of such growth without a leak; 1 for a step.</summary>
    public double Probability { get; private set; } = 1;

    /// <summary>The pace of the last stretch's second half divided by that of its first; 0 if the first fell.</summary>
    public double HalvesRatio { get; private set; }

    public bool Grows { get; private set; }

    public bool Slowed { get; private set; }

    public bool KeepsPace { get; private set; }

    /// <summary>True if it grows, and not like a cache that fills.</summary>
    public bool IsFound => Grows && (!Slowed || KeepsPace);

    /// <summary>
    /// Returns the slope of the last stretch, in bytes a window: Theil and Sen's, or the mixture's if it decided alone.
    /// </summary>
    public SlopeInterval Slope(double confidence)
    {
        double tail = (1 - confidence) / 2;
        if (_wanders)
        {
            double reach = _last.Reach(tail);
            return new SlopeInterval(_last.Slope, _last.Slope - reach, _last.Slope + reach);
        }
        double quantile = StudentT.Quantile(tail, Degrees(Last.Length));
        return TheilSen.Slope(_x.AsSpan(Fit.Start), Last, VarianceFactor(Last.Length), quantile);
    }

    /// <summary>
    /// Returns the slope, in bytes a window, that would have been found nine times in ten: the sum of the mixture's
    /// quantiles of both risks. If no leak was found, the number is tested: a leak of this size is planted in this very
    /// floor, and the number is raised until the leak is found, because a fall, a warm-up or a step hides more than
    /// noise.
    /// </summary>
    public double Detectable()
    {
        double slope = _last.Reach(_significance) + _last.Reach(0.1);
        // If rounding is the only noise, the rule of five rises decides.
        if (Fit.NoiseVariance <= _varianceMin)
            slope = Math.Max(slope, RisesMin * Math.Sqrt(12 * _varianceMin));
        if (IsFound || FindsPlanted(slope))
            return slope;
        double hidden = slope;
        for (slope *= 2; !FindsPlanted(slope); slope *= 2)
        {
            if (slope > SlopeMax)
                return double.PositiveInfinity;
            hidden = slope;
        }
        for (int step = 0; step < 4; step++)
        {
            double middle = hidden + (slope - hidden) / 2;
            if (FindsPlanted(middle))
                slope = middle;
            else
                hidden = middle;
        }
        return slope;
    }

    private bool IsBroken => Fit.Shape is TrendShape.TwoLines or TrendShape.ThreeLines;

    private ReadOnlySpan<double> Last => _y.AsSpan(Fit.Start);

    /// <summary>
    /// Returns whether the memory is so long that even points which all rise would not convince the rank test.
    /// </summary>
    private bool RanksAreMute(int count) =>
        MannKendall.LeastProbability(count, VarianceFactor(count)) >= _significance;

    private void Judge()
    {
        var last = Fit.Last;
        Probability = 1;
        if (Fit.Shape != TrendShape.Step)
        {
            double t = last.Slope / Error(last, Variance(last.ResidualSquares, last.Count - 2));
            double ranks = RanksAreMute(last.Count)
                ? 0 : MannKendall.UpwardProbability(Last, VarianceFactor(last.Count));
            Probability = Math.Max(_last.Probability, Math.Max(StudentT.UpperTail(t, Degrees(last.Count)), ranks));
            Probability = Math.Max(Probability, _season?.UpwardProbability(_planted, _significance) ?? 0);
        }
        bool resolved = Fit.Shape == TrendShape.Line || IsBroken;
        Grows = resolved && Probability < _significance && Rises(Last) >= RisesMin;
        Slowed = IsBroken && last.Slope < SlowedBelow * Fit.Previous.Slope;
        if (Grows)
            JudgeHalves();
    }

    /// <summary>
    /// Returns whether the last of two stretches, though not shown to grow, is shown to grow less than 0.4 of the one
    /// before. If not, it is too short to say anything, and the whole may be judged as one line.
    /// </summary>
    private bool SlowedForSure()
    {
        LineFit previous = Fit.Previous, last = Fit.Last;
        double variance = Variance(previous.ResidualSquares + last.ResidualSquares, _x.Length - 4);
        double before = SlowedBelow * Error(previous, variance), now = Error(last, variance);
        double t = (SlowedBelow * previous.Slope - last.Slope) / Math.Sqrt(before * before + now * now);
        return StudentT.UpperTail(t, Degrees(last.Count)) < _significance;
    }

    private void JudgeAsLine()
    {
        (var fit, var last) = (Fit, _last);
        (Fit, _last) = (Fit.AsLine(_x, _y), Mixture(0, _x.Length));
        Judge();
        if (Grows)
            return;
        (Fit, _last) = (fit, last);
        Judge();
    }

    /// <summary>Judges the whole as a level that wanders. Growth that slows down is left to the shapes.</summary>
    private void JudgeWandering()
    {
        int middle = _x.Length / 2;
        var whole = Mixture(0, _x.Length);
        if (whole.Probability >= _significance || Rises(_y) < RisesMin)
            return;
        SlopeEstimate first = Mixture(0, middle + 1).Estimate, second = Mixture(middle, _x.Length).Estimate;
        if (second.Slope < SlowedBelow * first.Slope)
            return;
        (_wanders, _last, Fit) = (true, whole, Fit.AsLine(_x, _y));
        (Grows, Slowed, Probability) = (true, false, whole.Probability);
        HalvesRatio = first.Slope > 0 ? second.Slope / first.Slope : 0;
        KeepsPace = HoldsPace(first, second, KeptPace);
    }

    // Judges the halves. Growth had to be significant under both error estimates; for its pace, either suffices. The
    // autoregression's is smaller if noise forgets; if it does not, that estimate has no degree of freedom left.
    private void JudgeHalves()
    {
        int start = Fit.Start, middle = start + Last.Length / 2;
        LineFit first = LineFit.Of(_x.AsSpan(start..middle), _y.AsSpan(start..middle));
        LineFit second = LineFit.Of(_x.AsSpan(middle..), _y.AsSpan(middle..));
        HalvesRatio = first.Slope > 0 ? second.Slope / first.Slope : 0;
        double variance = Variance(first.ResidualSquares + second.ResidualSquares, Last.Length - 4);
        KeepsPace = first.Count >= SegmentedFit.Shortest(_x.Length)
            && (HoldsPace(Estimate(first, variance), Estimate(second, variance),
                    Slowed ? KeptPaceAfterSlowing : KeptPace)
                || (!Slowed && HoldsPace(
                    Mixture(start, middle).Estimate, Mixture(middle, _x.Length).Estimate, KeptPace)));
        // There may be no break although the growth ended.
        if (!KeepsPace && Estimate(second, variance).FallsShort(
            SlowedBelow, Estimate(first, variance), _significance))
            Slowed = true;
    }

    /// <summary>
    /// Returns whether the last 1/part of the stretch is shown to grow less than 0.4 of the rest: growth that began
    /// slowly and ended has similar halves.
    /// </summary>
    private bool Ended(int part)
    {
        int tail = _x.Length - Math.Max(Last.Length / part, SegmentedFit.Shortest(_x.Length));
        if (tail - Fit.Start < SegmentedFit.Shortest(_x.Length))
            return false;
        return Mixture(tail, _x.Length).Estimate.FallsShort(
            SlowedBelow, Mixture(Fit.Start, tail).Estimate, _significance);
    }

    /// <summary>Returns whether the middle of the samples is shown not to rise with the lowest of them.</summary>
    private bool OnlyDipsGoAway()
    {
        ReadOnlySpan<double> x = _x.AsSpan(Fit.Start), middles = _middles.AsSpan(Fit.Start);
        LineFit line = LineFit.Of(x, middles);
        var residuals = new double[x.Length];
        for (int i = 0; i < residuals.Length; i++)
            residuals[i] = middles[i] - line.At(x[i]);
        double factor = Autocorrelation.VarianceFactor(
            Autocorrelation.WithoutBias(Autocorrelation.Lag1(residuals), residuals.Length, 2), residuals.Length);
        double quantile = StudentT.Quantile(DipsSignificance, StudentT.Normal);
        var middle = TheilSen.Slope(x, middles, factor, quantile);
        return middle.UpperBytesPerSecond < SlowedBelow * TheilSen.Slope(x, Last, 1, quantile).BytesPerSecond;
    }

    private bool HoldsPace(SlopeEstimate first, SlopeEstimate second, double pace) =>
        first.Grows(_significance) && second.Exceeds(pace, first, _significance);

    private bool FindsPlanted(double slope)
    {
        double[] planted = new double[_y.Length], middles = new double[_y.Length];
        for (int i = 0; i < planted.Length; i++)
            (planted[i], middles[i]) = (_y[i] + slope * _x[i], _middles[i] + slope * _x[i]);
        return new FloorJudge(_x, planted, middles, _season, slope, _significance).IsFound;
    }

    private SlopeMixture Mixture(int start, int end) =>
        new(_x.AsSpan(start..end), _y.AsSpan(start..end), _varianceMin);

    private SlopeEstimate Estimate(LineFit line, double variance) =>
        new(line.Slope, Error(line, variance), Degrees(line.Count));

    private double Variance(double squares, int degrees) => Math.Max(squares / degrees, _varianceMin);

    private double Error(LineFit line, double variance) =>
        Math.Sqrt(variance * VarianceFactor(line.Count) / line.SumXX);

    private double VarianceFactor(int count) => Autocorrelation.VarianceFactor(Fit.Memory, count);

    private double Degrees(int count) => Math.Max(count / VarianceFactor(count) - 2, DegreesMin);

    private static int Rises(ReadOnlySpan<double> values)
    {
        int rises = 0;
        for (int i = 1; i < values.Length; i++)
            rises += values[i] > values[i - 1] ? 1 : 0;
        return rises;
    }
}
