using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

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
/// In the lists are the copies of the older frame: page 4 was <c>a</c> in frame 10 and <c>e</c> in 11 and 12. To go a
/// frame back, each entry of the list changes places with the table's, and the list then has the copies of the newer
/// frame: going back copies no page, and can be undone. To save a frame is to compare the pages that may differ with
/// the table's copies, to copy those that do, and to put the old copies into a new list. To drop the oldest frame is to
/// free the copies of the first list.
/// <para>The arena's own tables are pages like others. They lie in front, and are saved as far as they are counted;
/// they are small, and always compared.</para>
/// </summary>
internal sealed unsafe partial class PageVersions : IPageImages, IDisposable
{
    // Below, copies stay in the caches until they are read again.
    private const nuint LeastUncachedBytes = 8 << 20;

    private readonly PageMap _map;
    private readonly nuint _pageBytes;
    private readonly int _pageShift;
    private readonly byte* _tables;
    private readonly byte* _firstPage;
    private readonly int _firstPageUnit;
    private readonly PageCopies _copies;
    private readonly WrittenPages _written;

    // The table: a state of each unit, a page of the bitmaps, of the owners or of the arena.
    private PageState* _table;
    private int _unitCount;

    public PageVersions(PageArena arena, HistoryMechanism mechanism)
    {
        _map = arena.Map;
        _pageBytes = arena.OsPageBytes;
        _pageShift = BitOperations.TrailingZeroCount(_pageBytes);
        _tables = _map.BitTableStart;
        _firstPage = arena.Base;
        _firstPageUnit = UnitOf(_firstPage);
        _copies = new PageCopies(_pageBytes);
        _written = new WrittenPages(arena, mechanism);
    }

    /// <summary>The mechanism in use.</summary>
    public HistoryMechanism Mechanism => _written.Mechanism;

    /// <summary>Bytes of memory that it holds, lists apart.</summary>
    public nuint HeldBytes => _copies.HeldBytes + _written.HeldBytes
        + (nuint)_unitCount * (nuint)sizeof(PageState) + 4 * (nuint)_bitWords * sizeof(ulong);

    /// <inheritdoc/>
    public byte* ImageOf(byte* page)
    {
        var unit = UnitOf(page);
        return unit < _unitCount ? _copies.At(_table[unit].Copy) : null;
    }

    /// <summary>Which unit an address lies in.</summary>
    public int UnitOf(byte* address) => (int)((nuint)(address - _tables) >> _pageShift);

    /// <summary>Returns the first address behind an address's page.</summary>
    public nuint EndOfPage(nuint address) => (address & ~(_pageBytes - 1)) + _pageBytes;

    /// <summary>Returns the bytes from the start of its page to an address.</summary>
    public nuint OffsetInPage(nuint address) => address & (_pageBytes - 1);

    /// <summary>Returns the bytes of a copy; null if all are zero or nothing is held.</summary>
    public byte* At(int copy) => _copies.At(copy);

    /// <summary>
    /// Brings the copies of the table up to the arena as it is now, and the sums of the pages that differ. The arena's
    /// lock is held.
    /// </summary>
    /// <param name="changes">Empty; gets what the table had before.</param>
    /// <param name="sums">Takes sums; null where they are not wanted.</param>
    /// <exception cref="OutOfMemoryException">There is no memory; <see cref="Undo"/> undoes it.</exception>
    public void Capture(PageChanges changes, LiveSums? sums)
    {
        Cover(_firstPageUnit + _map.KnownPages);
        ClearMarks();
        _copies.ArePassedByCaches = (nuint)_map.KnownPages * _pageBytes >= LeastUncachedBytes;
        _written.Collect(forgets: true);
        CaptureTable(_map.CountedBits, changes);
        CaptureTable(_map.CountedOwners, changes);
        CapturePages(changes, sums);
        PageCopies.Settle();
        _written.Learn(_changed, _map.KnownPages);
    }

    /// <summary>The table is the arena as it is now.</summary>
    public void Settle(PageChanges changes)
    {
        _written.Settle(isSaved: true);
        _hasNoSums = false;
        ForgetEntries(changes);
    }

    /// <summary>The table goes back to what it was before <see cref="Capture"/>.</summary>
    public void Undo(PageChanges changes)
    {
        ForgetEntries(changes);
        Swap(changes);
        Forget(changes);
    }

    /// <summary>Goes to the neighbouring frame: the entries of the list change places with the table's.</summary>
    public void Swap(PageChanges changes)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            ref var change = ref changes[i];
            ref var state = ref _table[change.Unit];
            unchecked
            {
                Total += change.Sum - state.Sum;
            }
            (state.Sum, change.Sum) = (change.Sum, state.Sum);
            (state.Outline, change.Outline) = (change.Outline, state.Outline);
            if (change.Copy == PageCopies.Same)
                continue;
            var copy = state.Copy;
            SetCopy(change.Unit, change.Copy);
            change.Copy = copy;
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
        _written.Collect(forgets: false);
        var known = Math.Min(_map.KnownPages, _unitCount - _firstPageUnit);
        var words = (known + 63) >> 6;
        for (var word = 0; word < words; word++)
            _changed[word] = Differing(word, _written.Suspects(word) & _map.Committed.Word(word) & _held[word]);
        _written.PermitWrites(_changed, words);
        int next;
        for (var page = BitRuns.FirstSet(_changed, 0, known); page < known; page = next)
        {
            next = BitRuns.FirstSet(_changed, page + 1, known);
            if (next < known)
                _copies.Prefetch(_table[_firstPageUnit + next].Copy);
            _copies.CopyTo(AddressOf(page), _table[_firstPageUnit + page].Copy);
        }
        _written.Settle(isSaved: false);
        PageCopies.Settle();
    }

    public void Dispose()
    {
        _written.Dispose();
        _copies.Dispose();
        OwnMemory.Free(_table);
        _table = null;
        _unitCount = 0;
        FreeBits();
    }

    private byte* AddressOf(int page) => _firstPage + (nuint)page * _pageBytes;

    // Those of 64 pages that differ from their copies, where that is not known.
    private ulong Differing(int word, ulong pages)
    {
        if (_written.AreWritten(word))
            return pages;
        for (var rest = pages; rest != 0; rest &= rest - 1)
        {
            var page = (word << 6) + BitOperations.TrailingZeroCount(rest);
            if (_copies.IsEqual(_table[_firstPageUnit + page].Copy, AddressOf(page)))
                pages &= ~(1UL << page);
        }
        return pages;
    }

    private void CaptureTable(Span<byte> table, PageChanges changes)
    {
        fixed (byte* first = table)
        {
            for (nuint at = 0; at < (nuint)table.Length; at += _pageBytes)
            {
                var unit = UnitOf(first + at);
                var copy = _table[unit].Copy;
                if (copy != PageCopies.None && _copies.IsEqual(copy, first + at))
                    continue;
                MarkBlocks(first + at, _copies.At(copy));
                Replace(unit, first + at, changes);
            }
        }
    }

    private void CapturePages(PageChanges changes, LiveSums? sums)
    {
        int next;
        for (var page = NextThatMayDiffer(0); page < _map.KnownPages; page = next)
        {
            next = NextThatMayDiffer(page + 1);
            if (next < _map.KnownPages)
                Prefetch(next);
            CapturePage(page, changes, sums);
        }
    }

    private void CapturePage(int page, PageChanges changes, LiveSums? sums)
    {
        var unit = _firstPageUnit + page;
        var address = _map.Committed[page] && sums?.IsWorthless(page) != true ? AddressOf(page) : null;
        var copy = _table[unit].Copy;
        if (address == null && copy == PageCopies.None)
            return;
        if (address != null && copy != PageCopies.None && !_written.AreWritten(page >> 6)
            && _copies.IsEqual(copy, address))
            return;
        MarkChanged(page);
        Replace(unit, address, changes);
        if (sums is null)
            return;
        // While the page is in the caches.
        _taken[page >> 6] |= 1UL << page;
        sums.Take(page);
    }

    // Smaller states are in the caches anyway.
    private void Prefetch(int page)
    {
        if (!_copies.ArePassedByCaches)
            return;
        PageCopies.Prefetch(AddressOf(page));
        if (!_written.AreWritten(page >> 6))
            _copies.Prefetch(_table[_firstPageUnit + page].Copy);
        else if (Sse.IsSupported)
            Sse.Prefetch0(_table + _firstPageUnit + page);
    }

    // Returns the first page from this one on that may differ from the table's frame; a large number if there is none.
    private int NextThatMayDiffer(int page)
    {
        for (var word = page >> 6; word << 6 < _map.KnownPages; page = ++word << 6)
        {
            var committed = _map.Committed.Word(word);
            var pages = (committed & (_written.Suspects(word) | ~_held[word])) | (_held[word] & ~committed);
            pages &= ulong.MaxValue << page;
            if (pages != 0)
                return (word << 6) + BitOperations.TrailingZeroCount(pages);
        }
        return int.MaxValue;
    }

    private void Replace(int unit, byte* address, PageChanges changes)
    {
        ref var entry = ref changes[Enter(unit, changes)];
        var copy = address == null ? PageCopies.None : _copies.Take(address);
        entry.Copy = _table[unit].Copy;
        SetCopy(unit, copy);
    }

    private void SetCopy(int unit, int copy)
    {
        _table[unit].Copy = copy;
        var page = unit - _firstPageUnit;
        if (page < 0)
            return;
        var bit = 1UL << page;
        _held[page >> 6] = copy == PageCopies.None ? _held[page >> 6] & ~bit : _held[page >> 6] | bit;
        _written.Suspect(page);
    }

    // The place of a page in the list of changes, which it gets with what the table has.
    private int Enter(int unit, PageChanges changes)
    {
        ref var state = ref _table[unit];
        if (state.Entry == 0)
        {
            changes.Add(unit, state);
            state.Entry = changes.Count;
        }
        return state.Entry - 1;
    }

    private void ForgetEntries(PageChanges changes)
    {
        for (var i = 0; i < changes.Count; i++)
            _table[changes[i].Unit].Entry = 0;
    }

    private void Cover(int unitCount)
    {
        if (unitCount <= _unitCount)
            return;
        CoverBits(unitCount - _firstPageUnit);
        _written.Cover(unitCount - _firstPageUnit);
        _table = (PageState*)OwnMemory.Resize(_table, (nuint)unitCount * (nuint)sizeof(PageState));
        NativeMemory.Clear(_table + _unitCount, (nuint)(unitCount - _unitCount) * (nuint)sizeof(PageState));
        _unitCount = unitCount;
    }
}
