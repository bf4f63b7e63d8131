namespace Arena.Diagnostics;

/// <summary>Computes the floor of a series: the lowest sample of each of about 48 blocks.</summary>
/// <remarks>
/// Memory that is used and returned is above the floor; memory that leaked is part of it. Spikes and sawtooth waves
/// vanish, at the price of a detection two to three times slower than least squares on a quiet series. The idea is as
/// old as reading base flow off a river's hydrograph. Blocks hold equal numbers of samples, since the minimum of more
/// samples is lower; a block spans at least 1.25 dominant cycles as long as that leaves twelve blocks. The remainder of
/// the division is left out at the old end.
/// </remarks>
internal static class BlockMinima
{
    /// <summary>The number of blocks aimed at; there are fewer than twice as many.</summary>
    public const int Target = 48;

    /// <summary>The fewest blocks that say anything.</summary>
    public const int Fewest = 12;

    /// <summary>Returns the number of samples in a block, for this many samples and this dominant cycle.</summary>
    public static int BlockSamples(int count, int period) =>
        Math.Max(Math.Max(1, count / Target), Math.Min(count / Fewest, (5 * period + 3) / 4));
}
