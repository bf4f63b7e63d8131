namespace Arena.Report.Model;

/// <summary>An arena's memory at one moment: its wasted share, its fragmentation, and a picture.</summary>
internal sealed record MapModel
{
    public required string Arena { get; init; }

    /// <summary>The arena's number in the capture; two may have one name.</summary>
    public int Number { get; init; }

    public double Seconds { get; init; }

    public long Frame { get; init; }

    public bool IsComplete { get; init; }

    public long LiveCount { get; init; }

    public long LiveBytes { get; init; }

    public long LentBytes { get; init; }

    public long CommittedBytes { get; init; }

    /// <summary>Bytes of pages that show the storage of others.</summary>
    public long SharedBytes { get; init; }

    /// <summary>Live allocations that a compaction has moved.</summary>
    public long MovedCount { get; init; }

    /// <summary>Bytes of these, with their headers.</summary>
    public long MovedBytes { get; init; }

    /// <summary>Committed bytes that could still be allocated.</summary>
    public long FreeBytes { get; init; }

    /// <summary>The largest request that still fits without another page.</summary>
    public long LargestFreeBytes { get; init; }

    /// <summary>The largest request that fits with other pages, within the addresses and the budget.</summary>
    public long LargestWithPagesBytes { get; init; }

    /// <summary>The wasted share: 1 - live / committed.</summary>
    public double Wasted { get; init; }

    /// <summary>External fragmentation: 1 - largest free / free.</summary>
    public double External { get; init; }

    /// <summary>
    /// Internal fragmentation: bytes of blocks that can never be allocated, over lent: headers, tables, rests after the
    /// last slot.
    /// </summary>
    public double Internal { get; init; }

    public IReadOnlyList<OwnerModel> Owners { get; init; } = [];

    /// <summary>Bytes that one place of the picture stands for.</summary>
    public long BytesPerPlace { get; init; }

    /// <summary>The lent blocks in address order, end to end, in stretches of the same look.</summary>
    public IReadOnlyList<MapCell> Cells { get; init; } = [];
}

/// <summary>A part of a map, as large as the whole is elsewhere.</summary>
/// <param name="Number">The arena's number.</param>
/// <param name="Start">START: the part's first address.</param>
/// <param name="Bytes">LEN: its bytes of addresses.</param>
/// <param name="BytesPerPlace">Bytes that one place stands for.</param>
/// <param name="Cells">Its stretches; owners are numbered as in the whole map.</param>
internal sealed record MapPart(
    int Number, ulong Start, long Bytes, long BytesPerPlace, IReadOnlyList<MapCell> Cells);

/// <summary>An allocator's part of a map.</summary>
internal sealed record OwnerModel
{
    public required string Name { get; init; }

    public required string Kind { get; init; }

    public string? Tag { get; init; }

    public int Blocks { get; init; }

    public long LentBytes { get; init; }

    public long LiveCount { get; init; }

    public long LiveBytes { get; init; }

    public long FreeBytes { get; init; }

    public long LargestFreeBytes { get; init; }

    public long SlotBytes { get; init; }

    public double Wasted => LentBytes == 0 ? 0 : 1 - LiveBytes / (double)LentBytes;

    public double External => FreeBytes == 0 ? 0 : 1 - LargestFreeBytes / (double)FreeBytes;
}

/// <param name="Owner">The index of the owner.</param>
/// <param name="Places">The number of places of the picture that it takes.</param>
/// <param name="Start">START: its first address.</param>
/// <param name="Bytes">LEN: its bytes of addresses.</param>
/// <param name="LiveBytes">Bytes of it that are alive.</param>
/// <param name="LiveCount">Live allocations that begin in it.</param>
/// <param name="Fill">Its fullness: 0 a hole, 1 to 3 partly, 4 all of it; -1 an allocator's tables.</param>
/// <param name="SharedBytes">Bytes of it in pages that show the storage of others.</param>
/// <param name="MovedBytes">Bytes of allocations in it, with their headers, that a compaction has moved.</param>
internal readonly record struct MapCell(
    int Owner, int Places, ulong Start, long Bytes, long LiveBytes, long LiveCount, int Fill, long SharedBytes,
    long MovedBytes)
{
    /// <summary>True if at least half of it is on the storage of other pages.</summary>
    public bool IsShared => SharedBytes >= Bytes - SharedBytes;

    /// <summary>True if at least half of what lives in it was moved by a compaction.</summary>
    public bool IsMoved => MovedBytes > 0 && MovedBytes >= LiveBytes / 2;
}
