using Arena.Diagnostics;
using static Arena.Tests.Diagnostics.Trend.Series;

namespace Arena.Tests.Diagnostics.Trend;

/// <summary>
/// The programs that the detector is tried on. Heights are in standard deviations of the noise, rates in these for
/// a window of 288 samples; a longer recording goes on at the same rate. The families with a star were written after
/// the thresholds of the floor had been frozen, those with two after those of the noise's memory had been, too.
/// </summary>
internal static class Families
{
    public static IReadOnlyList<Family> All { get; } =
    [
        Steady("flat, white", (noise, n) => Of(n, Flat, noise.White(n, 1))),
        Steady("flat + spikes 30", (noise, n) => Of(n, Flat, noise.White(n, 1), noise.Spikes(n, 30))),
        Steady("flat, AR(1) 0.9", (noise, n) => Of(n, Flat, noise.Autoregression(n, 0.9, 1))),
        Steady("sawtooth 20", (noise, n) => Of(n, Flat, noise.White(n, 1), Saw(noise, n, 18, 20))),
        Steady("sine, 1.5 cycles", (noise, n) => Of(n, Flat, noise.White(n, 1), Sine(noise, n, n / 1.5, 5))),
        Ends("step + 10", TrendVerdict.Step, (noise, n) => Of(n, Step(noise, n, 10), noise.White(n, 1))),
        Ends("saturating warm-up + spikes", TrendVerdict.Decelerating,
            (noise, n) => Of(n, t => 20 * (1 - Math.Exp(-t / 0.15)), noise.White(n, 1), noise.Spikes(n, 30))),
        Ends("log cache", TrendVerdict.Decelerating,
            (noise, n) => Of(n, t => 10 * Math.Log(1 + t * 50), noise.White(n, 1))),
        Steady("daily cycle, 24 samples", (noise, n) => Of(n, Flat, noise.White(n, 1), Sine(noise, n, 24, 5))),
        Steady("two levels, random dwell", (noise, n) => Of(n, Flat, noise.White(n, 1), noise.Telegraph(n, 10, 10))),
        Steady("plateaus of levels", (noise, n) => Of(n, Flat, noise.White(n, 1), noise.Plateaus(n, 20, 10))),
        Steady("heavy tail", (noise, n) => Of(n, Flat, noise.HeavyTail(n, 1))),
        Ends("capped cache", TrendVerdict.Decelerating,
            (noise, n) => Of(n, t => 20 * Math.Min(1, t / 0.3), noise.White(n, 1))),
        Ends("shrinking", TrendVerdict.Flat, (noise, n) => Of(n, t => -4 * t, noise.White(n, 1))),
        Ends("noise that doubles", TrendVerdict.Flat,
            (noise, n) => Of(n, Flat, [.. noise.White(n, 1).Select((v, i) => v * (1 + i / (double)n))])),
        Steady("population, exact", (noise, n) => Of(n, Flat, noise.Population(n, 100, 10))),
        Steady("AR(1) 0.6 + rare dips 10 *",
            (noise, n) => Of(n, Flat, noise.Autoregression(n, 0.6, 1), [.. noise.Spikes(n, 10).Select(v => -v)])),
        Steady("cycle of wandering length *", (noise, n) => Of(n, Flat, noise.White(n, 1), Wobble(noise, n))),
        Steady("AR(1) 0.98 **", (noise, n) => Of(n, Flat, noise.Autoregression(n, 0.98, 1))),
        Steady("flicker **", (noise, n) => Of(n, Flat, noise.Flicker(n, 1))),
        Steady("walk between fences **", (noise, n) => Of(n, Flat, noise.Fenced(n, 8))),
        Steady("collected at random times **", (noise, n) => Of(n, Flat, noise.White(n, 1), noise.Collected(n, 1, 15))),
        Wander("random walk", (noise, n) => Of(n, Flat, noise.Walk(n, 1))),
        Wander("random walk + white 3", (noise, n) => Of(n, Flat, noise.Walk(n, 1), noise.White(n, 3))),
        Leak("leak 1", 2304, (noise, n) => Of(n, t => t, noise.White(n, 1))),
        Leak("leak 4 + spikes", 1152, (noise, n) => Of(n, t => 4 * t, noise.White(n, 1), noise.Spikes(n, 30))),
        Leak("leak 8 + sawtooth 20", 1152,
            (noise, n) => Of(n, t => 8 * t, noise.White(n, 1), Saw(noise, n, 18, 20))),
        Leak("leak 10, AR 0.9, spikes", 1152,
            (noise, n) => Of(n, t => 10 * t, noise.Autoregression(n, 0.9, 1), noise.Spikes(n, 30))),
        Leak("warm-up, then leak 8", 1152,
            (noise, n) => Of(n, t => 20 * (1 - Math.Exp(-t / 0.1)) + 8 * t, noise.White(n, 1))),
        Leak("leak 16 from mid-window", 1152,
            (noise, n) => Of(n, t => 16 * Math.Max(0, t - n / 2.0 / Window), noise.White(n, 1))),
        Leak("staircase, 12 steps", 1152, (noise, n) => Of(n, t => Math.Floor(t * 12), noise.White(n, 1))),
        Leak("lumps at random, 24 a window", 4608, Lumps),
        Leak("leak 8 + daily cycle", 1152, (noise, n) => Of(n, t => 8 * t, noise.White(n, 1), Sine(noise, n, 24, 5))),
        Leak("leak 8 + two levels", 2304,
            (noise, n) => Of(n, t => 8 * t, noise.White(n, 1), noise.Telegraph(n, 10, 10))),
        Leak("leak 4 + heavy tail", 1152, (noise, n) => Of(n, t => 4 * t, noise.HeavyTail(n, 1))),
        Leak("leak 4, irregular times", 1152, (noise, n) => At(Irregular(noise, n), t => 4 * t, noise.White(n, 1))),
        Leak("leak 8 by day only *", 1152, (noise, n) => Of(n, Days, noise.White(n, 1))),
        Leak("leak 8 + flicker **", 1152, (noise, n) => Of(n, t => 8 * t, noise.Flicker(n, 1))),
        Leak("leak 40 + collected at random **", 2304,
            (noise, n) => Of(n, t => 40 * t, noise.White(n, 1), noise.Collected(n, 1, 15))),
        Leak("leak 120 + random walk **", 2304, (noise, n) => Of(n, t => 120 * t, noise.Walk(n, 1))),
        Leak("leak that quickens **", 1152, (noise, n) => Of(n, t => 2 * t * t, noise.White(n, 1))),
        Leak("leak 24 + population, exact", 2304, (noise, n) => Of(n, t => 24 * t, noise.Population(n, 100, 10))),
    ];

    private static Family Steady(string name, Func<Noise, int, Series> make) =>
        new(name, Truth.Steady, TrendVerdict.Flat, 1152, make);

    private static Family Ends(string name, TrendVerdict usual, Func<Noise, int, Series> make) =>
        new(name, Truth.LeakFree, usual, 1152, make);

    private static Family Wander(string name, Func<Noise, int, Series> make) =>
        new(name, Truth.Wandering, TrendVerdict.Flat, 1152, make);

    private static Family Leak(string name, int samples, Func<Noise, int, Series> make) =>
        new(name, Truth.Leaking, TrendVerdict.Confirmed, samples, make);

    private static double Flat(double time) => 0;

    /// <summary>Twelve days a window, of which the second half leaks.</summary>
    private static double Days(double time)
    {
        double day = Math.Floor(time * 12);
        return 8.0 / 12 * (day + Math.Max(0, 2 * (time * 12 - day - 0.5)));
    }

    /// <summary>A cycle of about 20 samples whose pace varies.</summary>
    private static double[] Wobble(Noise noise, int count)
    {
        double phase = noise.Uniform();
        return [.. Enumerable.Range(0, count).Select(_ => 5 * Math.Sin(
            2 * Math.PI * (phase += (0.5 + noise.Uniform()) / 20)))];
    }

    private static Func<double, double> Step(Noise noise, int count, double height)
    {
        double at = (0.3 + 0.4 * noise.Uniform()) * count / Window;
        return time => time < at ? 0 : height;
    }

    private static double[] Saw(Noise noise, int count, int period, double height)
    {
        int phase = (int)(period * noise.Uniform());
        return [.. Enumerable.Range(phase, count).Select(i => height * (i % period) / period)];
    }

    private static double[] Sine(Noise noise, int count, double period, double height)
    {
        double phase = noise.Uniform();
        return [.. Enumerable.Range(0, count).Select(i => height * Math.Sin(2 * Math.PI * (i / period + phase)))];
    }

    /// <summary>Large blocks leak one by one: 24 of them a window, of random size, 8 sigmas together.</summary>
    private static Series Lumps(Noise noise, int count)
    {
        var lumps = new double[count];
        double height = 0;
        for (int i = 0; i < count; i++)
        {
            for (int arrivals = noise.Poisson(24.0 / Window); arrivals > 0; arrivals--)
                height += noise.Exponential() / 3;
            lumps[i] = height;
        }
        return Of(count, t => lumps[(int)Math.Round(t * Window)], noise.White(count, 1));
    }

    private static double[] Irregular(Noise noise, int count)
    {
        double now = 0;
        return [.. Enumerable.Range(0, count).Select(_ => now += Interval * (0.01 + 0.99 * noise.Exponential()))];
    }
}
