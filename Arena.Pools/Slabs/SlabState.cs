namespace Arena.Pools;

/// <summary>The state of a slab beside its bitmaps.</summary>
internal struct SlabState
{
    /// <summary>
    /// The number of slots, from the first on, that were ever given storage; those behind have none and no bits.
    /// </summary>
    public int SlotCount;

    /// <summary>A hint: the word that had a live slot when the slab was last checked for being empty.</summary>
    public int BusyWord;

    /// <summary>The number of the first slot, if the pool has a listener that numbers slots.</summary>
    public uint FirstIndex;
}
