using System.Numerics;

namespace Arena.Pools;

/// <summary>
/// The blocks of one heap: its segments, whoever of its threads they belong to, their owners' own tables, and the
/// allocations that are blocks of the arena. Finds what an address is.
/// </summary>
internal unsafe partial class HeapBlocks
{
    private const int SmallestSegmentShift = 16;
    private const int LargestSegmentShift = 21;

    private readonly Allocator _owner;
    private readonly Lock _lock = new();
    private readonly HashSet<nint> _stores = [];
    private readonly nuint _base;
    private readonly int _segmentShift;
    private readonly uint _headerPages;
    private nint[] _segments = new nint[16];

    /// <param name="owner">In whose name blocks are taken.</param>
    /// <param name="fewestSegments">An arena is divided into at least this many, unless it is very small.</param>
    /// <param name="isShared">Whether any thread may free what lies here.</param>
    public HeapBlocks(Allocator owner, uint fewestSegments, bool isShared = false)
    {
        IsShared = isShared;
        _owner = owner;
        var largest = nuint.Max(1, owner.Arena.ReservedBytes / fewestSegments);
        _segmentShift = Math.Clamp(BitOperations.Log2(largest), SmallestSegmentShift, LargestSegmentShift);
        _headerPages = Segment.HeaderPages((int)SegmentBytes, isShared, owner.Arena.OsPageBytes);
        _base = (nuint)owner.Arena.Base;
    }

    /// <summary>In whose name blocks are taken.</summary>
    public Allocator Owner => _owner;

    public PageArena Arena => _owner.Arena;

    public nuint SegmentBytes => (nuint)1 << _segmentShift;

    public int SegmentShift => _segmentShift;

    /// <summary>How often other threads than the calling one entered the heap; counted in Debug builds.</summary>
    public virtual long EntriesOfOthers => 0;

    /// <summary>Whether any thread may free what lies here.</summary>
    public bool IsShared { get; }

    /// <summary>Pages that the description of a segment takes.</summary>
    public int HeaderPageCount => BitOperations.PopCount(_headerPages);

    /// <summary>Those pages, as bits.</summary>
    protected uint HeaderPages => _headerPages;

    /// <summary>Whether a page of a segment is one of them.</summary>
    protected bool IsHeaderPage(int page) => page < 32 && (_headerPages >> page & 1) != 0;

    /// <summary>The segments that the arena could hold.</summary>
    protected nuint MostSegments => (Arena.ReservedBytes >> SegmentShift) + 1;

    /// <summary>The segment of an address, or null. From any thread.</summary>
    public Segment* Find(void* address)
    {
        var segments = Volatile.Read(ref _segments);
        var number = NumberOf(address);
        return number < (nuint)segments.Length ? (Segment*)segments[number] : null;
    }

    /// <summary>Takes an empty segment; null, or why not.</summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="isWhole">
    /// Commits all of it, if that can be had; else its description. The OS can back with a huge page only what is
    /// committed before any of it is touched.
    /// </param>
    /// <param name="segment">The segment.</param>
    public virtual string? Take(FastPath* owner, bool isWhole, out Segment* segment)
    {
        segment = null;
        lock (_lock)
        {
            if (Arena.LendAddresses(SegmentBytes, SegmentBytes, _owner.OwnerToken, out var block) is { } noAddresses)
                return noAddresses;
            var isZero = true;
            isWhole = isWhole && Arena.Commit(block.Address, SegmentBytes, _owner.OwnerToken, out isZero) is null;
            if (!isWhole && CommitHeader(block.Address) is { } why)
            {
                Arena.TakeBack(block, _owner.OwnerToken);
                return why;
            }
            segment = (Segment*)block.Address;
            Segment.Format(segment, (int)SegmentBytes, FastPath.SignalsOf(owner), IsShared, _headerPages);
            if (isWhole)
                segment->SetWhole(isZero);
            Keep(segment);
            return null;
        }
    }

    /// <summary>Gives an empty segment back, and its storage to the OS.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    public virtual nuint Remove(Segment* segment)
    {
        _owner.CountDeadSamples();
        _segments[NumberOf(segment)] = 0;
        return Arena.TakeBack(new Block(segment, SegmentBytes), _owner.OwnerToken, decommit: true);
    }

    /// <summary>Takes addresses for an owner's tables; null, or why they cannot be had.</summary>
    public string? TakeStore(nuint byteCount, out Block store)
    {
        lock (_lock)
        {
            var why = Arena.LendAddresses(byteCount, 0, _owner.OwnerToken, out store);
            if (why is null)
                _stores.Add((nint)store.Address);
            return why;
        }
    }

    /// <summary>Takes such addresses back.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    public nuint GiveBackStore(Block store)
    {
        lock (_lock)
        {
            _stores.Remove((nint)store.Address);
            return Arena.TakeBack(store, _owner.OwnerToken, decommit: true);
        }
    }

    /// <summary>Gives storage to pages of a segment or a store; null, or why it cannot.</summary>
    public string? Commit(void* address, nuint byteCount, out bool isZero) =>
        Arena.Commit(address, byteCount, _owner.OwnerToken, out isZero);

    /// <summary>Takes the storage of pages of a segment.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    public nuint Decommit(void* address, nuint byteCount) =>
        Arena.Decommit(address, byteCount, _owner.OwnerToken);

    /// <summary>Whether ended threads have left segments.</summary>
    public virtual bool HasAbandoned => false;

    /// <summary>Gives a thread's heap a segment whose thread has ended; false where there is none.</summary>
    public virtual bool TryAdopt(ThreadHeap threadHeap) => false;

    /// <summary>The owner of a part waits for the thread that has stopped it; see <see cref="OwnerGate"/>.</summary>
    public virtual void Settle(ThreadHeap threadHeap)
    {
    }

    /// <summary>
    /// Gives back what can be, before a request of its thread fails: its pages without anything live, and the
    /// addresses of what is empty.
    /// </summary>
    /// <returns>Whether there was anything.</returns>
    public virtual bool TryMakeRoom(ThreadHeap threadHeap) => threadHeap.TryGiveBack();

    /// <summary>Whether other threads have freed something in a segment; asked once.</summary>
    public virtual bool LowerFlag(Segment* segment) => false;

    /// <summary>Undoes that: not all of it was looked at.</summary>
    public virtual void RaiseFlag(Segment* segment)
    {
    }

    /// <summary>Gives every block of the allocator back to the arena.</summary>
    public void GiveBackAll()
    {
        Array.Clear(_segments);
        for (nuint from = 0; Arena.NextBlock(_owner.OwnerToken, from, out var block);)
        {
            from = (nuint)block.Address - (nuint)Arena.Base + block.ByteCount;
            Arena.TakeBack(block, _owner.OwnerToken);
        }
        ForgetLarge();
    }

    /// <summary>The number of the segment of an address; beyond all for one that lies before the arena.</summary>
    protected nuint NumberOf(void* address) => unchecked((nuint)address - _base) >> _segmentShift;

    private string? CommitHeader(void* segment)
    {
        for (var pages = _headerPages; Segment.NextHeaderRun(ref pages, out var first, out var end);)
        {
            var address = (byte*)segment + (nint)first * Segment.SlabPageBytes;
            if (Commit(address, (nuint)(end - first) * Segment.SlabPageBytes, out _) is { } why)
                return why;
        }
        return null;
    }

    // Threads that read the old table find all they may know of in it.
    private void Keep(Segment* segment)
    {
        var number = NumberOf(segment);
        var segments = _segments;
        if (number >= (nuint)segments.Length)
            Array.Resize(ref segments, (int)Math.Max(number + 1, 2 * (nuint)segments.Length));
        segments[number] = (nint)segment;
        Volatile.Write(ref _segments, segments);
    }

    /// <summary>No thread finds a segment that looks for it from now on; its block stays the heap's own.</summary>
    protected void Hide(Segment* segment)
    {
        lock (_lock)
        {
            Volatile.Write(ref _segments[NumberOf(segment)], 0);
            _stores.Add((nint)segment);
        }
    }

    /// <summary>Takes that back.</summary>
    protected void Show(Segment* segment)
    {
        lock (_lock)
        {
            Keep(segment);
            _stores.Remove((nint)segment);
        }
    }
}
