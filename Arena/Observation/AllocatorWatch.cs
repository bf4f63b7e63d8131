namespace Arena;

/// <summary>
/// One observer's interest in one allocator: what the allocator calls, by one virtual call whose arguments stay in
/// registers. Other observers are notified through an <see cref="ObserverWatch"/>. Nothing is thrown: an exception is
/// returned, because the allocator has to become consistent before it passes.
/// </summary>
internal abstract class AllocatorWatch
{
    /// <summary>Which allocations are wanted; null where all are, and all frees.</summary>
    public virtual SampleGate? Gate => null;

    public abstract Exception? Allocated(nuint address, nuint byteCount, string file, int line, string member);

    public abstract Exception? Freed(nuint address, nuint byteCount);

    public abstract Exception? Cleared();

    /// <summary>
    /// With a <see cref="Gate"/>, some of what it was told may have died unnoticed: it is to look now.
    /// </summary>
    public virtual void StrikeDead()
    {
    }

    /// <summary>By line, what it knows to be alive: for the notice of an allocator that ends with live allocations.
    /// </summary>
    public virtual IReadOnlyList<LeakLine> LiveLines() => [];

    /// <summary>
    /// The allocator has ended, <see cref="PageArena.LeaksFound"/> was raised, and no call follows. What
    /// <see cref="Cleared"/> ended may be kept until then, so that a handler can look at it.
    /// </summary>
    public virtual void Ended()
    {
    }
}
