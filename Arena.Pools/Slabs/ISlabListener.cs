namespace Arena.Pools;

/// <summary>Keeps something of its own in a pool's slots beside the values; told when slabs come and go.</summary>
internal unsafe interface ISlabListener
{
    /// <summary>May come from the pool's own constructor.</summary>
    void Added(byte* slab, in SlotLayout layout);

    void Removing(byte* slab, in SlotLayout layout);

    /// <summary>Whether a slot that the pool takes for live holds something of the listener's user.</summary>
    bool IsLive(void* slot);

    /// <summary>The pool is about to be disposed: what only the listener holds is to be freed.</summary>
    void Closing();
}
