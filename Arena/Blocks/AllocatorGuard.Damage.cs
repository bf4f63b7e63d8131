using System.Diagnostics.CodeAnalysis;

namespace Arena;

// Describes damage in words: the allocation, the lines, and what to do.
internal sealed unsafe partial class AllocatorGuard
{
    /// <summary>Verifies everything that the allocator holds.</summary>
    /// <param name="count">The number of damaged places is added to it.</param>
    /// <returns>The first damage, or null.</returns>
    public MemoryCorruptionException? Verify(ref int count)
    {
        using var held = Enter();
        MemoryCorruptionException? first = null;
        foreach (ref readonly var record in _records.Entries)
        {
            if (record.State != GuardState.Live || DamageAround(in record) is not { } damage)
                continue;
            count++;
            if (first is null || damage.Address < first.Address)
                first = damage;
        }
        if (arena.Poison is null)
            return first;
        for (nuint from = 0; arena.Arena.NextBlock(allocator.OwnerToken, from, out var block);)
        {
            from = (nuint)block.Address - (nuint)arena.Arena.Base + block.ByteCount;
            var address = arena.Arena.FindPoisonDamage(block);
            if (address == 0)
                continue;
            count++;
            first ??= DamageOfFree(address);
        }
        return first;
    }

    /// <summary>Throws for an address that was freed before.</summary>
    [DoesNotReturn]
    private void ThrowFreedBefore(in GuardRecord record) => throw Throw.FreeRefused(
        allocator, (void*)record.Address,
        $"it was already freed at {LineOf(record.FreedLine)}; it was allocated at {LineOf(record.AllocatedLine)}.");

    // A call that frees many at once has no line of its caller.
    private static string LineOf(int number) => SourceLines.At(number) is { File: "", Member: not "" and var member }
        ? $"a call of {member}"
        : SourceLines.At(number).ToString();

    private MemoryCorruptionException? DamageAround(in GuardRecord record)
    {
        if (record.HasZones)
        {
            var behind = GuardPattern.FindOther(record.End, EndOfZone(in record), GuardPattern.RedZone);
            if (behind != 0)
                return Overrun(in record, behind);
            var front = GuardPattern.FindOther(record.Place, record.Address, GuardPattern.RedZone);
            if (front != 0)
                return Underrun(in record, front);
        }
        return record is { Mark: not 0, HasPages: false } && allocator.MarkAt(record.Address) != record.Mark
            ? Damage(in record, record.Address, "the generation in front of the value was overwritten")
            : null;
    }

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
        $"{allocator.Label} in arena '{arena.Arena.Name}': {what}", record.Address, address,
        SourceLines.At(record.AllocatedLine), SourceLines.At(record.FreedLine));

    private GuardRecord FindFreed(nuint address)
    {
        foreach (ref readonly var record in _records.Entries)
        {
            if (record.State is GuardState.Waiting or GuardState.Free && address - record.Place < record.PlaceBytes)
                return record;
        }
        return default;
    }
}
