namespace Arena;

/// <summary>
/// The head of a chunk of frame memory; a chunk is one block of the arena. A buffer is a list of chunks: those in
/// use first, then those kept for later.
/// <code>
/// 0          8          16         24         32         40         64                        ByteCount
/// | Next     | Previous | ByteCount| Used-    | Left     | -        | allocations ...         |
/// |          |          |          | Before   |          |          | (cache line, then pages) |
/// </code>
/// </summary>
internal unsafe struct FrameChunk
{
    /// <summary>The bytes in front of the allocations.</summary>
    public const int HeaderBytes = 64;

    public FrameChunk* Next;

    public FrameChunk* Previous;

    /// <summary>The bytes of the block, the head included.</summary>
    public nuint ByteCount;

    /// <summary>The bytes that the frame used in the chunks before; valid while this chunk is in use.</summary>
    public nuint UsedBefore;

    /// <summary>
    /// The position at which the frame went on to the next chunk; valid while a later chunk is in use.
    /// </summary>
    public nuint Left;

    /// <summary>Returns the first address that can be allocated.</summary>
    public static nuint FirstAddress(FrameChunk* chunk) => (nuint)chunk + HeaderBytes;

    /// <summary>Returns the address after the last that can be allocated, which is page-aligned.</summary>
    public static nuint End(FrameChunk* chunk) => (nuint)chunk + chunk->ByteCount;

    /// <summary>Returns the bytes that the frame used up to <paramref name="position"/> in this chunk.</summary>
    public static nuint UsedUpTo(FrameChunk* chunk, nuint position) =>
        chunk->UsedBefore + (position - FirstAddress(chunk));

    /// <summary>Returns whether an allocation at or after <paramref name="position"/> ends in this chunk.</summary>
    public static bool Fits(FrameChunk* chunk, nuint position, nuint byteCount, nuint alignment)
    {
        var padding = unchecked(0 - position) & (alignment - 1);
        var room = End(chunk) - position;
        return padding <= room && byteCount <= room - padding;
    }
}
