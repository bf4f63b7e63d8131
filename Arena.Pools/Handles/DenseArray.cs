namespace Arena.Pools;

/// <summary>
/// Elements in one block of an arena, without gaps. The block grows in place if the pages behind it are free, and
/// otherwise moves to one of twice the size.
/// </summary>
internal unsafe struct DenseArray<T>
    where T : unmanaged
{
    private Block _block;

    /// <summary>The first element; null while there is no block.</summary>
    public readonly T* First => (T*)_block.Address;

    /// <summary>The number of elements that fit.</summary>
    public readonly int Capacity => (int)Math.Min(_block.ByteCount / (nuint)sizeof(T), int.MaxValue);

    /// <summary>Makes room. Returns null, or the reason why it cannot; then everything is as before.</summary>
    /// <param name="arena">The arena that lends the block.</param>
    /// <param name="owner">The owner's token.</param>
    /// <param name="count">The number of elements in use; they keep their values.</param>
    /// <param name="capacity">The number of elements to make room for.</param>
    public string? Grow(PageArena arena, ushort owner, int count, int capacity)
    {
        var byteCount = (nuint)(uint)capacity * (nuint)sizeof(T);
        if (_block.Address != null && arena.TryResize(_block, owner, byteCount, out var resized))
        {
            _block = resized;
            return null;
        }
        var alignment = Math.Max(64, NaturalAlignment.AtLeast16<T>());
        if (arena.Lend(byteCount, alignment, owner, out var block) is { } why)
            return why;
        Buffer.MemoryCopy(First, block.Address, block.ByteCount, (nuint)(uint)count * (nuint)sizeof(T));
        GiveBack(arena, owner);
        _block = block;
        return null;
    }

    /// <summary>
    /// Gives the pages behind the first elements back to the arena, or the whole block to the OS if no element is left.
    /// </summary>
    /// <returns>Bytes given back to the OS.</returns>
    public nuint Trim(PageArena arena, ushort owner, int count)
    {
        if (count == 0)
            return GiveBack(arena, owner, decommit: true);
        if (arena.TryResize(_block, owner, (nuint)(uint)count * (nuint)sizeof(T), out var resized))
            _block = resized;
        return 0;
    }

    /// <summary>Gives the block back to the arena, with <paramref name="decommit"/> its storage to the OS.</summary>
    public nuint GiveBack(PageArena arena, ushort owner, bool decommit = false)
    {
        var block = _block;
        _block = default;
        return block.Address == null ? 0 : arena.TakeBack(block, owner, decommit);
    }
}
