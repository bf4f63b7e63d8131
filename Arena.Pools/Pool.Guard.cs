namespace Arena.Pools;

// Guarded slots. Where the arena is guarded when the pool is made, slots lie farther apart, with room for what the
// guard knows and for red zones:
//
//   bitmap ... | header, zone | slot 0 | zone | header, zone | slot 1 | zone | ...
//                             ^ aligned               a stride is from slot to slot
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
        if (record.HasPages)
        {
            EndPaged(record.Address);
            return;
        }
        var index = SlotIn((void*)record.Address, out var slab);
        Guard!.Slots.Add((nuint)slab, _geometry.WordCount, index >> 6, 1UL << index);
    }

    internal override void GiveBackPlace(void* place)
    {
        if (Paged is { } paged && paged.TryGiveBack(place))
            return;
        var slot = (byte*)place + _geometry.FrontBytes;
        var word = WordOf(slot, out var bit);
        _version++;
        var index = SlotIn(slot, out var slab);
        Guard?.Slots.Remove((nuint)slab, index >> 6, bit);
        if ((nuint)slot == Last)
            Last = ~(nuint)slot;
        else
            Put(slot, word, bit);
    }

    internal override bool IsLivePlace(void* place, out nuint placeBytes)
    {
        placeBytes = _strideBytes;
        var slot = (byte*)place + _geometry.FrontBytes;
        if (!Owns(slot))
            return false;
        var word = WordOf(slot, out var bit);
        return word != null && IsLive(slot, word, bit);
    }

    internal override void ShowPlaces(PlaceAction show)
    {
        for (var i = 0; i < _slabs.Count; i++)
        {
            var slab = _slabs[i];
            for (var word = 0; word < _slabs.WordCount(slab); word++)
            {
                var place = _geometry.PlaceBase(slab, word);
                var taken = TakenIn(slab, word);
                for (taken &= HasStandIns ? ~Paged!.StandIns[(nuint)slab, word] : ~0UL; taken != 0; taken &= taken - 1)
                    show((nuint)place + (LowestBit(taken) * _strideBytes), _strideBytes);
            }
        }
    }

    internal override GuardRecord LiveRecord(void* address)
    {
        WordOfLive(address, out _);
        var front = _geometry.FrontBytes;
        return new GuardRecord
        {
            Address = (nuint)address,
            ByteCount = front == 0 ? _strideBytes : (nuint)sizeof(T),
            PlaceBytes = _strideBytes,
            FrontBytes = (uint)front,
            Mark = MarkAt((nuint)address),
        };
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
        if (arena.Guard is not { GuardsAll: true } options)
            return new SlotZones(0, 0, alignment);
        const int granule = 16;
        // The slots are aligned, and what is in front of them need not be.
        var front = (int)AllocatorGuard.FrontBytes(options, Align.Default);
        var size = (int)Align.Up((nuint)(sizeof(T) + options.RedZoneBytes), granule);
        return new SlotZones(front, size - sizeof(T), Math.Max(alignment, granule));
    }

    // Allocates a guarded slot, or sets why there is none. Returns false, with nothing done, if only a sample is
    // guarded and this slot is not in it.
    private bool TakesGuarded(AllocatorGuard guard, in SourceLine caller, out void* slot, out string? why)
    {
        slot = null;
        why = null;
        var isPicked = guard.PicksPages();
        if (!isPicked && guard.KnowsSome)
            return false;
        why = WhyRefused(ReportedBytes);
        if (why is null && IsFull)
            why = SlabSet.WhyFull(_options.MaximumSlots);
        if (why is not null)
            return true;
        if (isPicked)
        {
            var begin = guard.Common.BeginSample();
            slot = TakePaged(guard, in caller);
            guard.Common.EndSample(begin);
        }
        if (slot == null && !guard.KnowsSome)
            slot = TakeZoned(guard, in caller, out why);
        if (slot != null)
            NotifyAllocated(slot, ReportedBytes, in caller);
        else
            Withdraw();
        return slot != null || !guard.KnowsSome;
    }

    private void* TakeZoned(AllocatorGuard guard, in SourceLine caller, out string? why)
    {
        var slot = TakeBare(out why);
        if (slot == null && LetGo(guard, all: true))
            slot = TakeBare(out why);
        if (slot == null)
            return null;
        var mark = _listener is null ? 0 : _listener.GenerationOf(slot) + 1;
        var place = (byte*)slot - _geometry.FrontBytes;
        var damage = guard.Begin(
            place, _strideBytes, _geometry.FrontBytes, (nuint)sizeof(T), mark, in caller);
        if (damage is not null)
        {
            GiveBackPlace(place);
            Withdraw();
            throw Arena.NotifyFailed(damage);
        }
        return slot;
    }

    // Frees each guarded slot instead of forgetting all at once: it is verified, filled with poison and put into
    // quarantine.
    private Exception? ClearGuarded(AllocatorGuard guard, in SourceLine caller)
    {
        Exception? failure = null;
        if (guard.KnowsSome)
        {
            for (nuint slot = 0; Paged is { } paged && (slot = paged.NextAbove(slot)) != 0;)
                failure = FreeGuarded(guard, (void*)slot, notifies: false, in caller) ?? failure;
            return failure;
        }
        foreach (ref var value in this)
        {
            var slot = System.Runtime.CompilerServices.Unsafe.AsPointer(ref value);
            failure = FreeGuarded(guard, slot, notifies: false, in caller) ?? failure;
        }
        return failure;
    }

    private bool HasWaiting => Guard is { WaitingPlaceCount: > 0 } || HasStandIns;

    // Removes the slots in quarantine from a word's live slots, and those that stand for others.
    private ulong WithoutWaiting(byte* slab, int word, ulong live) =>
        HasWaiting ? live & ~HiddenIn(slab, word) : live;

    private ulong HiddenIn(byte* slab, int word) =>
        (Guard?.Slots[(nuint)slab, word] ?? 0) | (HasStandIns ? Paged!.StandIns[(nuint)slab, word] : 0);

    // Returns whether a slot that is live to the pool is in quarantine, or stands for another.
    private bool IsWaiting(void* slot)
    {
        if (!HasWaiting)
            return false;
        var index = SlotIn(slot, out var slab);
        return (HiddenIn(slab, index >> 6) >> index & 1) != 0;
    }

    private int SlotIn(void* slot, out byte* slab)
    {
        slab = _geometry.SlabOf(slot);
        return (int)_geometry.IndexOf(slab, slot);
    }
}
