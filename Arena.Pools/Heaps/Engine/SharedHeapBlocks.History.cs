using System.Runtime.InteropServices;

namespace Arena.Pools;

// The state that a history saves, at a quiet point: that of each thread's part. Threads do not go back in time, so a
// thread keeps its part, and those that were made later are as new ones in an earlier frame.
internal sealed unsafe partial class SharedHeapBlocks
{
    /// <inheritdoc/>
    public override void KeepState(StateStream state)
    {
        base.KeepState(state);
        var empty = state.KeepCount(_empty.Count, sizeof(nint));
        if (state.IsRestoring)
            CollectionsMarshal.SetCount(_empty, empty);
        foreach (ref var segment in CollectionsMarshal.AsSpan(_empty))
            segment = state.Keep(segment);
        SparedBytes = state.Keep(SparedBytes);
        _flags = (ulong*)state.Keep((nuint)_flags);
        _left.KeepState(state);
        var parts = state.KeepCount(Parts.Length, 1);
        lock (_parts.Lock)
        {
            // Another process had more threads.
            while (Parts.Length < parts)
                _parts.AddAbandoned(_make(Parts.Length));
        }
        foreach (var part in Parts)
        {
            if (part.Number < parts)
                part.Part.KeepState(state);
            else
                part.Part.BecomeNew();
        }
    }
}
