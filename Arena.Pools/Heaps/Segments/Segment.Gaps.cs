using System.Numerics;
using System.Runtime.Intrinsics;

namespace Arena.Pools;

// Finds gaps, and keeps bounds on them. Gaps are not listed: they begin and end where the things around them do. Each
// group of 64 windows keeps a bound that no gap which begins in it exceeds, and a bit if such a gap may have room for a
// slab; among extents, even a long gap seldom has an aligned place. Bounds are raised when something is removed, and
// lowered when a search in vain has seen the truth.
internal unsafe partial struct Segment
{
    private const int GroupWindows = 64;
    private const int Groups = Windows / GroupWindows;
    private const int GroupShift = 11;

    /// <summary>Longer gaps are reported with this length, which is more than any extent needs.</summary>
    public const int LongestBound = ushort.MaxValue;

    /// <summary>A bound on the longest gap of this segment, in granules, up to 65,535.</summary>
    public readonly int GapBound
    {
        get
        {
            var most = Vector256<ushort>.Zero;
            for (var group = 0; group < Groups; group += Vector256<ushort>.Count)
                most = Vector256.Max(most, Vector256.Load(GapBounds + group));
            var bound = 0;
            for (var i = 0; i < Vector256<ushort>.Count; i++)
                bound = Math.Max(bound, most[i]);
            return bound;
        }
    }

    /// <summary>Returns whether there may be a gap of at least this many granules.</summary>
    public readonly bool HasGap(int granules) => granules <= LongestBound && GroupsWith(granules) != 0;

    /// <summary>
    /// Finds a low place for this many granules at an alignment, or -1. It must be used, or given up by
    /// <see cref="GiveUp"/>: the bounds are already lowered for it.
    /// </summary>
    /// <param name="granules">The length, at most 65,535.</param>
    /// <param name="alignment">The alignment in granules, a power of two.</param>
    /// <param name="committedOnly">True to pass over places whose pages have no storage.</param>
    public int FindGap(int granules, int alignment, bool committedOnly)
    {
        for (var groups = GroupsWith(granules) & PlacesFor(granules, alignment); groups != 0; groups &= groups - 1)
        {
            var place = FindInGroup(BitOperations.TrailingZeroCount(groups), granules, alignment, committedOnly);
            if (place >= 0)
                return place;
        }
        return -1;
    }

    /// <summary>Gives up a place that was found and is not used.</summary>
    public void GiveUp(int place) => RaiseBound(place, place);

    /// <summary>Puts an extent into a gap.</summary>
    public void PutExtent(int granule, int sizeClass)
    {
        var window = granule >> WindowShift;
        Kinds[window] = (byte)(Kind.Extent + (granule & WindowGranules - 1));
        Classes[window] = (byte)sizeClass;
        Placed(granule, granule + SizeClasses.GranulesOf(sizeClass));
    }

    /// <summary>Makes an extent a gap, together with the gaps around it.</summary>
    /// <returns>Granules of the gap.</returns>
    public int RemoveExtent(int granule)
    {
        var window = granule >> WindowShift;
        var end = EndOf(window);
        Kinds[window] = Kind.Nothing;
        return RaiseBound(granule, end);
    }

    /// <summary>
    /// Changes the class of an extent where it lies. The gap behind it must be long enough, and committed.
    /// </summary>
    /// <returns>The granules of the gap that remains behind it.</returns>
    public int ResizeExtent(int granule, int sizeClass)
    {
        PutExtent(granule, sizeClass);
        var end = granule + SizeClasses.GranulesOf(sizeClass);
        return StartFrom(end >> WindowShift) - end;
    }

    /// <summary>Returns the granules from the start of an extent to the start of whatever follows.</summary>
    public readonly int RoomAt(int granule) => StartFrom((granule >> WindowShift) + 1) - granule;

    /// <summary>Finds the next gap at or after a granule, and moves the granule behind what follows the gap.</summary>
    public readonly bool NextGap(ref int granule, out int start, out int end)
    {
        start = end = GranuleCount;
        while (granule < GranuleCount)
        {
            start = granule;
            end = StartFrom(granule >> WindowShift);
            var window = end >> WindowShift;
            granule = end < GranuleCount ? EndOf(window) : GranuleCount;
            if (start < end)
                return true;
        }
        return false;
    }

    /// <summary>
    /// Finds the granule at which the slot or extent around a granule starts, live or not. Returns false in a gap, in
    /// the remainder behind a slab's last slot, and in this description.
    /// </summary>
    public readonly bool FindAround(int granule, out int start)
    {
        var last = LastStart((granule >> WindowShift) + 1);
        // The thing that starts in this window may start behind the granule.
        if (last >= 0 && StartOf(last) > granule)
            last = LastStart(last);
        start = last < 0 ? granule : StartOf(last);
        if (last < 0 || Kinds[last] == Kind.Blocked || granule >= EndOf(last))
            return false;
        if (Kinds[last] != Kind.Slab)
            return true;
        var sizeClass = Classes[last];
        var inSlab = granule & (SlabGranules(sizeClass) - 1);
        start = granule - inSlab % SizeClasses.GranulesOf(sizeClass);
        return granule - start + SlabGranules(sizeClass) - inSlab >= SizeClasses.GranulesOf(sizeClass);
    }

    /// <summary>True if the segment holds nothing at all.</summary>
    public readonly bool IsEmpty
    {
        get => !KindsFrom(0).ContainsAnyInRange(Kind.Slab, byte.MaxValue);
    }

    // Updates the bounds after something was put into a gap, whose rest begins at its end.
    private void Placed(int start, int end)
    {
        FreshGranule = Math.Max(FreshGranule, end);
        SetUsed(start, end);
        var rest = StartFrom(end >> WindowShift) - end;
        if (rest > 0)
            RaiseTo(end, rest);
    }

    private int RaiseBound(int start, int end)
    {
        var gapStart = EndBefore(start >> WindowShift);
        var granules = StartFrom(end >> WindowShift) - gapStart;
        RaiseTo(gapStart, granules);
        return granules;
    }

    private void RaiseTo(int start, int granules)
    {
        if (start >= GranuleCount)
            return;
        var group = start >> GroupShift;
        GapBounds[group] = (ushort)Math.Max(GapBounds[group], Math.Min(granules, LongestBound));
        PagePlaces |= (ulong)Places(start, start + granules, SlabPageGranules) << group;
        PairPlaces |= (ulong)Places(start, start + granules, 2 * SlabPageGranules) << group;
    }

    // Returns a bit for each group in which a gap may have room for something that needs at least an aligned page or
    // pair of pages.
    private readonly ulong PlacesFor(int granules, int alignment) =>
        Math.Min(granules, alignment) < SlabPageGranules ? ulong.MaxValue
        : Math.Min(granules, alignment) < 2 * SlabPageGranules ? PagePlaces : PairPlaces;

    // Returns 1 if a gap has room for this many granules, aligned to their number, and 0 otherwise.
    private static int Places(int start, int end, int granules) =>
        end - start >= granules && ((start + granules - 1) & -granules) + granules <= end ? 1 : 0;

    // Returns a bit for each group whose bound allows a gap of this many granules.
    private readonly ulong GroupsWith(int granules)
    {
        var wanted = Vector256.Create((ushort)granules);
        var groups = 0UL;
        for (var group = 0; group < Groups; group += 2 * Vector256<ushort>.Count)
        {
            var bounds = GapBounds + group;
            var low = Vector256.GreaterThanOrEqual(Vector256.Load(bounds), wanted);
            var high = Vector256.GreaterThanOrEqual(Vector256.Load(bounds + Vector256<ushort>.Count), wanted);
            groups |= (ulong)Vector256.Narrow(low, high).ExtractMostSignificantBits() << group;
        }
        return groups;
    }

    // Finds the shortest gap of a group that is long enough. The search sees all gaps, so the bound becomes exact.
    private int FindInGroup(int group, int granules, int alignment, bool committedOnly)
    {
        var firstWindow = group * GroupWindows;
        var begin = firstWindow * WindowGranules;
        var best = -1;
        var (bestStart, bestLength, longest, secondLongest) = (0, int.MaxValue, 0, 0);
        var (pages, pairs) = (0, 0);
        var at = EndBefore(firstWindow);
        var starts = StartsIn(firstWindow, out var whole);
        while (true)
        {
            var bit = BitOperations.TrailingZeroCount(starts);
            var next = starts != 0 ? StartOf(firstWindow + bit) : StartFrom(firstWindow + GroupWindows);
            var length = next - at;
            // A gap that began in an earlier group belongs to that group.
            if (length > 0 && at >= begin && at < begin + GroupWindows * WindowGranules)
            {
                (longest, secondLongest) = length > longest
                    ? (length, longest)
                    : (longest, Math.Max(length, secondLongest));
                pages += Places(at, next, SlabPageGranules);
                pairs += Places(at, next, 2 * SlabPageGranules);
                var place = (at + alignment - 1) & -alignment;
                if (place + granules <= next && length < bestLength
                    && (!committedOnly || IsCommitted(place, place + granules)))
                    (best, bestStart, bestLength) = (place, at, length);
            }
            if (starts == 0)
                break;
            // Slabs fill their windows, so a row of them is treated as one thing.
            var row = BitOperations.TrailingZeroCount(~(whole >> bit));
            at = row == 0 ? EndOf(firstWindow + bit) : (firstWindow + bit + row) * WindowGranules;
            starts &= row == 0 ? starts - 1 : ~(ulong.MaxValue >> 64 - row << bit);
        }
        if (best >= 0)
        {
            // The part before the place stays a gap; the part behind it raises the bounds when the place is used.
            if (bestLength == longest)
                longest = Math.Max(secondLongest, best - bestStart);
            pages -= Places(bestStart, bestStart + bestLength, SlabPageGranules)
                - Places(bestStart, best, SlabPageGranules);
            pairs -= Places(bestStart, bestStart + bestLength, 2 * SlabPageGranules)
                - Places(bestStart, best, 2 * SlabPageGranules);
        }
        GapBounds[group] = (ushort)Math.Min(longest, LongestBound);
        PagePlaces = With(PagePlaces, group, pages > 0);
        PairPlaces = With(PairPlaces, group, pairs > 0);
        return best;
    }

    private static ulong With(ulong bits, int index, bool isSet) =>
        (bits & ~(1UL << index)) | (isSet ? 1UL << index : 0);

    // Returns a bit for each window of a group in which something starts, and a bit for each that it fills.
    private readonly ulong StartsIn(int firstWindow, out ulong whole)
    {
        var low = Vector256.Load(Kinds + firstWindow);
        var high = Vector256.Load(Kinds + firstWindow + Vector256<byte>.Count);
        var extents = low.ExtractMostSignificantBits() | (ulong)high.ExtractMostSignificantBits() << 32;
        low = Vector256.Equals(low, Vector256<byte>.Zero);
        high = Vector256.Equals(high, Vector256<byte>.Zero);
        var starts = ~(low.ExtractMostSignificantBits() | (ulong)high.ExtractMostSignificantBits() << 32);
        whole = starts & ~extents;
        return starts;
    }

    // Returns the end of the last thing that starts before a window. The segment's header starts before all others.
    private readonly int EndBefore(int window)
    {
        var last = LastStart(window);
        return last < 0 ? 0 : EndOf(last);
    }

    // Returns the last window before another one in which something starts, or -1.
    private readonly int LastStart(int window) => KindsFrom(0)[..window].LastIndexOfAnyExcept(Kind.Nothing);

    // Returns the start of the first thing that starts in a window or after it.
    private readonly int StartFrom(int window)
    {
        if (window >= WindowCount)
            return GranuleCount;
        var next = KindsFrom(window).IndexOfAnyExcept(Kind.Nothing);
        return next < 0 ? GranuleCount : StartOf(window + next);
    }

    private readonly ReadOnlySpan<byte> KindsFrom(int window) => new(Kinds + window, WindowCount - window);
}
