namespace Arena.Diagnostics;

/// <summary>Adds up the series of sites, in one step for each change.</summary>
internal static class SiteTotals
{
    public static double[] Of(IReadOnlyList<CaptureSite> sites, int samples)
    {
        var sums = new double[samples];
        // The difference of each sample to the one before.
        var steps = new Int128[samples];
        foreach (var site in sites)
        {
            long before = 0;
            if (site.Bytes is StepSeries<long> series)
            {
                for (var i = 0; i < series.Values.Length; i++)
                    Add(series.Starts[i], series.Values[i], ref before);
                continue;
            }
            for (var i = 0; i < site.Bytes.Count; i++)
                Add(i, site.Bytes[i], ref before);
        }
        Int128 sum = 0;
        for (var i = 0; i < samples; i++)
            sums[i] = (double)(sum += steps[i]);
        return sums;

        void Add(int sample, long value, ref long before)
        {
            steps[sample] += (Int128)value - before;
            before = value;
        }
    }
}
