namespace Arena.Diagnostics;

/// <summary>Chooses between a level, a line, a step, two lines and three lines for the floor.</summary>
/// <remarks>
/// A level that moved once resembles a rising line enough to fool every test for a trend; only in comparison with a
/// step does the line look bad. The shapes are fitted by least squares, the break by trying every place (Quandt, J. Am.
/// Stat. Assoc. 53, 1958), and compared by Schwarz's criterion (Ann. Stat. 6, 1978), n ln(SSE / m) + cost ln n, with
/// the effective number n = m / V in place of m. The costs 1, 2, 4 and 6 count the parameters, a break as one and the
/// search for it as another one of the step; 14 of three lines was chosen on synthetic series. The memory of the noise
/// is taken from the residuals of the two lines, which no break in the signal inflates.
/// </remarks>
internal readonly record struct SegmentedFit(
    TrendShape Shape, int Start, LineFit Previous, LineFit Last, double NoiseVariance, double Memory)
{
    /// <summary>Returns the length of the shortest run of points that may be a stretch.</summary>
    public static int Shortest(int count) => Math.Max(6, count / 8);

    /// <summary>Chooses a shape for at least twelve points.</summary>
    /// <param name="x">Rising positions.</param>
    /// <param name="y">Values.</param>
    /// <param name="varianceMin">The variance that rounding to whole allocations alone explains.</param>
    public static SegmentedFit Choose(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double varianceMin)
    {
        int count = x.Length, stepAt = 0, breakAt = 0;
        double step = double.PositiveInfinity, two = double.PositiveInfinity;
        using var lines = new StretchTable(x, y, Shortest(count));
        for (int k = Shortest(count); k <= count - Shortest(count); k++)
        {
            double levels = LineFit.Level(y[..k]).ResidualSquares + LineFit.Level(y[k..]).ResidualSquares;
            if (levels < step)
                (step, stepAt) = (levels, k);
            double both = lines.Squares(0, k) + lines.Squares(k, count);
            if (both < two)
                (two, breakAt) = (both, k);
        }
        LineFit whole = LineFit.Of(x, y), before = LineFit.Of(x[..breakAt], y[..breakAt]);
        LineFit after = LineFit.Of(x[breakAt..], y[breakAt..]);
        double memory = ResidualMemory(x, y, [before, after], varianceMin, TwoLinesBias);
        double noise = Math.Max(two / (count - 5), varianceMin);
        var score = new Schwarz(count, memory, varianceMin);
        ReadOnlySpan<double> squares = [LineFit.Level(y).ResidualSquares, whole.ResidualSquares, step, two];
        var shape = score.Best(squares);
        SegmentedFit fit = shape switch
        {
            TrendShape.Constant or TrendShape.Line => new(shape, 0, default, whole, noise, memory),
            TrendShape.Step => new(shape, stepAt, LineFit.Level(y[..stepAt]),
                LineFit.Of(x[stepAt..], y[stepAt..]), noise, memory),
            _ => new(shape, breakAt, before, after, noise, memory),
        };
        return WithThree(x, y, lines, varianceMin, squares[(int)shape], shape) ?? fit;
    }

    // Tries three lines, which are for growth that began and ended: of a wave the third would be its last rise.
    // Compared with three lines the misfit of two looks like memory, so they are compared under the memory that three
    // leave.
    private static SegmentedFit? WithThree(
        ReadOnlySpan<double> x, ReadOnlySpan<double> y, StretchTable lines, double varianceMin, double squares,
        TrendShape shape)
    {
        (double three, int first, int second) = lines.Three();
        if (double.IsInfinity(three))
            return null;
        LineFit before = LineFit.Of(x[..first], y[..first]), middle = LineFit.Of(x[first..second], y[first..second]);
        LineFit after = LineFit.Of(x[second..], y[second..]);
        if (Math.Max(Math.Abs(before.Slope), Math.Abs(after.Slope)) >= FloorJudge.SlowedBelow * middle.Slope)
            return null;
        double memory = ResidualMemory(x, y, [before, middle, after], varianceMin, ThreeLinesBias);
        var score = new Schwarz(x.Length, memory, varianceMin);
        return three < ClearlyBetter * squares || score.Of(three, TrendShape.ThreeLines) < score.Of(squares, shape)
            ? new(TrendShape.ThreeLines, second, middle, after, Math.Max(three / (x.Length - 8), varianceMin), memory)
            : null;
    }

    /// <summary>Returns a fit of one line with the same noise.</summary>
    public SegmentedFit AsLine(ReadOnlySpan<double> x, ReadOnlySpan<double> y) =>
        this with { Shape = TrendShape.Line, Start = 0, Previous = default, Last = LineFit.Of(x, y) };

    private static double ResidualMemory(
        ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<LineFit> lines, double varianceMin,
        double bias)
    {
        var residuals = new double[x.Length];
        int i = 0;
        double squares = 0;
        foreach (var line in lines)
        {
            squares += line.ResidualSquares;
            for (int end = i + line.Count; i < end; i++)
                residuals[i] = y[i] - line.At(x[i]);
        }
        // The residuals of a perfect line are rounding errors.
        double lag1 = squares < 1e-9 * varianceMin * x.Length ? 0 : Autocorrelation.Lag1(residuals);
        return Autocorrelation.WithoutBias(lag1, residuals.Length, bias);
    }

    // Two lines with the best break bend about four times as much as one line. The constant was measured on
    // autoregressions of known memory with 48 to 95 points, where it recovers the memory to 0.02 up to 0.7, and to 0.03
    // for three lines; with fewer points it corrects less.
    private const double TwoLinesBias = 8.5;
    private const double ThreeLinesBias = 16;

    // The residuals of a smooth curve are all memory, and no number of points would be effective.
    private const double ClearlyBetter = 0.1;

    /// <summary>Schwarz's criterion with the effective number of points.</summary>
    private readonly struct Schwarz(int count, double memory, double varianceMin)
    {
        private readonly double _effective = count / Autocorrelation.VarianceFactor(memory, count);

        private static ReadOnlySpan<double> Costs => [1, 2, 4, 6, 14];

        public double Of(double squares, TrendShape shape) =>
            _effective * Math.Log(Math.Max(squares / count, varianceMin))
            + Costs[(int)shape] * Math.Max(Math.Log(_effective), 1);

        /// <summary>Returns the best of the shapes, which are in order.</summary>
        public TrendShape Best(ReadOnlySpan<double> squares)
        {
            var best = TrendShape.Constant;
            for (int i = 1; i < squares.Length; i++)
            {
                if (Of(squares[i], (TrendShape)i) < Of(squares[(int)best], best))
                    best = (TrendShape)i;
            }
            return best;
        }
    }
}
