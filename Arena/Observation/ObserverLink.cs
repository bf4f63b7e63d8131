namespace Arena;

/// <summary>
/// The link between an observer and an allocator. The allocator reports to it by one virtual call whose arguments stay
/// in registers. Other observers are notified through an <see cref="InterfaceLink"/>. It never throws: it returns
/// exceptions, because the allocator must become consistent before one passes.
/// </summary>
internal abstract class ObserverLink
{
    /// <summary>
    /// The filter that decides which allocations are reported; null if all allocations and frees are.
    /// </summary>
    public virtual SampleFilter? Filter => null;

    public abstract Exception? Allocated(nuint address, nuint byteCount, in SourceLine caller);

    public abstract Exception? Freed(nuint address, nuint byteCount);

    public abstract Exception? Cleared();

    /// <summary>Called when an allocation was moved, and lives on.</summary>
    public abstract Exception? Moved(nuint oldAddress, nuint address, nuint byteCount);

    /// <summary>Finds, with a <see cref="Filter"/>, samples that have died without notice.</summary>
    public virtual void CountDead()
    {
    }

    /// <summary>
    /// Returns the live allocations that it knows, by line, for the notice of an allocator that ends with some.
    /// </summary>
    public virtual IReadOnlyList<LeakLine> LiveLines() => [];

    /// <summary>The line that allocated what lives at an address; null where it does not know it.</summary>
    public virtual SourceLine? LineOf(nuint address) => null;

    /// <summary>
    /// Called last, when the allocator has ended and <see cref="PageArena.LeaksFound"/> was raised. The records that
    /// <see cref="Cleared"/> ended may be kept until then, so that a handler can look at them.
    /// </summary>
    public virtual void Ended()
    {
    }
}
