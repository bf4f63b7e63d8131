using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Arena.Collections;

/// <summary>
/// The table below dictionaries and sets: entries in a row, as they were added, and an index by hash in front of them.
/// </summary>
/// <remarks>
/// <code>
/// | group 0: 8 slots of 4 bytes | group 1 | ... | entry 0 | entry 1 | ... | room |
/// slot: 1 in the top bit, some bits of the hash, the number of the entry; or 0: empty; or 1: removed
/// </code>
/// <para>
/// A hash names a group; the eight slots of a group are compared at once, and an entry is looked at only where the bits
/// of its hash match. A group without an empty slot passes on to the next one. Entries fill at most 5/8 of the slots,
/// so few groups are full. A slot that is freed in a group with an empty one is empty again, because no search went on
/// beyond that group; others are marked as removed, and once these are an eighth of all slots the index is made again
/// from the entries. The last entry moves into the place of one that is removed.
/// </para>
/// <para>
/// A number of n bits for 2^n slots leaves 31 - n bits of the hash: 10 for a million entries, so that a wrong entry is
/// looked at once in some hundred searches.
/// </para>
/// </remarks>
/// <typeparam name="TKey">The keys.</typeparam>
/// <typeparam name="TEntry">Begins with its key.</typeparam>
internal unsafe struct HashTable<TKey, TEntry>
    where TKey : unmanaged, IEquatable<TKey>
    where TEntry : unmanaged
{
    private const uint Live = 0x8000_0000;
    private const uint Removed = 1;
    private const int GroupSlots = 8;
    private const int GroupShift = 3;
    private const int MostGroupBits = 31 - GroupShift;

    // The smallest index is a cache line.
    private const int FewestGroupBits = 1;

    // From this size on, groups lie in one cache line each.
    private const nuint AlignedBytes = 2048;
    private const nuint LineBytes = 64;

    private void* _slots;
    private void* _entries;
    private int _count;
    private int _capacity;
    private int _groupBits;

    // The bits of a slot that are the number of an entry.
    private uint _numbers;
    private int _removedSlots;
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

    public readonly TEntry* Entries => (TEntry*)_entries;

    public readonly ulong Place => _origin.Place;

    private readonly uint* Slots => (uint*)_slots;

    private readonly nuint ByteCount => _slots == null ? 0 : BytesOf(_groupBits, _capacity);

    /// <summary>The entry of a key, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TEntry* Find(TKey key, uint hash)
    {
        if (Checks.IsOn)
            _origin.Check();
        if (_count == 0)
            return null;
        var spread = (ulong)hash << _groupBits;
        var numbers = _numbers;
        var hashes = Vector256.Create(~numbers);
        var slots = Slots + (nuint)(uint)(spread >> 32) * GroupSlots;
        var found = Vector256.Load(slots);
        var matches = Vector256.Equals(found & hashes, Vector256.Create(((uint)spread | Live) & ~numbers))
            .ExtractMostSignificantBits();
        if (matches != 0)
        {
            var entry = Entries + (slots[BitOperations.TrailingZeroCount(matches)] & numbers);
            return ((TKey*)entry)->Equals(key) ? entry : FindFurther(key, hash);
        }
        return Vector256.EqualsAny(found, Vector256<uint>.Zero) ? null : FindFurther(key, hash);
    }

    /// <summary>The entry of a key that is not there: its key is written, the rest is not.</summary>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; nothing was changed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TEntry* Add(TKey key, uint hash)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if (_count == _capacity)
            Grow(_count + 1L);
        PutSlot(hash, (uint)_count);
        var entry = Entries + _count;
        *(TKey*)entry = key;
        _count++;
        return entry;
    }

    /// <summary>Removes an entry that was found; the last one moves into its place.</summary>
    public void Remove(TEntry* entry)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        var number = (uint)(entry - Entries);
        var last = (uint)_count - 1;
        var freed = SlotOf(number);
        if (number != last)
        {
            var moved = SlotOf(last);
            *moved = (*moved & ~_numbers) | number;
            *entry = Entries[last];
        }
        _count = (int)last;
        // Aligned to its group, whatever the address is.
        var group = Slots + ((nuint)(freed - Slots) & ~(nuint)(GroupSlots - 1));
        if (Vector256.EqualsAny(Vector256.Load(group), Vector256<uint>.Zero))
        {
            *freed = 0;
            return;
        }
        *freed = Removed;
        if (++_removedSlots > 1 << _groupBits)
            BuildIndex();
    }

    public void Clear()
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        _count = 0;
        BuildIndex();
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

    /// <summary>For a walk.</summary>
    public readonly void Check() => _origin.Check();

    public void Dispose()
    {
        if (Checks.IsOn)
            _origin.TouchBeforeEnd();
        var source = _origin.End(_slots);
        var (slots, byteCount) = ((nint)_slots, ByteCount);
        this = default;
        if (slots != 0)
            source?.Free(slots, byteCount);
    }

    private static nuint BytesOf(int groupBits, int capacity) =>
        ((nuint)(GroupSlots * sizeof(uint)) << groupBits) + (nuint)capacity * (nuint)sizeof(TEntry);

    // Five eighths of the slots.
    private static long MostEntries(int groupBits) => 5L << groupBits;

    private static int GroupBitsFor(long capacity)
    {
        if (capacity > MostEntries(MostGroupBits))
            Fail.TooLarge(capacity, MostEntries(MostGroupBits));
        var groups = (ulong)((capacity + 4) / 5);
        return Math.Max(FewestGroupBits, BitOperations.Log2(BitOperations.RoundUpToPowerOf2(groups)));
    }

    // The whole search, where the first entry is another one or the first group is full.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly TEntry* FindFurther(TKey key, uint hash)
    {
        var spread = (ulong)hash << _groupBits;
        var numbers = _numbers;
        var wanted = Vector256.Create(((uint)spread | Live) & ~numbers);
        for (var group = (uint)(spread >> 32); ; group = (group + 1) & (numbers >> GroupShift))
        {
            var slots = Slots + (nuint)group * GroupSlots;
            var found = Vector256.Load(slots);
            var matches = Vector256.Equals(found & Vector256.Create(~numbers), wanted).ExtractMostSignificantBits();
            for (; matches != 0; matches &= matches - 1)
            {
                var entry = Entries + (slots[BitOperations.TrailingZeroCount(matches)] & numbers);
                if (((TKey*)entry)->Equals(key))
                    return entry;
            }
            if (Vector256.EqualsAny(found, Vector256<uint>.Zero))
                return null;
        }
    }

    // The slot that an entry has, which is there.
    private readonly uint* SlotOf(uint number)
    {
        var spread = (ulong)Hash.Of(*(TKey*)(Entries + number)) << _groupBits;
        var numbers = _numbers;
        var wanted = Vector256.Create((((uint)spread | Live) & ~numbers) | number);
        for (var group = (uint)(spread >> 32); ; group = (group + 1) & (numbers >> GroupShift))
        {
            var slots = Slots + (nuint)group * GroupSlots;
            var match = Vector256.Equals(Vector256.Load(slots), wanted).ExtractMostSignificantBits();
            if (match != 0)
                return slots + BitOperations.TrailingZeroCount(match);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PutSlot(uint hash, uint number)
    {
        var spread = (ulong)hash << _groupBits;
        var numbers = _numbers;
        var group = (uint)(spread >> 32);
        while (true)
        {
            var slots = Slots + (nuint)group * GroupSlots;
            var free = ~Vector256.Load(slots).ExtractMostSignificantBits() & 0xFF;
            if (free != 0)
            {
                slots += BitOperations.TrailingZeroCount(free);
                _removedSlots -= (int)*slots;
                *slots = ((uint)spread & ~numbers) | Live | number;
                return;
            }
            group = (group + 1) & (numbers >> GroupShift);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(long needed)
    {
        // As many entries as the index allows.
        var capacity = Math.Max(needed, 2L * _capacity);
        SetCapacity((int)Math.Min(MostEntries(GroupBitsFor(capacity)), int.MaxValue));
    }

    private void SetCapacity(int capacity)
    {
        if (capacity == 0)
        {
            var (unused, unusedBytes) = ((nint)_slots, ByteCount);
            _slots = _entries = null;
            _capacity = _groupBits = _removedSlots = 0;
            _origin.Replaced((void*)unused, unusedBytes);
            return;
        }
        var groupBits = GroupBitsFor(capacity);
        var byteCount = BytesOf(groupBits, capacity);
        var alignment = NaturalAlignment.AtLeast16<TEntry>();
        if (byteCount >= AlignedBytes)
            alignment = Math.Max(alignment, LineBytes);
        var block = (byte*)_origin.Allocate(byteCount, alignment);
        var (old, oldBytes) = ((nint)_slots, ByteCount);
        var entries = (TEntry*)(block + ((nuint)(GroupSlots * sizeof(uint)) << groupBits));
        new ReadOnlySpan<TEntry>(_entries, _count).CopyTo(new Span<TEntry>(entries, capacity));
        _slots = block;
        _entries = entries;
        _capacity = capacity;
        _groupBits = groupBits;
        _numbers = ((uint)GroupSlots << groupBits) - 1;
        BuildIndex();
        _origin.Replaced((void*)old, oldBytes);
    }

    // From the entries alone.
    private void BuildIndex()
    {
        if (_slots == null)
            return;
        NativeMemory.Clear(_slots, (nuint)(GroupSlots * sizeof(uint)) << _groupBits);
        _removedSlots = 0;
        for (var number = 0; number < _count; number++)
            PutSlot(Hash.Of(*(TKey*)(Entries + number)), (uint)number);
    }
}
