namespace Arena;

/// <summary>Receives an allocator's memory as its own bitmaps describe it; see <see cref="Allocator.Walk"/>.</summary>
internal interface IMemoryVisitor
{
    /// <summary>Receives a block of the arena that the allocator holds; its live allocations follow.</summary>
    void Block(in BlockPicture block);

    /// <summary>
    /// Receives a live allocation in the latest block, in address order within the block. An allocation that is a whole
    /// block follows that block too.
    /// </summary>
    void Live(nuint address, nuint byteCount);

    /// <summary>
    /// Receives the place of a live allocation, its header included, that a compaction has moved since it was made.
    /// </summary>
    void Moved(nuint address, nuint byteCount)
    {
    }
}
