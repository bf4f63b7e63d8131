using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Arena.Pools;

// Slabs: one or two pages of slots of one class. A slot that is not live is free, or waits in a magazine.
internal unsafe partial struct Segment
{
    private const int PageWords = Pages / 64;
    private const int WordsPerPage = PageGranules / 64;
    private const int MostSlabWords = 2 * WordsPerPage;

    /// <summary>The slot starts of a slab of each class, as bits of its granules.</summary>
    private static readonly ulong* SlotStarts = MakeSlotStarts();

    /// <summary>Granules of a slab, to which it is also aligned: two pages where one would waste more than 4 %.</summary>
    public static int SlabGranules(int sizeClass) =>
        sizeClass < SizeClasses.FirstExtent / 2 ? PageGranules : 2 * PageGranules;

    /// <summary>Puts an empty slab into a gap; it is to be made available.</summary>
    public void PutSlab(int granule, int sizeClass)
    {
        Fill(Kinds, granule, sizeClass, Kind.Slab);
        Fill(Classes, granule, sizeClass, (byte)sizeClass);
        Placed(granule, granule + SlabGranules(sizeClass));
    }

    // Together with the gaps around it. Returns the granules of the gap.
    private int RemoveSlab(int granule, int sizeClass)
    {
        var page = granule / PageGranules;
        Available(sizeClass)[page >> 6] &= ~(1UL << page);
        Fill(Kinds, granule, sizeClass, Kind.Nothing);
        return RaiseBound(granule, granule + SlabGranules(sizeClass));
    }

    /// <summary>The slab of a slot has free slots from now on; false where it had some before.</summary>
    public static bool MakeAvailable(Segment* segment, int slot, int sizeClass)
    {
        var page = (slot & -SlabGranules(sizeClass)) / PageGranules;
        var word = segment->Available(sizeClass) + (page >> 6);
        var before = *word;
        *word = before | 1UL << page;
        return (before >> page & 1) == 0;
    }

    /// <summary>
    /// Makes the slabs of a class without a live slot gaps. None of their slots may be in a magazine.
    /// </summary>
    /// <returns>Granules of the longest gap that came of it.</returns>
    public static int RemoveEmptySlabs(Segment* segment, int sizeClass)
    {
        var longest = 0;
        for (var word = 0; word < PageWords; word++)
        {
            for (var pages = segment->Available(sizeClass)[word]; pages != 0; pages &= pages - 1)
            {
                var granule = (64 * word + BitOperations.TrailingZeroCount(pages)) * PageGranules;
                if (IsSlabEmpty(segment, granule, sizeClass))
                    longest = Math.Max(longest, segment->RemoveSlab(granule, sizeClass));
            }
        }
        return longest;
    }

    /// <summary>Whether a class has slabs with free slots here.</summary>
    public bool HasAvailable(int sizeClass) =>
        new ReadOnlySpan<ulong>(Available(sizeClass), PageWords).ContainsAnyExcept(0UL);

    /// <summary>
    /// Takes free slots of the lowest slab that has any, in address order. No slot of the class may be in a magazine.
    /// </summary>
    /// <returns>How many there were, at most as many as fit.</returns>
    public static int TakeSlots(Segment* segment, int sizeClass, Span<nuint> slots)
    {
        var available = segment->Available(sizeClass);
        var pageWord = 0;
        while (available[pageWord] == 0)
            pageWord++;
        var granule = (64 * pageWord + BitOperations.TrailingZeroCount(available[pageWord])) * PageGranules;
        var starts = SlotStarts + sizeClass * MostSlabWords;
        var live = segment->Live + (granule >> 6);
        var address = (nuint)AddressOf(segment, granule);
        var count = 0;
        for (var word = 0; word < SlabGranules(sizeClass) / 64; word++, address += 64 * GranuleBytes)
        {
            for (var free = starts[word] & ~live[word]; free != 0; free &= free - 1)
            {
                if (count == slots.Length)
                    return count;
                slots[count++] = address + ((nuint)(uint)BitOperations.TrailingZeroCount(free) << GranuleShift);
            }
        }
        available[pageWord] &= available[pageWord] - 1;
        return count;
    }

    private static bool IsSlabEmpty(Segment* segment, int granule, int sizeClass)
    {
        var live = segment->Live + (granule >> 6);
        var any = Vector256.Load(live);
        if (SlabGranules(sizeClass) > PageGranules)
            any |= Vector256.Load(live + WordsPerPage);
        return any == Vector256<ulong>.Zero;
    }

    private static void Fill(byte* windows, int granule, int sizeClass, byte value) =>
        new Span<byte>(windows + (granule >> WindowShift), SlabGranules(sizeClass) >> WindowShift).Fill(value);

    private readonly ulong* Available(int sizeClass) =>
        (ulong*)(Self + AvailableOffset) + sizeClass * PageWords;

    private static ulong* MakeSlotStarts()
    {
        // Lives as long as the process.
        var starts = (ulong*)NativeMemory.AllocZeroed(SizeClasses.FirstExtent * MostSlabWords, sizeof(ulong));
        for (var sizeClass = 0; sizeClass < SizeClasses.FirstExtent; sizeClass++)
        {
            var granules = SizeClasses.GranulesOf(sizeClass);
            for (var at = 0; at + granules <= SlabGranules(sizeClass); at += granules)
                starts[sizeClass * MostSlabWords + (at >> 6)] |= 1UL << at;
        }
        return starts;
    }
}
