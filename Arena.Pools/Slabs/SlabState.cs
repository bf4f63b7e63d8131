namespace Arena.Pools;

/// <summary>What a slab knows of itself beside its bitmaps.</summary>
internal struct SlabState
{
    /// <summary>Slots, from the first on, that were ever given storage; those behind have none and no bits.</summary>
    public int SlotCount;

    /// <summary>A word that was found in use the last time somebody asked whether the slab is empty: a hint.</summary>
    public int BusyWord;

    /// <summary>The number of the first slot, where the pool's listener numbers slots.</summary>
    public uint FirstIndex;
}
