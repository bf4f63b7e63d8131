namespace Arena.Os;

/// <summary>
/// Notes which pages of one reservation are written, without a thread and without a signal. A page counts as written
/// from the moment that it is written, by the program or by the system for it, until <see cref="Collect"/> forgets it.
/// </summary>
/// <remarks>
/// A page that was written before it was ever looked at counts as written. Pages may count as written that were not.
/// What a decommit changes is for the caller to know, and so is what a device writes by itself.
/// </remarks>
internal abstract unsafe class WriteTracker : IDisposable
{
    /// <summary>
    /// Lists runs of written pages in address order, as many as there is room for.
    /// </summary>
    /// <param name="from">
    /// The beginning; afterwards, the address to go on at, which is the end once all was looked at.
    /// </param>
    /// <param name="end">The end; both are multiples of a page, inside the reservation.</param>
    /// <param name="forgets">From now on, the listed pages count as written when they are written again.</param>
    /// <param name="runs">Room for runs.</param>
    /// <param name="count">The number of runs.</param>
    /// <returns>An error; pages may have been forgotten then that are not listed.</returns>
    public abstract OsError Collect(ref byte* from, byte* end, bool forgets, Span<PageRun> runs, out int count);

    /// <summary>
    /// Lets pages be written at full speed: they count as written from now on. Where that fails, writing them is slow.
    /// </summary>
    /// <param name="runs">Pages of the reservation that have storage, all of which are about to be written.</param>
    public virtual void Permit(ReadOnlySpan<PageRun> runs)
    {
    }

    /// <summary>Ends the tracking. The pages are as they were.</summary>
    public abstract void Dispose();
}
