namespace Arena.Diagnostics;

/// <summary>
/// The counters of one site: one cache line. Bytes are bytes; counts are in units of 1/1,024, because a sampled
/// allocation stands for a number of them that is not whole.
/// </summary>
internal struct SiteCounters
{
    /// <summary>The count of one allocation.</summary>
    public const long One = 1024;

    public long Allocations;
    public long AllocatedBytes;
    public long Frees;
    public long FreedBytes;

    /// <summary>The number of frees within the frame of the allocation.</summary>
    public long ShortLived;
    public long ShortLivedBytes;

    /// <summary>The sum of the ages, in frames, of freed allocations; in units of 1/1,024 like counts.</summary>
    public long LifetimeFrames;

    /// <summary>The variance of the live bytes as an estimate; 0 if everything is tracked.</summary>
    public double LiveVariance;

    /// <summary>Rounds a count to a whole number.</summary>
    public static long Whole(long count) => (count + One / 2) / One;

    public readonly long LiveCount => Allocations - Frees;

    public readonly long LiveBytes => AllocatedBytes - FreedBytes;

    public void Add(in SiteCounters other)
    {
        Allocations += other.Allocations;
        AllocatedBytes += other.AllocatedBytes;
        Frees += other.Frees;
        FreedBytes += other.FreedBytes;
        ShortLived += other.ShortLived;
        ShortLivedBytes += other.ShortLivedBytes;
        LifetimeFrames += other.LifetimeFrames;
        LiveVariance += other.LiveVariance;
    }
}
