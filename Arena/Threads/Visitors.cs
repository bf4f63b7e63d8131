namespace Arena;

/// <summary>
/// Counts the threads that look at an object from outside while it may be disposed. Entering never waits. The thread
/// that disposes it first sets a flag of its own, which visitors check once they are inside, and then waits until all
/// have left.
/// </summary>
internal struct Visitors
{
    private int _count;

    public void Enter() => Interlocked.Increment(ref _count);

    public void Leave() => Interlocked.Decrement(ref _count);

    /// <summary>Waits until no thread is inside; the flag is set already.</summary>
    public void AwaitNone()
    {
        // With a full fence, either a visitor sees the flag, or it is counted here.
        Interlocked.MemoryBarrier();
        var spin = new SpinWait();
        while (Volatile.Read(ref _count) != 0)
            spin.SpinOnce();
    }
}
