using System.Diagnostics;
using System.Numerics;

namespace Arena.Pools;

/// <summary>
/// The segments of a relocatable heap, with a bit for each granule of 16 bytes that is in use. Storage comes page by
/// page.
/// <code>
/// | used bits, 1 a granule | stored bits, 1 a page | position |  block | block |  gap  | block |      gap      |
/// 0                                                   FirstGranule                          pages without storage
/// </code>
/// Granules begin 8 bytes into the segment, so that the contents of a block, behind its 8 bytes, are aligned to 16.
/// </summary>
/// <remarks>
/// New blocks are put side by side into the <em>current gap</em>, without a search, until it is full; then the next
/// gap of the segment that is long enough is taken, and then the lowest segment that may have one. The recorded length
/// of a segment's longest gap is never too small, and it is exact after a search that found none.
/// </remarks>
internal sealed unsafe partial class RelocationSpace : IKeepsState
{
    private const int FewestSegments = 32;

    // The granules after which a search for the gap around a freed block ends.
    private const int NearGranules = 256;

    private const int LeastStepBytes = 16 << 10;
    private const int MostStepBytes = 256 << 10;

    private readonly Allocator _owner;
    private readonly byte* _origin;
    private readonly int _pageBytes;
    private readonly int _storedWord;

    // Indexed by segment, in no order.
    private nuint[] _bases = new nuint[4];
    private int[] _used = new int[4];
    private int[] _gaps = new int[4];
    private int[] _storedPages = new int[4];
    private bool[] _settled = new bool[4];

    // The current gap: unused granules with storage. Both are addresses of blocks.
    private byte* _cursor;
    private byte* _limit;
    private int _current = -1;

    public RelocationSpace(Allocator owner, int largestSegmentBytes)
    {
        _owner = owner;
        var arena = owner.Arena;
        _origin = arena.Base + RelocatableBlock.HeaderBytes;
        _pageBytes = (int)arena.OsPageBytes;
        var share = (long)BitOperations.RoundUpToPowerOf2((nuint)(arena.ReservedBytes / FewestSegments) + 1) / 2;
        SegmentBytes = (int)Math.Clamp(
            share, Math.Max(64 << 10, 8 * _pageBytes), Math.Max(largestSegmentBytes, 8 * _pageBytes));
        var usedWords = SegmentBytes / RelocatableBlock.GranuleBytes / 64;
        _storedWord = usedWords;
        var storedWords = (SegmentBytes / _pageBytes + 63) / 64;
        HeadBytes = (usedWords + storedWords) * sizeof(ulong) + 2 * sizeof(int);
        FirstGranule = (HeadBytes + RelocatableBlock.GranuleBytes - 1) / RelocatableBlock.GranuleBytes;
        GranuleEnd = SegmentBytes / RelocatableBlock.GranuleBytes - 1;
        MostGranules = SegmentBytes / 8 / RelocatableBlock.GranuleBytes;
    }

    public int SegmentBytes { get; }

    public int HeadBytes { get; }

    public int FirstGranule { get; }

    public int GranuleEnd { get; }

    /// <summary>The granules of the largest block that lies in a segment.</summary>
    public int MostGranules { get; }

    public int Count { get; private set; }

    /// <summary>The granules of all blocks.</summary>
    public long UsedGranules { get; private set; }

    /// <summary>The bytes of the pages that have storage.</summary>
    public nuint CommittedBytes { get; private set; }

    /// <summary>Returns the address at which the segment begins.</summary>
    public byte* Base(int position) => (byte*)_bases[position];

    public int Used(int position) => _used[position];

    public int StoredPages(int position) => _storedPages[position];

    /// <summary>
    /// Returns the place of a block as an entry of the table holds it: its distance from the arena's base in granules.
    /// </summary>
    public ulong PlaceOf(RelocatableBlock* block) => (ulong)((byte*)block - _origin) / RelocatableBlock.GranuleBytes;

    public RelocatableBlock* BlockAt(int position, int granule) =>
        (RelocatableBlock*)(Base(position) + RelocatableBlock.HeaderBytes + granule * RelocatableBlock.GranuleBytes);

    public int PositionOf(RelocatableBlock* block) => *PositionIn(BaseOf(block));

    public int GranuleOf(RelocatableBlock* block) =>
        (int)((byte*)block - BaseOf(block)) / RelocatableBlock.GranuleBytes;

    public static int GranulesOf(RelocatableBlock* block) => RelocatableBlock.Granules(block->SmallLength);

    public static ulong* UsedBits(byte* segment) => (ulong*)segment;

    /// <summary>Takes room for a block in the current gap, or returns null.</summary>
    public RelocatableBlock* TakeReady(int granules)
    {
        var block = _cursor;
        if (_limit - block < granules * RelocatableBlock.GranuleBytes)
            return null;
        _cursor = block + granules * RelocatableBlock.GranuleBytes;
        Mark(_current, GranuleOf((RelocatableBlock*)block), granules);
        return (RelocatableBlock*)block;
    }

    /// <summary>Takes room for a block anywhere. Returns null, and the reason, if there is none.</summary>
    public RelocatableBlock* Take(int granules, out string? why)
    {
        why = null;
        var block = TakeReady(granules);
        if (block != null || TryFindGap(granules, ref why))
            return block != null ? block : TakeReady(granules);
        return null;
    }

    /// <summary>Frees the block's granules.</summary>
    public void Free(RelocatableBlock* block) => FreeGranules(block, 0, GranulesOf(block));

    /// <summary>Makes a block shorter in place.</summary>
    public void Shrink(RelocatableBlock* block, uint byteCount)
    {
        var (granules, kept) = (GranulesOf(block), RelocatableBlock.Granules(byteCount));
        block->SetLength(byteCount);
        if (kept < granules)
            FreeGranules(block, kept, granules);
    }

    /// <summary>Makes a block longer if the granules behind it are free.</summary>
    public bool TryExtend(RelocatableBlock* block, uint byteCount)
    {
        var (granules, wanted) = (GranulesOf(block), RelocatableBlock.Granules(byteCount));
        if (wanted > MostGranules)
            return false;
        if (wanted > granules)
        {
            var position = PositionOf(block);
            var first = GranuleOf(block);
            if (first + wanted > GranuleEnd)
                return false;
            var end = BitRuns.FirstSet(UsedBits(Base(position)), first + granules, first + wanted);
            if (end < first + wanted)
                return false;
            if (position == _current)
                CloseGap();
            if (Store(position, first + granules, first + wanted) is not null)
                return false;
            Mark(position, first + granules, wanted - granules);
        }
        block->SetLength(byteCount);
        return true;
    }

    /// <summary>Closes the current gap: no block goes there until a search opens a gap.</summary>
    public void CloseGap()
    {
        _cursor = _limit = null;
        _current = -1;
    }

    /// <summary>Returns whether a block of the arena is a segment.</summary>
    public bool TryFind(Block block, out int position)
    {
        position = -1;
        if (block.ByteCount != (nuint)SegmentBytes || (nuint)block.Address % (nuint)SegmentBytes != 0)
            return false;
        // Any block has storage at its beginning.
        position = *PositionIn((byte*)block.Address);
        return unchecked((uint)position) < (uint)Count && _bases[position] == (nuint)block.Address;
    }

    private byte* BaseOf(RelocatableBlock* block) => (byte*)((nuint)block & ~((nuint)SegmentBytes - 1));

    private int* PositionIn(byte* segment) => (int*)(segment + HeadBytes) - 2;

    private ulong* StoredBits(byte* segment) => (ulong*)segment + _storedWord;

    private void Mark(int position, int first, int granules)
    {
        BitRuns.Set(UsedBits(Base(position)), first, first + granules);
        _used[position] += granules;
        UsedGranules += granules;
    }

    private void FreeGranules(RelocatableBlock* block, int from, int end)
    {
        var position = PositionOf(block);
        var first = GranuleOf(block) + from;
        end = GranuleOf(block) + end;
        var bits = UsedBits(Base(position));
        BitRuns.Clear(bits, first, end);
        _used[position] -= end - first;
        UsedGranules -= end - first;
        _settled[position] = false;
        // If the gap goes beyond that, it counts as all that is free in the segment.
        var low = Math.Max(FirstGranule, first - NearGranules);
        var high = Math.Min(GranuleEnd, end + NearGranules);
        var before = BitRuns.LastSet(bits, low, first);
        var after = BitRuns.FirstSet(bits, end, high);
        var isNear = (before >= 0 || low == FirstGranule) && (after < high || high == GranuleEnd);
        var gap = isNear ? after - (before < 0 ? low : before + 1) : GranuleEnd - FirstGranule - _used[position];
        if (_used[position] == 0 && position != _current && HasOtherEmpty(position))
            Remove(position, decommit: false);
        else if (_gaps[position] != Closed)
            _gaps[position] = Math.Max(_gaps[position], gap);
    }

    private bool HasOtherEmpty(int position) =>
        _used.AsSpan(0, position).Contains(0) || _used.AsSpan(position + 1, Count - position - 1).Contains(0);

    private bool TryFindGap(int granules, ref string? why)
    {
        var (current, from) = (_current, _current < 0 ? 0 : GranuleOf((RelocatableBlock*)_limit));
        CloseGap();
        if (current >= 0 && TryOpenGap(current, from, granules, storedOnly: false, ref why))
            return true;
        if (TrySegments(granules, storedOnly: false, ref why))
            return true;
        why = AddSegment() ?? why;
        if (why is null)
            return TryOpenGap(Count - 1, FirstGranule, granules, storedOnly: false, ref why);
        // Out of memory: free granules that have storage still serve, those of a segment that is being emptied too.
        AbandonVictim();
        return TrySegments(granules, storedOnly: true, ref why);
    }

    private bool TrySegments(int granules, bool storedOnly, ref string? why)
    {
        for (var position = 0; position < Count; position++)
        {
            var further = _gaps.AsSpan(position, Count - position).IndexOfAnyInRange(granules, int.MaxValue);
            if (further < 0)
                return false;
            position += further;
            if (TryOpenGap(position, FirstGranule, granules, storedOnly, ref why))
                return true;
        }
        return false;
    }

    // Makes the first long enough gap of a segment the current one.
    private bool TryOpenGap(int position, int from, int granules, bool storedOnly, ref string? why)
    {
        var bits = UsedBits(Base(position));
        var longest = 0;
        string? refused = null;
        for (var first = BitRuns.FirstClear(bits, from, GranuleEnd); first < GranuleEnd;)
        {
            var end = BitRuns.FirstSet(bits, first, GranuleEnd);
            longest = Math.Max(longest, end - first);
            if (end - first >= granules)
            {
                var ready = storedOnly ? IsStored(position, first, first + granules) ? first + granules : 0
                    : StoreStep(position, first, end, granules, ref refused);
                if (ready != 0)
                {
                    _current = position;
                    _cursor = (byte*)BlockAt(position, first);
                    _limit = (byte*)BlockAt(position, ready);
                    why = null;
                    return true;
                }
            }
            first = BitRuns.FirstClear(bits, end, GranuleEnd);
        }
        if (from == FirstGranule && _gaps[position] != Closed)
            _gaps[position] = longest;
        why = refused ?? why;
        return false;
    }

    // Gives storage to a block at the start of a gap, and to some granules behind it. Returns where that ends, or 0.
    private int StoreStep(int position, int first, int end, int granules, ref string? why)
    {
        var step = (int)Math.Clamp(CommittedBytes / 4, LeastStepBytes, MostStepBytes) / RelocatableBlock.GranuleBytes;
        var ready = Math.Min(end, first + Math.Max(granules, step));
        if (Store(position, first, ready) is null)
            return ready;
        why = Store(position, first, first + granules);
        return why is null ? first + granules : 0;
    }

    private string? AddSegment()
    {
        var arena = _owner.Arena;
        var why = arena.LendAddresses(
            (nuint)SegmentBytes, (nuint)SegmentBytes, _owner.OwnerToken, out var block);
        if (why is not null)
            return why;
        var segment = (byte*)block.Address;
        var headPages = (HeadBytes + _pageBytes - 1) / _pageBytes;
        why = arena.Commit(segment, (nuint)(headPages * _pageBytes), _owner.OwnerToken, out var isZero);
        if (why is not null)
        {
            arena.TakeBack(block, _owner.OwnerToken);
            return why;
        }
        if (!isZero)
            new Span<byte>(segment, HeadBytes).Clear();
        BitRuns.Set(StoredBits(segment), 0, headPages);
        Insert(segment, headPages);
        return null;
    }

    private void Insert(byte* segment, int storedPages)
    {
        if (Count == _bases.Length)
        {
            Array.Resize(ref _bases, 2 * Count);
            Array.Resize(ref _used, 2 * Count);
            Array.Resize(ref _gaps, 2 * Count);
            Array.Resize(ref _storedPages, 2 * Count);
            Array.Resize(ref _settled, 2 * Count);
        }
        _bases[Count] = (nuint)segment;
        _used[Count] = 0;
        _gaps[Count] = GranuleEnd - FirstGranule;
        _storedPages[Count] = storedPages;
        _settled[Count] = false;
        CommittedBytes += (nuint)(storedPages * _pageBytes);
        *PositionIn(segment) = Count++;
    }

    // Removes a segment; the last one takes its position. Returns the bytes that went back to the OS.
    private nuint Remove(int position, bool decommit)
    {
        Debug.Assert(_used[position] == 0, "blocks are left in it");
        var block = new Block(Base(position), (nuint)SegmentBytes);
        CommittedBytes -= (nuint)(_storedPages[position] * _pageBytes);
        var last = --Count;
        _bases[position] = _bases[last];
        _used[position] = _used[last];
        _gaps[position] = _gaps[last];
        _storedPages[position] = _storedPages[last];
        _settled[position] = _settled[last];
        Follow(ref _current, position, last);
        Follow(ref _victim, position, last);
        Follow(ref _target, position, last);
        if (position < last)
            *PositionIn(Base(position)) = position;
        return _owner.Arena.TakeBack(block, _owner.OwnerToken, decommit);
    }

    private static void Follow(ref int position, int removed, int last)
    {
        if (position == removed)
            position = -1;
        else if (position == last)
            position = removed;
    }
}
