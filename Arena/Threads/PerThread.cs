namespace Arena;

/// <summary>
/// The parts of an allocator that belong to one thread each. When a thread ends, its part goes to the next thread that
/// needs one: there are never more parts than threads that lived at the same time.
/// </summary>
internal sealed class PerThread<TPart>
    where TPart : class
{
    // It never runs, so that its parts count as left behind.
    private static readonly Thread Unborn = new(static () => { });

    private Entry[] _entries = [];

    /// <summary>The lock that is held while a part without a thread is accessed.</summary>
    public Lock Lock { get; } = new();

    /// <summary>All parts; a part's number is its index.</summary>
    public ReadOnlySpan<Entry> Entries => Volatile.Read(ref _entries);

    /// <summary>Returns the calling thread's part, if it has one.</summary>
    public Entry? FindOwn()
    {
        var thread = Thread.CurrentThread;
        foreach (var entry in Entries)
        {
            if (entry.Thread == thread)
                return entry;
        }
        return null;
    }

    /// <summary>Returns the calling thread's part: its own, one that a thread left behind, or a new one.</summary>
    /// <param name="make">Makes a part with its number.</param>
    public Entry Claim(Func<int, TPart> make)
    {
        if (FindOwn() is { } own)
            return own;
        lock (Lock)
            return ClaimAbandoned() ?? Add(make(_entries.Length));
    }

    /// <summary>Takes over a part that a thread left behind, if there is one. The caller holds the lock.</summary>
    public Entry? ClaimAbandoned()
    {
        foreach (var entry in _entries)
        {
            if (!entry.IsAbandoned)
                continue;
            entry.Thread = Thread.CurrentThread;
            return entry;
        }
        return null;
    }

    /// <summary>
    /// Adds a part for the calling thread; its number is the number of parts before it. The caller holds the lock.
    /// </summary>
    public Entry Add(TPart part)
    {
        var own = new Entry { Thread = Thread.CurrentThread, Part = part, Number = _entries.Length };
        Volatile.Write(ref _entries, [.. _entries, own]);
        return own;
    }

    /// <summary>Adds a part that the next thread without one takes over. The caller holds the lock.</summary>
    public void AddAbandoned(TPart part) =>
        Volatile.Write(ref _entries, [.. _entries, new Entry { Thread = Unborn, Part = part, Number = _entries.Length }]);

    /// <summary>Removes parts; the others get new numbers. The caller holds the lock.</summary>
    /// <returns>True if there were any to remove.</returns>
    public bool Remove(Predicate<TPart> isGone)
    {
        var isAny = false;
        foreach (var entry in _entries)
            isAny |= isGone(entry.Part);
        if (!isAny)
            return false;
        var kept = Array.FindAll(_entries, entry => !isGone(entry.Part));
        for (var i = 0; i < kept.Length; i++)
            kept[i] = new Entry { Thread = kept[i].Thread, Part = kept[i].Part, Number = i };
        Volatile.Write(ref _entries, kept);
        return true;
    }

    /// <summary>A part and its thread.</summary>
    internal sealed class Entry
    {
        private Thread? _ended;

        public required int Number { get; init; }

        public required TPart Part { get; init; }

        public required Thread Thread { get; set; }

        /// <summary>
        /// True if its thread has ended, and the calling thread sees everything that it did. It becomes false only
        /// under the lock.
        /// </summary>
        /// <remarks>
        /// Nothing says that <see cref="Thread.IsAlive"/> is an acquire of what the thread wrote before it ended. The
        /// barrier makes it one on every processor: all threads, even one that is ending, get a full fence, and so does
        /// the calling thread after its read.
        /// </remarks>
        public bool IsAbandoned
        {
            get
            {
                var thread = Thread;
                if (Volatile.Read(ref _ended) == thread)
                    return true;
                if (thread.IsAlive)
                    return false;
                Interlocked.MemoryBarrierProcessWide();
                Volatile.Write(ref _ended, thread);
                return true;
            }
        }
    }
}
