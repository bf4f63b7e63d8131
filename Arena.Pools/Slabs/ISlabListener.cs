namespace Arena.Pools;

/// <summary>
/// Keeps something of its own in a pool's slots beside the values, and numbers them: it is called when slabs come and
/// go, and when slots get and lose their storage. The calls may come from the pool's own constructor.
/// </summary>
internal unsafe interface ISlabListener : IKeepsState
{
    /// <summary>A slab is about to get its first slots: numbers all that it may get.</summary>
    /// <returns>Null, or why the slab cannot be used.</returns>
    string? Entering(byte* slab, int slotCount, out uint firstIndex);

    /// <summary>A slab has gone, its slots before it: its numbers are free.</summary>
    void Left(uint firstIndex, int slotCount);

    /// <summary>Slots got their storage.</summary>
    /// <param name="owner">The token of the pool.</param>
    /// <param name="slots">Of one slab.</param>
    void Added(ushort owner, in SlotRun slots);

    /// <summary>Slots are about to lose their storage. All are free, unless the pool is disposed.</summary>
    void Removing(in SlotRun slots);

    /// <summary>
    /// The first slab's slots, from its first one, as far as all of them have storage; none where most slots lie
    /// elsewhere. Also called when nothing changed.
    /// </summary>
    /// <param name="owner">The token of the pool; <see cref="Allocator.NoToken"/> once it is disposed.</param>
    /// <param name="slots">Those slots.</param>
    void StorageChanged(ushort owner, in SlotRun slots);

    /// <summary>Whether a slot that the pool takes for live holds something of the listener's user.</summary>
    bool IsLive(void* slot);

    /// <summary>Bytes at the start of a slot that are the listener's.</summary>
    int ValueOffset => 0;

    /// <summary>What the listener keeps in a slot: odd while its value lives.</summary>
    uint GenerationOf(void* slot) => 0;

    /// <summary>A value was freed whose slot had this generation, whatever stands there now.</summary>
    void EndLife(void* slot, uint generation)
    {
    }

    /// <summary>A guard came or went: while there is one, the pool frees no slot without being asked.</summary>
    void GuardChanged(bool isGuarded)
    {
    }

    /// <summary>Where in a slot its user's value begins.</summary>
    nuint LiveOffset => 0;

    /// <summary>Shows live values that belong to slots and lie elsewhere.</summary>
    void WalkElsewhere(IMemoryVisitor visitor)
    {
    }

    /// <summary>As <see cref="WalkElsewhere(IMemoryVisitor)"/>, for what overlaps a part of a block.</summary>
    void WalkElsewhere(IMemoryVisitor visitor, nuint from, nuint end)
    {
    }

    /// <summary>Gives the outlines of the pages where such values lie.</summary>
    void GiveOutlines(ILiveOutlines outlines)
    {
    }

    /// <summary>The pool is about to be disposed: what only the listener holds is to be freed.</summary>
    void Closing();
}
