using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Allocates and frees many places in one call, past the magazines: these hold some hundreds, and a range would only
// fill and empty them. Slots of one word of live bits are neighbours and are mostly taken together, so a word is read
// once and written once.
internal sealed unsafe partial class ThreadHeap
{
    /// <summary>Shorter ranges go through the magazines, one by one.</summary>
    public const int FewestInRange = 16;

    private const nuint BytesPerWord = 64 * Segment.GranuleBytes;

    /// <summary>Takes places of a class and marks them live, first those in its magazine.</summary>
    /// <returns>The number taken; it is lower if the slow path of a single allocation has to go on.</returns>
    public int TakeRange<TThreads>(int sizeClass, Span<nint> addresses)
        where TThreads : struct, IThreads
    {
        AssertOwnerCall();
        if (TThreads.AreMany && MayTakePending)
            VisitSegments(PagesWithinAllocation);
        var count = 0;
        while (count < addresses.Length && FastPath.TryPop<TThreads>(Fast, (nuint)sizeClass, out var place))
            addresses[count++] = (nint)place;
        // If a remote free is in the way, some places may remain there.
        if (sizeClass >= SizeClasses.FirstExtent || _magazines.CountOf(sizeClass) != 0)
            return count;
        if (_counted is not null)
            ReturnCounted(sizeClass);
        var popped = count;
        while (count < addresses.Length)
        {
            var segment = _segments.FirstAvailable(sizeClass);
            if (segment == null && AddSlab(sizeClass, out segment) is not null)
                break;
            if (segment == null)
                continue;
            count += segment->TakeLive<TThreads>(sizeClass, addresses[count..]);
            if (!segment->HasAvailable(sizeClass))
                _segments.MakeUnavailable(segment, sizeClass);
        }
        _bytesSincePending += (nuint)((count - popped) * SizeClasses.BytesOf(sizeClass));
        return count;
    }

    /// <summary>Frees live places of this heap: slots to their slabs, extents to their magazines.</summary>
    /// <returns>The number freed; it is lower if the slow path of a single free has to go on, or to refuse.</returns>
    public int PutRange<TThreads>(ReadOnlySpan<nint> addresses)
        where TThreads : struct, IThreads
    {
        AssertOwnerCall();
        var ready = default(ReadyPages);
        ulong* word = null;
        var (live, mayFree, wordBase) = (0ul, 0ul, (nuint)0);
        var count = 0;
        for (; count < addresses.Length; count++)
        {
            var address = (nuint)addresses[count];
            if (unchecked(address - wordBase) >= BytesPerWord || word == null)
            {
                if (word != null)
                    TThreads.Write(word, live);
                // Once another thread has freed something, each word is looked at with care.
                mayFree = ulong.MaxValue;
                word = ready.Has(address) && !(TThreads.AreMany && TThreads.Read(FastPath.SignalsOf(Fast)) != 0)
                    ? ready.Word(address)
                    : SlabWord<TThreads>(address, ref ready, out mayFree);
                wordBase = address & ~(BytesPerWord - 1);
                live = word == null ? 0 : TThreads.Read(word);
                if (word == null && !FastPath.TryFree<TThreads>(Fast, (void*)address))
                    break;
                if (word == null)
                    continue;
            }
            var bit = Segment.LiveBit(address);
            if ((live & mayFree & bit) == 0 || (address & (Segment.GranuleBytes - 1)) != 0)
                break;
            live &= ~bit;
        }
        if (word != null)
            TThreads.Write(word, live);
        return count;
    }

    // Returns the word of live bits of an address in a slab of this heap, and those of its bits that may be freed here:
    // not places that another thread has freed, and none if every call has to take the slow path. Returns null for all
    // other addresses.
    private ulong* SlabWord<TThreads>(nuint address, ref ReadyPages ready, out ulong mayFree)
        where TThreads : struct, IThreads
    {
        mayFree = ulong.MaxValue;
        var segment = (Segment*)(address & Fast->SegmentMask & ~(nuint)(Segment.GranuleBytes - 1));
        if (Fast->Table[address >> Fast->SegmentShift & Fast->TableMask] != (nuint)segment)
            return null;
        var offset = address - (nuint)segment;
        var granule = (int)(offset >> Segment.GranuleShift);
        var sizeClass = segment->ClassOf(granule);
        if (sizeClass >= SizeClasses.FirstExtent)
            return null;
        var word = Segment.LiveWord(segment, offset);
        var slab = granule & -Segment.SlabGranules(sizeClass);
        if (*word == 0 || !segment->IsSlab(slab))
            return null;
        if (TThreads.AreMany)
        {
            if ((TThreads.Read(FastPath.SignalsOf(Fast)) & ~FastPath.Pending) != 0)
                return null;
            mayFree = ~segment->PendingBits(granule >> 6);
        }
        if (!Segment.IsAvailable(segment, (nuint)slab << Segment.GranuleShift))
            MakeAvailable(segment, slab, sizeClass);
        ready.Add((nuint)segment, offset);
        return word;
    }

    // The pages of one segment that are known to be slabs of this heap which are available: in random order, most
    // addresses of a range lie in pages of others before them.
    [InlineArray(Segment.SlabPages / 64)]
    private struct PageBits
    {
        private ulong _first;
    }

    private struct ReadyPages
    {
        private nuint _segment;
        private PageBits _pages;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly bool Has(nuint address)
        {
            var page = unchecked(address - _segment) / Segment.SlabPageBytes;
            return page < Segment.SlabPages && (_pages[(int)(page >> 6)] >> (int)page & 1) != 0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly ulong* Word(nuint address) =>
            Segment.LiveWord((Segment*)_segment, unchecked(address - _segment));

        public void Add(nuint segment, nuint offset)
        {
            if (segment != _segment)
                (_segment, _pages) = (segment, default);
            var page = offset / Segment.SlabPageBytes;
            _pages[(int)(page >> 6)] |= 1UL << (int)page;
        }
    }
}
