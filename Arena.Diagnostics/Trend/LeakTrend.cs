namespace Arena.Diagnostics;

/// <summary>
/// Judges from a series of readings of memory in use whether it leaks, how fast, and how small a leak would have gone
/// unnoticed.
/// </summary>
/// <remarks>
/// There are two judges. The first is the plain least-squares slope over all samples, always given with an interval
/// that is corrected for autocorrelation. The second decides: it keeps the lowest sample of each of about 48 blocks,
/// chooses a level, a line, a step or several lines for them, tests whether the last stretch grows, and confirms growth
/// that keeps its pace as the window doubles. docs/leak-trend.md describes the method, its thresholds, its error rates
/// and its limits. It is deterministic, thread-safe, and linear in the number of samples; it allocates a few thousand
/// values, and never copies the samples. Give it exact live bytes, sampled at even intervals in quiet moments if there
/// are any: the resident size of the process has noise that the live bytes do not have.
/// </remarks>
/// <example>
/// <code>
/// var report = LeakTrend.Analyze(seconds, bytes);
/// Console.WriteLine(report);                          // a verdict, a slope and its interval
/// </code>
/// </example>
public static class LeakTrend
{
    private const double FalseDiscoveryRate = 0.05;

    // The shortest records whose rates of error were measured (docs/leak-trend.md).
    private const int FewestForUnevenPace = 288;

    /// <summary>Judges one series.</summary>
    /// <param name="seconds">The times of the samples, strictly rising, from any origin.</param>
    /// <param name="bytes">The bytes in use at these times.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// The lengths differ; a time does not rise; a value is not finite, or is more than 2^64 bytes or 10^18 seconds.
    /// The message names the index.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static TrendReport Analyze(
        ReadOnlySpan<double> seconds, ReadOnlySpan<double> bytes, TrendOptions? options = null)
    {
        options ??= new TrendOptions();
        TrendGuard.Check(options);
        TrendGuard.CheckSeconds(seconds);
        TrendGuard.CheckBytes(bytes, seconds.Length, nameof(bytes));
        return Report(new TrendInput(seconds, bytes), options);
    }

    /// <summary>Divides the growth among sites that were sampled at the same times.</summary>
    /// <param name="seconds">The times of the samples, strictly rising.</param>
    /// <param name="sites">The sites with their live bytes at these times.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <returns>
    /// The sites, the steepest first. Least squares is linear in the bytes, so the slopes of the sites add up to the
    /// slope of their sum, up to rounding.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The arguments are invalid as for <see cref="Analyze"/>; the message names the site.
    /// </exception>
    public static IReadOnlyList<SiteTrend> Attribute(
        ReadOnlySpan<double> seconds, IReadOnlyList<SiteSeries> sites, TrendOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sites);
        options ??= new TrendOptions();
        TrendGuard.Check(options);
        TrendGuard.CheckSeconds(seconds);
        foreach (var site in sites)
            TrendGuard.CheckBytes(site.Bytes.Span, seconds.Length, site.Site);

        return Share(sites.Count, i => sites[i].Site, Reports(seconds, sites, options));
    }

    /// <summary>Judges a record of cells, each with its own floor and peak.</summary>
    internal static TrendReport Judge(TrendInput input, TrendOptions options) => Report(input, options);

    /// <summary>Divides the growth among sites, each already judged over the same times.</summary>
    internal static IReadOnlyList<SiteTrend> Share(int count, Func<int, string> nameOf, TrendReport[] reports)
    {
        double[] probabilities = [.. reports.Select(
            report => report.Verdict >= TrendVerdict.Negligible ? report.Probability : 1)];
        double total = reports.Sum(report => report.SlopeBytesPerSecond);
        double threshold = BenjaminiHochberg.Threshold(probabilities, FalseDiscoveryRate);
        var trends = new SiteTrend[count];
        for (int i = 0; i < count; i++)
        {
            double share = total == 0 ? 0 : reports[i].SlopeBytesPerSecond / total;
            trends[i] = new SiteTrend(nameOf(i), reports[i], share, probabilities[i] <= threshold) { Index = i };
        }
        return [.. trends.OrderByDescending(site => site.Trend.SlopeBytesPerSecond)];
    }

    private static TrendReport[] Reports(
        ReadOnlySpan<double> seconds, IReadOnlyList<SiteSeries> sites, TrendOptions options)
    {
        var reports = new TrendReport[sites.Count];
        for (int i = 0; i < reports.Length; i++)
            reports[i] = Report(new TrendInput(seconds, sites[i].Bytes.Span), options);
        return reports;
    }

    private static TrendReport Report(TrendInput input, TrendOptions options)
    {
        ReadOnlySpan<double> seconds = input.Seconds, bytes = input.Bytes;
        int count = seconds.Length;
        double span = count > 0 ? seconds[^1] - seconds[0] : 0;
        int period = Periodicity.Dominant(bytes, count / BlockMinima.Fewest);
        var report = Seed(seconds, bytes, span, period, options);
        if (count < BlockMinima.Fewest)
            return report;

        (var season, int tried) = SeasonOf(input, options);
        int blockSamples = BlockMinima.BlockSamples(count, season is null ? period : 0);
        var floors = FloorPoints.Of(input, blockSamples, season);
        var points = floors.Points;
        var floor = new FloorJudge(floors, season, options.FalseAlarmRate / tried);
        var slope = floor.Slope(options.Confidence).Divided(span);
        bool broken = floor.Fit.Start > 0;
        double start = broken ? points[floor.Fit.Start].Seconds : seconds[0];
        return report with
        {
            Verdict = Verdict(floor, slope, count, options),
            DetectableBytesPerSecond = floor.Detectable() / span,
            Floor = points,
            Shape = floor.Fit.Shape,
            BreakSeconds = broken ? start : null,
            FloorSlope = slope,
            Probability = Math.Min(1, floor.Probability * tried),
            DoublingRatio = floor.Grows ? (1 + floor.HalvesRatio) / 2 : null,
            GrowthBeganSeconds = floor.Grows ? start : null,
            TimeToLimit = floor.Grows ? Forecast(input.Peaks[^blockSamples..], slope, options) : null,
        };
    }

    // Returns the wave of the given period or, without one, of the usual period of the clock whose wave is there. The
    // usual periods are so far apart that only one of those that are tried can fit.
    private static (Season? Season, int Tried) SeasonOf(TrendInput input, TrendOptions options)
    {
        if (options.Period is { } given)
            return (Season.Of(input.Seconds, input.Bytes, given.TotalSeconds), 1);
        int tried = 0;
        Season? found = null;
        double span = input.Seconds[^1] - input.Seconds[0];
        foreach (double period in (ReadOnlySpan<double>)[3_600, 86_400, 604_800])
        {
            // A shorter period fits into the blocks.
            if (span >= BlockMinima.Fewest * period || Season.Of(input.Seconds, input.Bytes, period) is not { } season)
                continue;
            tried++;
            if (season.IsThere)
                found ??= season;
        }
        return (found, found is null ? 1 : tried);
    }

    private static TrendVerdict Verdict(FloorJudge floor, SlopeInterval slope, int count, TrendOptions options)
    {
        if (floor.Grows && !floor.IsFound)
            return TrendVerdict.Decelerating;
        if (floor.Grows && slope.BytesPerSecond < options.NegligibleBytesPerSecond)
            return TrendVerdict.Negligible;
        // An uneven pace has an interval that includes 0 although the growth is certain. In a short record, that is
        // not yet a difference to be seen.
        var isSure = count >= FewestForUnevenPace || slope.LowerBytesPerSecond > 0;
        if (floor.Grows)
            return floor.KeepsPace && isSure ? TrendVerdict.Confirmed : TrendVerdict.Suspected;
        if (floor.Fit.Shape == TrendShape.Step)
            return TrendVerdict.Step;
        return floor.Slowed && floor.Fit.Previous.Slope > 0 ? TrendVerdict.Decelerating : TrendVerdict.Flat;
    }

    private static TrendReport Seed(
        ReadOnlySpan<double> seconds, ReadOnlySpan<double> bytes, double span, int period, TrendOptions options)
    {
        int count = seconds.Length;
        var unknown = new TrendReport
        {
            Verdict = TrendVerdict.InsufficientData,
            SlopeBytesPerSecond = count == 2 ? (bytes[1] - bytes[0]) / span : 0,
            SlopeLowerBytesPerSecond = double.NegativeInfinity,
            SlopeUpperBytesPerSecond = double.PositiveInfinity,
            DetectableBytesPerSecond = double.PositiveInfinity,
            InterceptBytes = count > 0 ? bytes[0] : 0,
            StartSeconds = count > 0 ? seconds[0] : 0,
            EndSeconds = count > 0 ? seconds[^1] : 0,
            SampleCount = count,
            EffectiveSampleCount = count,
            Confidence = options.Confidence,
        };
        if (count < 3)
            return unknown;
        LeastSquaresJudge seed = LeastSquaresJudge.Of(seconds, bytes, span, CounterStep.Variance(bytes), period);
        double reach = seed.Reach((1 - options.Confidence) / 2);
        return unknown with
        {
            SlopeBytesPerSecond = seed.Line.Slope / span,
            SlopeLowerBytesPerSecond = (seed.Line.Slope - reach) / span,
            SlopeUpperBytesPerSecond = (seed.Line.Slope + reach) / span,
            InterceptBytes = bytes[0] + seed.Line.At(0),
            EffectiveSampleCount = seed.Effective,
        };
    }

    private static TimeToLimit? Forecast(ReadOnlySpan<double> lastBlock, SlopeInterval slope, TrendOptions options)
    {
        if (options.LimitBytes is not { } limit || slope.UpperBytesPerSecond <= 0)
            return null;
        double level = lastBlock[0];
        foreach (double value in lastBlock)
            level = Math.Max(level, value);
        double room = Math.Max(0, limit - level);
        return new TimeToLimit(
            room / slope.UpperBytesPerSecond,
            slope.LowerBytesPerSecond > 0 ? room / slope.LowerBytesPerSecond : null);
    }
}
