using System.Numerics;

namespace Arena.Diagnostics;

/// <summary>
/// Live allocations by address: an open table in an arena of its own, so that tracking makes no garbage.
/// Linear probing; removal closes the gap by moving later entries of the run back (Knuth, TAOCP 3, 6.4, algorithm R),
/// so that no tombstones slow it down over a long run.
/// </summary>
internal sealed unsafe class LiveTable : IDisposable
{
    private const int InitialCapacity = 1024;

    private readonly PageArena _arena = new("leak tracker");
    private Block _block;
    private LiveAllocation* _entries;
    private int _mask;

    public LiveTable() => Resize(InitialCapacity);

    public int Count { get; private set; }

    /// <summary>Remembers an allocation; one that stands at the address already is replaced.</summary>
    public void Add(in LiveAllocation allocation)
    {
        // At most 7/8 full, or runs become long.
        if (Count >= _mask - _mask / 8)
            Resize((_mask + 1) * 2);
        var index = Find(allocation.Address);
        if (_entries[index].Address == 0)
            Count++;
        _entries[index] = allocation;
    }

    /// <summary>Forgets the allocation at an address; false where none is known.</summary>
    public bool Remove(nuint address)
    {
        var hole = Find(address);
        if (_entries[hole].Address == 0)
            return false;
        for (var next = (hole + 1) & _mask; _entries[next].Address != 0; next = (next + 1) & _mask)
        {
            // An entry may move back to the hole unless its home lies behind the hole, in cyclic order.
            var home = HomeOf(_entries[next].Address);
            if (((next - home) & _mask) < ((next - hole) & _mask))
                continue;
            _entries[hole] = _entries[next];
            hole = next;
        }
        _entries[hole] = default;
        Count--;
        return true;
    }

    /// <summary>Forgets all allocations of one allocator.</summary>
    public void RemoveAll(int allocator)
    {
        var old = _block;
        var entries = new ReadOnlySpan<LiveAllocation>(_entries, _mask + 1);
        Allocate(_mask + 1);
        foreach (ref readonly var entry in entries)
        {
            if (entry.Address != 0 && entry.Allocator != allocator)
                Add(entry);
        }
        _arena.Free(old);
    }

    /// <summary>Every place of the table; empty ones have address 0.</summary>
    public ReadOnlySpan<LiveAllocation> Places => new(_entries, _mask + 1);

    public void Dispose() => _arena.Dispose();

    private void Resize(int capacity)
    {
        var old = _block;
        var entries = old.Address == null ? default : Places;
        Allocate(capacity);
        foreach (ref readonly var entry in entries)
        {
            if (entry.Address != 0)
                Add(entry);
        }
        _arena.Free(old);
    }

    private void Allocate(int capacity)
    {
        _block = _arena.Allocate((nuint)capacity * (nuint)sizeof(LiveAllocation));
        _entries = (LiveAllocation*)_block.Address;
        _mask = capacity - 1;
        Count = 0;
        new Span<LiveAllocation>(_entries, capacity).Clear();
    }

    private int Find(nuint address)
    {
        var index = HomeOf(address);
        while (_entries[index].Address != address && _entries[index].Address != 0)
            index = (index + 1) & _mask;
        return index;
    }

    // Fibonacci hashing: the multiplier spreads neighbouring addresses, the top bits are the best mixed.
    private int HomeOf(nuint address) =>
        (int)(unchecked((ulong)address * 0x9E37_79B9_7F4A_7C15) >> (64 - BitOperations.PopCount((uint)_mask)));
}
