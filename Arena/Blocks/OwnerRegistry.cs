namespace Arena;

/// <summary>The allocators of one arena, each under a token that the arena's page table can hold.</summary>
internal sealed class OwnerRegistry
{
    /// <summary>Marks pages that were lent to the user and not to an allocator.</summary>
    public const ushort UserBlock = 0xFFFF;

    /// <summary>
    /// The token of free pages, and of the start of a user's block while observers are notified of its free.
    /// </summary>
    public const ushort None = 0;

    /// <summary>True if there is no allocator.</summary>
    public bool IsEmpty => _freeTokens.Count == _byToken.Count - 1;

    // The index is the token, and 0 is no allocator. A token is used again after its allocator, and all its pages, are
    // gone.
    private readonly List<Entry> _byToken = [default];
    private readonly Stack<ushort> _freeTokens = new();
    private ulong _registrations;

    /// <summary>Takes a token; returns 0 if all are in use.</summary>
    public ushort Add(Allocator allocator)
    {
        var entry = new Entry(allocator, ++_registrations);
        if (_freeTokens.TryPop(out var token))
        {
            _byToken[token] = entry;
            return token;
        }
        if (_byToken.Count >= Allocator.NoToken)
            return 0;
        _byToken.Add(entry);
        return (ushort)(_byToken.Count - 1);
    }

    public void Remove(Allocator allocator)
    {
        _byToken[allocator.OwnerToken] = default;
        _freeTokens.Push(allocator.OwnerToken);
    }

    /// <summary>
    /// Returns all allocators, youngest first, so that one that was built on another one goes before it.
    /// </summary>
    public Allocator[] YoungestFirst() =>
        [.. _byToken.OrderByDescending(e => e.Registration).Select(e => e.Allocator).OfType<Allocator>()];

    /// <summary>Copies all allocators into an array that grows if need be.</summary>
    /// <returns>The number of allocators.</returns>
    public int CopyTo(ref Allocator?[] allocators)
    {
        if (allocators.Length < _byToken.Count)
            allocators = new Allocator?[_byToken.Count];
        var count = 0;
        foreach (var entry in _byToken)
        {
            if (entry.Allocator is { } allocator)
                allocators[count++] = allocator;
        }
        return count;
    }

    /// <summary>Copies the whole registry.</summary>
    public void Save(Snapshot snapshot)
    {
        snapshot.Count = _byToken.Count;
        if (snapshot.Entries.Length < _byToken.Count)
            snapshot.Entries = new Entry[_byToken.Capacity];
        else
            Array.Clear(snapshot.Entries);
        _byToken.CopyTo(snapshot.Entries);
        snapshot.FreeCount = _freeTokens.Count;
        if (snapshot.FreeTokens.Length < _freeTokens.Count)
            snapshot.FreeTokens = new ushort[2 * _freeTokens.Count];
        _freeTokens.CopyTo(snapshot.FreeTokens, 0);
        snapshot.Registrations = _registrations;
    }

    /// <summary>Restores the registry from a copy.</summary>
    public void Restore(Snapshot snapshot)
    {
        _byToken.Clear();
        _byToken.AddRange(snapshot.Entries.AsSpan(0, snapshot.Count));
        _freeTokens.Clear();
        for (var i = snapshot.FreeCount - 1; i >= 0; i--)
            _freeTokens.Push(snapshot.FreeTokens[i]);
        _registrations = snapshot.Registrations;
    }

    /// <summary>Describes, for messages, the owner of pages with this token.</summary>
    public string Describe(ushort token) => token switch
    {
        None => "no live block",
        UserBlock => "a block lent by PageArena.Allocate",
        _ => token < _byToken.Count && _byToken[token].Allocator is { } owner ? owner.Label : "no live block",
    };

    /// <summary>A copy of a registry, which is reused.</summary>
    internal sealed class Snapshot
    {
        internal Entry[] Entries { get; set; } = [];

        internal ushort[] FreeTokens { get; set; } = [];

        internal int FreeCount { get; set; }

        internal ulong Registrations { get; set; }

        /// <summary>The number of tokens ever given out, plus the one that never is.</summary>
        public int Count { get; internal set; }

        /// <summary>The number of allocators that had registered when the one that has a token did.</summary>
        public ulong RegistrationOf(int token) => Entries[token].Registration;

        /// <summary>Makes room, for a snapshot that is read.</summary>
        public void Resize(int count)
        {
            Entries = new Entry[count];
            Count = count;
        }

        /// <summary>Sets the allocator that has a token.</summary>
        public void Set(int token, Allocator allocator, ulong registration) =>
            Entries[token] = new Entry(allocator, registration);

        /// <summary>Sets the free tokens, and the number of allocators that have registered.</summary>
        public void SetFree(ushort[] tokens, ulong registrations) =>
            (FreeTokens, FreeCount, Registrations) = (tokens, tokens.Length, registrations);

        /// <summary>Returns the allocator that had a token.</summary>
        public Allocator? At(int token) => token < Count ? Entries[token].Allocator : null;
    }

    // The entry keeps the age, because a token is used again.
    internal readonly record struct Entry(Allocator? Allocator, ulong Registration);
}
