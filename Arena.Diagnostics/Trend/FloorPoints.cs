namespace Arena.Diagnostics;

/// <summary>
/// The points of the floor, each the lowest sample of a block, with the median of the block's samples.
/// </summary>
/// <remarks>
/// A leak lifts the middle as it lifts the floor. If dips get rarer, the lowest sample of a block rises and its middle
/// does not. Of an even number of samples the upper middle one is taken, and of many samples only a sufficient part is
/// used.
/// </remarks>
internal sealed class FloorPoints
{
    private const int MostForMiddle = 64;

    private FloorPoints(int count)
    {
        Points = new TrendPoint[count];
        Positions = new double[count];
        Floors = new double[count];
        Middles = new double[count];
    }

    /// <summary>The lowest samples as they were read.</summary>
    public TrendPoint[] Points { get; }

    /// <summary>The times of the points, from 0 to 1.</summary>
    public double[] Positions { get; }

    /// <summary>The bytes minus the first, without the wave if there is one.</summary>
    public double[] Floors { get; }

    /// <summary>The bytes of the middle samples, minus the first floor.</summary>
    public double[] Middles { get; }

    /// <summary>Returns the floor of at least one block.</summary>
    public static FloorPoints Of(TrendInput input, int blockSamples, Season? season)
    {
        ReadOnlySpan<double> times = input.FloorSeconds, seconds = input.Seconds;
        var floor = new FloorPoints(times.Length / blockSamples);
        double span = seconds[^1] - seconds[0];
        int start = times.Length % blockSamples, stride = (blockSamples + MostForMiddle - 1) / MostForMiddle;
        Span<double> some = stackalloc double[MostForMiddle];
        for (int block = 0; block < floor.Points.Length; block++, start += blockSamples)
        {
            int best = start, count = 0;
            double lowest = double.PositiveInfinity;
            for (int i = start; i < start + blockSamples; i++)
            {
                double value = input.Floors[i] - (season?.At(times[i]) ?? 0);
                if (value < lowest)
                    (best, lowest) = (i, value);
                if ((i - start) % stride == 0)
                    some[count++] = input.Bytes[i] - (season?.At(seconds[i]) ?? 0);
            }
            some[..count].Sort();
            floor.Points[block] = new TrendPoint(times[best], input.Floors[best]);
            floor.Positions[block] = (times[best] - seconds[0]) / span;
            floor.Floors[block] = lowest;
            floor.Middles[block] = some[count / 2];
        }
        double first = floor.Floors[0];
        for (int block = 0; block < floor.Floors.Length; block++)
        {
            floor.Floors[block] -= first;
            floor.Middles[block] -= first;
        }
        return floor;
    }
}
