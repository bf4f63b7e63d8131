namespace Arena.Diagnostics;

/// <summary>
/// Draws sampling points: every byte is one with the same small chance q, so the distance to the next one is
/// geometric. An allocation that holds a point is sampled: with the chance 1 - (1-q)^bytes. Counted with the inverse of
/// that chance, sums over samples are unbiased estimates of the sums over all (Horvitz and Thompson, 1952), exact in
/// the mean for any mix of sizes; tcmalloc, Go and the .NET runtime sample in the same way.
/// </summary>
internal sealed class ByteSampler
{
    private readonly double _logOfNo;
    private ulong _state;

    /// <param name="meanBytes">Mean bytes from one point to the next; at least 2.</param>
    /// <param name="seed">The seed of the distances.</param>
    public ByteSampler(nuint meanBytes, ulong seed)
    {
        _logOfNo = Math.Log(1 - 1.0 / meanBytes);
        _state = seed;
    }

    /// <summary>Draws the bytes up to and including the next sampling point, at least 1.</summary>
    public long DrawDistance()
    {
        // The number is in (0, 1], with 53 bits.
        var uniform = ((Next() >> 11) + 1) * (1.0 / (1UL << 53));
        return 1 + (long)Math.Min(Math.Log(uniform) / _logOfNo, 1L << 60);
    }

    /// <summary>Returns the chance that an allocation of this size is sampled.</summary>
    private double ChanceOf(nuint byteCount) => 1 - Math.Exp(_logOfNo * byteCount);

    /// <summary>Returns the number of allocations, and of bytes, that a sampled one of this size represents.</summary>
    public Weight WeightOf(nuint byteCount)
    {
        var chance = ChanceOf(byteCount);
        return new Weight(
            (long)Math.Round(SiteCounters.One / chance), (long)Math.Round(byteCount / chance));
    }

    /// <summary>
    /// Returns the variance that it adds: the estimate bytes / chance is made with that chance, so bytes^2 (1 - chance)
    /// / chance^2 is an unbiased estimate of the variance.
    /// </summary>
    public double VarianceOf(nuint byteCount)
    {
        var chance = ChanceOf(byteCount);
        return (double)byteCount * byteCount * (1 - chance) / (chance * chance);
    }

    // SplitMix64 (Steele, Lea, Flood 2014).
    private ulong Next() => unchecked(Mix(_state += 0x9E37_79B9_7F4A_7C15));

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ z >> 30) * 0xBF58_476D_1CE4_E5B9;
            z = (z ^ z >> 27) * 0x94D0_49BB_1331_11EB;
            return z ^ z >> 31;
        }
    }
}
