namespace Arena.Pools;

/// <summary>
/// The use of a heap's bytes at one moment, as <see cref="Heap.Fragmentation(Span{SizeClassUse})"/> counted them.
/// Every committed byte is live, free, or the heap's own.
/// </summary>
/// <example>
/// <code>
/// HeapFragmentation fragmentation = heap.Fragmentation();
/// Console.WriteLine($"{fragmentation.Utilization:P0} of {fragmentation.CommittedBytes} bytes are in use");
/// </code>
/// </example>
public readonly record struct HeapFragmentation
{
    /// <summary>Bytes of the pages that the heap holds.</summary>
    public nuint CommittedBytes { get; init; }

    /// <summary>Live allocations.</summary>
    public int LiveCount { get; init; }

    /// <summary>Bytes granted to them.</summary>
    public nuint LiveBytes { get; init; }

    /// <summary>
    /// The most that internal fragmentation can be: granted minus requested bytes, if every request was the smallest of
    /// its size class. The heap does not keep the requested sizes; rounding costs at most this much of
    /// <see cref="LiveBytes"/>.
    /// </summary>
    public nuint InternalBytesAtMost { get; init; }

    /// <summary>Committed bytes that are free: gaps, free slots, and what waits in magazines.</summary>
    public nuint FreeBytes { get; init; }

    /// <summary>Bytes of the longest committed gap: the largest request that fits without another page.</summary>
    public nuint LargestFreeBytes { get; init; }

    /// <summary>Bytes of the heap's own tables, and the remainders behind the last slots of slabs.</summary>
    public nuint OverheadBytes => CommittedBytes - LiveBytes - FreeBytes;

    /// <summary>External fragmentation: 1 - largest free / total free, or 0 if nothing is free.</summary>
    public double External => FreeBytes == 0 ? 0 : 1 - (double)LargestFreeBytes / FreeBytes;

    /// <summary>Live bytes divided by committed bytes, 0 to 1.</summary>
    public double Utilization => CommittedBytes == 0 ? 0 : (double)LiveBytes / CommittedBytes;

    /// <summary>The numbers in one line.</summary>
    public override string ToString() =>
        $"{LiveCount} live of {LiveBytes} bytes in {CommittedBytes} committed ({Utilization:P1}), "
        + $"internal at most {InternalBytesAtMost}, "
        + $"free {FreeBytes}, largest {LargestFreeBytes} (external {External:P1})";
}
