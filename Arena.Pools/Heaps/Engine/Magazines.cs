namespace Arena.Pools;

/// <summary>
/// The magazines of one thread's heap (see <see cref="FastPath"/>): where they lie and how much each may hold. They
/// begin without memory and grow with the traffic of their class, so that little memory waits in them. They lie in
/// stores of some KiB, which are taken from the arena one by one once the heap has a segment.
/// </summary>
internal sealed unsafe partial class Magazines
{
    private const int Sizes = 7;

    // In a small heap a magazine holds little, because nothing may be left unused; in a larger one it may hold a share
    // of the bytes beyond that. A class whose magazine is often empty or full gets a larger one: there, unused places
    // cost less than searches. All magazines together may have room for twice the heap's bytes, of which they seldom
    // hold a tenth, so that the first classes leave room for later ones. The bytes of the magazines themselves are
    // bounded by a share of the heap.
    private const nuint SmallHeapBytes = 6 << 20;
    private const nuint LeastEachBytes = 8 << 10;
    private const nuint MostEarnedBytes = 128 << 10;
    private const uint MissesToEarn = 128;
    private const nuint ShareOfEach = 32;
    private const nuint LeastAllBytes = 128 << 10;
    private const nuint TimesOfAll = 2;
    private const nuint LeastStoreBytes = 32 << 10;
    private const nuint ShareOfStore = 192;
    private const nuint LeastChunkBytes = 8 << 10;
    private const nuint ShareOfChunk = 32;

    // Two words of each magazine are its markers: it holds 7, 15, 31, ... or 511 entries.
    private const int Markers = 2;

    private readonly HeapBlocks _blocks;
    private readonly FastPath* _heap;
    private readonly nuint*[] _bottoms = new nuint*[SizeClasses.Count];
    private readonly bool[] _isActive = new bool[SizeClasses.Count];
    private readonly uint[] _misses = new uint[SizeClasses.Count];
    private readonly sbyte[] _sizes = new sbyte[SizeClasses.Count];
    private readonly nuint*[] _unused = new nuint*[Sizes];
    private readonly List<Block> _chunks = [];
    private nuint _next;
    private nuint _end;
    private nuint _chunkEnd;

    // The bytes that the magazines would hold if all were full.
    private nuint _capacityBytes;

    /// <summary>Makes magazines without room for any entry.</summary>
    /// <param name="blocks">The blocks that lend the stores.</param>
    /// <param name="heap">The fast path, which holds the tops.</param>
    public Magazines(HeapBlocks blocks, FastPath* heap)
    {
        _blocks = blocks;
        _heap = heap;
        Array.Fill(_sizes, (sbyte)-1);
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
            Top(sizeClass) = FastPath.Closed;
    }

    /// <summary>Bytes of the stores that are committed.</summary>
    public nuint CommittedBytes { get; private set; }

    public int CountOf(int sizeClass) => (int)(Top(sizeClass) - Bottom(sizeClass));

    /// <summary>Gives all stores back. All magazines must be empty.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    public nuint GiveBackStores()
    {
        nuint givenBack = 0;
        Array.Fill(_sizes, (sbyte)-1);
        Array.Clear(_unused);
        (_next, _end, _chunkEnd) = (0, 0, 0);
        (_capacityBytes, CommittedBytes) = (0, 0);
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
            Top(sizeClass) = Bottom(sizeClass);
        foreach (var chunk in _chunks)
            givenBack += _blocks.GiveBackStore(chunk);
        _chunks.Clear();
        return givenBack;
    }

    public int CapacityOf(int sizeClass) => _sizes[sizeClass] >= 0 ? Capacity(_sizes[sizeClass]) : 0;

    /// <summary>Counts a call that found a magazine empty or full.</summary>
    public void CountMiss(int sizeClass)
    {
        _isActive[sizeClass] = true;
        _misses[sizeClass]++;
    }

    /// <summary>Notes that places of a class are used.</summary>
    public void NoteUse(int sizeClass) => _isActive[sizeClass] = true;

    /// <summary>Returns and clears the activity flag of a class.</summary>
    public bool TakeActivity(int sizeClass)
    {
        var active = _isActive[sizeClass];
        _isActive[sizeClass] = false;
        return active;
    }

    /// <summary>Returns the entries of a magazine, the oldest first.</summary>
    public Span<nuint> Entries(int sizeClass) => new(Bottom(sizeClass), CountOf(sizeClass));

    /// <summary>
    /// Returns the room of an empty magazine. Addresses written there become entries with <see cref="Keep"/>.
    /// </summary>
    public Span<nuint> Room(int sizeClass) => new(Bottom(sizeClass), CapacityOf(sizeClass));

    /// <summary>Keeps the first entries and forgets the others.</summary>
    public void Keep(int sizeClass, int count) => Top(sizeClass) = Bottom(sizeClass) + count;

    /// <summary>Adds an entry; there must be room.</summary>
    public void Push(int sizeClass, nuint address) => *Top(sizeClass)++ = address;

    /// <summary>
    /// Makes a magazine larger. Returns false if it has the largest size, or if the magazines would be too much for a
    /// heap whose segments have this many bytes.
    /// </summary>
    public bool TryGrow(int sizeClass, nuint heapBytes)
    {
        var size = _sizes[sizeClass] + 1;
        if (size == Sizes || heapBytes == 0)
            return false;
        var holds = (nuint)(Capacity(size) * SizeClasses.BytesOf(sizeClass));
        var more = holds - (nuint)(CapacityOf(sizeClass) * SizeClasses.BytesOf(sizeClass));
        if (holds > Earned(sizeClass) + (Math.Max(heapBytes, SmallHeapBytes) - SmallHeapBytes) / ShareOfEach
            || _capacityBytes + more > Math.Max(LeastAllBytes, TimesOfAll * heapBytes))
            return false;
        var magazine = TakeStore(size, LeastStoreBytes + heapBytes / ShareOfStore);
        if (magazine == null)
            return false;
        var entries = Entries(sizeClass);
        magazine[0] = 0;
        magazine[Capacity(size) + 1] = FastPath.Full;
        entries.CopyTo(new Span<nuint>(magazine + 1, Capacity(size)));
        if (size > 0)
            PutStore(_bottoms[sizeClass] - 1, size - 1);
        _bottoms[sizeClass] = magazine + 1;
        _sizes[sizeClass] = (sbyte)size;
        Top(sizeClass) = magazine + 1 + entries.Length;
        _capacityBytes += more;
        return true;
    }

    private static int Capacity(int size) => StoreBytesOf(size) / sizeof(nuint) - Markers;

    private static int StoreBytesOf(int size) => ((8 << size) + 1) * sizeof(nuint);

    private nuint Earned(int sizeClass) =>
        nuint.Min(LeastEachBytes * (1 + _misses[sizeClass] / MissesToEarn), MostEarnedBytes);

    private ref nuint* Top(int sizeClass) => ref FastPath.Top(_heap, (nuint)sizeClass);

    private nuint* Bottom(int sizeClass) => _sizes[sizeClass] < 0 ? FastPath.Closed : _bottoms[sizeClass];

    private nuint* TakeStore(int size, nuint mostBytes)
    {
        var unused = _unused[size];
        if (unused != null)
        {
            _unused[size] = *(nuint**)unused;
            return unused;
        }
        var bytes = (nuint)StoreBytesOf(size);
        while (_next + bytes > _end)
        {
            var limit = nuint.Max(16 << 10, _blocks.SegmentBytes / 2);
            if (CommittedBytes >= (size == 0 ? limit : Math.Min(mostBytes, limit)) || !TryExtendStore(bytes))
                return null;
        }
        var store = (nuint*)_next;
        _next += bytes;
        return store;
    }

    // Extends the store by a page, in a new chunk if this one has not enough left.
    private bool TryExtendStore(nuint byteCount)
    {
        if (_next + byteCount > _chunkEnd)
        {
            var chunkBytes = nuint.Max(LeastChunkBytes, _blocks.SegmentBytes / ShareOfChunk);
            if (_blocks.TakeStore(Align.Up(chunkBytes, _blocks.Arena.OsPageBytes), out var chunk) is not null)
                return false;
            _chunks.Add(chunk);
            _next = _end = (nuint)chunk.Address;
            _chunkEnd = _end + chunk.ByteCount;
        }
        if (_blocks.Commit((void*)_end, _blocks.Arena.OsPageBytes, out _) is not null)
            return false;
        _end += _blocks.Arena.OsPageBytes;
        CommittedBytes += _blocks.Arena.OsPageBytes;
        return true;
    }

    private void PutStore(nuint* store, int size)
    {
        *(nuint**)store = _unused[size];
        _unused[size] = store;
    }
}
