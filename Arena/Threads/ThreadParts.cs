namespace Arena;

/// <summary>
/// The parts of an allocator that threads have to themselves, one each. What a thread leaves behind goes to the next
/// one that needs a part: there are never more than threads that lived at the same time.
/// </summary>
internal sealed class ThreadParts<TPart>
    where TPart : class
{
    private Entry[] _entries = [];

    /// <summary>Makes a part; null, or why it cannot be had.</summary>
    public delegate string? Maker(int number, out TPart? part);

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
    /// <returns>Null, or why it cannot be had.</returns>
    public string? Claim(Maker make, out Entry? own)
    {
        own = FindOwn();
        if (own is not null)
            return null;
        lock (Lock)
        {
            own = ClaimAbandoned();
            if (own is not null)
                return null;
            if (make(_entries.Length, out var part) is { } why)
                return why;
            own = Add(part!);
            return null;
        }
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
        public required int Number { get; init; }

        public required TPart Part { get; init; }

        public required Thread Thread { get; set; }

        /// <summary>Its thread has ended. Changes only with the lock held.</summary>
        public bool IsAbandoned => !Thread.IsAlive;
    }
}
