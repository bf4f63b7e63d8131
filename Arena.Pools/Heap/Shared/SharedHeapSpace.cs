using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// The blocks of a shared heap, and the heaps of its threads. Segments belong to one thread at a time; once taken they
/// stay segments until the heap is disposed, so that any thread may look at the description of any of them. Empty ones
/// wait for whoever needs one, with no more storage than their description.
/// </summary>
internal sealed unsafe class SharedHeapSpace : HeapSpace
{
    // Threads take whole frames: those of a small arena are small.
    private const uint FewestFramesOfShared = 16;

    private readonly ThreadParts<HeapCore> _parts = new();
    private readonly ThreadParts<HeapCore>.Maker _make;
    private readonly Stack<nint> _empty = new();
    private readonly ThreadEntries? _entries = ThreadEntries.InDebug();
    private ulong* _marks;

    private SharedHeapSpace(Allocator owner)
        : base(owner, FewestFramesOfShared)
    {
        _make = (int number, out HeapCore? core) => HeapCore.Create(this, number, out core);
    }

    public override bool IsShared => true;

    public override long EntriesOfOthers => _entries?.CountOthers() ?? 0;

    /// <summary>The parts of all threads.</summary>
    public ReadOnlySpan<ThreadParts<HeapCore>.Entry> Parts => _parts.Entries;

    /// <summary>
    /// Bytes of pages that no thread's part counts: of marks, and of empty segments, which is their descriptions and
    /// what the OS refused to take.
    /// </summary>
    public nuint SparedBytes { get; private set; }

    /// <summary>The calling thread enters the heap.</summary>
    [Conditional("DEBUG")]
    public void CountEntry() => _entries?.Count();

    /// <summary>An empty space; null, or why it cannot be had.</summary>
    public static string? Create(Allocator owner, out SharedHeapSpace space)
    {
        space = new SharedHeapSpace(owner);
        var bytes = PageMap.RoundUp((space.MostFrames + 7) / 8, PageArena.PageBytes);
        if (space.TakeStore(bytes, out var store) is { } noAddresses)
            return noAddresses;
        if (space.Commit(store.Address, bytes, out _) is { } why)
            return why;
        new Span<byte>(store.Address, (int)bytes).Clear();
        space._marks = (ulong*)store.Address;
        space.SparedBytes = bytes;
        return null;
    }

    /// <summary>The calling thread's part, made if it has none; null, or why it cannot be had.</summary>
    public string? Claim(out ThreadParts<HeapCore>.Entry? own) => _parts.Claim(_make, out own);

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
        var isBare = segment->CommittedPages == Segment.HeaderPagesOf(isShared: true);
        Segment.Format(segment, (int)FrameBytes, owner, isShared: true);
        if (!isBare && Commit(segment, FrameBytes, out _) is null)
            segment->SetWhole(isZero: false);
        return null;
    }

    public override nuint Remove(Segment* segment)
    {
        var headerPages = Segment.HeaderPagesOf(isShared: true);
        nuint givenBack = 0;
        for (var page = segment->FirstPage(headerPages, Segment.Pages, committed: true); page < Segment.Pages;)
        {
            var end = segment->FirstPage(page, Segment.Pages, committed: false);
            var bytes = Decommit(segment->AddressOf(page * Segment.PageGranules), PageBytesOf(end - page));
            givenBack += bytes;
            if (bytes == PageBytesOf(end - page))
                segment->SetCommitted(page, end, false);
            page = segment->FirstPage(end, Segment.Pages, committed: true);
        }
        lock (_empty)
        {
            _empty.Push((nint)segment);
            SparedBytes += PageBytesOf(segment->CommittedPages);
        }
        return givenBack;
    }

    public override bool TryAdopt(HeapCore core)
    {
        foreach (var part in Parts)
        {
            if (part.IsAbandoned && TryAdopt(core, part))
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
            var segment = part.IsAbandoned ? part.Part.GiveUpSegment() : null;
            if (segment == null)
                return false;
            if (core.Adopt(segment) is null)
                return true;
            // Where it came from there is room for it.
            part.Part.Adopt(segment);
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
