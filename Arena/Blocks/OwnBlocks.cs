namespace Arena;

/// <summary>
/// Shows an allocator's blocks in step with a walk over its live allocations in address order, for an allocator that
/// keeps no list of blocks of its own.
/// </summary>
internal unsafe ref struct OwnBlocks(Allocator allocator, IMemoryVisitor visitor)
{
    // The distance from the arena's base at or after which the next block to show starts. The block is looked up later.
    private nuint _from;
    private Block _next;

    /// <summary>Shows every block that starts at or before an address and has not been shown.</summary>
    public void ShowUpTo(nuint address)
    {
        while ((nuint)_next.Address <= address)
        {
            if (_next.Address != null)
                visitor.Block(new BlockPicture((nuint)_next.Address, _next.ByteCount, _next.ByteCount, 0));
            if (!allocator.Arena.NextBlock(allocator.OwnerToken, _from, out _next))
            {
                _next = new Block((void*)nuint.MaxValue, 0);
                return;
            }
            _from = (nuint)_next.Address - (nuint)allocator.Arena.Base + _next.ByteCount;
        }
    }

    /// <summary>Shows the blocks behind the last allocation.</summary>
    public void ShowRest() => ShowUpTo(nuint.MaxValue - 1);
}
