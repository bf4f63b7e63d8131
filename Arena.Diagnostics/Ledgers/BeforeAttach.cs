namespace Arena.Diagnostics;

/// <summary>
/// The allocations that were alive in an allocator when the tracker was attached, counted from the allocator's own
/// bitmaps. Single allocations are unknown; a free of an allocation that is not in the ledger is a free of one of
/// these.
/// </summary>
internal sealed class BeforeAttach(Tag tag, nuint bytesElsewhere) : IMemoryVisitor
{
    public Tag Tag { get; } = tag;

    /// <summary>True if the allocator existed before the tracker.</summary>
    public bool IsCounted { get; private init; }

    public int CountAtAttach { get; private set; }

    public nuint BytesAtAttach { get; private set; }

    public int Count { get; private set; }

    public nuint Bytes { get; private set; }

    /// <summary>Counts an allocator that existed before the tracker.</summary>
    public static BeforeAttach In(Allocator allocator, Tag tag)
    {
        var before = new BeforeAttach(tag, allocator.BytesElsewhere) { IsCounted = true };
        if (allocator.NotifiesAllocations)
            allocator.WalkAsVisitor(before);
        before.Count = before.CountAtAttach;
        before.Bytes = before.BytesAtAttach;
        return before;
    }

    public void Free(nuint byteCount)
    {
        if (Count == 0)
            return;
        Count--;
        // If threads worked in the allocator while it was counted, the count is approximate until it is corrected.
        byteCount = nuint.Min(byteCount, Bytes);
        Bytes -= byteCount;
        Tag.Account?.Release(byteCount);
    }

    /// <summary>Corrects the counts of allocations that are still alive.</summary>
    public void Correct(long count, long byteCount)
    {
        Count = (int)Math.Max(0, count);
        var bytes = (nuint)Math.Max(0, byteCount);
        Tag.Account?.Correct((long)bytes - (long)Bytes);
        Bytes = bytes;
    }

    public void Clear()
    {
        Tag.Account?.Release(Bytes);
        Count = 0;
        Bytes = 0;
    }

    void IMemoryVisitor.Block(in BlockPicture block)
    {
    }

    void IMemoryVisitor.Live(nuint address, nuint byteCount)
    {
        CountAtAttach++;
        BytesAtAttach += byteCount + bytesElsewhere;
    }
}
