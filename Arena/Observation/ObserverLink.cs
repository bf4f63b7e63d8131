namespace Arena;

/// <summary>
/// One observer's link to one allocator: the allocator reports to it by one virtual call whose arguments stay in
/// registers. Other observers are notified through an <see cref="InterfaceLink"/>. It never throws: it returns
/// exceptions, because the allocator must become consistent before one passes.
/// </summary>
internal abstract class ObserverLink
{
    /// <summary>Decides which allocations are reported; null if all are, and all frees.</summary>
    public virtual SampleFilter? Filter => null;

    public abstract Exception? Allocated(nuint address, nuint byteCount, string file, int line, string member);

    public abstract Exception? Freed(nuint address, nuint byteCount);

    public abstract Exception? Cleared();

    /// <summary>An allocation was moved, and lives on as it was.</summary>
    public abstract Exception? Moved(nuint oldAddress, nuint address, nuint byteCount);

    /// <summary>
    /// With a <see cref="Filter"/>: looks for samples that have died without notice.
    /// </summary>
    public virtual void CountDead()
    {
    }

    /// <summary>Lists what it knows to be alive, by line: for the notice of an allocator that ends with live
    /// allocations.
    /// </summary>
    public virtual IReadOnlyList<LeakLine> LiveLines() => [];

    /// <summary>The line that allocated what lives at an address; null where it does not know it.</summary>
    public virtual SourceLine? LineOf(nuint address) => null;

    /// <summary>
    /// Called last, when the allocator has ended and <see cref="PageArena.LeaksFound"/> was raised. What
    /// <see cref="Cleared"/> ended may be kept until then, so that a handler can look at it.
    /// </summary>
    public virtual void Ended()
    {
    }
}
