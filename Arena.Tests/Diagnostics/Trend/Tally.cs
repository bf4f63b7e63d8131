using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Trend;

/// <summary>Counts how often each verdict was given for the series of one family, in percent of the runs.</summary>
internal sealed class Tally
{
    private readonly int[] _verdicts = new int[Enum.GetValues<TrendVerdict>().Length];
    private readonly int _runs;
    private int _covered;
    private int _foundOnTop;

    private Tally(int runs) => _runs = runs;

    public double Suspected => Percent(TrendVerdict.Suspected);

    public double Confirmed => Percent(TrendVerdict.Confirmed);

    public double Found => Suspected + Confirmed;

    /// <summary>The interval of the least-squares slope held the true one.</summary>
    public double Covered => 100.0 * _covered / _runs;

    /// <summary>A leak of twice the detectable slope, put on top, was found.</summary>
    public double FoundOnTop => 100.0 * _foundOnTop / _runs;

    public double Percent(TrendVerdict verdict) => 100.0 * _verdicts[(int)verdict] / _runs;

    public static Tally Of(Family family, int samples, int runs, int seed)
    {
        var tally = new Tally(runs);
        for (int run = 0; run < runs; run++)
        {
            Series series = family.Make(new Noise(unchecked(seed + run * 7919)), samples);
            TrendReport report = LeakTrend.Analyze(series.Seconds, series.Bytes, family.Options(samples));
            tally._verdicts[(int)report.Verdict]++;
            if (report.SlopeLowerBytesPerSecond <= series.TrueSlope
                && series.TrueSlope <= report.SlopeUpperBytesPerSecond)
                tally._covered++;
            if (family.Truth is not Truth.Leaking && FindsOnTop(
                series, 2 * report.DetectableBytesPerSecond, family.Options(samples)))
                tally._foundOnTop++;
        }
        return tally;
    }

    public override string ToString() => string.Join(", ", Enum.GetValues<TrendVerdict>().Select(
        verdict => $"{verdict} {Percent(verdict):0.0} %")) + $", covered {Covered:0.0} %, on top {FoundOnTop:0.0} %";

    private static bool FindsOnTop(Series series, double slope, TrendOptions? options)
    {
        double[] bytes = [.. series.Bytes.Select((value, i) => value + slope * series.Seconds[i])];
        return LeakTrend.Analyze(series.Seconds, bytes, options).Verdict >= TrendVerdict.Suspected;
    }
}
