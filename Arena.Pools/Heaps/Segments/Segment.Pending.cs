using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The pending bits of segments of shared heaps: one for each granule, behind the live bits, and one for each page in
// which such a bit may be set, so that the owner need not search for them.
//
// | ... live bits | pages: 1 bit each | pending: 1 bit a granule, 32 to a word of 8 bytes |
internal unsafe partial struct Segment
{
    private const int PendingPagesOffset = (HeaderBytes + 63) & ~63;
    private const int PendingOffset = PendingPagesOffset + 64;
    private const int SharedHeaderBytes = PendingOffset + Granules / RemoteFrees.PlacesPerWord * sizeof(ulong);

    private readonly ulong* Pending => (ulong*)(Self + PendingOffset);

    /// <summary>Returns the word of pending bits for a distance in bytes from the segment's beginning.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* PendingWord(Segment* segment, nuint offset) =>
        (ulong*)((byte*)segment + PendingOffset) + (offset >> GranuleShift + 5);

    /// <summary>Returns the word that has the bit of the page in which a granule lies.</summary>
    public static ulong* PendingPage(Segment* segment, int granule, out ulong bit)
    {
        var page = granule / SlabPageGranules;
        bit = 1UL << page;
        return (ulong*)((byte*)segment + PendingPagesOffset) + (page >> 6);
    }

    /// <summary>
    /// Takes back the pending places of one page. The caller makes its slab available, or removes its extents.
    /// </summary>
    /// <param name="page">The page's number.</param>
    /// <param name="taken">The places, as bits of the page's granules.</param>
    /// <param name="twice">A granule that the owner and another thread freed at the same time, if there is one.</param>
    /// <returns>True if there were any.</returns>
    public readonly bool TakePendingOfPage(int page, Span<ulong> taken, ref int twice)
    {
        var any = 0UL;
        for (var i = 0; i < WordsPerSlabPage; i++)
        {
            var word = page * WordsPerSlabPage + i;
            taken[i] = RemoteFrees.TakeWord<ManyThreads>(Live + word, Pending + 2 * word, 0, out var twiceLow)
                | RemoteFrees.TakeWord<ManyThreads>(Live + word, Pending + 2 * word + 1, 32, out var twiceHigh);
            any |= taken[i];
            if ((twiceLow | twiceHigh) != 0)
                twice = 64 * word + BitOperations.TrailingZeroCount(twiceLow | twiceHigh);
        }
        return any != 0;
    }

    /// <summary>Finds the pages in which every live place is pending, as bits.</summary>
    public readonly void FindQuietPages(Span<ulong> pages)
    {
        pages.Clear();
        for (var page = 0; page < ByteCount / SlabPageBytes; page++)
        {
            var any = 0UL;
            for (var word = page * WordsPerSlabPage; word < (page + 1) * WordsPerSlabPage; word++)
                any |= LiveBits(word);
            if (any == 0)
                pages[page >> 6] |= 1UL << page;
        }
    }

    /// <summary>Returns whether there are pending places in a page.</summary>
    public readonly bool HasPending(int page)
    {
        for (var word = page * WordsPerSlabPage; word < (page + 1) * WordsPerSlabPage; word++)
        {
            if (PendingBits(word) != 0)
                return true;
        }
        return false;
    }

    /// <summary>Returns whether another thread has freed the place that starts at a granule.</summary>
    public readonly bool IsPending(int granule) =>
        IsShared && RemoteFrees.IsPending<ManyThreads>(Pending + (granule >> 5), granule);

    /// <summary>Returns whether a slab starts in a granule's window.</summary>
    public readonly bool IsSlab(int granule) => Kinds[granule >> WindowShift] == Kind.Slab;

    /// <summary>Returns the places that other threads have freed, in the order of a word of live bits.</summary>
    public readonly ulong PendingBits(int word) => IsShared
        ? unchecked((uint)Volatile.Read(ref Pending[2 * word])) | Volatile.Read(ref Pending[2 * word + 1]) << 32
        : 0;

    private static int HeaderBytesOf(bool isShared) => isShared ? SharedHeaderBytes : HeaderBytes;
}
