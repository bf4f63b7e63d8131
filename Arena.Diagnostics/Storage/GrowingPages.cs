namespace Arena.Diagnostics;

/// <summary>
/// The diagnostics' own memory, separate from observed memory, and not observed. Addresses are reserved as needed,
/// doubling each time and none in advance: so the diagnostics of an arena fit wherever the arena does, even under a
/// limit on addresses (<c>ulimit -v</c>). Thread-safe.
/// </summary>
/// <param name="reserve">Makes an arena that can lend this many bytes, or throws.</param>
internal sealed class GrowingPages(Func<nuint, PageArena> reserve) : IDisposable
{
    private const nuint FewestBytes = 1 << 20;

    private readonly Lock _lock = new();

    // In order of creation, which is usually that of size. All but the last have lent something.
    private readonly List<PageArena> _arenas = [];

    // The size that could not be reserved; it is not tried again until a block is given back.
    private nuint _refusedBytes = nuint.MaxValue;
    private string _whyRefused = "the pages were given back";
    private bool _disposed;

    /// <param name="name">The name of its arenas, for messages.</param>
    public GrowingPages(string name)
        : this(byteCount => Reserve(name, byteCount))
    {
    }

    /// <summary>Bytes lent.</summary>
    public nuint LentBytes => Sum(arena => arena.LentBytes);

    /// <summary>Committed bytes.</summary>
    public nuint CommittedBytes => Sum(arena => arena.CommittedBytes);

    /// <summary>Bytes of addresses.</summary>
    public nuint ReservedBytes => Sum(arena => arena.ReservedBytes);

    /// <summary>Lends a block.</summary>
    /// <exception cref="ArenaOutOfMemoryException">Out of memory.</exception>
    public Block Allocate(nuint byteCount) => Lend(byteCount, 0, out var block, out _) is { } why
        ? throw new ArenaOutOfMemoryException(why, byteCount)
        : block;

    /// <summary>Lends a block; false if out of memory.</summary>
    /// <param name="byteCount">Bytes.</param>
    /// <param name="alignment">A power of two; 0 for a page.</param>
    /// <param name="block">The block.</param>
    /// <param name="isZero">True if every page is fresh from the OS.</param>
    public bool TryLend(nuint byteCount, nuint alignment, out Block block, out bool isZero) =>
        Lend(byteCount, alignment, out block, out isZero) is null;

    /// <summary>Takes a block back and decommits it.</summary>
    public unsafe void TakeBack(Block block)
    {
        lock (_lock)
        {
            _refusedBytes = nuint.MaxValue;
            foreach (var arena in _arenas)
            {
                if (!arena.Contains(block.Address))
                    continue;
                arena.TakeBack(block, OwnerRegistry.UserBlock, decommit: true);
                // The last is the largest, and usually a table that shrinks or goes comes back.
                if (arena != _arenas[^1])
                    ReleaseIfUnused(arena);
                return;
            }
        }
    }

    /// <summary>Releases the addresses of arenas that lend nothing.</summary>
    public void ReleaseUnused()
    {
        lock (_lock)
        {
            foreach (var arena in _arenas.ToArray())
                ReleaseIfUnused(arena);
        }
    }

    /// <summary>Releases everything; from now on nothing is lent.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var arena in _arenas)
                arena.Dispose();
            _arenas.Clear();
        }
    }

    private static PageArena Reserve(string name, nuint byteCount)
    {
        var arena = new PageArena(new PageArenaOptions { Name = name, ReserveBytes = byteCount });
        arena.HideFromMaker();
        return arena;
    }

    // Lends a block. Returns null, or why it cannot.
    private string? Lend(nuint byteCount, nuint alignment, out Block block, out bool isZero)
    {
        lock (_lock)
        {
            for (var i = _arenas.Count - 1; i >= 0; i--)
            {
                if (_arenas[i].Lend(byteCount, alignment, OwnerRegistry.UserBlock, out block, out isZero) is null)
                    return null;
            }
            block = default;
            isZero = false;
            if (!TryGrow(byteCount + alignment))
                return _whyRefused;
            var why = _arenas[^1].Lend(byteCount, alignment, OwnerRegistry.UserBlock, out block, out isZero);
            if (why is null)
                return null;
            // There are addresses, but no storage for them.
            ReleaseIfUnused(_arenas[^1]);
            (_refusedBytes, _whyRefused) = (byteCount, why);
            return why;
        }
    }

    private bool TryGrow(nuint byteCount)
    {
        if (_disposed || byteCount >= _refusedBytes)
            return false;
        var reserved = _arenas.Aggregate((nuint)0, (sum, arena) => sum + arena.ReservedBytes);
        if (TryReserve(nuint.Max(FewestBytes, nuint.Max(reserved, byteCount))) || TryReserve(byteCount))
            return true;
        _refusedBytes = byteCount;
        return false;
    }

    private bool TryReserve(nuint byteCount)
    {
        try
        {
            _arenas.Add(reserve(byteCount));
            return true;
        }
        catch (ArenaOutOfMemoryException refusal)
        {
            _whyRefused = refusal.Message;
            return false;
        }
    }

    private void ReleaseIfUnused(PageArena arena)
    {
        if (arena.LentBytes != 0)
            return;
        _arenas.Remove(arena);
        arena.Dispose();
    }

    private nuint Sum(Func<PageArena, nuint> bytes)
    {
        lock (_lock)
        {
            nuint sum = 0;
            foreach (var arena in _arenas)
                sum += bytes(arena);
            return sum;
        }
    }
}
