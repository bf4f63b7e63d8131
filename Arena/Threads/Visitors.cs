namespace Arena;

/// <summary>
/// The threads that look at something from outside while it may be taken away. Coming in never waits. The thread
/// that takes it away first closes the door, by a flag of its own that visitors look at once they are in, and then
/// waits until all have left.
/// </summary>
internal struct Visitors
{
    private int _count;

    public void Enter() => Interlocked.Increment(ref _count);

    public void Leave() => Interlocked.Decrement(ref _count);

    /// <summary>Waits until no thread is inside; the door is closed already.</summary>
    public void AwaitNone()
    {
        // A full fence: a visitor sees the closed door, or is seen here.
        Interlocked.MemoryBarrier();
        var spin = new SpinWait();
        while (Volatile.Read(ref _count) != 0)
            spin.SpinOnce();
    }
}
