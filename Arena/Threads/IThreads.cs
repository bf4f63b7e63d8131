namespace Arena.Pools;

/// <summary>
/// How an owner, and others if there are any, reach the words that they share. A struct as type argument: what is for
/// many threads costs an allocator for one thread nothing, and a test can order every step of every thread.
/// </summary>
internal unsafe interface IThreads
{
    /// <summary>Whether others than the owner free.</summary>
    static abstract bool AreMany { get; }

    static abstract ulong Read(ulong* word);

    /// <summary>The owner's alone. Others may see it later than what the owner does next, never out of order.</summary>
    static abstract void Write(ulong* word, ulong value);

    /// <summary>Reads what the owner alone reads and writes, but for a thread that has stopped it.</summary>
    static abstract ulong ReadOwn(ulong* word);

    /// <summary>Writes such a word; seen by others before a later <see cref="Write"/>.</summary>
    static abstract void WriteOwn(ulong* word, ulong value);

    /// <summary>
    /// Replaces a word if it is what is expected, in one atomic step, which all threads see before what follows it.
    /// </summary>
    static abstract bool TryReplace(ulong* word, ulong expected, ulong value);

    /// <summary>Adds in one atomic step, in the same way.</summary>
    static abstract void Add(ulong* word, ulong value);

    /// <summary>Sets bits in one atomic step, in the same way.</summary>
    static abstract void Or(ulong* word, ulong bits);

    /// <summary>Clears all but these bits in one atomic step, in the same way.</summary>
    /// <returns>The word before.</returns>
    static abstract ulong And(ulong* word, ulong bits);

    /// <summary>A full fence in every thread of the process, somewhere between two of its steps.</summary>
    static abstract void FenceAll();
}
