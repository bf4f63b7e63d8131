namespace Arena.Pools;

/// <summary>
/// The operations by which an owner, and other threads if there are any, access the words that they share. It is a
/// struct as type argument: an allocator for one thread pays nothing for the others, and a test can order every step of
/// every thread.
/// </summary>
internal unsafe interface IThreads
{
    /// <summary>True if threads other than the owner free.</summary>
    static abstract bool AreMany { get; }

    static abstract ulong Read(ulong* word);

    /// <summary>
    /// Writes a word that only the owner writes. Other threads may see it after the owner's next reads, but its writes
    /// in order.
    /// </summary>
    static abstract void Write(ulong* word, ulong value);

    /// <summary>Reads what the owner alone reads and writes, but for a thread that has stopped it.</summary>
    static abstract ulong ReadOwn(ulong* word);

    /// <summary>Writes such a word; seen by others before a later <see cref="Write"/>.</summary>
    static abstract void WriteOwn(ulong* word, ulong value);

    /// <summary>
    /// Replaces a word if it has the expected value, in one atomic step, which all threads see before later steps.
    /// </summary>
    static abstract bool TryReplace(ulong* word, ulong expected, ulong value);

    /// <summary>Adds to a word in one such atomic step.</summary>
    static abstract void Add(ulong* word, ulong value);

    /// <summary>Sets bits in one such atomic step.</summary>
    static abstract void Or(ulong* word, ulong bits);

    /// <summary>Clears all bits except these in one such atomic step.</summary>
    /// <returns>The word before.</returns>
    static abstract ulong And(ulong* word, ulong bits);

    /// <summary>Makes a full fence in every thread of the process, somewhere between two of its steps.</summary>
    static abstract void FenceAll();
}
