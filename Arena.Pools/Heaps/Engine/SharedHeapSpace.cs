using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// The blocks of a shared heap, and the heaps of its threads. Segments belong to one thread at a time. Empty ones wait
/// for whoever needs one, with no more storage than their description; their addresses go back to the arena when all is
/// trimmed, or before a request fails, and then no thread may be looking at them (see <see cref="SegmentVisits"/>).
/// </summary>
internal sealed unsafe class SharedHeapSpace : HeapSpace
{
    // Threads take whole frames: those of a small arena are small, so that there are enough for many threads.
    private const uint FewestFramesOfShared = 128;

    private readonly ThreadParts<HeapCore> _parts = new();
    private readonly Func<int, HeapCore> _make;
    private readonly Stack<nint> _empty = new();

    // Has the segments of threads that ended, from when another thread needs one of them, or the part. Touched with the
    // lock of the parts held.
    private readonly HeapCore _left;
    private readonly ThreadEntries? _entries = ThreadEntries.InDebug();
    private ulong* _marks;

    private SharedHeapSpace(Allocator owner)
        : base(owner, FewestFramesOfShared, isShared: true)
    {
        _make = number => new HeapCore(this, number);
        _left = new HeapCore(this, -1);
    }

    public override long EntriesOfOthers => _entries?.CountOthers() ?? 0;

    /// <summary>The parts of all threads.</summary>
    public ReadOnlySpan<ThreadParts<HeapCore>.Entry> Parts => _parts.Entries;

    /// <summary>
    /// Bytes of pages that no thread's part counts: of marks, and of empty segments, which is their descriptions and
    /// what the OS refused to take.
    /// </summary>
    public nuint SparedBytes { get; private set; }

    /// <summary>Bytes of pages that ended threads left, and no thread has adopted.</summary>
    public nuint LeftBytes => _left.CommittedBytes;

    /// <summary>The calling thread enters the heap.</summary>
    [Conditional("DEBUG")]
    public void CountEntry() => _entries?.Count();

    /// <summary>An empty space; null, or why it cannot be had.</summary>
    public static string? Create(Allocator owner, out SharedHeapSpace space)
    {
        space = new SharedHeapSpace(owner);
        var bytes = Align.Up((space.MostFrames + 7) / 8, space.Arena.OsPageBytes);
        if (space.TakeStore(bytes, out var store) is { } noAddresses)
            return noAddresses;
        if (space.Commit(store.Address, bytes, out _) is { } why)
            return why;
        new Span<byte>(store.Address, (int)bytes).Clear();
        space._marks = (ulong*)store.Address;
        space.SparedBytes = bytes;
        return null;
    }

    /// <summary>
    /// The calling thread's part, made if it has none. It holds nothing of the arena yet: what the thread left that had
    /// it before is for all threads.
    /// </summary>
    public HeapCore Claim()
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

    /// <summary>The calling thread's part, or null.</summary>
    public HeapCore? FindOwn() => _parts.FindOwn()?.Part;

    public override string? Take(HotHeap* owner, bool isWhole, out Segment* segment)
    {
        lock (_empty)
        {
            if (!_empty.TryPop(out var empty))
                return base.Take(owner, isWhole, out segment);
            segment = (Segment*)empty;
            SparedBytes -= PageBytesOf(segment->CommittedPages);
        }
        // Forgets which pages the OS refused to take: where there are some, all of them are committed.
        var isBare = segment->CommittedPages == HeaderPageCount;
        Segment.Format(segment, (int)FrameBytes, HotHeap.SignalsOf(owner), isShared: true, HeaderPages);
        if (!isBare && Commit(segment, FrameBytes, out _) is null)
            segment->SetWhole(isZero: false);
        return null;
    }

    public override nuint Remove(Segment* segment)
    {
        nuint givenBack = 0;
        for (var page = NextBodyPage(segment, 0); page < Segment.Pages;)
        {
            var end = page + 1;
            while (end < Segment.Pages && NextBodyPage(segment, end) == end)
                end++;
            var bytes = Decommit(segment->AddressOf(page * Segment.PageGranules), PageBytesOf(end - page));
            givenBack += bytes;
            if (bytes == PageBytesOf(end - page))
                segment->SetCommitted(page, end, false);
            page = NextBodyPage(segment, end);
        }
        lock (_empty)
        {
            _empty.Push((nint)segment);
            SparedBytes += PageBytesOf(segment->CommittedPages);
        }
        return givenBack;
    }

    /// <summary>Gives the addresses of empty segments back to the arena, unless a thread looks at them.</summary>
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
            var isUnseen = SegmentVisits.AwaitNone();
            if (isUnseen)
                Owner.StrikeDeadSamples();
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

    public override bool TryMakeRoom(HeapCore core)
    {
        var hasAdopted = false;
        while (TryAdopt(core))
            hasAdopted = true;
        var hasTaken = core.TakePending();
        var hasTrimmed = core.TryGiveBack();
        bool hasEmpty;
        lock (_empty)
            hasEmpty = _empty.Count != 0;
        GiveBackEmpty();
        return hasAdopted || hasTaken || hasTrimmed || hasEmpty;
    }

    /// <summary>Every thread but the calling one is to trim its part within its next call.</summary>
    public void AskOthers(HeapCore own)
    {
        foreach (var part in Parts)
        {
            if (part.Part != own)
                Signal(part.Part.Hot, HotHeap.Asked, isOn: true);
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

    public override bool TryAdopt(HeapCore core)
    {
        if (_left.HasSegments && TryAdoptLeft(core))
            return true;
        foreach (var part in Parts)
        {
            if (part.IsAbandoned && part.Part.HasSegments && TryAdopt(core, part))
                return true;
        }
        return false;
    }

    public override bool LowerMark(Segment* segment)
    {
        var mark = MarkOf(segment, out var bit);
        return PendingFrees.Lower<ManyThreads>(mark, bit);
    }

    public override void RaiseMark(Segment* segment)
    {
        var mark = MarkOf(segment, out var bit);
        PendingFrees.Raise<ManyThreads>(mark, bit);
    }

    /// <summary>Gives everything back, for good; views that somebody kept find their parts closed.</summary>
    public void Close()
    {
        foreach (var part in Parts)
            part.Part.Close();
        _left.Close();
        GiveBackAll();
    }

    /// <summary>A free by a thread that does not own the segment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ForeignFree Free(Segment* segment, void* address)
    {
        var offset = (nuint)address - (nuint)segment;
        var granule = segment->GranuleOf(address);
        var done = PendingFrees.Free<ManyThreads>(
            Segment.LiveWord(segment, offset), Segment.PendingWord(segment, offset), granule);
        if (done == ForeignFree.Done)
            Tell(segment, granule);
        return done;
    }

    /// <summary>Tells all threads' parts something, or takes it back.</summary>
    public void Signal(ulong signal, bool isOn)
    {
        // A part that is being made asks itself, after it can be seen here.
        Interlocked.MemoryBarrier();
        foreach (var part in Parts)
            Signal(part.Part.Hot, signal, isOn);
    }

    /// <summary>The same to one part.</summary>
    public static void Signal(HotHeap* hot, ulong signal, bool isOn)
    {
        if (isOn)
            Interlocked.Or(ref hot->Signals, signal);
        else
            Interlocked.And(ref hot->Signals, ~signal);
    }

    // The next page with storage that is not of the description, or the end.
    private int NextBodyPage(Segment* segment, int page)
    {
        do
            page = segment->FirstPage(page, Segment.Pages, committed: true);
        while (IsHeaderPage(page) && ++page > 0);
        return page;
    }

    private nuint GiveBackHidden(Segment* segment)
    {
        SparedBytes -= PageBytesOf(segment->CommittedPages);
        return GiveBackStore(new Block(segment, FrameBytes));
    }

    private static nuint PageBytesOf(int pages) => (nuint)(pages * Segment.PageBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Tell(Segment* segment, int granule)
    {
        var page = Segment.PendingPage(segment, granule, out var pageBit);
        var mark = MarkOf(segment, out var markBit);
        PendingFrees.Tell<ManyThreads>(page, pageBit, mark, markBit, (ulong*)&segment->Owner);
    }

    // With the lock held the part stays without a thread.
    private bool TryAdopt(HeapCore core, ThreadParts<HeapCore>.Entry part)
    {
        lock (_parts.Lock)
        {
            if (part.IsAbandoned)
                Leave(part.Part);
            return TryAdoptLeft(core);
        }
    }

    // Moves all segments to those that were left.
    private void Leave(HeapCore core)
    {
        Segment* segment;
        while ((segment = core.GiveUpSegment()) != null)
        {
            if (_left.Adopt(segment, looks: false) is null)
                continue;
            // Where it came from there is room for it.
            core.Adopt(segment, looks: false);
            return;
        }
    }

    private bool TryAdoptLeft(HeapCore core)
    {
        lock (_parts.Lock)
        {
            var segment = _left.GiveUpSegment();
            if (segment == null)
                return false;
            if (core.Adopt(segment, looks: true) is null)
                return true;
            _left.Adopt(segment, looks: false);
            return false;
        }
    }

    private ulong* MarkOf(Segment* segment, out ulong bit)
    {
        var frame = FrameOf(segment);
        bit = 1UL << (int)(frame & 63);
        return _marks + (frame >> 6);
    }
}
