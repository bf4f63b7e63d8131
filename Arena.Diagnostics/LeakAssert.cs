namespace Arena.Diagnostics;

/// <summary>
/// Asserts, in tests, that a repeated action leaves no memory behind. It needs no test framework; it throws.
/// </summary>
/// <remarks>
/// <para>
/// Live bytes are read after every iteration and regressed on its number. Work that is always the same has no noise, so
/// a single byte an iteration is found; work that varies is judged like any record (<see cref="LeakTrend"/>), at a
/// false alarm rate of one in ten thousand.
/// </para>
/// <para>
/// Without an arena it watches all arenas that this thread made, those made by the action included. Other threads may
/// use the arenas that they made meanwhile, so in these only growth by the same number of bytes in each iteration
/// counts against the action. If this thread made no arena, there is nothing to judge, which is an error: pass the
/// arena.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// LeakAssert.NoGrowth(1000, () =&gt;
/// {
///     using var level = new Heap(arena, "level");
///     level.AllocateSpan&lt;int&gt;(100);
/// });
/// </code>
/// </example>
public static class LeakAssert
{
    /// <summary>The fewest iterations that can be judged.</summary>
    public const int FewestIterations = 12;

    // The usual share of the iterations in the second half.
    private const double UsualShare = 0.8;

    private static readonly TrendOptions Options = new() { FalseAlarmRate = 1e-4 };

    /// <summary>Repeats an action and throws if live bytes grow from one time to the next.</summary>
    /// <param name="iterations">
    /// The number of measured iterations, <see cref="FewestIterations"/> at least. A leak in every k-th iteration needs
    /// about 10 k.
    /// </param>
    /// <param name="action">The action to repeat, on this thread.</param>
    /// <param name="arena">The arena to watch; null for all arenas that this thread made.</param>
    /// <param name="warmUp">The number of iterations before that, to fill caches.</param>
    /// <returns>
    /// The judgement of the measurements, with iterations in place of seconds:
    /// <see cref="TrendReport.DetectableBytesPerSecond"/> is the smallest leak that would have been found. Its text
    /// names the arenas that were watched.
    /// </returns>
    /// <exception cref="LeakAssertException">
    /// Live bytes grow. The message has the slope, its interval and the call sites.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// No arena was given, and this thread made none: nothing was watched.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are too few iterations.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public static TrendReport NoGrowth(int iterations, Action action, PageArena? arena = null, int warmUp = 10)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, FewestIterations);
        ArgumentOutOfRangeException.ThrowIfNegative(warmUp);
        var arenas = new LeakAssertArenas(arena);
        for (int i = 0; i < warmUp; i++)
            action();

        using var sites = new LeakAssertSites(arenas.Present(), iterations);
        var others = arena is null ? new LeakAssertOthers(iterations) : null;
        double[] numbers = new double[iterations], live = new double[iterations];
        for (int i = 0; i < iterations; i++)
        {
            action();
            numbers[i] = i;
            live[i] = arenas.ReadLiveBytes();
            sites.Read(i, live[i]);
            others?.Read(i);
        }
        var trend = Judge(numbers, live, arenas.ToString());
        if (trend.Verdict >= TrendVerdict.Suspected)
            throw Grows(trend, sites.Attribute(Options));
        if (others?.FindGrowth() is { } growth)
            throw Grows(numbers, growth.Arena, growth.Bytes);
        return arenas.HaveBeen ? trend : throw new InvalidOperationException(
            "LeakAssert watched nothing: this thread made no arena that exists. Pass the arena to watch: "
            + "LeakAssert.NoGrowth(iterations, action, arena).");
    }

    // Judges without statistics if the bytes grow by the same number nearly each time, and never shrink: a step in
    // between would leave a trend with too few samples on either side.
    private static TrendReport Judge(double[] numbers, double[] live, string watched)
    {
        var trend = LeakTrend.Analyze(numbers, live, Options) with { Subject = watched };
        return trend.Verdict < TrendVerdict.Suspected && SteadyGrowth(live.AsSpan(live.Length / 2)) is { } bytes
            ? trend with { Verdict = TrendVerdict.Suspected, FloorSlope = new SlopeInterval(bytes, bytes, bytes) }
            : trend;
    }

    private static double? SteadyGrowth(ReadOnlySpan<double> live)
    {
        double[] growth = new double[live.Length - 1];
        for (int i = 0; i < growth.Length; i++)
            growth[i] = live[i + 1] - live[i];
        Array.Sort(growth);
        double usual = growth[growth.Length / 2];
        int count = growth.Count(bytes => bytes == usual);
        return growth[0] >= 0 && usual > 0 && count >= growth.Length * UsualShare ? usual : null;
    }

    private static LeakAssertException Grows(TrendReport trend, IReadOnlyList<SiteTrend> sites)
    {
        sites = [.. sites.Select(site => site with { Trend = site.Trend with { Subject = trend.Subject } })];
        return new LeakAssertException(IterationText.Message(trend, sites), trend, sites);
    }

    private static LeakAssertException Grows(double[] numbers, PageArena arena, long bytes)
    {
        var trend = Judge(numbers, [.. numbers.Select(number => number * bytes)], $"arena '{arena.Name}'");
        return new LeakAssertException(
            $"Live bytes of arena '{arena.Name}', which another thread made, grow by {bytes} bytes in each of "
            + $"{numbers.Length} iterations. Pass that arena to see the lines: "
            + "LeakAssert.NoGrowth(iterations, action, arena).", trend, []);
    }
}
