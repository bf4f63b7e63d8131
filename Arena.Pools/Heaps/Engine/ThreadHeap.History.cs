using System.Runtime.InteropServices;

namespace Arena.Pools;

// The state that a history saves of a heap for one thread: the fast path with the small table of segments behind it.
internal sealed unsafe partial class ThreadHeap : IKeepsState
{
    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        // The state to restore may be from before Close.
        if (state.IsRestoring && !_keepsPinned.IsAllocated)
            _keepsPinned = GCHandle.Alloc(_pinned);
        var fast = state.Keep((nuint)Fast);
        var closed = state.Keep((nuint)FastPath.Closed);
        state.KeepBytes(Fast, (nuint)FastBytes);
        CommittedInSegments = state.Keep(CommittedInSegments);
        _committedWhenReclaimed = state.Keep(_committedWhenReclaimed);
        _pagesSinceReclaimed = state.Keep(_pagesSinceReclaimed);
        _table = state.Keep(_table);
        _bytesSincePending = state.Keep(_bytesSincePending);
        _pendingSegment = state.Keep(_pendingSegment);
        _growthCursor = state.Keep(_growthCursor);
        _idleCursor = state.Keep(_idleCursor);
        _step = state.Keep(_step);
        _leastKeptBytes = state.Keep(_leastKeptBytes);
        _idleKeptBytes = state.Keep(_idleKeptBytes);
        _foundTwice = state.Keep(_foundTwice);
        KeepTaken(state);
        _magazines.KeepState(state);
        _segments.KeepState(state);
        if (fast != (nuint)Fast || closed != (nuint)FastPath.Closed)
            ComeFrom(fast, closed);
    }

    /// <summary>Makes it as a new one is: it has nothing of the arena.</summary>
    public void BecomeNew()
    {
        using var state = new StateStream();
        var fresh = new ThreadHeap(_blocks, Fast->Number);
        state.BeginSaving();
        fresh.KeepState(state);
        state.BeginRestoring();
        KeepState(state);
        fresh.Close();
    }

    // Only the parts of shared heaps have it, and only after a thread was out of memory.
    private void KeepTaken(StateStream state)
    {
        if (!state.Keep(_takenEntries is not null))
            _takenEntries = null;
        else
            state.Keep(_takenEntries ??= new int[SizeClasses.Count]);
    }

    // What was saved came from another process, which had this elsewhere.
    private void ComeFrom(nuint fast, nuint closed)
    {
        var shift = unchecked((nuint)Fast - fast);
        if (unchecked((nuint)Fast->Table - fast) < (nuint)FastBytes)
            Fast->Table = (nuint*)unchecked((nuint)Fast->Table + shift);
        for (nuint sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            ref var top = ref FastPath.Top(Fast, sizeClass);
            if ((nuint)top == closed)
                top = FastPath.Closed;
        }
        for (var i = 0; i < _segments.Length; i++)
            _segments[i]->Owner = (ulong*)unchecked((nuint)_segments[i]->Owner + shift);
    }
}
