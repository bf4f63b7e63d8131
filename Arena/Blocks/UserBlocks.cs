namespace Arena;

/// <summary>
/// The blocks that an arena lends to its user, which are notified and walked like the allocations of an allocator. It
/// holds nothing itself and ends with the arena.
/// </summary>
internal sealed unsafe class UserBlocks : Allocator
{
    public UserBlocks(PageArena arena)
        : base(arena, arena.Name) => SetMade();

    /// <inheritdoc/>
    public override string Kind => "arena";

    internal override bool IsShared => true;

    internal override string? WhyNoHistory => null;

    /// <summary>Kind and name.</summary>
    public override string ToString() => Label;

    internal override void ObserversChanged()
    {
    }

    internal override void Undo(void* address, nuint byteCount) => Arena.Free(new Block(address, byteCount));

    internal override void Walk(IMemoryVisitor visitor)
    {
        for (nuint from = 0; Arena.NextBlock(OwnerRegistry.UserBlock, from, out var block);)
        {
            from = (nuint)block.Address - (nuint)Arena.Base + block.ByteCount;
            visitor.Block(new BlockPicture((nuint)block.Address, block.ByteCount, block.ByteCount, 0));
            visitor.Live((nuint)block.Address, block.ByteCount);
        }
    }

    internal override void WalkPart(IMemoryVisitor visitor, nuint from, nuint end) => visitor.Live(from, end - from);

    internal override LiveTotals CountLive() => Arena.CountLentToUser();

    internal override LeakNotice? FindLeaks()
    {
        long count = 0;
        nuint byteCount = 0;
        List<nuint> addresses = [];
        for (nuint from = 0; Arena.NextBlock(OwnerRegistry.UserBlock, from, out var block);)
        {
            from = (nuint)block.Address - (nuint)Arena.Base + block.ByteCount;
            count++;
            byteCount += block.ByteCount;
            if (addresses.Count < LeakNotice.MaximumAddresses)
                addresses.Add((nuint)block.Address);
        }
        return count == 0 ? null : Notice((int)count, byteCount, addresses);
    }

    // It is the last allocator of an arena to end.
    internal override void Close() => Arena.Release();
}
