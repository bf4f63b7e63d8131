using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// The pages of an arena as they were in its saved frames: one whole copy, of one frame, and between every two
/// neighbouring frames a list of the pages in which they differ.
/// <code>
/// frame            10                 11                 12                 13
/// differs from       | 4: a    7: b     | 7: c             | 2: d   4: e      |
/// the next in                                                                 |
///                                                     table of pages -------->|  0  1  2  3  4  5  6  7 ...
///                                                     (the frame we are at)   |  k  l  m  n  o  p  q  r
/// </code>
/// The lists hold the copies of the older frame: page 4 was <c>a</c> in frame 10 and <c>e</c> in 11 and 12. To go a
/// frame back, each entry of the list changes places with the table's, and the list then holds the copies of the newer
/// frame: going back copies no page, and can be undone. To save a frame is to compare each committed page with the
/// table's copy, to copy it where they differ, and to put the old copy into a new list. To drop the oldest frame is to
/// free the copies of the first list.
/// <para>The arena's own tables are pages like others. They come first, and their counted part is saved.</para>
/// </summary>
internal sealed unsafe class PageVersions : IPageImages, IDisposable
{
    private readonly PageMap _map;
    private readonly nuint _pageBytes;
    private readonly byte* _firstPage;
    private readonly int _firstPageUnit;
    private readonly PageCopies _copies;

    // The table has a copy of each unit, which is a page of the bitmaps, of the owners or of the arena.
    private int* _table;
    private int _unitCount;

    public PageVersions(PageArena arena)
    {
        _map = arena.Map;
        _pageBytes = arena.OsPageBytes;
        _firstPage = arena.Base;
        _firstPageUnit = UnitOf(_firstPage);
        _copies = new PageCopies(_pageBytes);
    }

    /// <summary>The bytes of memory that it holds, without the lists.</summary>
    public nuint HeldBytes => _copies.HeldBytes + (nuint)_unitCount * sizeof(int);

    /// <inheritdoc/>
    public byte* ImageOf(byte* page)
    {
        var unit = UnitOf(page);
        return unit < _unitCount ? _copies.At(_table[unit]) : null;
    }

    /// <summary>Returns the unit in which an address lies.</summary>
    public int UnitOf(byte* address) => (int)((nuint)(address - _map.BitTableStart) / _pageBytes);

    /// <summary>Returns the first address behind an address's page.</summary>
    public nuint EndOfPage(nuint address) => (address & ~(_pageBytes - 1)) + _pageBytes;

    /// <summary>Returns the bytes from the start of its page to an address.</summary>
    public nuint OffsetInPage(nuint address) => address & (_pageBytes - 1);

    /// <summary>Returns the bytes of a copy; null if all are zero or nothing is held.</summary>
    public byte* At(int copy) => _copies.At(copy);

    /// <summary>Updates the table to the present state of the arena. The caller holds the arena's lock.</summary>
    /// <param name="changes">An empty list, which receives the previous entries of the table.</param>
    /// <exception cref="OutOfMemoryException">There is no memory; nothing was changed.</exception>
    public void Capture(PageChanges changes)
    {
        try
        {
            Cover(_firstPageUnit + _map.KnownPages);
            CaptureTable(_map.CountedBits, changes);
            CaptureTable(_map.CountedOwners, changes);
            CapturePages(changes);
        }
        catch (OutOfMemoryException)
        {
            Swap(changes);
            Forget(changes);
            throw;
        }
    }

    /// <summary>Goes to the neighbouring frame: the entries of the list change places with the table's.</summary>
    public void Swap(PageChanges changes)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            ref var change = ref changes[i];
            (_table[change.Unit], change.Copy) = (change.Copy, _table[change.Unit]);
        }
    }

    /// <summary>Frees the copies of a list that no frame needs.</summary>
    public void Forget(PageChanges changes)
    {
        for (var i = 0; i < changes.Count; i++)
            _copies.Free(changes[i].Copy);
        changes.Clear();
    }

    /// <summary>
    /// Writes the table's copies into the arena's committed pages that differ. The arena's tables are restored already,
    /// and the caller holds its lock.
    /// </summary>
    public void CopyToArena()
    {
        var known = Math.Min(_map.KnownPages, _unitCount - _firstPageUnit);
        var committed = _map.Committed;
        for (var page = committed.FirstSet(0, known); page < known; page = committed.FirstSet(page + 1, known))
        {
            var copy = _table[_firstPageUnit + page];
            var address = _firstPage + (nuint)page * _pageBytes;
            if (copy == PageCopies.None || _copies.IsEqual(copy, address))
                continue;
            if (copy == PageCopies.Zero)
                NativeMemory.Clear(address, _pageBytes);
            else
                Buffer.MemoryCopy(_copies.At(copy), address, _pageBytes, _pageBytes);
        }
    }

    public void Dispose()
    {
        _copies.Dispose();
        NativeMemory.Free(_table);
        _table = null;
        _unitCount = 0;
    }

    private void CaptureTable(Span<byte> table, PageChanges changes)
    {
        fixed (byte* first = table)
        {
            for (nuint at = 0; at < (nuint)table.Length; at += _pageBytes)
                Capture(UnitOf(first + at), first + at, changes);
        }
    }

    private void CapturePages(PageChanges changes)
    {
        for (var word = 0; word << 6 < _map.KnownPages; word++)
        {
            var committed = _map.Committed.Word(word);
            var end = Math.Min((word + 1) << 6, _map.KnownPages);
            for (var page = word << 6; page < end; page++, committed >>= 1)
            {
                var unit = _firstPageUnit + page;
                if ((committed & 1) != 0)
                    Capture(unit, _firstPage + (nuint)page * _pageBytes, changes);
                else if (_table[unit] != PageCopies.None)
                    Replace(unit, null, changes);
            }
        }
    }

    private void Capture(int unit, byte* address, PageChanges changes)
    {
        if (_table[unit] == PageCopies.None || !_copies.IsEqual(_table[unit], address))
            Replace(unit, address, changes);
    }

    private void Replace(int unit, byte* address, PageChanges changes)
    {
        changes.Reserve();
        var copy = address == null ? PageCopies.None : _copies.Take(address);
        changes.Add(unit, _table[unit]);
        _table[unit] = copy;
    }

    private void Cover(int unitCount)
    {
        if (unitCount <= _unitCount)
            return;
        _table = (int*)NativeMemory.Realloc(_table, (nuint)unitCount * sizeof(int));
        NativeMemory.Clear(_table + _unitCount, (nuint)(unitCount - _unitCount) * sizeof(int));
        _unitCount = unitCount;
    }
}
