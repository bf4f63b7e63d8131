using System.Diagnostics;

namespace Arena;

// Blocks that are lent as addresses and get their storage piece by piece, so that an owner can grow without moving.
public sealed unsafe partial class PageArena
{
    /// <summary>
    /// Lends addresses. Pages in them that were committed before stay so; all others fault until their owner commits
    /// them. The first page has the owner's token from now on, and each other page from its commit on, so a page with
    /// the token may be read. Returns null, or why it cannot.
    /// </summary>
    internal string? LendAddresses(nuint byteCount, nuint alignment, ushort owner, out Block block)
    {
        using var cold = Cold();
        lock (_lock)
        {
            block = default;
            if (FindRoom(byteCount, alignment, out var first, out var end) is { } noRoom)
                return noRoom;
            if (_storage.Prepare(first, end, GuardPageCount, _lentBytes) is { } why)
                return why;
            block = SetLent(first, end, owner, ownedPages: 1);
            return null;
        }
    }

    /// <summary>
    /// Gives storage to pages inside a lent block. Returns null, or why it cannot. Pages that had storage keep their
    /// contents;
    /// <paramref name="isZero"/> is true if none had. If many pages are kept for lending again, some of them go back to
    /// the OS before the arena grows.
    /// </summary>
    /// <param name="address">A page of the owner's block.</param>
    /// <param name="byteCount">Whole pages, within the same block.</param>
    /// <param name="owner">The block's owner.</param>
    /// <param name="isZero">True if every page is fresh from the OS.</param>
    internal string? Commit(void* address, nuint byteCount, ushort owner, out bool isZero)
    {
        using var cold = Cold();
        lock (_lock)
        {
            ThrowIfDisposed();
            var (first, end) = PagesOf(address, byteCount, owner);
            isZero = _storage.IsFresh(first, end);
            _storage.GiveWay(first, end, _lentBytes);
            var before = _storage.CommittedIn(first, end);
            var why = _storage.Commit(first, end, 0, _lentBytes - before);
            // This runs also after a failure, because some of the pages may have storage.
            _lentBytes = _lentBytes + _storage.CommittedIn(first, end) - before;
            if (why is null)
                _map.SetOwner(first, end - first, owner);
            return why;
        }
    }

    /// <summary>Gives the storage of pages inside a lent block back to the OS; their contents are lost.</summary>
    /// <returns>Bytes given back to the OS; pages that it refuses stay committed.</returns>
    internal nuint Decommit(void* address, nuint byteCount, ushort owner)
    {
        using var cold = Cold();
        lock (_lock)
        {
            ThrowIfDisposed();
            var (first, end) = PagesOf(address, byteCount, owner);
            _guard?.Forget((nuint)address, byteCount);
            var givenBack = GiveBackStorage(first, end);
            // A block is known by its first page.
            var unowned = _map.Starts[first] ? first + 1 : first;
            _map.SetOwner(unowned, end - unowned, 0);
            return givenBack;
        }
    }

    /// <summary>Asks for huge pages in a committed part of a lent block; the OS follows when it can.</summary>
    internal void AdviseHugePages(void* address, nuint byteCount)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            var first = (int)(OffsetOf(address) >> _pageShift);
            _access.AdviseHuge(first, first + (int)(byteCount >> _pageShift));
        }
    }

    // Gives the storage of lent pages back to the OS, and returns how many bytes it took.
    private nuint GiveBackStorage(int first, int end)
    {
        var before = _storage.CommittedIn(first, end);
        _storage.Decommit(first, end);
        var givenBack = before - _storage.CommittedIn(first, end);
        _lentBytes -= givenBack;
        return givenBack;
    }

    private (int First, int End) PagesOf(void* address, nuint byteCount, ushort owner)
    {
        var offset = OffsetOf(address);
        Debug.Assert(((offset | byteCount) & (_pageBytes - 1)) == 0, "storage goes by whole pages");
        Debug.Assert(
            Owners[offset >> PageMap.OwnerPageShift] is 0 || Owners[offset >> PageMap.OwnerPageShift] == owner,
            "only an owner gives its pages storage");
        var first = (int)(offset >> _pageShift);
        var end = first + (int)(byteCount >> _pageShift);
        Debug.Assert(_map.Lent.FirstClear(first, end) == end, "the pages are lent");
        return (first, end);
    }

    private nuint TakeBack(int page, bool decommit)
    {
        var pages = _map.BlockPages(page);
        _guard?.Forget((nuint)PageAddress(page), (nuint)pages << _pageShift);
        _ = _sharing?.ShowOwn(page, page + pages);
        _map.TakeBack(page, pages);
        _lentBytes -= _storage.CommittedIn(page, page + pages);
        return decommit ? _storage.DecommitFree(page, page + pages) : 0;
    }
}
