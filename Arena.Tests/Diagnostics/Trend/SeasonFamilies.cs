using Arena.Diagnostics;
using static Arena.Tests.Diagnostics.Trend.Series;

namespace Arena.Tests.Diagnostics.Trend;

/// <summary>
/// Growth that begins and ends within the record, dips that get rarer, and few whole days whose length is given. Rates
/// of leaks are for the whole record here, in standard deviations of the noise.
/// </summary>
internal static class SeasonFamilies
{
    public static IReadOnlyList<Family> All { get; } =
    [
        Curve("s-curve 40", (noise, n) => Of(n, Logistic(noise, n, 40, 0.05), noise.White(n, 1))),
        Curve("s-curve 40, no noise", (noise, n) => Of(n, Logistic(noise, n, 40, 0.05))),
        Curve("s-curve 20, slow", (noise, n) => Of(n, Logistic(noise, n, 20, 0.08), noise.White(n, 1))),
        Curve("s-curve 40, AR(1) 0.9", (noise, n) => Of(
            n, Logistic(noise, n, 40, 0.05), noise.Autoregression(n, 0.9, 1))),
        Curve("s-curve of a cosine, spikes", (noise, n) => Of(
            n, Cosine(noise, n, 30), noise.White(n, 1), noise.Spikes(n, 30))),
        Steady("dips get rarer", (noise, n) => Of(n, _ => 0, noise.White(n, 1), Dips(noise, n, 0.3, 0))),
        Steady("dips get rarer, few", (noise, n) => Of(n, _ => 0, noise.White(n, 1), Dips(noise, n, 0.1, 0.005))),
        Steady("dips get rarer, AR(1) 0.6", (noise, n) => Of(
            n, _ => 0, noise.Autoregression(n, 0.6, 1), Dips(noise, n, 0.2, 0))),
        Steady("dips get rarer, saw", (noise, n) => Of(
            n, _ => 0, noise.White(n, 1), Saw(noise, n), Dips(noise, n, 0.2, 0.01))),
        Waves("3 days", 3, (noise, n) => Of(n, _ => 0, noise.White(n, 1), Sine(noise, n, 3, 10))),
        Waves("4 days", 4, (noise, n) => Of(n, _ => 0, noise.White(n, 1), Sine(noise, n, 4, 10))),
        Waves("5.5 days, AR(1) 0.9", 5.5, (noise, n) => Of(
            n, _ => 0, noise.Autoregression(n, 0.9, 1), Sine(noise, n, 5.5, 10))),
        Waves("4 days of work, spikes", 4, (noise, n) => Of(
            n, _ => 0, noise.White(n, 1), Work(noise, n, 4, 10), noise.Spikes(n, 30))),
        Waves("4 days, heavy tail", 4, (noise, n) => Of(n, _ => 0, noise.HeavyTail(n, 1), Sine(noise, n, 4, 10))),
        Waves("4 days, none of them alike", 4, (noise, n) => Of(
            n, _ => 0, noise.White(n, 1), Uneven(noise, n, 4, 10))),
        new("4 days, random walk", Truth.Wandering, TrendVerdict.Flat, 1152,
            (noise, n) => Of(n, _ => 0, noise.Walk(n, 1), Sine(noise, n, 4, 40))) { Days = 4 },
        new("4 days + step 10", Truth.LeakFree, TrendVerdict.Step, 1152,
            (noise, n) => Of(n, Step(noise, n), noise.White(n, 1), Sine(noise, n, 4, 10))) { Days = 4 },
        new("4 days + warm-up", Truth.LeakFree, TrendVerdict.Decelerating, 1152, (noise, n) => Of(
            n, t => 20 * (1 - Math.Exp(-t * Window / n / 0.1)), noise.White(n, 1), Sine(noise, n, 4, 10)))
            { Days = 4 },
        new("4 days, shrinking", Truth.LeakFree, TrendVerdict.Flat, 1152,
            (noise, n) => Of(n, t => -4 * t * Window / n, noise.White(n, 1), Sine(noise, n, 4, 10))) { Days = 4 },
        Leak("leak 4 + 3 days", 3, 4, (noise, n) => [noise.White(n, 1), Sine(noise, n, 3, 10)]),
        Leak("leak 2 + 4 days", 4, 2, (noise, n) => [noise.White(n, 1), Sine(noise, n, 4, 10)]),
        Leak("leak 4 + 4 days", 4, 4, (noise, n) => [noise.White(n, 1), Sine(noise, n, 4, 10)]),
        Leak("leak 4 + 5.5 days", 5.5, 4, (noise, n) => [noise.White(n, 1), Sine(noise, n, 5.5, 10)]),
        Leak("leak 4 + 4 days of work, spikes", 4, 4,
            (noise, n) => [noise.White(n, 1), Work(noise, n, 4, 10), noise.Spikes(n, 30)]),
        Leak("leak 10 + 4 days, AR(1) 0.9", 4, 10,
            (noise, n) => [noise.Autoregression(n, 0.9, 1), Sine(noise, n, 4, 10)]),
    ];

    private static Family Curve(string name, Func<Noise, int, Series> make) =>
        new(name, Truth.LeakFree, TrendVerdict.Decelerating, 1152, make);

    private static Family Steady(string name, Func<Noise, int, Series> make) =>
        new(name, Truth.LeakFree, TrendVerdict.Flat, 1152, make);

    private static Family Waves(string name, double days, Func<Noise, int, Series> make) =>
        new(name, Truth.Steady, TrendVerdict.Flat, 1152, make) { Days = days };

    private static Family Leak(string name, double days, double rise, Func<Noise, int, double[][]> noises) =>
        new(name, Truth.Leaking, TrendVerdict.Confirmed, 1152,
            (noise, n) => Of(n, t => rise * t * Window / n, noises(noise, n))) { Days = days };

    // With 98 % of its height before 0.8; width is that of the logistic function.
    private static Func<double, double> Logistic(Noise noise, int count, double height, double width)
    {
        double middle = 0.3 + (0.5 - 4 * width) * noise.Uniform();
        return time => height / (1 + Math.Exp(-(time * Window / count - middle) / width));
    }

    private static Func<double, double> Cosine(Noise noise, int count, double height)
    {
        double start = 0.1 + 0.2 * noise.Uniform(), length = 0.4 + 0.1 * noise.Uniform();
        return time => height * (1 - Math.Cos(
            Math.PI * Math.Clamp((time * Window / count - start) / length, 0, 1))) / 2;
    }

    private static Func<double, double> Step(Noise noise, int count)
    {
        double at = (0.3 + 0.4 * noise.Uniform()) * count / Window;
        return time => time < at ? 0 : 10;
    }

    private static double[] Dips(Noise noise, int count, double first, double last) =>
    [
        .. Enumerable.Range(0, count).Select(i => noise.Uniform() < first + (last - first) * i / count
            ? -10 - 5 * noise.Uniform() : 0),
    ];

    private static double[] Saw(Noise noise, int count)
    {
        int phase = (int)(18 * noise.Uniform());
        return [.. Enumerable.Range(phase, count).Select(i => 5.0 * (i % 18) / 18)];
    }

    private static double[] Sine(Noise noise, int count, double days, double height)
    {
        double phase = noise.Uniform();
        return
        [
            .. Enumerable.Range(0, count).Select(
                i => height * Math.Sin(2 * Math.PI * (i * days / count + phase))),
        ];
    }

    /// <summary>A third of each day is busy.</summary>
    private static double[] Work(Noise noise, int count, double days, double height)
    {
        double phase = noise.Uniform();
        return [.. Enumerable.Range(0, count).Select(i => (i * days / count + phase) % 1 < 0.33 ? height : 0)];
    }

    /// <summary>Each day is as busy as chance will have it.</summary>
    private static double[] Uneven(Noise noise, int count, double days, double height)
    {
        double phase = noise.Uniform();
        double[] busy = [.. Enumerable.Range(0, (int)days + 2).Select(_ => 0.5 + noise.Uniform())];
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                double day = i * days / count + phase;
                return height * busy[(int)day] * (1 - Math.Cos(2 * Math.PI * day)) / 2;
            }),
        ];
    }
}
