namespace Arena.Pools;

// The state that a history saves of a heap for one thread.
internal unsafe partial class HeapBlocks : IKeepsState
{
    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        state.Keep(ref _segments, _segments.Length);
        _largeCount = state.Keep(_largeCount);
        _largeBytes = state.Keep(_largeBytes);
        var stores = state.Keep(_stores.Count);
        if (!state.IsRestoring)
        {
            foreach (var store in _stores)
                state.Keep(store);
            return;
        }
        _stores.Clear();
        for (var i = 0; i < stores; i++)
            _stores.Add(state.Keep<nint>(0));
    }
}
