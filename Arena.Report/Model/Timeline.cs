using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>
/// Live bytes of all arenas together at the moments when the sites were sampled, so that sites and whole share their
/// times: the whole is the sum of the sites and of what lived before the trackers, and so are the slopes. If no
/// sample of the sites could be read, the totals of the arenas replace them.
/// </summary>
internal sealed class Timeline
{
    private const int FewestForTrend = 64, MostForTrend = 4_096;

    private readonly MemoryCapture _capture;

    public Timeline(MemoryCapture capture)
    {
        _capture = capture;
        HasSites = capture.SampleSeconds.Count > 0 && capture.Sites.Count > 0;
        Seconds = HasSites
            ? [.. capture.SampleSeconds]
            : [.. capture.Arenas.SelectMany(arena => arena.Totals).Select(totals => totals.Seconds).Distinct().Order()];
        Before = Held(totals => totals.BeforeBytes);
        Committed = Held(totals => totals.CommittedBytes);
        Live = HasSites ? SumOfSites(capture.SampleBytes) : Held(totals => totals.LiveBytes);
    }

    public bool HasSites { get; }

    public double[] Seconds { get; }

    public double[] Live { get; }

    /// <summary>Bytes alive from before the trackers.</summary>
    public double[] Before { get; }

    public double[] Committed { get; }

    /// <summary>
    /// Returns samples of a window at about even distances, as a trend needs: in a long capture, early samples are
    /// denser than late ones.
    /// </summary>
    /// <param name="from">The start of the window.</param>
    /// <param name="to">The end of the window.</param>
    /// <param name="most">The most samples; not below a few dozen, which a trend needs.</param>
    public int[] Window(double from, double to, int most = MostForTrend)
    {
        const double tolerance = 1e-6;
        var inside = Enumerable.Range(0, Seconds.Length)
            .Where(i => Seconds[i] >= from - tolerance && Seconds[i] <= to + tolerance)
            .ToArray();
        if (inside.Length < 3)
            return inside;
        var step = 0.75 * UsualStep(inside.AsSpan(inside.Length * 3 / 4 - 1));
        List<int> even = [];
        foreach (var i in inside)
        {
            if (even.Count == 0 || Seconds[i] - Seconds[even[^1]] >= step)
                even.Add(i);
        }
        var stride = (even.Count - 1) / Math.Clamp(most, FewestForTrend, MostForTrend) + 1;
        return [.. even.Where((_, i) => i % stride == 0)];
    }

    // Returns the median step, so that a pause of the whole process does not count.
    private double UsualStep(ReadOnlySpan<int> samples)
    {
        var steps = new double[samples.Length - 1];
        for (var i = 0; i < steps.Length; i++)
            steps[i] = Seconds[samples[i + 1]] - Seconds[samples[i]];
        Array.Sort(steps);
        return steps[steps.Length / 2];
    }

    private double[] SumOfSites(IReadOnlyList<double> sites) => [.. Before.Select((before, i) => before + sites[i])];

    // Returns the sum of all arenas, each as of its last reading, in a step for each reading, not for each moment of
    // each arena.
    private double[] Held(Func<CaptureTotals, long> value)
    {
        var changes = new Int128[Seconds.Length];
        foreach (var arena in _capture.Arenas)
        {
            long before = 0;
            foreach (var totals in arena.Totals)
            {
                var found = Array.BinarySearch(Seconds, totals.Seconds);
                var moment = found >= 0 ? found : ~found;
                if (moment == Seconds.Length)
                    break;
                changes[moment] += (Int128)value(totals) - before;
                before = value(totals);
            }
        }
        Int128 sum = 0;
        return Array.ConvertAll(changes, change => (double)(sum += change));
    }
}
