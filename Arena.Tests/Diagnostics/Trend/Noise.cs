namespace Arena.Tests.Diagnostics.Trend;

/// <summary>Seeded random numbers of the kinds that the synthetic series are made of.</summary>
internal sealed class Noise(int seed)
{
    private readonly Random _random = new(seed);

    public double Uniform() => _random.NextDouble();

    /// <summary>Box and Muller's normal deviate; half of each pair is thrown away.</summary>
    public double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    public double Exponential() => -Math.Log(1 - _random.NextDouble());

    public int Poisson(double mean)
    {
        int count = 0;
        for (double time = Exponential(); time < mean; time += Exponential())
            count++;
        return count;
    }

    public double[] White(int count, double deviation) => Each(count, () => deviation * Normal());

    /// <summary>A first-order autoregression that starts in its stationary state.</summary>
    public double[] Autoregression(int count, double memory, double deviation)
    {
        double state = deviation * Normal(), fresh = deviation * Math.Sqrt(1 - memory * memory);
        return Each(count, () => state = memory * state + fresh * Normal());
    }

    public double[] Walk(int count, double step)
    {
        double state = 0;
        return Each(count, () => state += step * Normal());
    }

    /// <summary>Now and then, with no memory, a high peak.</summary>
    public double[] Spikes(int count, double height) =>
        Each(count, () => Uniform() < 0.02 ? height * Uniform() * 2 : 0);

    /// <summary>Never negative, with a variance that does not exist.</summary>
    public double[] HeavyTail(int count, double scale) =>
        Each(count, () => scale * (Math.Pow(1 - Uniform(), -1 / 1.5) - 1));

    /// <summary>Two levels, each held for an exponential time.</summary>
    public double[] Telegraph(int count, double height, double dwell)
    {
        bool high = Uniform() < 0.5;
        return Each(count, () => (high ^= Uniform() < 1 / dwell) ? height : 0);
    }

    /// <summary>A new level, unrelated to the one before, at random times.</summary>
    public double[] Plateaus(int count, double height, double dwell)
    {
        double level = height * Uniform();
        return Each(count, () => level = Uniform() < 1 / dwell ? height * Uniform() : level);
    }

    /// <summary>Objects that arrive at random and live for a random time: the exact count of the living.</summary>
    public double[] Population(int count, double mean, double life)
    {
        int living = Poisson(mean);
        return Each(count, () =>
        {
            int dead = 0;
            for (int i = 0; i < living; i++)
                dead += Uniform() < 1 / life ? 1 : 0;
            return living += Poisson(mean / life) - dead;
        });
    }

    /// <summary>
    /// Noise of equal power in every octave: autoregressions, each of which remembers twice as long as the one before.
    /// </summary>
    public double[] Flicker(int count, double deviation)
    {
        double[][] octaves = [.. Enumerable.Range(0, 8).Select(
            octave => Autoregression(count, Math.Exp(-1.0 / (1 << octave)), deviation / Math.Sqrt(8)))];
        return [.. Enumerable.Range(0, count).Select(i => octaves.Sum(octave => octave[i]))];
    }

    /// <summary>A random walk that turns back at both ends of a range.</summary>
    public double[] Fenced(int count, double range)
    {
        double state = range * Uniform();
        return Each(count, () =>
        {
            state = Math.Abs(state + Normal());
            return state = state > range ? 2 * range - state : state;
        });
    }

    /// <summary>Grows evenly and is collected to nothing at random times.</summary>
    public double[] Collected(int count, double growth, double life)
    {
        double state = growth * life * Uniform();
        return Each(count, () => state = Uniform() < 1 / life ? 0 : state + growth);
    }

    private static double[] Each(int count, Func<double> next)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = next();
        return values;
    }
}
