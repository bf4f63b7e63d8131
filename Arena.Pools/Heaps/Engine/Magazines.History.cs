using System.Runtime.InteropServices;

namespace Arena.Pools;

// The state that a history saves of the magazines.
internal sealed unsafe partial class Magazines : IKeepsState
{
    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        state.Keep(_bottoms);
        state.Keep(_isActive);
        state.Keep(_misses);
        state.Keep(_sizes);
        state.Keep(_unused);
        var chunks = state.KeepCount(_chunks.Count, 1);
        if (state.IsRestoring)
            CollectionsMarshal.SetCount(_chunks, chunks);
        foreach (ref var chunk in CollectionsMarshal.AsSpan(_chunks))
            chunk = state.Keep(chunk);
        _next = state.Keep(_next);
        _end = state.Keep(_end);
        _chunkEnd = state.Keep(_chunkEnd);
        _capacityBytes = state.Keep(_capacityBytes);
        CommittedBytes = state.Keep(CommittedBytes);
    }
}
