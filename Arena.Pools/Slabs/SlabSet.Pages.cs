using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The pages of a slab, the words of slots in them, and what lives there.
internal sealed unsafe partial class SlabSet
{
    // Reads the live bytes of a page's storage. Returns false if no other page may share it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryRead(byte* slab, int page, Span<ulong> bits)
    {
        var rings = RingsOf(slab);
        if (page >= EligiblePages(slab).End || rings?.IsGuest(page) == true || OverlapsHole(slab, page))
            return false;
        bits.Clear();
        AddLive(slab, page, bits);
        if (rings?.IsHost(page) == true)
        {
            for (var other = rings.Next(page); other != page; other = rings.Next(other))
                AddLive(slab, other, bits);
        }
        return CountSet(bits) < PageSize >> _granuleShift;
    }

    private static int CountSet(ReadOnlySpan<ulong> bits)
    {
        var count = 0;
        foreach (var word in bits)
            count += BitOperations.PopCount(word);
        return count;
    }

    // Returns the pages that lie in whole words of slots.
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
        var offset = (long)page * PageSize - _geometry.Layout.HeaderBytes;
        return (
            (int)(offset / wordBytes),
            (int)Math.Min((offset + PageSize + wordBytes - 1) / wordBytes, WordCount(slab)));
    }

    private (int First, int End) PagesOf(byte* slab, int word)
    {
        var first = _geometry.WordBase(slab, word) - slab;
        var end = first + 64L * _geometry.Layout.StrideBytes;
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

    // Adds the bytes of live slots in a page; a slot in two pages counts only as far as it lies in this one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddLive(byte* slab, int page, Span<ulong> all)
    {
        var stride = _geometry.Layout.StrideBytes;
        var start = (long)page * PageSize - _geometry.Layout.HeaderBytes;
        var (first, end) = WordsIn(slab, page);
        fixed (ulong* bits = all)
        {
            for (var word = first; word < end; word++)
            {
                var live = ~SlabGeometry.Words(slab)[word] & FullWord(slab, word);
                for (; live != 0; live &= live - 1)
                {
                    var slot = 64 * word + BitOperations.TrailingZeroCount(live);
                    var from = Math.Max((long)slot * stride - start, 0);
                    var to = Math.Min(((long)slot + 1) * stride - start, PageSize);
                    if (from < to)
                        BitRuns.Set(bits, (int)(from >> _granuleShift), (int)(to >> _granuleShift));
                }
            }
        }
    }
}
