namespace Arena.Diagnostics;

/// <summary>A wave that returns at a known period, and the series without it.</summary>
/// <remarks>
/// The classical decomposition (Macaulay, The Smoothing of Time Series, 1931): a moving average of exactly one period
/// does not see the wave, and the wave is the median, over the cycles, of the differences of one phase's samples from
/// it. No line is assumed, so a step or a curve keeps its shape. The series is divided into cells, at most 48 a cycle;
/// a cell is the median of its samples. Growth is tested by the test of Mann and Kendall for each phase by itself,
/// added up (Hirsch and Slack, Water Resour. Res. 20, 1984): a phase is compared only with itself a whole number of
/// cycles later. Their estimate of the correlation of phases needs ten cycles; here it comes from the memory of the
/// residuals, as for the blocks of the floor.
/// </remarks>
internal sealed class Season
{
    /// <summary>
    /// The fewest cycles that distinguish a wave from a trend; the last sample of the third one may be missing.
    /// </summary>
    public const double FewestCycles = 2.9;

    private const int FewestPhases = 4;
    private const int MostPhases = 48;
    private const int MostCells = 2_048;

    // Without a wave the cells of one phase are not correlated.
    private const double LeastCorrelation = 0.5;

    // A moving average of one cycle and a median over few cycles bend more than a line does.
    private const double Bias = 8.5;

    private readonly double _start;
    private readonly double _cellSeconds;
    private readonly int _phases;
    private readonly double[] _cells;
    private readonly double[] _wave;
    private readonly double _memory;

    private Season(double start, double cellSeconds, int phases, double[] cells)
    {
        _start = start;
        _cellSeconds = cellSeconds;
        _phases = phases;
        _cells = cells;
        double[] rest = LessMovingAverage(cells, phases);
        int from = phases / 2;
        _wave = Wave(rest, phases, from);
        double products = 0, squares = 0;
        for (int k = from; k < from + rest.Length - phases; k++)
        {
            double now = rest[k - from], next = rest[k - from + phases];
            products += now * next;
            squares += (now * now + next * next) / 2;
        }
        IsThere = squares > 0 && products >= LeastCorrelation * squares;
        for (int i = 0; i < rest.Length; i++)
            rest[i] -= _wave[(i + from) % phases];
        _memory = Autocorrelation.WithoutBias(Autocorrelation.Lag1(rest), rest.Length, Bias);
    }

    /// <summary>True if the cycles resemble each other.</summary>
    public bool IsThere { get; }

    /// <summary>
    /// Returns the wave of a period; null if the series has too few cycles, or too few samples in one.
    /// </summary>
    public static Season? Of(ReadOnlySpan<double> seconds, ReadOnlySpan<double> bytes, double periodSeconds)
    {
        int count = seconds.Length;
        if (count < BlockMinima.Fewest)
            return null;
        double span = (seconds[^1] - seconds[0]) * count / (count - 1), cycles = span / periodSeconds;
        if (!(cycles >= FewestCycles))
            return null;
        int phases = (int)Math.Min(MostPhases, Math.Min(count, MostCells) / cycles);
        if (phases < FewestPhases)
            return null;
        double cellSeconds = periodSeconds / phases;
        double[] cells = Cells(seconds, bytes, cellSeconds, (int)Math.Round(cycles * phases));
        return cells.Length < 2 * phases ? null : new Season(seconds[0], cellSeconds, phases, cells);
    }

    /// <summary>Returns the height of the wave at a time.</summary>
    public double At(double seconds)
    {
        // The position is interpolated from the middle of a cell to the middle of the next.
        double position = (seconds - _start) / _cellSeconds - 0.5, whole = Math.Floor(position);
        int phase = (int)((whole % _phases + _phases) % _phases);
        return _wave[phase] + (position - whole) * (_wave[(phase + 1) % _phases] - _wave[phase]);
    }

    /// <summary>
    /// Returns the probability that this many phases rise from cycle to cycle without growth. It is 0, and the test
    /// says nothing, if phases are so correlated that even a rise of all of them would not convince.
    /// </summary>
    /// <param name="planted">A slope to add first, in bytes a window.</param>
    /// <param name="significance">The probability that would convince.</param>
    public double UpwardProbability(double planted, double significance)
    {
        long s = 0, pairs = 0;
        double variance = 0, step = planted / _cells.Length;
        var phase = new double[_cells.Length / _phases + 1];
        for (int first = 0; first < _phases; first++)
        {
            int count = 0;
            for (int k = first; k < _cells.Length; k += _phases)
            {
                phase[count] = _cells[k] + step * k;
                for (int i = 0; i < count; i++)
                    s += Math.Sign(phase[count] - phase[i]);
                pairs += count++;
            }
            variance += MannKendall.Variance(phase.AsSpan(0, count));
        }
        variance *= Autocorrelation.VarianceFactor(_memory, _phases);
        if (variance == 0)
            return 1;
        double deviation = Math.Sqrt(variance);
        return StudentT.UpperTail((pairs - 1) / deviation, StudentT.Normal) >= significance
            ? 0 : StudentT.UpperTail((s - Math.Sign(s)) / deviation, StudentT.Normal);
    }

    // Computes the cells; one without a sample takes its neighbours' value.
    private static double[] Cells(
        ReadOnlySpan<double> seconds, ReadOnlySpan<double> bytes, double cellSeconds, int count)
    {
        var cells = new double[count];
        int last = -1;
        for (int i = 0; i < seconds.Length;)
        {
            int cell = CellOf(i, seconds), end = i + 1;
            while (end < seconds.Length && CellOf(end, seconds) == cell)
                end++;
            cells[cell] = Median(bytes[i..end]) - bytes[0];
            for (int gap = last + 1; gap < cell; gap++)
                cells[gap] = cells[last] + (cells[cell] - cells[last]) * (gap - last) / (cell - last);
            (last, i) = (cell, end);
        }
        cells.AsSpan(last + 1).Fill(cells[last]);
        return cells;

        int CellOf(int i, ReadOnlySpan<double> times) =>
            Math.Min((int)((times[i] - times[0]) / cellSeconds * (1 + 1e-12)), count - 1);
    }

    // Returns the median of a sufficient part of the values.
    private static double Median(ReadOnlySpan<double> values)
    {
        const int most = 64;
        Span<double> some = stackalloc double[most];
        int stride = (values.Length + most - 1) / most, count = 0;
        for (int i = 0; i < values.Length; i += stride)
            some[count++] = values[i];
        some[..count].Sort();
        return (some[(count - 1) / 2] + some[count / 2]) / 2;
    }

    // Subtracts the moving average; half a cycle at either end has none.
    private static double[] LessMovingAverage(double[] cells, int phases)
    {
        int half = phases / 2;
        var rest = new double[cells.Length - 2 * half];
        var sums = new double[cells.Length + 1];
        for (int i = 0; i < cells.Length; i++)
            sums[i + 1] = sums[i] + cells[i];
        for (int i = 0; i < rest.Length; i++)
        {
            int middle = i + half;
            double sum = sums[middle + half + 1] - sums[middle - half];
            // If the number is even, the cells at both ends have the same phase, and count half each.
            if (phases % 2 == 0)
                sum -= (cells[middle - half] + cells[middle + half]) / 2;
            rest[i] = cells[middle] - sum / phases;
        }
        return rest;
    }

    private static double[] Wave(double[] rest, int phases, int from)
    {
        var wave = new double[phases];
        var same = new double[rest.Length / phases + 1];
        for (int first = 0; first < phases; first++)
        {
            int count = 0;
            for (int i = first; i < rest.Length; i += phases)
                same[count++] = rest[i];
            Array.Sort(same, 0, count);
            if (count > 0)
                wave[(first + from) % phases] = (same[(count - 1) / 2] + same[count / 2]) / 2;
        }
        double mean = wave.Average();
        for (int phase = 0; phase < phases; phase++)
            wave[phase] -= mean;
        return wave;
    }
}
