namespace Arena;

/// <example>
/// <code>
/// using var arena = new PageArena("level 1");
/// var mesh = arena.Allocate(3 &lt;&lt; 20);                 // whole pages
/// mesh.AsSpan().Clear();
/// arena.Free(mesh);
/// </code>
/// </example>
public sealed unsafe partial class PageArena
{
    /// <summary>
    /// Makes a lent block longer by the free pages behind it, or shorter by its last pages, which stay committed.
    /// </summary>
    /// <returns>
    /// Returns false, with nothing changed, if the pages behind it are lent or cannot be committed, or if the arena has
    /// guard pages.
    /// </returns>
    internal bool TryResize(Block block, ushort owner, nuint byteCount, out Block resized)
    {
        using var cold = Cold();
        resized = block;
        string? why;
        lock (_lock)
        {
            ThrowIfDisposed();
            why = WhyNotLent(block, owner, out var first);
            if (why is null)
                return TryResize(first, block, owner, byteCount, out resized);
        }
        throw InvalidFree(block, why);
    }

    private bool TryResize(int first, Block block, ushort owner, nuint byteCount, out Block resized)
    {
        resized = block;
        var pages = (int)(block.ByteCount >> _pageShift);
        if (byteCount > ReservedBytes || _options.GuardPages)
            return false;
        var wanted = Math.Max(1, (int)(Align.Up(byteCount, _pageBytes) >> _pageShift));
        if (wanted > pages)
        {
            if (!CanGrow(first + pages, first + wanted))
                return false;
            _map.Extend(first + pages, wanted - pages, owner);
        }
        else if (wanted < pages)
        {
            _map.TakeBack(first + wanted, pages - wanted);
        }
        resized = new Block(block.Address, (nuint)wanted << _pageShift);
        _lentBytes = _lentBytes + resized.ByteCount - block.ByteCount;
        return true;
    }

    private bool CanGrow(int from, int end)
    {
        if (end > _pageCount)
            return false;
        var known = Math.Min(end, _map.KnownPages);
        return _map.Lent.LastSet(from, known) < 0 && _storage.Commit(from, end, 0, _lentBytes) is null;
    }
}
