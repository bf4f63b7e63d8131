using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// The starts of a slab's slots, and the order in which a new slab hands them out: a cache line of each 1 KiB in turn.
/// <code>
/// words of live bits    | 0: 1 KiB          | 1                 | 2                 | 3                 |
/// 64-byte slots         | 1st, 5th, 9th ... | 2nd, 6th ...      | 3rd, 7th ...      | 4th, 8th ...      |
/// </code>
/// Setting a live bit reads its word and writes it, which waits for the write before it if that was to the same word.
/// So allocations that follow each other have different words, while slots of one cache line still come in turn.
/// </summary>
internal static unsafe class SlotOrder
{
    private const int WordBytes = 64 * Segment.GranuleBytes;
    private const int LineBytes = 64;
    private const int Classes = SizeClasses.FirstExtent;
    private const int MostSlots = Segment.SlabPageGranules;
    private const int MostWords = 2 * Segment.SlabPageGranules / 64;

    // Both tables live as long as the process.
    private static readonly ulong* Starts = MakeStarts();
    private static readonly nuint* Offsets = MakeOffsets();

    /// <summary>Returns the slot starts of a slab, as bits of its granules.</summary>
    public static ReadOnlySpan<ulong> StartsOf(int sizeClass) =>
        new(Starts + sizeClass * MostWords, Segment.SlabGranules(sizeClass) / 64);

    /// <summary>
    /// Returns the slots of a new slab, as bytes from its beginning; the one to use first is at the end.
    /// </summary>
    public static ReadOnlySpan<nuint> Of(int sizeClass) =>
        new(Offsets + sizeClass * MostSlots, Segment.SlabGranules(sizeClass) / SizeClasses.GranulesOf(sizeClass));

    private static ulong* MakeStarts()
    {
        var starts = (ulong*)NativeMemory.AllocZeroed(Classes * MostWords, sizeof(ulong));
        for (var sizeClass = 0; sizeClass < Classes; sizeClass++)
        {
            var granules = SizeClasses.GranulesOf(sizeClass);
            for (var at = 0; at + granules <= Segment.SlabGranules(sizeClass); at += granules)
                starts[sizeClass * MostWords + (at >> 6)] |= 1UL << at;
        }
        return starts;
    }

    private static nuint* MakeOffsets()
    {
        var offsets = (nuint*)NativeMemory.AllocZeroed(Classes * MostSlots, (nuint)sizeof(nuint));
        for (var sizeClass = 0; sizeClass < Classes; sizeClass++)
        {
            var slots = Of(sizeClass).Length;
            var bytes = SizeClasses.BytesOf(sizeClass);
            var order = Enumerable.Range(0, slots).Select(slot => slot * bytes)
                .OrderByDescending(offset => offset % WordBytes / LineBytes)
                .ThenByDescending(offset => offset);
            var next = offsets + sizeClass * MostSlots;
            foreach (var offset in order)
                *next++ = (nuint)offset;
        }
        return offsets;
    }
}
