using System.Numerics;

namespace Arena.Pools;

// Guarded slots. If the arena is guarded when the pool is made, slots lie farther apart, with room for red zones:
//
//   header ... | zone | slot 0 | zone | zone | slot 1 | zone | ...
//                     ^ aligned       a stride is from slot to slot
//
// A slot in quarantine counts as taken in the bitmap; walks and counts leave it out.
public sealed unsafe partial class Pool<T>
{
    internal override bool CanBeGuarded => true;

    internal override nuint KeptBytes => (nuint)(_listener?.ValueOffset ?? 0);

    internal override uint MarkAt(nuint address) => _listener?.GenerationOf((void*)address) ?? 0;

    internal override nuint BytesReported(in GuardRecord record) => ReportedBytes;

    internal override void EndLife(in GuardRecord record)
    {
        _version++;
        if (record.Mark != 0)
            _listener!.EndLife((void*)record.Address, record.Mark);
    }

    internal override void GiveBackPlace(void* place)
    {
        var slot = (byte*)place + _geometry.FrontBytes;
        var word = WordOf(slot, out var bit);
        _version++;
        if ((nuint)slot == Last)
            Last = ~(nuint)slot;
        else
            Put(slot, word, bit);
    }

    internal override nuint LivePlaceBytes(void* place)
    {
        WordOfLive(place, out _);
        return _strideBytes;
    }

    /// <summary>Frees a guarded slot, whose generation the listener has not changed.</summary>
    internal void FreeGuardedSlot(void* slot, string file, int line, string member) =>
        FreeSlowly(slot, file, line, member);

    internal override void Undo(void* address, nuint byteCount)
    {
        // An observer threw before the listener could give the slot its generation, which the guard expects.
        if (Guard is not null)
            _listener?.EndLife(address, _listener.GenerationOf(address));
        Free((T*)address, "", 0, "");
    }

    // Returns the bytes in front of a slot and behind it, and the alignment that they need.
    private static SlotZones ZonesOf(PageArena arena, int alignment)
    {
        if (arena.Guard is not { } options)
            return new SlotZones(0, 0, alignment);
        var front = options.RedZoneBytes == 0 ? 0 : (int)AllocatorGuard.FrontBytes(options, (nuint)alignment);
        // Poison is recorded by whole granules.
        var granule = options.RedZoneBytes != 0 ? 16 : options.Poison ? 4 : 1;
        var size = (int)Align.Up((nuint)(sizeof(T) + options.RedZoneBytes), (nuint)granule);
        return new SlotZones(front, size - sizeof(T), Math.Max(alignment, granule));
    }

    private void* TakeGuarded(AllocatorGuard guard, string file, int line, string member, out string? why)
    {
        why = WhyRefused(ReportedBytes);
        if (why is not null)
            return null;
        var slot = TakeBare(out why);
        if (slot == null && LetGo(guard, all: true))
            slot = TakeBare(out why);
        if (slot == null)
            return null;
        var mark = _listener is null ? 0 : _listener.GenerationOf(slot) + 1;
        var place = (byte*)slot - _geometry.FrontBytes;
        var damage = guard.Begin(
            place, _strideBytes, _geometry.FrontBytes, (nuint)sizeof(T), mark, file, line, member);
        if (damage is not null)
        {
            GiveBackPlace(place);
            throw Arena.NotifyFailed(damage);
        }
        NotifyAllocated(slot, ReportedBytes, file, line, member);
        return slot;
    }

    private void* TakeBare(out string? why)
    {
        why = null;
        var slot = PopObserved();
        return slot != null ? slot : TakeFromBitmaps(out why);
    }

    // Frees each slot instead of forgetting all at once: each is verified, filled with poison and put into quarantine.
    private Exception? ClearGuarded(AllocatorGuard guard, string file, int line, string member)
    {
        Exception? failure = null;
        foreach (ref var value in this)
        {
            var slot = System.Runtime.CompilerServices.Unsafe.AsPointer(ref value);
            failure = FreeGuarded(guard, slot, notifies: false, file, line, member) ?? failure;
        }
        return failure;
    }

    // Removes the slots in quarantine from a word's live slots.
    private ulong WithoutWaiting(byte* slab, int word, ulong live)
    {
        if (Guard is not { WaitingCount: > 0 } guard)
            return live;
        var wordBase = _geometry.WordBase(slab, word);
        for (var rest = live; rest != 0; rest &= rest - 1)
        {
            var index = BitOperations.TrailingZeroCount(rest);
            if (guard.IsWaiting((nuint)(wordBase + (nuint)index * _strideBytes)))
                live &= ~(1UL << index);
        }
        return live;
    }
}
