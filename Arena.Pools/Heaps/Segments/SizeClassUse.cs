namespace Arena.Pools;

/// <summary>The live and free places of one size class of a heap at one moment.</summary>
/// <example>
/// <code>
/// Span&lt;SizeClassUse&gt; uses = new SizeClassUse[Heap.SizeClassCount];
/// heap.Fragmentation(uses);
/// Console.WriteLine(uses[3]);                         // 64 bytes: 12 live, 4 free
/// </code>
/// </example>
public readonly record struct SizeClassUse
{
    /// <summary>Bytes granted to a request of the class.</summary>
    public int ByteCount { get; init; }

    /// <summary>Live allocations of the class.</summary>
    public int LiveCount { get; init; }

    /// <summary>Free places that serve only this class for now: slots of its slabs, extents in its magazine.</summary>
    public int FreeCount { get; init; }

    /// <summary>Bytes granted to live allocations.</summary>
    public nuint LiveBytes => (nuint)LiveCount * (nuint)ByteCount;

    /// <summary>Bytes that are free.</summary>
    public nuint FreeBytes => (nuint)FreeCount * (nuint)ByteCount;

    /// <summary>The numbers in one line.</summary>
    public override string ToString() => $"{ByteCount} bytes: {LiveCount} live, {FreeCount} free";
}
