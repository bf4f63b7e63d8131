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
/// | buckets: a link each | next: a link an entry | entry 1 | entry 2 | ... | room |
///
/// a link    | number of an entry | bits of its hash | used | more |      4 bytes, or 0
/// </code>
/// <para>
/// The remainder of a hash is the number of a bucket, which links to its last entry; each entry links to the one before
/// it in the chain. A number has as many bits as the capacity needs, and the rest of a link holds the lower bits of the
/// entry's hash: hashes of one bucket differ by a multiple of the number of buckets, which is odd, so these bits
/// distinguish them. <i>More</i> says that the chain may go on; it may be stale after a removal, but is never missing.
/// So a key that is not there is mostly known from the bucket alone, and adding it waits for one line of memory. The
/// last entry moves into the place of one that is removed.
/// </para>
/// <para>
/// Also measured: a power of two of buckets, by a multiplicative hash. It takes up to twice the memory of buckets, and
/// spreads keys in order over all of it; a million of them took three times as long as with remainders. Groups of slots
/// that are compared eight at a time take half as many instructions again for a key that is there, and three times as
/// many to add and remove entries.
/// </para>
/// </remarks>
/// <typeparam name="TKey">The keys' type.</typeparam>
/// <typeparam name="TEntry">The entries' type, which begins with the key.</typeparam>
internal unsafe struct HashTable<TKey, TEntry>
    where TKey : unmanaged, IEquatable<TKey>
    where TEntry : unmanaged
{
    private const int FewestEntries = 8;

    private const int MostEntries = (1 << 30) - 1;
    private const uint More = 1;
    private const uint Used = 2;

    // From this size on, a bucket's cache line is not shared with another allocation.
    private const nuint AlignedBytes = 2048;
    private const nuint LineBytes = 64;

    private void* _buckets;

    // This points one entry in front of the first, because numbers begin with 1.
    private void* _next;
    private void* _entries;
    private ulong _multiplier;
    private ulong _bucketCount;

    // A link shifted right by this is a number; the mask has the bits of the hash in it, and that of used ones.
    private int _numberShift;
    private uint _hashMask;
    private int _count;
    private int _capacity;
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

    private readonly nuint ByteCount => _buckets == null ? 0 : BytesOf(_bucketCount, _capacity);

    /// <summary>Returns the number of the bucket of a hash; 0 if there are no buckets yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly nuint BucketOf(uint hash) => BucketCount.Remainder(hash, _multiplier, _bucketCount);

    /// <summary>Finds the entry of a key, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TEntry* Find(TKey key, uint hash) => Find(key, hash, BucketOf(hash));

    /// <summary>Finds the entry of a key that has a hash and therefore a bucket, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TEntry* Find(TKey key, uint hash, nuint bucket)
    {
        if (Checks.IsOn)
            _origin.Check();
        var buckets = (uint*)_buckets;
        if (buckets == null)
            return null;
        var link = buckets[bucket];
        while (true)
        {
            if (((link ^ (hash | Used)) & _hashMask) == 0)
            {
                var entry = (TEntry*)_entries + (link >> _numberShift);
                if (((TKey*)entry)->Equals(key))
                    return entry;
            }
            if ((link & More) == 0)
                return null;
            link = ((uint*)_next)[link >> _numberShift];
        }
    }

    /// <summary>Adds an entry for a key that was not found: the key is written, the rest of the entry is not.</summary>
    /// <exception cref="ArenaOutOfMemoryException">The table cannot grow; nothing was changed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TEntry* Add(TKey key, uint hash, nuint bucket)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if (_count == _capacity)
        {
            Grow();
            bucket = BucketOf(hash);
        }
        var number = (uint)++_count;
        Link(number, hash, bucket);
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
        var link = LinkTo(last, Hash.Of(*(TKey*)moved));
        *link = (*link & (_hashMask | More)) | number << _numberShift;
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
        LinkAll();
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

    // Returns the offset of the entries, at a multiple of 64 bytes behind the links.
    private static nuint EntriesOffset(ulong bucketCount, int capacity) =>
        (((nuint)bucketCount + (uint)capacity) * sizeof(uint) + (LineBytes - 1)) & ~(LineBytes - 1);

    private static nuint BytesOf(ulong bucketCount, int capacity) =>
        EntriesOffset(bucketCount, capacity) + (nuint)capacity * (nuint)sizeof(TEntry);

    // Puts an entry in front of its chain.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Link(uint number, uint hash, nuint bucket)
    {
        ref var link = ref ((uint*)_buckets)[bucket];
        var old = link;
        ((uint*)_next)[number] = old;
        link = number << _numberShift | (hash & _hashMask) | Used | (old != 0 ? More : 0);
    }

    // Returns the link with the number of an entry in the chain of the hash: a bucket, or that of another entry.
    private readonly uint* LinkTo(uint number, uint hash)
    {
        var link = (uint*)_buckets + BucketOf(hash);
        while (*link >> _numberShift != number)
            link = (uint*)_next + (*link >> _numberShift);
        return link;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        SetCapacity(Math.Clamp(2 * _capacity, FewestEntries, Math.Max(MostEntries, _capacity + 1)));
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
        if (capacity > MostEntries)
            Fail.TooLarge(capacity, MostEntries);
        var bucketCount = BucketCount.For(capacity);
        var byteCount = BytesOf(bucketCount, capacity);
        var alignment = NaturalAlignment.AtLeast16<TEntry>();
        if (byteCount >= AlignedBytes)
            alignment = Math.Max(alignment, LineBytes);
        var block = (byte*)_origin.Allocate(byteCount, alignment);
        var entries = (TEntry*)(block + EntriesOffset(bucketCount, capacity));
        if (_count > 0)
            new ReadOnlySpan<TEntry>(First, _count).CopyTo(new Span<TEntry>(entries, capacity));
        _buckets = block;
        _next = (uint*)block + bucketCount - 1;
        _entries = entries - 1;
        _capacity = capacity;
        (_bucketCount, _multiplier) = (bucketCount, BucketCount.MultiplierOf(bucketCount));
        _numberShift = BitOperations.LeadingZeroCount((uint)capacity);
        _hashMask = (uint)((1UL << _numberShift) - 1) & ~More;
        LinkAll();
        _origin.Replaced((void*)old, oldBytes);
    }

    // Rebuilds the chains from the entries alone.
    private readonly void LinkAll()
    {
        NativeMemory.Clear(_buckets, (nuint)_bucketCount * sizeof(uint));
        var table = this;
        for (var number = 1u; number <= (uint)table._count; number++)
        {
            var hash = Hash.Of(*(TKey*)((TEntry*)table._entries + number));
            table.Link(number, hash, table.BucketOf(hash));
        }
    }
}
