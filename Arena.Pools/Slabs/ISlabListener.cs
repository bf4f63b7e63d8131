namespace Arena.Pools;

/// <summary>Keeps something of its own in a pool's slots beside the values; told when slabs come and go.</summary>
internal unsafe interface ISlabListener
{
    void Added(byte* slab);

    void Removing(byte* slab);

    /// <summary>The pool is about to be disposed: what only the listener holds is to be freed.</summary>
    void Closing();
}
