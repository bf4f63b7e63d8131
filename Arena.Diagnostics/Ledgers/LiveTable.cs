using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

/// <summary>
/// Live allocations by address: an open table in unmanaged pages, so that tracking makes no garbage. Linear probing;
/// removal closes the gap by moving later entries of the run back (Knuth, TAOCP 3, 6.4, algorithm R), so that no
/// tombstones slow it down over a long run.
/// </summary>
/// <remarks>
/// <para>
/// Allocators hand out first what was freed last, so the gap of the last removal stays open: an allocation at the same
/// address closes it without a search. Any other call closes it properly first.
/// </para>
/// <para>
/// While it grows, the table is between 33 and 44 sixty-fourths full: 24 bytes an entry are 35 to 47 bytes a live
/// allocation. To keep that narrow it grows by a third, and the hash is mapped to the capacity by a multiplication
/// (Lemire 2019), not by a mask. Below 11 sixty-fourths it shrinks.
/// </para>
/// </remarks>
internal sealed unsafe class LiveTable(GrowingPages pages)
{
    private const int InitialCapacity = 128;
    private const int NoGap = -1;
    private const nuint HugePageBytes = 2 << 20;

    private Block _block;
    private LiveAllocation* _entries;
    private int _capacity;
    private int _mostCount;
    private int _leastCount;

    // The place of an entry that was removed but not yet overwritten.
    private int _gap = NoGap;

    public int Count { get; private set; }

    /// <summary>The bytes of its pages.</summary>
    public nuint TableBytes => _block.ByteCount;

    /// <summary>Every place of the table; empty ones have address 0.</summary>
    public ReadOnlySpan<LiveAllocation> Places
    {
        get
        {
            if (_gap != NoGap)
                CloseGap();
            return new(_entries, _capacity);
        }
    }

    /// <summary>Adds an allocation at an address where none is alive; null if out of memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LiveAllocation* TryAdd(nuint address)
    {
        var gap = _gap;
        if (gap != NoGap && _entries[gap].Address == address)
        {
            _gap = NoGap;
            Count++;
            return _entries + gap;
        }
        return AddElsewhere(address);
    }

    /// <summary>Removes the allocation at an address; the result may be read until the next call, or is null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LiveAllocation* TryRemove(nuint address)
    {
        if (_gap != NoGap)
            CloseGap();
        if (Count == 0)
            return null;
        var index = IndexOf(address);
        if (_entries[index].Address == 0)
            return null;
        Count--;
        _gap = index;
        return _entries + index;
    }

    /// <summary>Finds the allocation at an address, or null.</summary>
    public LiveAllocation* Find(nuint address)
    {
        if (Count == 0)
            return null;
        if (_gap != NoGap)
            CloseGap();
        var place = _entries + IndexOf(address);
        return place->Address == 0 ? null : place;
    }

    /// <summary>Returns the place where the search for any address begins, to prefetch it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* HomeOf(nuint address) => _entries + HomeIndexOf(address);

    /// <summary>Removes everything, and gives the pages back.</summary>
    public void Clear()
    {
        GiveBack(_block);
        _block = default;
        _entries = null;
        _capacity = 0;
        _mostCount = 0;
        _leastCount = 0;
        _gap = NoGap;
        Count = 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private LiveAllocation* AddElsewhere(nuint address)
    {
        if (_gap != NoGap)
            CloseGap();
        if (Count >= _mostCount && !TryResize(Math.Max(InitialCapacity, _capacity + _capacity / 3)))
            return null;
        Count++;
        return _entries + IndexOf(address);
    }

    // An entry may move back to the hole unless its home lies after the hole, in cyclic order.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CloseGap()
    {
        var hole = _gap;
        _gap = NoGap;
        for (var next = Next(hole); _entries[next].Address != 0; next = Next(next))
        {
            var home = HomeIndexOf(_entries[next].Address);
            if (Distance(home, next) < Distance(hole, next))
                continue;
            _entries[hole] = _entries[next];
            hole = next;
        }
        _entries[hole] = default;
        if (Count < _leastCount)
            TryResize(Math.Max(InitialCapacity, Count * 2));
    }

    private bool TryResize(int capacity)
    {
        // Pages fresh from the OS are empty places, and the table gives back what it leaves, so all are fresh. The
        // alignment gives a large table huge pages where the OS has them: touching its pages is most of the cost of
        // growing.
        var byteCount = (nuint)capacity * (nuint)sizeof(LiveAllocation);
        var alignment = byteCount >= HugePageBytes ? HugePageBytes : 0;
        if (!pages.TryLend(byteCount, alignment, out var block, out var isZero))
            return false;
        var old = new ReadOnlySpan<LiveAllocation>(_entries, _capacity);
        var oldBlock = _block;
        _block = block;
        _entries = (LiveAllocation*)block.Address;
        // The capacity is all that the pages hold.
        _capacity = (int)(block.ByteCount / (nuint)sizeof(LiveAllocation));
        _mostCount = _capacity / 64 * 44;
        _leastCount = _capacity <= 2 * InitialCapacity ? 0 : _capacity / 64 * 11;
        if (!isZero)
            new Span<LiveAllocation>(_entries, _capacity).Clear();
        foreach (ref readonly var entry in old)
        {
            if (entry.Address != 0)
                _entries[IndexOf(entry.Address)] = entry;
        }
        GiveBack(oldBlock);
        return true;
    }

    // The pages may have gone with their tracker, but only after the table was cleared.
    private void GiveBack(Block block)
    {
        if (block.ByteCount != 0)
            pages.TakeBack(block);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int IndexOf(nuint address)
    {
        var index = HomeIndexOf(address);
        while (_entries[index].Address != address && _entries[index].Address != 0)
            index = Next(index);
        return index;
    }

    private int Next(int index) => index + 1 == _capacity ? 0 : index + 1;

    private int Distance(int from, int to) => to >= from ? to - from : to - from + _capacity;

    // Addresses come as runs at equal distances, which a multiplier may or may not spread evenly, depending on the
    // distance. The golden ratio is best for a distance of one and poor for many others: a pool's slots of 1,008 bytes
    // needed 149 steps, of 48 bytes 7. This multiplier is the best of 260 for all slots up to 1 KiB: a mean of 1.4
    // steps.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int HomeIndexOf(nuint address)
    {
        var hash = unchecked((ulong)address * 0x4B97_8EAF_1846_3B8B) >> 32;
        return (int)(hash * (uint)_capacity >> 32);
    }
}
