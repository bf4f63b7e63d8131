using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// The blocks of a shared heap, and the heaps of its threads. A segment belongs to one thread at a time. Empty segments
/// wait for any thread that needs one, with no more storage than their description. Their addresses go back to the
/// arena when everything is trimmed, or before a request fails, and then no thread may be looking at them (see
/// <see cref="SegmentVisits"/>).
/// </summary>
internal sealed unsafe partial class SharedHeapBlocks : HeapBlocks
{
    // Threads take whole segments. Those of a small arena are small, so that there are enough for many threads.
    private const uint FewestSegmentsOfShared = 128;

    private readonly PerThread<ThreadHeap> _parts = new();
    private readonly Func<int, ThreadHeap> _make;
    private readonly List<nint> _empty = [];

    // Holds the segments of threads that ended, from the time that another thread needs one of them, or the part. It is
    // accessed only under the lock of the parts.
    private readonly ThreadHeap _left;
    private readonly ThreadEntries? _entries = ThreadEntries.InDebug();
    private ulong* _flags;

    private SharedHeapBlocks(Allocator owner)
        : base(owner, FewestSegmentsOfShared, isShared: true)
    {
        _make = number => new ThreadHeap(this, number);
        _left = new ThreadHeap(this, -1);
    }

    public override long EntriesOfOthers => _entries?.CountOthers() ?? 0;

    /// <summary>The parts of all threads.</summary>
    public ReadOnlySpan<PerThread<ThreadHeap>.Entry> Parts => _parts.Entries;

    /// <summary>
    /// Bytes of pages that no thread's part counts: the flags, the descriptions of empty segments, and pages of these
    /// that the OS refused to take.
    /// </summary>
    public nuint SparedBytes { get; private set; }

    /// <summary>Bytes of pages that threads left when they ended, and that no thread has adopted.</summary>
    public nuint LeftBytes => _left.CommittedBytes;

    /// <summary>Counts that the calling thread enters the heap.</summary>
    [Conditional("DEBUG")]
    public void CountEntry() => _entries?.Count();

    /// <summary>Makes the blocks of a new heap. Returns null, or the reason why it cannot.</summary>
    public static string? Create(Allocator owner, out SharedHeapBlocks blocks)
    {
        blocks = new SharedHeapBlocks(owner);
        var bytes = Align.Up((blocks.MostSegments + 7) / 8, blocks.Arena.OsPageBytes);
        if (blocks.TakeStore(bytes, out var store) is { } noAddresses)
            return noAddresses;
        if (blocks.Commit(store.Address, bytes, out _) is { } why)
            return why;
        new Span<byte>(store.Address, (int)bytes).Clear();
        blocks._flags = (ulong*)store.Address;
        blocks.SparedBytes = bytes;
        return null;
    }

    /// <summary>
    /// Returns the calling thread's part, and makes one if it has none. A new part holds nothing of the arena: what its
    /// former thread left is for all threads.
    /// </summary>
    public ThreadHeap Claim()
    {
        if (FindOwn() is { } own)
            return own;
        lock (_parts.Lock)
        {
            var claimed = _parts.Claim(_make).Part;
            Leave(claimed);
            return claimed;
        }
    }

    /// <summary>Returns the calling thread's part, or null.</summary>
    public ThreadHeap? FindOwn() => _parts.FindOwn()?.Part;

    public override string? Take(FastPath* owner, bool isWhole, out Segment* segment)
    {
        lock (_empty)
        {
            if (_empty.Count == 0)
                return base.Take(owner, isWhole, out segment);
            segment = (Segment*)_empty[^1];
            _empty.RemoveAt(_empty.Count - 1);
            SparedBytes -= PageBytesOf(segment->CommittedPages);
        }
        // Forgets which pages the OS refused to take: if there are any, all pages are committed.
        var isBare = segment->CommittedPages == HeaderPageCount;
        Segment.Format(segment, (int)SegmentBytes, FastPath.SignalsOf(owner), isShared: true, HeaderPages);
        if (!isBare && Commit(segment, SegmentBytes, out _) is null)
            segment->SetWhole(isZero: false);
        return null;
    }

    public override nuint Remove(Segment* segment)
    {
        nuint givenBack = 0;
        for (var page = NextBodyPage(segment, 0); page < Segment.SlabPages;)
        {
            var end = page + 1;
            while (end < Segment.SlabPages && NextBodyPage(segment, end) == end)
                end++;
            var bytes = Decommit(segment->AddressOf(page * Segment.SlabPageGranules), PageBytesOf(end - page));
            givenBack += bytes;
            if (bytes == PageBytesOf(end - page))
                segment->SetCommitted(page, end, false);
            page = NextBodyPage(segment, end);
        }
        lock (_empty)
        {
            _empty.Add((nint)segment);
            SparedBytes += PageBytesOf(segment->CommittedPages);
        }
        return givenBack;
    }

    /// <summary>Gives the addresses of empty segments back to the arena, unless a thread is looking at them.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    public nuint GiveBackEmpty()
    {
        nuint givenBack = 0;
        lock (_empty)
        {
            if (_empty.Count == 0)
                return 0;
            foreach (var segment in _empty)
                Hide((Segment*)segment);
            var isUnseen = SegmentVisits.AwaitNone(NumberOfVisits);
            if (isUnseen)
                Owner.CountDeadSamples();
            foreach (var segment in _empty)
            {
                if (!isUnseen)
                    Show((Segment*)segment);
                else
                    givenBack += GiveBackHidden((Segment*)segment);
            }
            if (isUnseen)
                _empty.Clear();
        }
        return givenBack;
    }

    public override bool TryMakeRoom(ThreadHeap threadHeap)
    {
        var hasAdopted = false;
        while (TryAdopt(threadHeap))
            hasAdopted = true;
        var hasTaken = threadHeap.TakePending();
        nuint givenBack = 0;
        var hasTrimmed = threadHeap.TryGiveBack() | TakeIdle(threadHeap, ref givenBack);
        bool hasEmpty;
        lock (_empty)
            hasEmpty = _empty.Count != 0;
        GiveBackEmpty();
        return hasAdopted || hasTaken || hasTrimmed || hasEmpty;
    }

    /// <summary>
    /// Takes the free memory of other threads' parts, except of those whose owners are in a slow path at this moment.
    /// </summary>
    /// <param name="own">The calling thread's part.</param>
    /// <param name="givenBack">Raised by the bytes given back to the OS.</param>
    /// <returns>True if there was any.</returns>
    public bool TakeIdle(ThreadHeap own, ref nuint givenBack)
    {
        var hasTaken = false;
        lock (_parts.Lock)
        {
            foreach (var part in Parts)
                hasTaken |= part.Part != own && !part.IsAbandoned && part.Part.TryGiveUpIdle(ref givenBack);
        }
        return hasTaken;
    }

    public override void Settle(ThreadHeap threadHeap)
    {
        lock (_parts.Lock)
            threadHeap.Settle();
    }

    /// <summary>Asks every thread but the calling one to trim its part in its next call.</summary>
    public void AskOthers(ThreadHeap own)
    {
        foreach (var part in Parts)
        {
            if (part.Part != own)
                Signal(part.Part.Fast, FastPath.Asked, isOn: true);
        }
    }

    /// <summary>Trims all parts, while no other thread is inside the heap.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    public nuint TrimAll()
    {
        nuint givenBack = 0;
        lock (_parts.Lock)
        {
            foreach (var part in Parts)
            {
                part.Part.Settle();
                part.Part.TakePending();
                givenBack += part.Part.Trim();
            }
        }
        return givenBack + GiveBackEmpty();
    }

    public override bool HasAbandoned
    {
        get
        {
            if (_left.HasSegments)
                return true;
            foreach (var part in Parts)
            {
                if (part.IsAbandoned && part.Part.HasSegments)
                    return true;
            }
            return false;
        }
    }

    public override bool TryAdopt(ThreadHeap threadHeap)
    {
        if (_left.HasSegments && TryAdoptLeft(threadHeap))
            return true;
        foreach (var part in Parts)
        {
            if (part.IsAbandoned && part.Part.HasSegments && TryAdopt(threadHeap, part))
                return true;
        }
        return false;
    }

    public override bool LowerFlag(Segment* segment)
    {
        var flag = FlagOf(segment, out var bit);
        return RemoteFrees.Lower<ManyThreads>(flag, bit);
    }

    public override void RaiseFlag(Segment* segment)
    {
        var flag = FlagOf(segment, out var bit);
        RemoteFrees.Raise<ManyThreads>(flag, bit);
    }

    /// <summary>Gives everything back for good. Views that callers kept find their parts closed.</summary>
    public void Close()
    {
        foreach (var part in Parts)
            part.Part.Close();
        _left.Close();
        GiveBackAll();
    }

    /// <summary>Frees an allocation on a thread that does not own its segment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RemoteFreeResult Free(Segment* segment, void* address)
    {
        var offset = (nuint)address - (nuint)segment;
        var granule = segment->GranuleOf(address);
        var done = RemoteFrees.Free<ManyThreads>(
            Segment.LiveWord(segment, offset), Segment.PendingWord(segment, offset), granule);
        if (done == RemoteFreeResult.Done)
            Notify(segment, granule);
        return done;
    }

    /// <summary>Sets or clears a signal of all threads' parts.</summary>
    public void Signal(ulong signal, bool isOn)
    {
        // A part that is being made looks for itself, after it became visible here.
        Interlocked.MemoryBarrier();
        foreach (var part in Parts)
            Signal(part.Part.Fast, signal, isOn);
    }

    /// <summary>Sets or clears a signal of one part.</summary>
    public static void Signal(FastPath* fast, ulong signal, bool isOn)
    {
        if (isOn)
            Interlocked.Or(ref fast->Signals, signal);
        else
            Interlocked.And(ref fast->Signals, ~signal);
    }

    // Returns the next page with storage outside the description, or the end.
    private int NextBodyPage(Segment* segment, int page)
    {
        do
            page = segment->FirstPage(page, Segment.SlabPages, committed: true);
        while (IsHeaderPage(page) && ++page > 0);
        return page;
    }

    private nuint GiveBackHidden(Segment* segment)
    {
        SparedBytes -= PageBytesOf(segment->CommittedPages);
        return GiveBackStore(new Block(segment, SegmentBytes));
    }

    private static nuint PageBytesOf(int pages) => (nuint)(pages * Segment.SlabPageBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Notify(Segment* segment, int granule)
    {
        var page = Segment.PendingPage(segment, granule, out var pageBit);
        var flag = FlagOf(segment, out var flagBit);
        RemoteFrees.Notify<ManyThreads>(page, pageBit, flag, flagBit, (ulong*)&segment->Owner);
    }

    // Under the lock, no thread can take the part.
    private bool TryAdopt(ThreadHeap threadHeap, PerThread<ThreadHeap>.Entry part)
    {
        lock (_parts.Lock)
        {
            if (part.IsAbandoned)
                Leave(part.Part);
            return TryAdoptLeft(threadHeap);
        }
    }

    // Moves all segments to those that ended threads left.
    private void Leave(ThreadHeap threadHeap)
    {
        threadHeap.Settle();
        Segment* segment;
        while ((segment = threadHeap.GiveUpSegment()) != null)
        {
            if (_left.Adopt(segment, looks: false) is null)
                continue;
            // This cannot fail: the slot it came from is still free.
            threadHeap.Adopt(segment, looks: false);
            return;
        }
    }

    private bool TryAdoptLeft(ThreadHeap threadHeap)
    {
        lock (_parts.Lock)
        {
            var segment = _left.GiveUpSegment();
            if (segment == null)
                return false;
            if (threadHeap.Adopt(segment, looks: true) is null)
                return true;
            _left.Adopt(segment, looks: false);
            return false;
        }
    }

    private ulong* FlagOf(Segment* segment, out ulong bit)
    {
        var number = NumberOf(segment);
        bit = 1UL << (int)(number & 63);
        return _flags + (number >> 6);
    }
}
