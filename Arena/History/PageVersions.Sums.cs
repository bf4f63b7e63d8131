using System.Numerics;

namespace Arena;

// The sums of pages, and which of them are to be taken again. Sums and outlines go from frame to frame with the copies.
internal sealed unsafe partial class PageVersions
{
    // Bitmaps by page: has a copy in the table; differs from it in the frame that is being saved; belongs to another
    // block there; its sum was taken.
    private ulong* _held;
    private ulong* _changed;
    private ulong* _moved;
    private ulong* _taken;
    private int _bitWords;
    private bool _hasNoSums;

    /// <summary>The sum of the sums of all pages.</summary>
    public ulong Total { get; private set; }

    /// <summary>Words of 64 pages that are known.</summary>
    public int WordCount => (_map.KnownPages + 63) >> 6;

    /// <summary>Which of 64 pages changed, or what lives in them, while their sums were not taken.</summary>
    public ulong NotTaken(int word)
    {
        var known = _map.KnownPages - (word << 6);
        return _changed[word] & ~_taken[word] & (known >= 64 ? ulong.MaxValue : (1UL << known) - 1);
    }

    /// <summary>Marks a page as changed.</summary>
    public void MarkChanged(int page) => _changed[page >> 6] |= 1UL << page;

    /// <summary>Marks pages as belonging to another block than before.</summary>
    public void MarkMoved(int page) => _moved[page >> 6] |= 1UL << page;

    /// <summary>Returns whether one of the pages [first, end) changed.</summary>
    public bool HasChanged(int first, int end) => BitRuns.FirstSet(_changed, first, end) < end;

    /// <summary>Which page an address lies in.</summary>
    public int PageOf(void* address) => (int)((nuint)((byte*)address - _firstPage) >> _pageShift);

    /// <summary>Gives a page an outline; true where it is another one than before.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public bool SetOutline(int page, ulong outline, PageChanges changes)
    {
        ref var state = ref _table[_firstPageUnit + page];
        if (state.Outline == outline)
            return false;
        _ = Enter(_firstPageUnit + page, changes);
        state.Outline = outline;
        MarkChanged(page);
        return true;
    }

    /// <summary>Pages that belong to other blocks now have no outline, until they are given one.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public void ForgetMoved(PageChanges changes)
    {
        for (var word = 0; word < WordCount; word++)
        {
            for (var moved = _moved[word]; moved != 0; moved &= moved - 1)
            {
                var page = (word << 6) + BitOperations.TrailingZeroCount(moved);
                SetOutline(page, 0, changes);
                MarkChanged(page);
            }
        }
    }

    /// <summary>Gives a page its sum.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public void SetSum(int page, ulong sum, PageChanges changes)
    {
        ref var state = ref _table[_firstPageUnit + page];
        if (state.Sum == sum)
            return;
        _ = Enter(_firstPageUnit + page, changes);
        Total = unchecked(Total + sum - state.Sum);
        state.Sum = sum;
    }

    /// <summary>No frame is held any more: all sums are to be taken again at the next one.</summary>
    public void ForgetSums()
    {
        for (var unit = 0; unit < _unitCount; unit++)
            (_table[unit].Sum, _table[unit].Outline) = (0, 0);
        Total = 0;
        _hasNoSums = true;
    }

    private void ClearMarks()
    {
        new Span<ulong>(_changed, _bitWords).Fill(_hasNoSums ? ulong.MaxValue : 0);
        new Span<ulong>(_moved, _bitWords).Clear();
        new Span<ulong>(_taken, _bitWords).Clear();
    }

    // Which pages are lent otherwise than in the table's frame, read from a page of the bitmaps or of the owners.
    private void MarkBlocks(byte* now, byte* before)
    {
        var words = (int)(_pageBytes / sizeof(ulong));
        var isOwners = now >= (byte*)_map.Owners;
        var first = (int)((now - (isOwners ? (byte*)_map.Owners : _map.BitTableStart)) / sizeof(ulong));
        for (var i = 0; i < words; i++)
        {
            var differ = ((ulong*)now)[i] ^ (before == null ? 0 : ((ulong*)before)[i]);
            if (differ == 0)
                continue;
            if (isOwners)
                MarkOwners((first + i) * (sizeof(ulong) / sizeof(ushort)), differ);
            else if ((first + i) % PageBitmap.Stride < PageMap.BitmapsOfBlocks)
                MarkWord((first + i) / PageBitmap.Stride, differ);
        }
    }

    private void MarkWord(int word, ulong pages)
    {
        if (word < _bitWords)
            _moved[word] |= pages;
    }

    private void MarkOwners(int owner, ulong differ)
    {
        for (; differ != 0; differ >>= 16, owner++)
        {
            if ((differ & ushort.MaxValue) != 0)
                MarkWord(PageOfOwner(owner) >> 6, 1UL << PageOfOwner(owner));
        }
    }

    private int PageOfOwner(int owner) => (int)(((nuint)owner << PageMap.OwnerPageShift) >> _pageShift);

    private void CoverBits(int pages)
    {
        var words = (pages + 63) >> 6;
        if (words <= _bitWords)
            return;
        words = Math.Max(words, 2 * _bitWords);
        _held = Grow(_held);
        _changed = Grow(_changed);
        _moved = Grow(_moved);
        _taken = Grow(_taken);
        _bitWords = words;

        ulong* Grow(ulong* bits)
        {
            bits = (ulong*)OwnMemory.Resize(bits, (nuint)words * sizeof(ulong));
            new Span<ulong>(bits + _bitWords, words - _bitWords).Clear();
            return bits;
        }
    }

    private void FreeBits()
    {
        OwnMemory.Free(_held);
        OwnMemory.Free(_changed);
        OwnMemory.Free(_moved);
        OwnMemory.Free(_taken);
        _held = _changed = _moved = _taken = null;
        _bitWords = 0;
    }
}
