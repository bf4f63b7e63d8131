namespace Arena.Pools;

/// <summary>Sums over the contents of segments; see <see cref="Segment.Count"/>.</summary>
internal unsafe ref struct SegmentTally
{
    public Span<SizeClassUse> Classes;
    public long LiveCount;
    public nuint LiveBytes;
    public nuint InternalBytesAtMost;
    public nuint FreeBytes;
    public nuint LargestFreeBytes;

    public void Add(int sizeClass, int live, int free)
    {
        var bytes = SizeClasses.BytesOf(sizeClass);
        // The smallest request of a class is one byte more than the class below grants; of the first class it is 0.
        var smallest = sizeClass == 0 ? 0 : SizeClasses.BytesOf(sizeClass - 1) + 1;
        LiveCount += live;
        LiveBytes += (nuint)live * (nuint)bytes;
        InternalBytesAtMost += (nuint)live * (nuint)(bytes - smallest);
        FreeBytes += (nuint)free * (nuint)bytes;
        if (Classes.IsEmpty)
            return;
        ref var use = ref Classes[sizeClass];
        use = use with
        {
            ByteCount = bytes,
            LiveCount = Clamp((long)use.LiveCount + live),
            FreeCount = Clamp((long)use.FreeCount + free),
        };
    }

    /// <summary>Narrows a count to an int; a larger count becomes the largest int, never a negative one.</summary>
    public static int Clamp(long count) => (int)Math.Min(count, int.MaxValue);

    public void AddGap(nuint byteCount)
    {
        FreeBytes += byteCount;
        LargestFreeBytes = nuint.Max(LargestFreeBytes, byteCount);
    }
}
