namespace Arena.Pools;

/// <summary>
/// Where the bytes of a <see cref="RelocatableHeap"/> are at one time, and what compactions have done, as
/// <see cref="RelocatableHeap.Statistics"/> found it.
/// </summary>
/// <example><code>
/// using var arena = new PageArena("level");
/// using var heap = new RelocatableHeap(arena);
/// Console.WriteLine(heap.Statistics());
/// </code></example>
public readonly record struct RelocationStatistics
{
    /// <summary>Bytes of storage that the heap holds.</summary>
    public nuint CommittedBytes { get; init; }

    /// <summary>Bytes that live allocations asked for.</summary>
    public nuint LiveBytes { get; init; }

    /// <summary>Free runs between and behind blocks, with storage or without.</summary>
    public int HoleCount { get; init; }

    /// <summary>Bytes of the longest of them.</summary>
    public nuint LargestHoleBytes { get; init; }

    /// <summary>Bytes of storage beside the blocks: what could be gained at most.</summary>
    public nuint GainableBytes { get; init; }

    /// <summary>Allocations that a pin holds.</summary>
    public int PinnedCount { get; init; }

    /// <summary>Bytes that compactions have ever moved.</summary>
    public long MovedBytes { get; init; }

    /// <summary>Bytes of storage that compactions have ever given back.</summary>
    public long FreedBytes { get; init; }

    /// <summary>Live bytes over committed bytes, 0 to 1.</summary>
    public double Utilization => CommittedBytes == 0 ? 0 : (double)LiveBytes / CommittedBytes;

    /// <summary>The numbers in one line.</summary>
    public override string ToString() =>
        $"{LiveBytes} bytes live in {CommittedBytes} committed ({Utilization:P1}), {GainableBytes} to be gained at "
        + $"most; {HoleCount} holes, largest {LargestHoleBytes}; {PinnedCount} pinned; {MovedBytes} bytes moved and "
        + $"{FreedBytes} given back so far";
}
