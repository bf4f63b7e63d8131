namespace Arena.Diagnostics;

/// <summary>A block of an arena in a memory map.</summary>
/// <example>
/// <code>
/// foreach (MapBlock block in capture.Maps[0].Blocks)
///     Console.WriteLine($"{block.LiveBytes} of {block.ByteCount} bytes live");
/// </code>
/// </example>
public sealed record MapBlock
{
    /// <summary>The number of the allocator that held it.</summary>
    public int Allocator { get; init; }

    /// <summary>Distance of its first byte from the arena's base.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes of addresses.</summary>
    public long ByteCount { get; init; }

    /// <summary>Bytes that were committed: fewer than all in a block that a heap grows into.</summary>
    public long CommittedBytes { get; init; }

    /// <summary>The most bytes of it that could be allocated; 0 for the tables of an allocator.</summary>
    public long CapacityBytes { get; init; }

    /// <summary>Bytes from one slot to the next; 0 if sizes vary.</summary>
    public long SlotBytes { get; init; }

    /// <summary>START and LEN of live allocations in it, with adjacent ones joined; the rest are holes.</summary>
    public IReadOnlyList<MapRun> Runs
    {
        get;
        init
        {
            field = value;
            LiveBytes = value.Sum(run => run.ByteCount);
            LiveCount = value.Sum(run => run.Count);
        }
    } = [];

    /// <summary>Bytes alive in it.</summary>
    public long LiveBytes { get; private init; }

    /// <summary>Live allocations in it.</summary>
    public long LiveCount { get; private init; }
}
