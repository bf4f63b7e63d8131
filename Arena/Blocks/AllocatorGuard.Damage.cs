using System.Diagnostics.CodeAnalysis;

namespace Arena;

// Describes damage in words: the allocation, the lines, and what to do.
internal sealed unsafe partial class AllocatorGuard
{
    private readonly Lock _verifying = new();
    private PlaceAction? _verifyPlace;
    private MemoryCorruptionException? _firstDamage;
    private int _damageCount;

    /// <summary>Looks at all that the allocator holds.</summary>
    /// <param name="count">Increased by the damaged places that were found.</param>
    /// <returns>The first one, or null.</returns>
    public MemoryCorruptionException? Verify(ref int count)
    {
        lock (_verifying)
        {
            (_firstDamage, _damageCount) = (null, 0);
            VerifyTable();
            if (_fronts.Length != 0)
                _allocator.ShowPlaces(_verifyPlace ??= VerifyPlace);
            if (_arena.Poison is not null)
                VerifyPoison();
            count += _damageCount;
            return _firstDamage;
        }
    }

    private void VerifyTable()
    {
        using var held = Enter();
        foreach (ref readonly var record in _records.Entries)
        {
            if (record.State == GuardState.Live)
                Count(DamageAround(in record));
        }
    }

    private void VerifyPlace(nuint place, nuint placeBytes)
    {
        using var held = Enter();
        if (TryReadPlace(place, placeBytes, out var record))
        {
            if (record is { State: GuardState.Live, HasHeader: true })
                Count(DamageAround(in record));
            return;
        }
        // Where many threads are inside, its header may not be written yet.
        if (_ownsAll && !IsDetached && !_isShared && _fronts.Length == 1 && !_records.Contains(place)
            && !GuardHeader.TryReadState(place, _key, out _))
            Count(DamageAround(Destroyed(place + _fronts[0], _fronts[0], placeBytes)));
    }

    private void VerifyPoison()
    {
        using var held = Enter();
        for (nuint from = 0; _arena.Arena.NextBlock(_allocator.OwnerToken, from, out var block);)
        {
            from = (nuint)block.Address - (nuint)_arena.Arena.Base + block.ByteCount;
            var address = _arena.Arena.FindPoisonDamage(block);
            if (address != 0)
                Count(DamageOfFree(address));
        }
    }

    private void Count(MemoryCorruptionException? damage)
    {
        if (damage is null)
            return;
        _damageCount++;
        if (_firstDamage is null || damage.Address < _firstDamage.Address)
            _firstDamage = damage;
    }

    /// <summary>Throws for an address that was freed before.</summary>
    [DoesNotReturn]
    private void ThrowFreedBefore(in GuardRecord record) => throw Throw.FreeRefused(
        _allocator, (void*)record.Address,
        $"it was already freed at {LineOf(record.FreedLine)}; it was allocated at {LineOf(record.AllocatedLine)}.");

    [DoesNotReturn]
    private void ThrowStartOfPages(nuint address) => throw Throw.FreeRefused(
        _allocator, (void*)address,
        "the pages of a guarded allocation begin there, which lies behind; free what Allocate returned.");

    // A call that frees many at once has no line of its caller.
    private static string LineOf(int number) => SourceLines.At(number) is { File: "", Member: not "" and var member }
        ? $"a call of {member}"
        : SourceLines.At(number).ToString();

    private MemoryCorruptionException? DamageAround(in GuardRecord record)
    {
        if (record.IsDestroyed)
            return HeaderDamage(in record);
        if (record.HasZones)
        {
            var behind = GuardPattern.FindOther(record.End, EndOfZone(in record), GuardPattern.RedZone);
            if (behind != 0)
                return Overrun(in record, behind);
            var front = GuardPattern.FindOther(record.FillStart, record.Address, GuardPattern.RedZone);
            if (front != 0)
                return Underrun(in record, front);
        }
        return record.Mark != 0 && IsOtherMark(in record, _allocator.MarkAt(record.Address))
            ? Damage(in record, record.Address, "the generation in front of the value was overwritten")
            : null;
    }

    // The fast path of a map has ended the life of a sampled value before it comes here.
    private static bool IsOtherMark(in GuardRecord record, uint mark) =>
        mark != record.Mark && !(record.HasPages && mark == record.Mark + 1);

    private MemoryCorruptionException Overrun(in GuardRecord record, nuint address) => Damage(
        in record, address,
        $"something wrote {address - record.End + 1} bytes past its end or farther, at 0x{address:x}");

    private MemoryCorruptionException Underrun(in GuardRecord record, nuint address)
    {
        // If the first changed byte is the first byte of the zone, more may have changed in front of it.
        var distance = record.Address - address;
        return Damage(in record, address, $"something wrote {distance} bytes in front of it, at 0x{address:x}");
    }

    private MemoryCorruptionException Damage(in GuardRecord record, nuint address, string what) => Make(
        $"the {record.ByteCount} bytes at 0x{record.Address:x} are damaged: {what}; allocated at "
        + $"{LineOf(record.AllocatedLine)}. Look for writes beyond what that line allocated; GuardedPages in the "
        + "GuardOptions stops at the write itself.", in record, address);

    private MemoryCorruptionException DamageOfFree(nuint address)
    {
        var record = FindFreed(address);
        if (record.State == GuardState.None)
        {
            record.Address = address;
            return Make(
                $"freed memory at 0x{address:x} was written, of an allocation that is not remembered any more. A "
                + "larger QuarantineBytes in the GuardOptions may name it.", in record, address);
        }
        var offset = address >= record.Address
            ? $"{address - record.Address} bytes into"
            : $"{record.Address - address} bytes in front of";
        return Make(
            $"memory was written after it was freed: 0x{address:x}, {offset} the {record.ByteCount} bytes at "
            + $"0x{record.Address:x}; allocated at {LineOf(record.AllocatedLine)}, freed at "
            + $"{LineOf(record.FreedLine)} in frame {record.FreedFrame}. Look for a pointer that was kept beyond that "
            + "line.", in record, address);
    }

    private MemoryCorruptionException Make(string what, in GuardRecord record, nuint address) => new(
        $"{_allocator.Label} in arena '{_arena.Arena.Name}': {what}", record.Address, address,
        SourceLines.At(record.AllocatedLine), SourceLines.At(record.FreedLine));

    // Its lines are lost; the allocation in front of it is the first suspect.
    private MemoryCorruptionException HeaderDamage(in GuardRecord record)
    {
        var neighbour = FindHeaderInFront(record.Place, out var before) && before.State != GuardState.None
            ? $" The allocation in front of it is the {before.ByteCount} bytes at 0x{before.Address:x}, allocated at "
                + $"{LineOf(before.AllocatedLine)}."
            : "";
        return Make(
            $"what the guard knew of the allocation at 0x{record.Address:x} was overwritten, at 0x{record.Place:x}, "
            + $"{record.FrontBytes} bytes in front of it.{neighbour} Look for a write beyond that, or in front of this "
            + "one; a larger RedZoneBytes in the GuardOptions may name the line.", in record, record.Place);
    }
}
