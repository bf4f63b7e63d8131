using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Collections;

/// <summary>
/// The table of dictionaries and sets: entries in a row, in the order of addition, and chains by hash that lead to
/// them.
/// </summary>
/// <remarks>
/// <code>
/// | buckets: 4 bytes each | next: 4 bytes an entry | entry 1 | entry 2 | ... | room |
/// </code>
/// <para>
/// The upper bits of a hash are the number of a bucket, which holds the number of its last entry; each entry has the
/// number of the next one in the chain. 0 ends a chain. There are at least 1.6 buckets for each entry, so few chains
/// have a second one. The last entry moves into the place of one that is removed.
/// </para>
/// <para>
/// Groups of slots that are compared eight at a time were measured as well: they take half as many instructions again
/// for a key that is there, and three times as many to add and remove entries.
/// </para>
/// </remarks>
/// <typeparam name="TKey">The keys' type.</typeparam>
/// <typeparam name="TEntry">The entries' type, which begins with the key.</typeparam>
internal unsafe struct HashTable<TKey, TEntry>
    where TKey : unmanaged, IEquatable<TKey>
    where TEntry : unmanaged
{
    private const int HashBits = 32;
    private const int FewestBucketBits = 4;
    private const int MostBucketBits = 31;

    // From this size on, a bucket's cache line is not shared with another allocation.
    private const nuint AlignedBytes = 2048;
    private const nuint LineBytes = 64;

    private void* _buckets;

    // This points one entry in front of the first, because numbers begin with 1.
    private void* _next;
    private void* _entries;
    private int _count;
    private int _capacity;

    // A hash shifted right by this is the number of its bucket.
    private int _shift;
    private Origin _origin;

    public HashTable(Origin origin, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _origin = origin;
        if (capacity > 0)
            SetCapacity(capacity);
    }

    public readonly int Count => _count;

    public readonly int Capacity => _capacity;

    /// <summary>The first entry.</summary>
    public readonly TEntry* First => (TEntry*)_entries + 1;

    public readonly ulong Place => _origin.Place;

    private readonly nuint ByteCount => _buckets == null ? 0 : BytesOf(HashBits - _shift, _capacity);

    /// <summary>Finds the entry of a key, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TEntry* Find(TKey key, uint hash)
    {
        if (Checks.IsOn)
            _origin.Check();
        var buckets = (uint*)_buckets;
        if (buckets == null)
            return null;
        for (var number = buckets[hash >> _shift]; number != 0; number = ((uint*)_next)[number])
        {
            var entry = (TEntry*)_entries + number;
            if (((TKey*)entry)->Equals(key))
                return entry;
        }
        return null;
    }

    /// <summary>Adds an entry for a new key: the key is written, the rest of the entry is not.</summary>
    /// <exception cref="ArenaOutOfMemoryException">The table cannot grow; nothing was changed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TEntry* Add(TKey key, uint hash)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if (_count == _capacity)
            Grow();
        var number = (uint)++_count;
        ref var bucket = ref ((uint*)_buckets)[hash >> _shift];
        ((uint*)_next)[number] = bucket;
        bucket = number;
        var entry = (TEntry*)_entries + number;
        *(TKey*)entry = key;
        return entry;
    }

    /// <summary>Removes an entry that was found; the last one moves into its place.</summary>
    public void Remove(TEntry* entry, uint hash)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        var next = (uint*)_next;
        var number = (uint)(entry - (TEntry*)_entries);
        *LinkTo(number, hash) = next[number];
        var last = (uint)_count--;
        if (number == last)
            return;
        var moved = (TEntry*)_entries + last;
        *LinkTo(last, Hash.Of(*(TKey*)moved)) = number;
        next[number] = next[last];
        *entry = *moved;
    }

    public void Clear()
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if (_count == 0)
            return;
        _count = 0;
        Link();
    }

    public int EnsureCapacity(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        if (capacity > _capacity)
        {
            if (Checks.IsOn)
                _origin.CheckChange();
            SetCapacity(capacity);
        }
        return _capacity;
    }

    public void TrimExcess()
    {
        if (_count == _capacity)
            return;
        if (Checks.IsOn)
            _origin.CheckChange();
        SetCapacity(_count);
    }

    /// <summary>Checks the table during a walk.</summary>
    public readonly void Check() => _origin.Check();

    public void Dispose(in SourceLine caller)
    {
        if (Checks.IsOn)
            _origin.TouchBeforeEnd();
        var source = _origin.End(_buckets);
        var (buckets, byteCount) = ((nint)_buckets, ByteCount);
        this = default;
        if (buckets != 0)
            source?.Free(buckets, byteCount, in caller);
    }

    // Returns the offset of the entries, at a multiple of 64 bytes behind the buckets.
    private static nuint EntriesOffset(int bucketBits, int capacity) =>
        (((nuint)sizeof(uint) << bucketBits) + (nuint)capacity * sizeof(uint) + (LineBytes - 1)) & ~(LineBytes - 1);

    private static nuint BytesOf(int bucketBits, int capacity) =>
        EntriesOffset(bucketBits, capacity) + (nuint)capacity * (nuint)sizeof(TEntry);

    // Returns five eighths of the buckets.
    private static long MostEntries(int bucketBits) => (5L << bucketBits) / 8;

    private static int BucketBitsFor(long capacity)
    {
        if (capacity > MostEntries(MostBucketBits))
            Fail.TooLarge(capacity, MostEntries(MostBucketBits));
        var buckets = (ulong)((8 * capacity + 4) / 5);
        return Math.Max(FewestBucketBits, BitOperations.Log2(BitOperations.RoundUpToPowerOf2(buckets)));
    }

    // Returns the link that holds the number of an entry in the chain of the hash: a bucket, or the previous entry.
    private readonly uint* LinkTo(uint number, uint hash)
    {
        var link = (uint*)_buckets + (hash >> _shift);
        while (*link != number)
            link = (uint*)_next + *link;
        return link;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        // The capacity is the number of entries that the buckets allow.
        var capacity = Math.Max(_count + 1L, 2L * _capacity);
        SetCapacity((int)Math.Min(MostEntries(BucketBitsFor(capacity)), int.MaxValue));
    }

    private void SetCapacity(int capacity)
    {
        var (old, oldBytes) = ((nint)_buckets, ByteCount);
        if (capacity == 0)
        {
            _buckets = _next = _entries = null;
            _capacity = 0;
            _origin.Replaced((void*)old, oldBytes);
            return;
        }
        var bucketBits = BucketBitsFor(capacity);
        var byteCount = BytesOf(bucketBits, capacity);
        var alignment = NaturalAlignment.AtLeast16<TEntry>();
        if (byteCount >= AlignedBytes)
            alignment = Math.Max(alignment, LineBytes);
        var block = (byte*)_origin.Allocate(byteCount, alignment);
        var entries = (TEntry*)(block + EntriesOffset(bucketBits, capacity));
        if (_count > 0)
            new ReadOnlySpan<TEntry>(First, _count).CopyTo(new Span<TEntry>(entries, capacity));
        _buckets = block;
        _next = (uint*)block + ((nuint)1 << bucketBits) - 1;
        _entries = entries - 1;
        _capacity = capacity;
        _shift = HashBits - bucketBits;
        Link();
        _origin.Replaced((void*)old, oldBytes);
    }

    // Rebuilds the chains from the entries alone.
    private readonly void Link()
    {
        var (buckets, next, shift) = ((nint)_buckets, (nint)_next, _shift);
        NativeMemory.Clear((void*)buckets, (nuint)sizeof(uint) << (HashBits - shift));
        for (var number = 1; number <= _count; number++)
        {
            ref var bucket = ref ((uint*)buckets)[Hash.Of(*(TKey*)((TEntry*)_entries + number)) >> shift];
            ((uint*)next)[number] = bucket;
            bucket = (uint)number;
        }
    }
}
