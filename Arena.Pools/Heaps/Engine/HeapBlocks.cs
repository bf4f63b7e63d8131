using System.Numerics;

namespace Arena.Pools;

/// <summary>
/// The blocks of one heap: its segments, whichever of its threads own them, the tables of these threads, and the
/// allocations that are blocks of the arena. It finds what an address is.
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

    /// <param name="owner">The allocator that blocks are lent to.</param>
    /// <param name="fewestSegments">The fewest segments that an arena is divided into, unless it is very small.</param>
    /// <param name="isShared">True if any thread may free what lies here.</param>
    public HeapBlocks(Allocator owner, uint fewestSegments, bool isShared = false)
    {
        IsShared = isShared;
        NumberOfVisits = isShared ? SegmentVisits.NextHeap() : SegmentVisits.None;
        _owner = owner;
        var largest = nuint.Max(1, owner.Arena.ReservedBytes / fewestSegments);
        _segmentShift = Math.Clamp(BitOperations.Log2(largest), SmallestSegmentShift, LargestSegmentShift);
        _headerPages = Segment.HeaderPages((int)SegmentBytes, isShared, owner.Arena.OsPageBytes);
        _base = (nuint)owner.Arena.Base;
    }

    /// <summary>The allocator that blocks are lent to.</summary>
    public Allocator Owner => _owner;

    public PageArena Arena => _owner.Arena;

    public nuint SegmentBytes => (nuint)1 << _segmentShift;

    public int SegmentShift => _segmentShift;

    /// <summary>
    /// The number of times that threads other than the calling one entered the heap, counted in Debug builds.
    /// </summary>
    public virtual long EntriesOfOthers => 0;

    /// <summary>True if any thread may free what lies here.</summary>
    public bool IsShared { get; }

    /// <summary>The number of the words that announce visits to it.</summary>
    public int NumberOfVisits { get; }

    /// <summary>The number of pages that the description of a segment takes.</summary>
    public int HeaderPageCount => BitOperations.PopCount(_headerPages);

    /// <summary>The pages of a segment's description, as bits.</summary>
    protected uint HeaderPages => _headerPages;

    /// <summary>Returns whether a page of a segment holds its description.</summary>
    protected bool IsHeaderPage(int page) => page < 32 && (_headerPages >> page & 1) != 0;

    /// <summary>The number of segments that the arena could hold.</summary>
    protected nuint MostSegments => (Arena.ReservedBytes >> SegmentShift) + 1;

    /// <summary>Returns the segment of an address, or null. Any thread may call it.</summary>
    public Segment* Find(void* address)
    {
        var segments = Volatile.Read(ref _segments);
        var number = NumberOf(address);
        return number < (nuint)segments.Length ? (Segment*)segments[number] : null;
    }

    /// <summary>Takes an empty segment. Returns null, or the reason why it cannot.</summary>
    /// <param name="owner">The fast path of the thread that will own it.</param>
    /// <param name="isWhole">
    /// True to commit all of it if there is memory, and not only its description. The OS can back only those ranges
    /// with huge pages that are committed before any of their pages is touched.
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

    /// <summary>Gives an empty segment back to the arena, and its storage to the OS.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    public virtual nuint Remove(Segment* segment)
    {
        _owner.CountDeadSamples();
        _segments[NumberOf(segment)] = 0;
        return Arena.TakeBack(new Block(segment, SegmentBytes), _owner.OwnerToken, decommit: true);
    }

    /// <summary>Takes addresses for an owner's tables. Returns null, or the reason why it cannot.</summary>
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

    /// <summary>Gives the addresses of an owner's tables back.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    public nuint GiveBackStore(Block store)
    {
        lock (_lock)
        {
            _stores.Remove((nint)store.Address);
            return Arena.TakeBack(store, _owner.OwnerToken, decommit: true);
        }
    }

    /// <summary>Gives storage to pages of a segment or a store. Returns null, or the reason why it cannot.</summary>
    public string? Commit(void* address, nuint byteCount, out bool isZero) =>
        Arena.Commit(address, byteCount, _owner.OwnerToken, out isZero);

    /// <summary>Gives the storage of a segment's pages back to the OS.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    public nuint Decommit(void* address, nuint byteCount) =>
        Arena.Decommit(address, byteCount, _owner.OwnerToken);

    /// <summary>True if threads that have ended left segments.</summary>
    public virtual bool HasAbandoned => false;

    /// <summary>Gives a thread's heap a segment whose thread has ended. Returns false if there is none.</summary>
    public virtual bool TryAdopt(ThreadHeap threadHeap) => false;

    /// <summary>Lets a part's owner wait for the thread that has stopped it; see <see cref="OwnerGate"/>.</summary>
    public virtual void Settle(ThreadHeap threadHeap)
    {
    }

    /// <summary>
    /// Gives back what it can before a request of its thread fails: pages without anything live, and the addresses of
    /// empty segments.
    /// </summary>
    /// <returns>True if there was anything.</returns>
    public virtual bool TryMakeRoom(ThreadHeap threadHeap) => threadHeap.TryGiveBack();

    /// <summary>
    /// Returns whether other threads have freed something in a segment, and clears the flag that says so.
    /// </summary>
    public virtual bool LowerFlag(Segment* segment) => false;

    /// <summary>Sets the flag again: not everything was processed.</summary>
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

    /// <summary>
    /// Returns the number of the segment of an address; it is beyond all others if the address is below the arena.
    /// </summary>
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

    // A thread that still reads the old table finds every segment there that it can know of.
    private void Keep(Segment* segment)
    {
        var number = NumberOf(segment);
        var segments = _segments;
        if (number >= (nuint)segments.Length)
            Array.Resize(ref segments, (int)Math.Max(number + 1, 2 * (nuint)segments.Length));
        segments[number] = (nint)segment;
        Volatile.Write(ref _segments, segments);
    }

    /// <summary>
    /// Takes a segment out of the table, so that no thread finds it from now on. Its block still belongs to the heap.
    /// </summary>
    protected void Hide(Segment* segment)
    {
        lock (_lock)
        {
            Volatile.Write(ref _segments[NumberOf(segment)], 0);
            _stores.Add((nint)segment);
        }
    }

    /// <summary>Puts a hidden segment back into the table.</summary>
    protected void Show(Segment* segment)
    {
        lock (_lock)
        {
            Keep(segment);
            _stores.Remove((nint)segment);
        }
    }
}
