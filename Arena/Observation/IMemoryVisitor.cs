namespace Arena;

/// <summary>Is shown an allocator's memory as its own bitmaps know it; see <see cref="Allocator.Walk"/>.</summary>
internal interface IMemoryVisitor
{
    /// <summary>A block of the arena that the allocator holds; what lives in it follows.</summary>
    void Block(in BlockPicture block);

    /// <summary>
    /// A live allocation in the block that was shown last; within a block in address order. One that is a whole block
    /// follows it too.
    /// </summary>
    void Live(nuint address, nuint byteCount);
}
