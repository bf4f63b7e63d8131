namespace Arena.Pools;

// The state that a history saves.
internal sealed unsafe partial class SlabSet : IKeepsState
{
    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        state.Keep(ref _slabs, Count);
        state.Keep(ref _available, _available.Length);
        Count = state.Keep(Count);
        SlotCount = state.Keep(SlotCount);
        _holeSlots = state.Keep(_holeSlots);
        _claimed = (byte*)state.Keep((nuint)_claimed);
        if (state.IsRestoring)
            _summarySlab = null;
    }
}
