namespace Arena;

// The calls of a history: saving and restoring fields, and coming back after Dispose.
public abstract unsafe partial class Allocator
{
    /// <summary>Null, or the reason why it cannot go back in time with its arena, and the remedy.</summary>
    internal virtual string? WhyNoHistory =>
        "it is used by several threads, or keeps its state elsewhere; put it on an arena of its own, which does not go "
        + "back";

    /// <summary>Describes what must be the same in a program that reads its state from a stream.</summary>
    internal virtual string Shape => "";

    /// <summary>
    /// Saves or restores everything that it holds outside the arena's pages and that changes. Saving changes nothing,
    /// not even the next allocation; restoring comes after the pages.
    /// </summary>
    internal virtual void KeepState(StateStream state)
    {
    }

    /// <summary>
    /// After a frame was read from a stream: null, or why its state and the arena's pages cannot belong together. A
    /// forged frame has right sums, and no call may follow what it says before this has looked at it.
    /// </summary>
    internal virtual string? WhyContradictory() => null;

    /// <summary>
    /// The number of times that threads other than the calling one entered it, counted in Debug builds by allocators
    /// for many threads.
    /// </summary>
    internal virtual long EntriesOfOthers => 0;

    /// <summary>Called once the whole arena is in another frame, for each allocator of that frame.</summary>
    internal virtual void WentBack()
    {
    }

    /// <summary>The offset in each allocation that <see cref="Walk"/> shows at which the user's value begins.</summary>
    internal virtual nuint ValueOffset => 0;

    /// <summary>Shows live memory that <see cref="Walk"/> does not show; see <see cref="BytesElsewhere"/>.</summary>
    internal virtual void WalkElsewhere(IMemoryVisitor visitor)
    {
    }

    /// <summary>Shows the live memory that overlaps a part of one of its blocks, and perhaps more.</summary>
    internal virtual void WalkPart(IMemoryVisitor visitor, nuint from, nuint end)
    {
        Walk(visitor);
        WalkElsewhere(visitor);
    }

    /// <summary>
    /// Gives the outlines of its pages, at least of those where they may have changed since it did so last. Those of
    /// memory whose blocks say all, it need not give.
    /// </summary>
    internal virtual void GiveOutlines(ILiveOutlines outlines)
    {
    }

    /// <summary>
    /// True if the contents of one of its pages mean nothing and need not go back: nothing lives there, and the next
    /// allocation there is written before it is read.
    /// </summary>
    internal virtual bool IsWorthless(nuint page) => false;

    /// <summary>True if its handle can be used again after Dispose: no allocator that stays has its place.</summary>
    internal bool CanReturn => _handle.IsNone || AllocatorTable.At(_handle.Index) is not { } entry
        || (entry.Source is Allocator other && other.Arena == Arena);

    /// <summary>For a stream: what containers know it by.</summary>
    internal AllocatorHandle KnownHandle => _handle;

    /// <summary>For a stream: it is about to get another handle, or none.</summary>
    internal void LoseHandle()
    {
        EndHandle();
        _handle = default;
    }

    /// <summary>Does what <see cref="KeepState"/> does, with the fields of all allocators.</summary>
    internal void KeepAll(StateStream state)
    {
        var handle = state.Keep(_handle);
        if (handle != _handle)
        {
            // The handle was made since, and so was every container that holds it.
            EndHandle();
            _handle = handle;
        }
        if (state.IsRestoring)
            AllocatorTable.Return(this as IMemorySource, handle);
        if (state.IsRestoring && !handle.IsNone && AllocatorTable.Find(handle)?.Source != this)
        {
            throw new InvalidOperationException(
                $"{Label} in arena '{Arena.Name}' cannot come back: another allocator has its place among those that "
                + "containers know.");
        }
        AllocatorTable.Find(handle)?.Tickets.KeepState(state);
        KeepState(state);
    }

    /// <summary>
    /// Undoes Dispose: the arena has its pages and its token again, and its fields are about to be restored. Observers
    /// are attached again.
    /// </summary>
    internal void ComeBack(ushort token)
    {
        OwnerToken = token;
        _isDisposed = false;
        _disposeBegun = false;
    }

    /// <summary>Removes it again, after a look at a frame in which it existed.</summary>
    internal void Depart()
    {
        OwnerToken = NoToken;
        _disposeBegun = true;
        _isDisposed = true;
        EndHandle();
    }
}
