namespace Arena;

/// <summary>
/// The parts of an allocator that threads have to themselves, one each. What a thread leaves behind goes to the next
/// one that needs a part: there are never more than threads that lived at the same time.
/// </summary>
internal sealed class PerThread<TPart>
    where TPart : class
{
    private Entry[] _entries = [];

    /// <summary>Held while a part without a thread is touched.</summary>
    public Lock Lock { get; } = new();

    /// <summary>All parts there are; a part's number is its index.</summary>
    public ReadOnlySpan<Entry> Entries => Volatile.Read(ref _entries);

    /// <summary>The calling thread's part, if it has one.</summary>
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

    /// <summary>The calling thread's part: its own, one that a thread left behind, or a new one.</summary>
    /// <param name="make">Makes one, with its number.</param>
    public Entry Claim(Func<int, TPart> make)
    {
        if (FindOwn() is { } own)
            return own;
        lock (Lock)
            return ClaimAbandoned() ?? Add(make(_entries.Length));
    }

    /// <summary>A part that a thread left behind, if there is one; with the lock held.</summary>
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

    /// <summary>Adds a part for the calling thread, with the lock held; its number is that of parts before.</summary>
    public Entry Add(TPart part)
    {
        var own = new Entry { Thread = Thread.CurrentThread, Part = part, Number = _entries.Length };
        Volatile.Write(ref _entries, [.. _entries, own]);
        return own;
    }

    /// <summary>A part and whose it is.</summary>
    internal sealed class Entry
    {
        private Thread? _ended;

        public required int Number { get; init; }

        public required TPart Part { get; init; }

        public required Thread Thread { get; set; }

        /// <summary>
        /// Its thread has ended, and all that it did is seen by the calling thread. Becomes false only with the lock
        /// held.
        /// </summary>
        /// <remarks>
        /// Nothing says that <see cref="Thread.IsAlive"/> is an acquire of what the thread wrote before it ended. The
        /// barrier makes it one on every processor: all threads, one that is ending too, get a full fence, and so does
        /// the calling one, behind its look.
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
