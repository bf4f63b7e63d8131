using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arena.Pools;

// Slabs are one or two pages of slots of one class. A slot that is not live is free, or waits in a magazine.
internal unsafe partial struct Segment
{
    /// <summary>Words with a bit for each page.</summary>
    public const int SlabPageWords = SlabPages / 64;

    private const int WordsPerSlabPage = SlabPageGranules / 64;

    /// <summary>
    /// Returns the granules of a slab, which are also its alignment: two pages if one would waste more than 4 %.
    /// </summary>
    public static int SlabGranules(int sizeClass) =>
        sizeClass < SizeClasses.FirstExtent / 2 ? SlabPageGranules : 2 * SlabPageGranules;

    /// <summary>Puts an empty slab into a gap. The caller makes it available.</summary>
    public void PutSlab(int granule, int sizeClass)
    {
        Fill(Kinds, granule, sizeClass, Kind.Slab);
        Fill(Classes, granule, sizeClass, (byte)sizeClass);
        Placed(granule, granule + SlabGranules(sizeClass));
    }

    /// <summary>Marks a slab as one with free slots. Returns false if it was one before.</summary>
    public bool MakeAvailable(int slab, int sizeClass)
    {
        var page = slab / SlabPageGranules;
        var word = Available(sizeClass) + (page >> 6);
        *word |= 1UL << page;
        var wasAvailable = AvailablePages[page] != 0;
        AvailablePages[page] = 1;
        return !wasAvailable;
    }

    /// <summary>
    /// Returns whether a slab at this offset in bytes is marked as one with free slots. Callers ask before
    /// <see cref="MakeAvailable"/> when they free many slots: usually it is marked, and nothing has to be written.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAvailable(Segment* segment, nuint slabOffset) =>
        ((byte*)segment + AvailablePagesOffset)[slabOffset / SlabPageBytes] != 0;

    /// <summary>Returns whether a class has slabs with free slots here.</summary>
    public bool HasAvailable(int sizeClass)
    {
        var any = Vector256<ulong>.Zero;
        for (var word = 0; word < SlabPageWords; word += Vector256<ulong>.Count)
            any |= Vector256.Load(Available(sizeClass) + word);
        return any != Vector256<ulong>.Zero;
    }

    /// <summary>
    /// Turns a class's slabs without a live slot into gaps, among 64 pages. No magazine may hold a slot of them.
    /// </summary>
    /// <param name="sizeClass">The class.</param>
    /// <param name="word">The number of these 64 pages.</param>
    /// <param name="within">The pages to which this is limited, as bits; empty for all.</param>
    /// <param name="seen">The number of slabs that it looked at.</param>
    /// <param name="removed">The number of slabs that are gaps now.</param>
    /// <returns>The granules of the longest gap that this made.</returns>
    public int RemoveEmptySlabs(
        int sizeClass, int word, ReadOnlySpan<ulong> within, out int seen, out int removed)
    {
        var longest = seen = removed = 0;
        for (var pages = Available(sizeClass)[word]; pages != 0; pages &= pages - 1, seen++)
        {
            var slab = (64 * word + BitOperations.TrailingZeroCount(pages)) * SlabPageGranules;
            if (!AreAllIn(within, slab, sizeClass) || !IsSlabEmpty(slab, sizeClass))
                continue;
            longest = Math.Max(longest, RemoveSlab(slab, sizeClass));
            removed++;
        }
        return longest;
    }

    /// <summary>
    /// Takes free slots of the lowest slab that has any, into the end of the span. The last one is to be used first. No
    /// slot of the slab may be in a magazine.
    /// </summary>
    /// <returns>The number of slots taken, at most as many as fit.</returns>
    public int TakeSlots(int sizeClass, Span<nuint> slots)
    {
        var available = Available(sizeClass);
        var word = 0;
        while (available[word] == 0)
            word++;
        var slab = (64 * word + BitOperations.TrailingZeroCount(available[word])) * SlabPageGranules;
        // Usually the slab is new.
        var order = SlotOrder.Of(sizeClass);
        var count = order.Length <= slots.Length && IsSlabEmpty(slab, sizeClass) && !IsPendingInSlab(slab, sizeClass)
            ? TakeAll(slab, order, slots)
            : TakeFree(slab, sizeClass, slots);
        if (count < slots.Length || count == order.Length)
            MakeUnavailable(slab / SlabPageGranules, sizeClass);
        return count;
    }

    private readonly int TakeAll(int slab, ReadOnlySpan<nuint> order, Span<nuint> slots)
    {
        var address = (nuint)Self + ((nuint)slab << GranuleShift);
        slots = slots[^order.Length..];
        var i = 0;
        for (; i <= order.Length - Vector256<nuint>.Count; i += Vector256<nuint>.Count)
        {
            var some = Vector256.LoadUnsafe(in order[i]) + Vector256.Create(address);
            some.StoreUnsafe(ref slots[i]);
        }
        for (; i < order.Length; i++)
            slots[i] = address + order[i];
        return order.Length;
    }

    // If the span was filled, the slab may have more.
    private readonly int TakeFree(int slab, int sizeClass, Span<nuint> slots)
    {
        var starts = SlotOrder.StartsOf(sizeClass);
        var live = Live + (slab >> 6);
        var address = (nuint)Self + ((nuint)slab << GranuleShift);
        var room = slots.Length;
        for (var word = 0; word < starts.Length && room > 0; word++, address += 64 * GranuleBytes)
        {
            // A place that is pending and not live was freed twice, which is reported before it is handed out again.
            var free = starts[word] & ~live[word] & ~PendingBits((slab >> 6) + word);
            var some = slots[Math.Max(0, room - BitOperations.PopCount(free))..room];
            room -= some.Length;
            for (var i = some.Length - 1; i >= 0; i--, free &= free - 1)
                some[i] = address + ((nuint)(uint)BitOperations.TrailingZeroCount(free) << GranuleShift);
        }
        return slots.Length - room;
    }

    // Turns a slab, with the gaps around it, into a gap. Returns the granules of the gap.
    private int RemoveSlab(int slab, int sizeClass)
    {
        MakeUnavailable(slab / SlabPageGranules, sizeClass);
        Fill(Kinds, slab, sizeClass, Kind.Nothing);
        return RaiseBound(slab, slab + SlabGranules(sizeClass));
    }

    private void MakeUnavailable(int page, int sizeClass)
    {
        Available(sizeClass)[page >> 6] &= ~(1UL << page);
        AvailablePages[page] = 0;
    }

    private readonly bool IsSlabEmpty(int slab, int sizeClass)
    {
        var live = Live + (slab >> 6);
        var any = Vector256.Load(live);
        if (SlabGranules(sizeClass) > SlabPageGranules)
            any |= Vector256.Load(live + WordsPerSlabPage);
        return any == Vector256<ulong>.Zero;
    }

    private static bool AreAllIn(ReadOnlySpan<ulong> pages, int slab, int sizeClass)
    {
        if (pages.IsEmpty)
            return true;
        for (var page = slab / SlabPageGranules; page < (slab + SlabGranules(sizeClass)) / SlabPageGranules; page++)
        {
            if ((pages[page >> 6] >> page & 1) == 0)
                return false;
        }
        return true;
    }

    private readonly bool IsPendingInSlab(int slab, int sizeClass)
    {
        for (var word = slab >> 6; word < (slab + SlabGranules(sizeClass)) >> 6; word++)
        {
            if (PendingBits(word) != 0)
                return true;
        }
        return false;
    }

    private static void Fill(byte* windows, int granule, int sizeClass, byte value) =>
        new Span<byte>(windows + (granule >> WindowShift), SlabGranules(sizeClass) >> WindowShift).Fill(value);

    // One byte for each page, for the slab that begins there.
    private readonly byte* AvailablePages => Self + AvailablePagesOffset;

    private readonly ulong* Available(int sizeClass) =>
        (ulong*)(Self + AvailableOffset) + sizeClass * SlabPageWords;
}
