namespace Arena.Diagnostics;

/// <summary>The memory of one arena at one moment, in address order.</summary>
/// <example>
/// <code>
/// foreach (MemoryMap map in capture.Maps)
///     Console.WriteLine($"{map.LiveCount} allocations in {map.Blocks.Count} blocks at {map.Seconds} s");
/// </code>
/// </example>
public sealed record MemoryMap
{
    /// <summary>The number of the arena.</summary>
    public int Arena { get; init; }

    /// <summary>The moment.</summary>
    public double Seconds { get; init; }

    /// <summary>The frame at that moment.</summary>
    public long Frame { get; init; }

    /// <summary>The lent blocks; the ranges between them were free.</summary>
    public IReadOnlyList<MapBlock> Blocks { get; init; } = [];

    /// <summary>Runs of committed pages, lent or kept for lending again: distances from the arena's base.</summary>
    public IReadOnlyList<MapRun> Committed { get; init; } = [];

    /// <summary>
    /// Runs of pages that show the storage of other pages, and have none of their own: distances from the arena's base.
    /// </summary>
    public IReadOnlyList<MapRun> Shared { get; init; } = [];

    /// <summary>
    /// Runs of adjacent live allocations that a compaction has moved since they were made, with their headers:
    /// distances from the arena's base.
    /// </summary>
    public IReadOnlyList<MapRun> Moved { get; init; } = [];

    /// <summary>True if all of it could be read.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Bytes lent, as <see cref="PageArena.LentBytes"/> counts them: the committed ones.</summary>
    public long LentBytes => Sum(block => block.CommittedBytes);

    /// <summary>Bytes alive.</summary>
    public long LiveBytes => Sum(block => block.LiveBytes);

    /// <summary>Live allocations.</summary>
    public long LiveCount => Sum(block => block.LiveCount);

    /// <summary>Moment and sums.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"map at {Seconds:F1} s: {Blocks.Count} blocks of {LentBytes} bytes, {LiveBytes} live in {LiveCount}");

    // The numbers of a forged file may overflow.
    private long Sum(Func<MapBlock, long> value)
    {
        Int128 sum = 0;
        foreach (var block in Blocks)
            sum += value(block);
        return (long)Int128.Min(sum, long.MaxValue);
    }
}
