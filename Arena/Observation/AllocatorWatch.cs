namespace Arena;

/// <summary>
/// One observer's interest in one allocator: what the allocator calls, by one virtual call whose arguments stay in
/// registers. Other observers are told through an <see cref="ObserverWatch"/>.
/// </summary>
internal abstract class AllocatorWatch
{
    /// <summary>Which calls are wanted; null where all are.</summary>
    public virtual SampleGate? Gate => null;

    public abstract void Allocated(nuint address, nuint byteCount, string file, int line, string member);

    public abstract void Freed(nuint address, nuint byteCount);

    public abstract void Cleared();
}
