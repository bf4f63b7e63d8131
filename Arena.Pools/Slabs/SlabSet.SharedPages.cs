using System.Diagnostics;
using System.Numerics;

namespace Arena.Pools;

// Which pages of a slab may share storage, which words lie in them, and what lives there.
internal sealed unsafe partial class SlabSet
{
    private int CountPages()
    {
        var pages = 0;
        for (var i = 0; i < Count; i++)
            pages += Math.Max(0, EligiblePages(this[i]).End - EligiblePages(this[i]).First);
        return pages;
    }

    private PageRings? RingsOf(byte* slab) => _rings.Count == 0 ? null : _rings.GetValueOrDefault((nuint)slab);

    // Pages that lie in whole words of slots.
    private (int First, int End) EligiblePages(byte* slab)
    {
        var header = (nuint)_geometry.Layout.HeaderBytes;
        var wholeWords = _geometry.State(slab).SlotCount / 64;
        var end = (nuint)(_geometry.WordBase(slab, wholeWords) - slab);
        return ((int)(Align.Up(header, (nuint)PageSize) / (nuint)PageSize), (int)(end / (nuint)PageSize));
    }

    private (int First, int End) WordsIn(byte* slab, int page)
    {
        var wordBytes = 64 * _geometry.Layout.StrideBytes;
        var offset = ((long)page * PageSize) - _geometry.Layout.HeaderBytes;
        return (
            (int)(offset / wordBytes),
            (int)Math.Min((offset + PageSize + wordBytes - 1) / wordBytes, WordCount(slab)));
    }

    private (int First, int End) PagesOf(byte* slab, int word)
    {
        var first = _geometry.WordBase(slab, word) - slab;
        var end = first + (64L * _geometry.Layout.StrideBytes);
        return (
            (int)(first / PageSize),
            (int)Math.Min((end + PageSize - 1) / PageSize, _geometry.Layout.SlabBytes / PageSize));
    }

    private bool OverlapsHole(byte* slab, int page)
    {
        if (_holeSlots == 0)
            return false;
        var (first, end) = WordsIn(slab, page);
        for (var word = first; word < end; word++)
        {
            if (IsHole(slab, word))
                return true;
        }
        return false;
    }

    // Adds the bytes of live slots in a page, a slot that lies in two pages only as far as it lies in this one.
    private void AddLive(byte* slab, int page, Span<ulong> all)
    {
        var stride = _geometry.Layout.StrideBytes;
        var start = ((long)page * PageSize) - _geometry.Layout.HeaderBytes;
        var (first, end) = WordsIn(slab, page);
        fixed (ulong* bits = all)
        {
            for (var word = first; word < end; word++)
            {
                var live = ~SlabGeometry.Words(slab)[word] & FullWord(slab, word);
                for (; live != 0; live &= live - 1)
                {
                    var slot = (64 * word) + BitOperations.TrailingZeroCount(live);
                    var from = Math.Max(((long)slot * stride) - start, 0);
                    var to = Math.Min((((long)slot + 1) * stride) - start, PageSize);
                    if (from < to)
                        GranuleBits.Set(bits, (int)(from >> _granuleShift), (int)(to >> _granuleShift));
                }
            }
        }
    }

    private void PrepareWindow()
    {
        if (_bitWords != 0)
            return;
        // Slots begin and end at multiples of this, in every page.
        _granuleShift = BitOperations.TrailingZeroCount(
            _geometry.Layout.StrideBytes | _geometry.Layout.HeaderBytes | PageSize);
        _bitWords = Math.Max(1, (PageSize >> _granuleShift) / 64);
        _pageBits = new ulong[_bitWords];
        _hostBits = new ulong[_bitWords];
        _windowBits = new ulong[_bitWords * WindowPages];
        Debug.Assert((1 << _granuleShift) * 64 >= 64, "a granule is a byte at least");
    }
}
