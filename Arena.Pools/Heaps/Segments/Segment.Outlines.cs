using System.Numerics;

namespace Arena.Pools;

// Which bytes of a segment's pages live, for a history: read from the live bits and the classes, a page at a time.
internal unsafe partial struct Segment
{
    // No allocation is longer.
    private const int MostGranules = SizeClasses.LargestBytes / GranuleBytes;

    /// <summary>Gives the outlines of its pages, where its description may have changed.</summary>
    public static void GiveOutlines(Segment* segment, bool isShared, ILiveOutlines outlines)
    {
        if (!outlines.MayDiffer(segment, (byte*)segment + HeaderBytesOf(isShared)))
            return;
        var pageGranules = (int)(outlines.PageBytes / GranuleBytes);
        // How far the last allocation before a page reaches.
        var reach = 0;
        for (var granule = 0; granule < segment->GranuleCount; granule += pageGranules)
        {
            var outline = Outline.With(Outline.Whole, (ulong)Math.Max(reach - granule, 0));
            for (var word = granule >> 6; word << 6 < granule + pageGranules; word++)
            {
                var live = segment->LiveBits(word);
                outline = Outline.With(outline, live);
                if (live == 0)
                    continue;
                // 64 granules are two windows.
                outline = Outline.With(outline, ((ushort*)segment->Classes)[word]);
                var last = (word << 6) + BitOperations.Log2(live);
                reach = last + SizeClasses.GranulesOf(segment->ClassOf(last));
            }
            outlines.Set(segment->AddressOf(granule), outline);
        }
    }

    /// <summary>
    /// Shows what lives in a part of it, and perhaps begins before. Allocations side by side come as one.
    /// </summary>
    public static void WalkPart(Segment* segment, IMemoryVisitor visitor, nuint from, nuint end)
    {
        var first = segment->GranuleOf((void*)from);
        var last = segment->GranuleOf((void*)(end - 1));
        var least = Math.Max(first - MostGranules, 0) >> 6;
        var run = new Run(visitor);
        for (var word = (first - 1) >> 6; first > 0 && word >= least; word--)
        {
            var before = segment->LiveBits(word);
            if (word == first >> 6)
                before &= (1UL << first) - 1;
            if (before == 0)
                continue;
            run.Add(segment, (word << 6) + BitOperations.Log2(before));
            break;
        }
        for (var word = first >> 6; word <= last >> 6; word++)
        {
            var live = segment->LiveBits(word);
            if (word == first >> 6)
                live &= ulong.MaxValue << first;
            if (word == last >> 6)
                live &= ulong.MaxValue >> (63 - (last & 63));
            for (; live != 0; live &= live - 1)
                run.Add(segment, (word << 6) + BitOperations.TrailingZeroCount(live));
        }
        run.Finish();
    }

    private ref struct Run(IMemoryVisitor visitor)
    {
        private nuint _start;
        private nuint _end;

        public void Add(Segment* segment, int granule)
        {
            var address = (nuint)segment->AddressOf(granule);
            if (address != _end)
            {
                Finish();
                _start = address;
            }
            _end = address + (nuint)SizeClasses.BytesOf(segment->ClassOf(granule));
        }

        public readonly void Finish()
        {
            if (_start != _end)
                visitor.Live(_start, _end - _start);
        }
    }
}
