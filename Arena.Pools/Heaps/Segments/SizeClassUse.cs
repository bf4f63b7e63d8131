namespace Arena.Pools;

/// <summary>What a heap holds of one size class at one time.</summary>
public readonly record struct SizeClassUse
{
    /// <summary>Bytes granted to a request of the class.</summary>
    public int ByteCount { get; init; }

    /// <summary>Live allocations of it.</summary>
    public int LiveCount { get; init; }

    /// <summary>
    /// Places that are free and can serve nothing else for now: slots of its slabs, extents in its magazine.
    /// </summary>
    public int FreeCount { get; init; }

    /// <summary>Bytes granted to live allocations.</summary>
    public nuint LiveBytes => (nuint)LiveCount * (nuint)ByteCount;

    /// <summary>Bytes that are free.</summary>
    public nuint FreeBytes => (nuint)FreeCount * (nuint)ByteCount;

    /// <summary>The numbers in one line.</summary>
    public override string ToString() => $"{ByteCount} bytes: {LiveCount} live, {FreeCount} free";
}
