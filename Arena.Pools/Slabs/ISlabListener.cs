namespace Arena.Pools;

/// <summary>
/// Keeps data of its own beside the values in a pool's slots, and numbers the slots. It is called when slabs come and
/// go, and when slots get and lose their storage. The calls may come from the pool's own constructor.
/// </summary>
internal unsafe interface ISlabListener : IKeepsState
{
    /// <summary>Called when a slab is about to get its first slots: numbers all that it may get.</summary>
    /// <returns>Null, or why the slab cannot be used.</returns>
    string? Entering(byte* slab, int slotCount, out uint firstIndex);

    /// <summary>Called when a slab has gone, after its slots: its numbers are free.</summary>
    void Left(uint firstIndex, int slotCount);

    /// <summary>Called when slots got their storage.</summary>
    /// <param name="owner">The token of the pool.</param>
    /// <param name="slots">The slots, all of one slab.</param>
    void Added(ushort owner, in SlotRun slots);

    /// <summary>Called when slots are about to lose their storage. All are free, unless the pool is disposed.</summary>
    void Removing(in SlotRun slots);

    /// <summary>
    /// Called with the first slab's slots up to the first one without storage, or none if most slots lie elsewhere. It
    /// is also called when nothing changed.
    /// </summary>
    /// <param name="owner">The token of the pool; <see cref="Allocator.NoToken"/> once it is disposed.</param>
    /// <param name="slots">The slots.</param>
    void StorageChanged(ushort owner, in SlotRun slots);

    /// <summary>Returns whether a slot that is live in the pool holds a value of the listener's user.</summary>
    bool IsLive(void* slot);

    /// <summary>The bytes at the start of a slot that belong to the listener.</summary>
    int ValueOffset => 0;

    /// <summary>Returns the generation that the listener keeps in a slot: odd while its value lives.</summary>
    uint GenerationOf(void* slot) => 0;

    /// <summary>Called when a value was freed whose slot had this generation, whatever the slot holds now.</summary>
    void EndLife(void* slot, uint generation)
    {
    }

    /// <summary>
    /// Called when a guard came or went: while every allocation is guarded, every free has to go through the pool.
    /// </summary>
    void GuardChanged(bool isGuarded)
    {
    }

    /// <summary>The offset of the user's value in a slot.</summary>
    nuint LiveOffset => 0;

    /// <summary>Shows live values that belong to slots but lie elsewhere.</summary>
    void WalkElsewhere(IMemoryVisitor visitor)
    {
    }

    /// <summary>Shows the values, among those elsewhere, that overlap a part of a block.</summary>
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
