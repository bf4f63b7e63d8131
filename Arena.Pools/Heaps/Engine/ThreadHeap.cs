using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Arena.Pools;

/// <summary>
/// The slow paths of one thread's heap. It fills magazines from slabs and gaps, and empties them into these.
/// </summary>
/// <remarks>
/// Invariants. A place is live, or in the magazine of its class, or a free slot of an available slab, or part of a gap.
/// Slabs are searched only while no place of their class is ready, so no slot can be handed out twice. A slab stays
/// a slab when all its slots are free, until it is reclaimed.
/// </remarks>
internal sealed unsafe partial class ThreadHeap
{
    // Slabs that have a free slot each lie far apart in a fragmented heap: each costs a miss or two of all caches.
    private const int MostSlabsPerRefill = 48;

    private readonly HeapBlocks _blocks;
    private readonly byte[] _pinned = GC.AllocateArray<byte>(LinePairBytes + FastBytes, pinned: true);
    private GCHandle _keepsPinned;
    private readonly Magazines _magazines;
    private readonly SegmentList _segments = new();

    /// <summary>Makes a closed heap without segments, which holds nothing of the arena.</summary>
    /// <param name="blocks">The blocks of the whole heap.</param>
    /// <param name="number">Its index among the heaps of threads, which the fast path keeps as well.</param>
    public ThreadHeap(HeapBlocks blocks, int number)
    {
        _blocks = blocks;
        _keepsPinned = GCHandle.Alloc(_pinned);
        Fast = (FastPath*)Align.Up((nuint)Unsafe.AsPointer(ref _pinned[0]), LinePairBytes);
        Fast->SegmentMask = unchecked(0 - blocks.SegmentBytes) | Segment.GranuleBytes - 1;
        Fast->SegmentShift = blocks.SegmentShift;
        Fast->Number = number;
        UseTable((nuint*)(Fast + 1), SmallestTable);
        _magazines = new Magazines(blocks, Fast);
    }

    /// <summary>
    /// The memory that the fast paths use. It does not lie in the arena, whose pages are lent again: a view that a
    /// caller kept beyond Dispose finds it closed. It lives as long as this object, or as long as the process if it is
    /// never closed.
    /// </summary>
    public FastPath* Fast { get; }

    /// <summary>True if it has segments. On other threads the answer may be a moment old.</summary>
    public bool HasSegments => _segments.Length != 0;

    /// <summary>Bytes committed in segments.</summary>
    public nuint CommittedInSegments { get; private set; }

    /// <summary>All bytes committed for this heap except large blocks and the table of segments.</summary>
    public nuint CommittedBytes => CommittedInSegments + _magazines.CommittedBytes + _table.ByteCount;

    private PageArena Arena => _blocks.Arena;

    private nuint FreedHere => _blocks.IsShared ? FastPath.FreedHere : 0;

    /// <summary>Closes the heap, whose pages are gone: every fast path misses from now on.</summary>
    public void Close()
    {
        *Fast = *FastPath.Gone;
        _keepsPinned.Free();
    }

    /// <summary>
    /// Takes a place of a class, not live yet, from its magazine, a slab or a gap. Returns null if out of memory. Only
    /// extents in pages fresh from the OS are known to be zero.
    /// </summary>
    public void* Take(int sizeClass, out bool isZero, out string? why)
    {
        isZero = false;
        why = null;
        if (_magazines.CountOf(sizeClass) == 0 && MayTakePending)
            VisitSegments(PagesWithinAllocation);
        if (_magazines.CountOf(sizeClass) == 0)
        {
            if (_counted is not null)
                ReturnCounted(sizeClass);
            // A class that misses often gets a larger magazine.
            _magazines.CountMiss(sizeClass);
            _magazines.TryGrow(sizeClass, CommittedInSegments);
            var taken = sizeClass < SizeClasses.FirstExtent
                ? TakeSlots(sizeClass, out why)
                : TakeExtents(sizeClass, out isZero, out why);
            if (taken != null || why is not null)
                return taken;
        }
        // This may include places that other threads freed, found on the way.
        var count = _magazines.CountOf(sizeClass);
        var address = _magazines.Entries(sizeClass)[count - 1] & ~FastPath.FreedHere;
        _magazines.Keep(sizeClass, count - 1);
        return (void*)address;
    }

    /// <summary>Takes a place of a class at a larger alignment. Returns null if out of memory.</summary>
    public void* TakeAligned(int sizeClass, nuint alignment, out bool isZero, out string? why)
    {
        if (MayTakePending)
            VisitSegments(PagesWithinAllocation);
        why = FindRoom(
            SizeClasses.GranulesOf(sizeClass), (int)(alignment >> Segment.GranuleShift), sizeClass: -1, out var segment,
            out var place, out isZero);
        if (why is not null)
            return null;
        segment->PutExtent(place, sizeClass);
        _bytesSincePending += (nuint)SizeClasses.BytesOf(sizeClass);
        return segment->AddressOf(place);
    }

    /// <summary>Takes a live place back, into its magazine or to where it came from.</summary>
    public void Put(Segment* segment, int granule, int sizeClass)
    {
        AssertOwnerCall();
        // This runs while the place is live: making room may remove empty slabs, but not its own.
        var hasRoom = _magazines.CountOf(sizeClass) < _magazines.CapacityOf(sizeClass) || MakeRoom(sizeClass);
        segment->ClearLive(granule);
        if (hasRoom)
            _magazines.Push(sizeClass, (nuint)segment->AddressOf(granule) | FreedHere);
        else
            Return(segment, granule, sizeClass);
    }

    /// <summary>
    /// Asserts the invariants of all segments. It reads every window, so it runs only where as much work is done
    /// anyway.
    /// </summary>
    [Conditional("DEBUG")]
    public void Validate()
    {
        for (var i = 0; i < _segments.Length; i++)
            _segments[i]->Validate();
    }

    private bool MakeRoom(int sizeClass)
    {
        _magazines.CountMiss(sizeClass);
        if (_magazines.TryGrow(sizeClass, CommittedInSegments))
            return true;
        var count = _magazines.CountOf(sizeClass);
        // The older half goes, as far as one call may work: the places freed last are warm.
        ReturnOldest(sizeClass, Math.Min((count + 1) / 2, MostReturned(sizeClass)));
        return count > 0;
    }

    private void ReturnOldest(int sizeClass, int count)
    {
        // A closed magazine must not be touched.
        if (count == 0)
            return;
        var entries = _magazines.Entries(sizeClass);
        // A second thread may be on the fast path, against the rules. It is noticed later; until then it must not crash
        // the process.
        count = Math.Min(count, entries.Length);
        if (sizeClass < SizeClasses.FirstExtent)
            ReturnSlots(sizeClass, entries[..count]);
        else
            ReturnExtents(entries[..count]);
        entries[count..].CopyTo(entries);
        _magazines.Keep(sizeClass, entries.Length - count);
    }

    private void Return(Segment* segment, int granule, int sizeClass)
    {
        var address = (nuint)segment->AddressOf(granule);
        if (sizeClass < SizeClasses.FirstExtent)
            ReturnSlots(sizeClass, new ReadOnlySpan<nuint>(in address));
        else
            ReturnExtents(new ReadOnlySpan<nuint>(in address));
    }

    private void ReturnSlots(int sizeClass, ReadOnlySpan<nuint> slots)
    {
        var slabMask = ~((nuint)Segment.SlabGranules(sizeClass) * Segment.GranuleBytes - 1);
        var segmentMask = Fast->SegmentMask & slabMask;
        nuint lastSlab = 0;
        for (var i = 0; i < slots.Length; i++)
        {
            // Neighbours are often freed one after the other.
            var slab = slots[i] & slabMask;
            if (slab == lastSlab)
            {
                while (i + Vector256<nuint>.Count < slots.Length && AreIn(slab, slabMask, in slots[i + 1]))
                    i += Vector256<nuint>.Count;
                continue;
            }
            lastSlab = slab;
            var segment = (Segment*)(slab & segmentMask);
            if (!Segment.IsAvailable(segment, slab - (nuint)segment))
                MakeAvailable(segment, (int)((slab - (nuint)segment) >> Segment.GranuleShift), sizeClass);
        }
    }

    // Returns whether four entries in a row are slots of one slab. The other bits of an entry are below the mask.
    private static bool AreIn(nuint slab, nuint slabMask, ref readonly nuint slots) =>
        (Vector256.LoadUnsafe(in slots) & Vector256.Create(slabMask)) == Vector256.Create(slab);

    private void ReturnExtents(ReadOnlySpan<nuint> extents)
    {
        foreach (var entry in extents)
        {
            var extent = entry & ~FastPath.FreedHere;
            var segment = (Segment*)(extent & Fast->SegmentMask);
            _segments.RaiseGapBound(segment, segment->RemoveExtent(segment->GranuleOf((void*)extent)));
        }
    }

    // Takes one slot for the caller and others for the magazine, from all slabs with free slots or from a new one.
    private void* TakeSlots(int sizeClass, out string? why)
    {
        why = null;
        nuint one;
        var capacity = _magazines.CapacityOf(sizeClass);
        var slots = capacity == 0 ? new Span<nuint>(&one, 1) : _magazines.Room(sizeClass)[..(capacity / 2 + 1)];
        var room = slots.Length;
        for (var slabs = 0; room > 0 && (slabs < MostSlabsPerRefill || room == slots.Length); slabs++)
        {
            var segment = _segments.FirstAvailable(sizeClass);
            if (segment == null && room < slots.Length)
                break;
            if (segment == null && (why = AddSlab(sizeClass, out segment)) is not null)
                return null;
            if (segment == null)
                continue;
            _work++;
            room -= segment->TakeSlots(sizeClass, slots[..room]);
            if (!segment->HasAvailable(sizeClass))
                _segments.MakeUnavailable(segment, sizeClass);
        }
        var taken = slots[room..];
        taken.CopyTo(slots);
        if (capacity != 0)
            _magazines.Keep(sizeClass, taken.Length - 1);
        _bytesSincePending += (nuint)(taken.Length * SizeClasses.BytesOf(sizeClass));
        return (void*)slots[taken.Length - 1];
    }

    // Returns null, or the reason why there is none. The segment is null, too, if the class has free slots without a
    // new slab.
    private string? AddSlab(int sizeClass, out Segment* segment)
    {
        var granules = Segment.SlabGranules(sizeClass);
        var why = FindRoom(granules, granules, sizeClass, out segment, out var place, out _);
        if (why is not null || segment == null)
            return why;
        segment->PutSlab(place, sizeClass);
        MakeAvailable(segment, place, sizeClass);
        return null;
    }

    private void MakeAvailable(Segment* segment, int slab, int sizeClass)
    {
        if (segment->MakeAvailable(slab, sizeClass))
            _segments.MakeAvailable(segment, sizeClass);
    }

    private void* TakeExtents(int sizeClass, out bool isZero, out string? why)
    {
        var granules = SizeClasses.GranulesOf(sizeClass);
        why = FindRoom(granules, 1, sizeClass, out var segment, out var place, out isZero);
        if (why is not null || segment == null)
            return null;
        segment->PutExtent(place, sizeClass);
        _bytesSincePending += (nuint)SizeClasses.BytesOf(sizeClass);
        return segment->AddressOf(place);
    }
}
