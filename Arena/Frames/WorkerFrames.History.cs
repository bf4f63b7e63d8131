namespace Arena;

// What a history does to the parts. Each is an allocator that goes back in time by itself; threads do not go back, so a
// thread keeps its part if there was one in the frame, and gets another one otherwise.
public sealed partial class WorkerFrames
{
    /// <summary>A part was closed: with all of them, with the arena, or because it did not exist in a frame.</summary>
    internal void PartClosed(FrameAllocator part)
    {
        if (_arena.IsDisposed)
        {
            // When the arena disposes the first part, all end: the parts that threads remember are not used any more.
            Volatile.Write(ref _number, ThreadSlot.None);
            return;
        }
        // Parts that were closed by Dispose may come back.
        if (Volatile.Read(ref _number) != ThreadSlot.None)
            Forget(other => other == part);
    }

    /// <summary>
    /// The arena is in a frame in which there was a part, so that these worker frames were not disposed either.
    /// </summary>
    internal void WentBack()
    {
        Forget(part => part.IsDisposed);
        if (Volatile.Read(ref _number) == ThreadSlot.None)
            Volatile.Write(ref _number, ThreadSlot.NextNumber());
    }

    // Threads that remember a place in the table look again.
    private void Forget(Predicate<FrameAllocator> isGone)
    {
        lock (_parts.Lock)
        {
            if (_parts.Remove(isGone))
                Volatile.Write(ref _number, ThreadSlot.NextNumber());
        }
    }
}
