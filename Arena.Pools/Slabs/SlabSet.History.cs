namespace Arena.Pools;

// The state that a history saves.
internal sealed unsafe partial class SlabSet : IKeepsState
{
    /// <summary>
    /// The word that the pool allocated from when it last gave its outlines. It is here, so that the fields of the
    /// pool's fast path stay where short instructions reach them.
    /// </summary>
    public ulong* OutlinedWord { get; set; }

    /// <summary>The slot that was freed last at that time.</summary>
    public void* OutlinedHot { get; set; }

    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        state.Keep(ref _slabs, Count);
        state.Keep(ref _available, _available.Length);
        Count = state.Keep(Count);
        SlotCount = state.Keep(SlotCount);
        _holeSlots = state.Keep(_holeSlots);
        _claimed = (byte*)state.Keep((nuint)_claimed);
        if (!state.IsRestoring)
            return;
        _summarySlab = null;
        _holesFrom = null;
    }
}
