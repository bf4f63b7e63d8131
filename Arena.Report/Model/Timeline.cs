using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>
/// Live bytes of all arenas together at the moments when the sites were sampled, so that sites and whole share their
/// times: the whole is the sum of the sites and of what lived before the trackers, and so are the slopes. Where no
/// sample of the sites could be read, the totals of the arenas take their place.
/// </summary>
internal sealed class Timeline
{
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
        Live = HasSites ? SumOfSites() : Held(totals => totals.LiveBytes);
    }

    public bool HasSites { get; }

    public double[] Seconds { get; }

    public double[] Live { get; }

    /// <summary>Alive from before the trackers.</summary>
    public double[] Before { get; }

    public double[] Committed { get; }

    /// <summary>
    /// Samples of a window at about even distances, which is what a trend needs: old ones are in a capture more densely
    /// than those that came when it was long already.
    /// </summary>
    public int[] Window(double from, double to)
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
        return [.. even];
    }

    // The median, so that a pause of the whole process does not count.
    private double UsualStep(ReadOnlySpan<int> samples)
    {
        var steps = new double[samples.Length - 1];
        for (var i = 0; i < steps.Length; i++)
            steps[i] = Seconds[samples[i + 1]] - Seconds[samples[i]];
        Array.Sort(steps);
        return steps[steps.Length / 2];
    }

    private double[] SumOfSites()
    {
        var sum = (double[])Before.Clone();
        foreach (var site in _capture.Sites)
        {
            for (var i = 0; i < sum.Length; i++)
                sum[i] += site.Bytes[i];
        }
        return sum;
    }

    // Of all arenas, each as of its last reading.
    private double[] Held(Func<CaptureTotals, long> value)
    {
        var sum = new double[Seconds.Length];
        foreach (var totals in _capture.Arenas.Select(arena => arena.Totals).Where(totals => totals.Count > 0))
        {
            for (int i = 0, reading = -1; i < sum.Length; i++)
            {
                while (reading + 1 < totals.Count && totals[reading + 1].Seconds <= Seconds[i])
                    reading++;
                sum[i] += reading < 0 ? 0 : value(totals[reading]);
            }
        }
        return sum;
    }
}
