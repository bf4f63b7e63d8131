using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// A table of records by address: open addressing with linear steps, at most two thirds full. Removing an entry moves
/// those behind it up, so that no search has to step over gaps.
/// </summary>
internal sealed class GuardTable
{
    private const int FewestEntries = 256;
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private GuardRecord[] _entries = new GuardRecord[FewestEntries];
    private int _shift = 64 - BitOperations.Log2(FewestEntries);

    public int Count { get; private set; }

    /// <summary>All entries; those of address 0 are not used.</summary>
    public ReadOnlySpan<GuardRecord> Entries => _entries;

    /// <summary>Returns the record of an address; a null reference if there is none.</summary>
    public ref GuardRecord Find(nuint address)
    {
        var entries = _entries;
        for (var i = IndexOf(address); ; i = (i + 1) & (entries.Length - 1))
        {
            ref var entry = ref entries[i];
            if (entry.Address == address)
                return ref entry;
            if (entry.Address == 0)
                return ref Unsafe.NullRef<GuardRecord>();
        }
    }

    /// <summary>Returns whether there is a record of an address.</summary>
    public bool Contains(nuint address) => Count != 0 && !Unsafe.IsNullRef(ref Find(address));

    /// <summary>The record of an address, with nothing else in it where it is new.</summary>
    public ref GuardRecord FindOrAdd(nuint address)
    {
        if (3 * (Count + 1) > 2 * _entries.Length)
            Grow();
        var entries = _entries;
        for (var i = IndexOf(address); ; i = (i + 1) & (entries.Length - 1))
        {
            ref var entry = ref entries[i];
            if (entry.Address == address)
                return ref entry;
            if (entry.Address != 0)
                continue;
            entry.Address = address;
            Count++;
            return ref entry;
        }
    }

    /// <summary>Removes the record of an address, if there is one.</summary>
    public void Remove(nuint address)
    {
        ref var found = ref Find(address);
        if (Unsafe.IsNullRef(ref found))
            return;
        var entries = _entries;
        var mask = entries.Length - 1;
        var gap = (int)(Unsafe.ByteOffset(ref entries[0], ref found) / Unsafe.SizeOf<GuardRecord>());
        for (var i = (gap + 1) & mask; entries[i].Address != 0; i = (i + 1) & mask)
        {
            // An entry may move up unless its search begins behind the gap.
            var distance = (i - IndexOf(entries[i].Address)) & mask;
            if (distance < ((i - gap) & mask))
                continue;
            entries[gap] = entries[i];
            gap = i;
        }
        entries[gap] = default;
        Count--;
    }

    private int IndexOf(nuint address) => (int)(unchecked(address * Multiplier) >> _shift);

    private void Grow()
    {
        var old = _entries;
        _entries = new GuardRecord[2 * old.Length];
        _shift--;
        Count = 0;
        foreach (ref readonly var entry in old.AsSpan())
        {
            if (entry.Address != 0)
                FindOrAdd(entry.Address) = entry;
        }
    }
}
