namespace Arena.Diagnostics;

/// <summary>
/// For tests: what is repeated must not leave memory behind. Knows no test framework; it throws.
/// </summary>
/// <remarks>
/// <para>
/// Live bytes are read after every iteration and regressed on its number. Work that always does the same has no noise,
/// so a single byte an iteration is seen; work that varies is judged as any record is
/// (<see cref="LeakTrend"/>), at a false alarm rate of one in ten thousand.
/// </para>
/// <para>
/// Without an arena it watches all that this thread made, those made by the action included. Arenas that other threads
/// made may be used by them meanwhile, so of these only what cannot be theirs is held against the action: growth by the
/// same number of bytes in each iteration. Where there is no arena of this thread there is nothing to judge, which is
/// an error: give the arena.
/// </para>
/// </remarks>
public static class LeakAssert
{
    /// <summary>Fewer iterations say nothing.</summary>
    public const int FewestIterations = 12;

    // A share of the iterations in the second half.
    private const double UsualShare = 0.8;

    private static readonly TrendOptions Options = new() { FalseAlarmRate = 1e-4 };

    /// <summary>Repeats an action and throws if live bytes grow from one time to the next.</summary>
    /// <param name="iterations">
    /// How often it is measured; <see cref="FewestIterations"/> at least. A leak that happens once in k times needs
    /// about 10 k.
    /// </param>
    /// <param name="action">What is repeated, on this thread.</param>
    /// <param name="arena">The arena to watch; null for all that this thread made.</param>
    /// <param name="warmUp">How often it is repeated before that, to fill caches.</param>
    /// <returns>The judgement of what was measured, iterations in place of seconds:
    /// <see cref="TrendReport.DetectableBytesPerSecond"/> says how small a leak would have been seen. As a text it
    /// names the arenas that were watched.</returns>
    /// <exception cref="LeakAssertException">Live bytes grow. The message has the slope, its interval and the call
    /// sites.</exception>
    /// <exception cref="InvalidOperationException">No arena was given, and this thread made none: nothing was watched.
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
        LeakAssertOthers? others = arena is null ? new LeakAssertOthers(iterations) : null;
        double[] numbers = new double[iterations], live = new double[iterations];
        for (int i = 0; i < iterations; i++)
        {
            action();
            numbers[i] = i;
            live[i] = arenas.ReadLiveBytes();
            sites.Read(i, live[i]);
            others?.Read(i);
        }
        TrendReport trend = Judge(numbers, live, arenas.ToString());
        if (trend.Verdict >= TrendVerdict.Suspected)
            throw Grows(trend, sites.Attribute(Options));
        if (others?.FindGrowth() is { } growth)
            throw Grows(numbers, growth.Arena, growth.Bytes);
        return arenas.HaveBeen ? trend : throw new InvalidOperationException(
            "LeakAssert watched nothing: this thread made no arena that is there. Give the one that is to be watched: "
            + "LeakAssert.NoGrowth(iterations, action, arena).");
    }

    // What grows by the same bytes nearly each time, and never shrinks, needs no statistics: a step meanwhile leaves a
    // trend with too few samples on either side.
    private static TrendReport Judge(double[] numbers, double[] live, string watched)
    {
        TrendReport trend = LeakTrend.Analyze(numbers, live, Options) with { Subject = watched };
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
        TrendReport trend = Judge(numbers, [.. numbers.Select(number => number * bytes)], $"arena '{arena.Name}'");
        return new LeakAssertException(
            $"Live bytes of arena '{arena.Name}', which another thread made, grow by {bytes} bytes in each of "
            + $"{numbers.Length} iterations. Give that arena to see the lines: "
            + "LeakAssert.NoGrowth(iterations, action, arena).", trend, []);
    }
}
