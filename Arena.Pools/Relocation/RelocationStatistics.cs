namespace Arena.Pools;

/// <summary>
/// The bytes of a <see cref="RelocatableHeap"/> at one moment, and the work of its compactions, as
/// <see cref="RelocatableHeap.Statistics"/> counted them.
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

    /// <summary>Bytes requested by live allocations.</summary>
    public nuint LiveBytes { get; init; }

    /// <summary>The number of free runs between and behind blocks, with storage or without.</summary>
    public int HoleCount { get; init; }

    /// <summary>The bytes of the longest free run.</summary>
    public nuint LargestHoleBytes { get; init; }

    /// <summary>Bytes of storage beside the blocks, the most that a compaction could gain.</summary>
    public nuint GainableBytes { get; init; }

    /// <summary>The number of pinned allocations.</summary>
    public int PinnedCount { get; init; }

    /// <summary>Bytes that compactions have moved so far.</summary>
    public long MovedBytes { get; init; }

    /// <summary>Bytes of storage that compactions have given back so far.</summary>
    public long FreedBytes { get; init; }

    /// <summary>Live bytes divided by committed bytes, 0 to 1.</summary>
    public double Utilization => CommittedBytes == 0 ? 0 : (double)LiveBytes / CommittedBytes;

    /// <summary>The numbers in one line.</summary>
    public override string ToString() =>
        $"{LiveBytes} bytes live in {CommittedBytes} committed ({Utilization:P1}), {GainableBytes} to be gained at "
        + $"most; {HoleCount} holes, largest {LargestHoleBytes}; {PinnedCount} pinned; {MovedBytes} bytes moved and "
        + $"{FreedBytes} given back so far";
}
