using System.Numerics;
using System.Runtime.Intrinsics;

namespace Arena.Pools;

// Gaps: where they are found, and where they grow. They are not listed; the things around them tell where they
// begin and end. What is kept is a bound for each group of 64 windows: no gap that begins in it is longer; and a bit
// where one may have room for a slab, which a gap that is long enough seldom has where extents lie around it. Bounds
// are raised when something is removed and lowered when a search in vain has seen the truth.
internal unsafe partial struct Segment
{
    private const int GroupWindows = 64;
    private const int Groups = Windows / GroupWindows;
    private const int GroupShift = 11;

    /// <summary>Longer gaps are told as this long: more than any extent needs.</summary>
    public const int LongestBound = ushort.MaxValue;

    /// <summary>No gap of this segment is longer, in granules, up to 65,535.</summary>
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

    /// <summary>Whether there may be a gap of at least this many granules.</summary>
    public readonly bool HasGap(int granules) => granules <= LongestBound && GroupsWith(granules) != 0;

    /// <summary>
    /// A low place for so many granules at an alignment, or -1. It must be used, or given up by <see cref="GiveUp"/>:
    /// the bounds are already lowered by it.
    /// </summary>
    /// <param name="granules">Wanted, at most 65,535.</param>
    /// <param name="alignment">In granules, a power of two.</param>
    /// <param name="committedOnly">Passes over places whose pages have no storage.</param>
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

    /// <summary>A place that was found is not used.</summary>
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

    /// <summary>Changes the class of an extent where it lies; the gap behind it must allow, and be committed.</summary>
    /// <returns>Granules of the gap that is left behind it.</returns>
    public int ResizeExtent(int granule, int sizeClass)
    {
        PutExtent(granule, sizeClass);
        var end = granule + SizeClasses.GranulesOf(sizeClass);
        return StartFrom(end >> WindowShift) - end;
    }

    /// <summary>Granules from the start of an extent to the start of whatever follows.</summary>
    public readonly int RoomAt(int granule) => StartFrom((granule >> WindowShift) + 1) - granule;

    /// <summary>The next gap at or after a granule not covered; that moves behind what follows the gap.</summary>
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
    /// The granule where the slot or extent around another one starts, live or not; false in a gap, in the rest behind
    /// a slab's last slot, and in this description.
    /// </summary>
    public readonly bool FindAround(int granule, out int start)
    {
        var last = LastStart((granule >> WindowShift) + 1);
        // What starts in the window may start behind the granule.
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

    /// <summary>Whether the segment holds nothing at all.</summary>
    public readonly bool IsEmpty
    {
        get => !KindsFrom(0).ContainsAnyInRange(Kind.Slab, byte.MaxValue);
    }

    // The rest of a gap begins at the end of what was put into it.
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

    // A bit for each group in which a gap may have room for what needs an aligned page or pair of pages at least.
    private readonly ulong PlacesFor(int granules, int alignment) =>
        Math.Min(granules, alignment) < SlabPageGranules ? ulong.MaxValue
        : Math.Min(granules, alignment) < 2 * SlabPageGranules ? PagePlaces : PairPlaces;

    // 1 where a gap has room for this many granules, aligned to their number; else 0.
    private static int Places(int start, int end, int granules) =>
        end - start >= granules && ((start + granules - 1) & -granules) + granules <= end ? 1 : 0;

    // A bit for each group whose bound allows a gap of so many granules.
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

    // The shortest gap of a group that is long enough. As all of them are seen, the bound becomes the truth.
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
            // A gap that began in an earlier group is that group's.
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
            // Slabs fill their windows: a row of them is one thing.
            var row = BitOperations.TrailingZeroCount(~(whole >> bit));
            at = row == 0 ? EndOf(firstWindow + bit) : (firstWindow + bit + row) * WindowGranules;
            starts &= row == 0 ? starts - 1 : ~(ulong.MaxValue >> 64 - row << bit);
        }
        if (best >= 0)
        {
            // What lies before the place stays a gap; what lies behind it raises the bounds when the place is used.
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

    // A bit for each window of a group in which something starts, and for those that it fills.
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

    // Where the last thing ends that starts before a window. The header of the segment starts before all others.
    private readonly int EndBefore(int window)
    {
        var last = LastStart(window);
        return last < 0 ? 0 : EndOf(last);
    }

    // The last window before another one in which something starts; -1 where there is none.
    private readonly int LastStart(int window) => KindsFrom(0)[..window].LastIndexOfAnyExcept(Kind.Nothing);

    // Where the first thing starts that starts in a window or after it.
    private readonly int StartFrom(int window)
    {
        if (window >= WindowCount)
            return GranuleCount;
        var next = KindsFrom(window).IndexOfAnyExcept(Kind.Nothing);
        return next < 0 ? GranuleCount : StartOf(window + next);
    }

    private readonly ReadOnlySpan<byte> KindsFrom(int window) => new(Kinds + window, WindowCount - window);
}
