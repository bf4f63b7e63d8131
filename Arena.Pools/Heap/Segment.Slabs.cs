using System.Numerics;
using System.Runtime.CompilerServices;
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
    public static int SlabGranules(int sizeClass) => sizeClass < SizeClasses.FirstExtent / 2 ? PageGranules : 2 * PageGranules;

    /// <summary>Puts an empty slab into a gap; it is to be made available.</summary>
    public void PutSlab(int granule, int sizeClass)
    {
        var window = granule >> WindowShift;
        var end = granule + SlabGranules(sizeClass);
        for (; window << WindowShift < end; window++)
        {
            _kinds[window] = Kind.Slab;
            _classes[window] = (byte)sizeClass;
        }
        Placed(granule, end);
    }

    /// <summary>Makes an empty slab a gap, together with the gaps around it.</summary>
    /// <returns>Granules of the gap.</returns>
    public int RemoveSlab(int granule, int sizeClass)
    {
        var page = granule / PageGranules;
        Available(sizeClass)[page >> 6] &= ~(1UL << page);
        var window = granule >> WindowShift;
        var end = granule + SlabGranules(sizeClass);
        for (; window << WindowShift < end; window++)
            _kinds[window] = Kind.Nothing;
        return RaiseBound(granule, end);
    }

    /// <summary>The slab that a slot lies in.</summary>
    public static int SlabOf(int granule, int sizeClass) => granule & -SlabGranules(sizeClass);

    /// <summary>Whether no slot of a slab is live.</summary>
    public static bool IsSlabEmpty(Segment* segment, int granule, int sizeClass)
    {
        var live = segment->_live + (granule >> 6);
        var any = Vector256.Load(live);
        if (SlabGranules(sizeClass) > PageGranules)
            any |= Vector256.Load(live + WordsPerPage);
        return any == Vector256<ulong>.Zero;
    }

    /// <summary>The slab of a slot has free slots from now on; false where it had some before.</summary>
    public static bool MakeAvailable(Segment* segment, int slab, int sizeClass)
    {
        var page = slab / PageGranules;
        var word = segment->_available + sizeClass * PageWords + (page >> 6);
        var before = *word;
        *word = before | 1UL << page;
        return (before >> page & 1) == 0;
    }

    /// <summary>Whether a class has slabs with free slots here.</summary>
    public bool HasAvailable(int sizeClass) =>
        new ReadOnlySpan<ulong>(Available(sizeClass), PageWords).ContainsAnyExcept(0UL);

    /// <summary>
    /// Takes free slots of the lowest slab that has any, in address order. No slot of the class may be in a magazine.
    /// </summary>
    /// <returns>How many there were, at most <paramref name="most"/>.</returns>
    public static int TakeSlots(Segment* segment, int sizeClass, nuint* slots, int most)
    {
        var available = segment->Available(sizeClass);
        var pageWord = 0;
        while (available[pageWord] == 0)
            pageWord++;
        var granule = (64 * pageWord + BitOperations.TrailingZeroCount(available[pageWord])) * PageGranules;
        var starts = SlotStarts + sizeClass * MostSlabWords;
        var count = 0;
        for (var word = 0; word < SlabGranules(sizeClass) / 64; word++)
        {
            for (var free = starts[word] & ~segment->_live[(granule >> 6) + word]; free != 0; free &= free - 1)
            {
                if (count == most)
                    return count;
                var at = granule + 64 * word + BitOperations.TrailingZeroCount(free);
                slots[count++] = (nuint)AddressOf(segment, at);
            }
        }
        available[pageWord] &= available[pageWord] - 1;
        return count;
    }

    private ulong* Available(int sizeClass) =>
        (ulong*)Unsafe.AsPointer(ref _available[sizeClass * PageWords]);

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
