using System.Numerics;

namespace Arena.Pools;

// The description at the beginning of a segment. Its tables have fixed places, so that the fast paths find them by
// constants; a smaller segment needs only their beginnings. In a shared heap, whose tables are longer than the smallest
// segment, what lies between them is room for allocations:
//
// | sizes, bounds, kinds | gap | classes | gap | live bits | gap | slabs, pages | pending | gap ... |     64 KiB
internal unsafe partial struct Segment
{
    /// <summary>The number of windows in this segment.</summary>
    public readonly int WindowCount => ByteCount / WindowBytes;

    /// <summary>The number of granules in this segment, at which its last gap ends.</summary>
    public readonly int GranuleCount => ByteCount / GranuleBytes;

    /// <summary>Returns the pages that hold the description of a segment, as bits.</summary>
    public static uint HeaderPages(int byteCount, bool isShared, nuint osPageBytes)
    {
        var pages = 0u;
        var perSystemPage = (int)osPageBytes / SlabPageBytes;
        var windows = HeaderWindows(byteCount, isShared);
        for (; windows != 0; windows &= windows - 1)
        {
            var page = (int)UInt128.TrailingZeroCount(windows) / (SlabPageBytes / WindowBytes);
            // On systems with larger pages, whole system pages are committed.
            pages |= (uint)((1UL << perSystemPage) - 1) << (page & -perSystemPage);
        }
        return pages;
    }

    /// <summary>Returns the number of pages that hold the description of a segment.</summary>
    public static int HeaderPageCount(int byteCount, bool isShared, nuint osPageBytes) =>
        BitOperations.PopCount(HeaderPages(byteCount, isShared, osPageBytes));

    /// <summary>Finds the next run of such pages and clears their bits. Returns false if there is none.</summary>
    public static bool NextHeaderRun(ref uint pages, out int first, out int end)
    {
        first = BitOperations.TrailingZeroCount(pages);
        end = first + BitOperations.TrailingZeroCount(~(pages >> first));
        if (pages == 0)
            return false;
        pages = end < 32 ? pages >> end << end : 0;
        return true;
    }

    /// <summary>Returns the longest place in a new segment at an alignment, a power of two, in bytes.</summary>
    public static nuint LongestRoom(nuint byteCount, bool isShared, nuint alignment)
    {
        var last = 128 - (int)UInt128.LeadingZeroCount(HeaderWindows((int)byteCount, isShared));
        var start = Align.Up((nuint)(last * WindowBytes), alignment);
        return start < byteCount ? byteCount - start : 0;
    }

    // Returns the windows in which the tables of a segment lie, as bits.
    private static UInt128 HeaderWindows(int byteCount, bool isShared)
    {
        if (!isShared || byteCount == LargestBytes)
            return Range(0, HeaderBytesOf(isShared));
        var windows = byteCount / WindowBytes;
        return Range(0, KindsOffset + windows)
            | Range(ClassesOffset, windows)
            | Range(LiveOffset, byteCount / GranuleBytes / 8)
            | Range(AvailablePagesOffset, byteCount / SlabPageBytes)
            | Range(PendingPagesOffset, PendingOffset - PendingPagesOffset)
            | Range(PendingOffset, byteCount / GranuleBytes / RemoteFrees.PlacesPerWord * sizeof(ulong));
    }

    private static UInt128 Range(int offset, int byteCount)
    {
        var first = offset / WindowBytes;
        var end = (offset + byteCount + WindowBytes - 1) / WindowBytes;
        return (UInt128.One << end) - (UInt128.One << first);
    }

    // Clears the description except its owner, and keeps its windows from allocations.
    private static void ClearHeader(Segment* segment, int byteCount, bool isShared)
    {
        var header = HeaderWindows(byteCount, isShared);
        for (var windows = header; windows != 0; windows &= windows - 1)
        {
            var from = (int)UInt128.TrailingZeroCount(windows) * WindowBytes;
            var kept = from == 0 ? sizeof(ulong*) : 0;
            new Span<byte>((byte*)segment + from + kept, WindowBytes - kept).Clear();
        }
        segment->ByteCount = byteCount;
        for (; header != 0; header &= header - 1)
            segment->Kinds[(int)UInt128.TrailingZeroCount(header)] = Kind.Blocked;
    }
}
