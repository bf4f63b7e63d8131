namespace Arena.Pools;

/// <summary>
/// Keeps something of its own in a pool's slots beside the values; told when slots get and lose their storage.
/// </summary>
internal unsafe interface ISlabListener
{
    /// <summary>May come from the pool's own constructor.</summary>
    /// <param name="first">The first of the slots.</param>
    /// <param name="count">Slots.</param>
    /// <param name="strideBytes">Bytes between them.</param>
    void Added(byte* first, int count, int strideBytes);

    /// <summary>All of them are free.</summary>
    void Removing(byte* first, int count, int strideBytes);

    /// <summary>The first slab's slots, as far as all of them have storage; also told when that changes not.</summary>
    void StorageChanged(byte* first, nuint byteCount);

    /// <summary>Whether a slot that the pool takes for live holds something of the listener's user.</summary>
    bool IsLive(void* slot);

    /// <summary>The pool is about to be disposed: what only the listener holds is to be freed.</summary>
    void Closing();
}
