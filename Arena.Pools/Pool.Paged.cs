namespace Arena.Pools;

// Slots with pages of their own, which a guard asks for. They lie outside of the slabs, see PagedSlots. What a call
// does with a slot finds them in the slow path: their addresses are not those of any slot of a slab.
public sealed unsafe partial class Pool<T>
{
    // The slabs keep it, because a field of the pool would move those of its fast paths. They are null if the
    // constructor failed.
    private PagedSlots? Paged
    {
        get => _slabs?.Paged;
        set => _slabs.Paged = value;
    }

    // The slots of a dense map hold places in an array, and no value that could be overrun.
    private bool CanHavePages => BytesElsewhere == 0;

    internal override bool CanBeSampled => CanHavePages;

    internal override bool MayLieInPages(void* address) => !Owns(address);

    private int PagedCount => Paged?.LiveCount ?? 0;

    // Those that no slot of a slab stands for.
    private int PagedAloneCount => Paged is { } paged ? paged.LiveCount - paged.StandInCount : 0;

    private bool HasStandIns => Paged is { StandInCount: > 0 };

    // Slots with pages are not in the slabs, which know the maximum only of their own.
    private bool IsFull => _options.MaximumSlots != 0 && LiveCount >= _options.MaximumSlots;

    private bool IsPaged(void* slot) => Paged is { } paged && paged.Contains(slot);

    // Takes a slot with pages of its own. Returns null if there is no room for it, or the system refuses: then the slot
    // is guarded like others.
    private void* TakePaged(AllocatorGuard guard, in SourceLine caller)
    {
        if (!CanHavePages)
            return null;
        if (Paged is null)
        {
            Paged = new PagedSlots(this, _listener, (int)_strideBytes);
            // The listener needs the token of this pool, also if it never gets a slab.
            CloseFastPath();
            StorageChanged();
        }
        var alignment = (nuint)_options.AlignmentOf(sizeof(T));
        guard.PagesFor((nuint)sizeof(T), alignment, out var front, out var dataBytes);
        var placeBytes = dataBytes + Arena.OsPageBytes;
        if (!TakeStandIn(guard, out var standIn))
            return null;
        var slot = Paged.Take(standIn, placeBytes, nuint.Max(alignment, Arena.OsPageBytes), front);
        if (slot == null)
        {
            ReturnStandIn(standIn);
            return null;
        }
        var mark = _listener is null ? 0 : _listener.GenerationOf(slot) + 1;
        var place = slot - front;
        if (guard.TryBeginPages(place, placeBytes, front, dataBytes, (nuint)sizeof(T), mark, in caller))
            return slot;
        EndPaged((nuint)slot);
        Paged.TryGiveBack(place);
        return null;
    }

    private void EndPaged(nuint slot) => ReturnStandIn(Paged!.End(slot));

    // Takes the slot of a slab that stands for one with pages, if there is a maximum. Walks and counts leave it out.
    private bool TakeStandIn(AllocatorGuard guard, out void* standIn)
    {
        standIn = null;
        if (_options.MaximumSlots == 0)
            return true;
        standIn = TakeBare(out _);
        if (standIn == null && LetGo(guard, all: true))
            standIn = TakeBare(out _);
        if (standIn == null)
            return false;
        // It is not the slot that was handed out last, which Free would take without a look at its bit.
        Last = (nuint)NoSlot;
        _version++;
        WordOf(standIn, out var bit);
        var index = SlotIn(standIn, out var slab);
        Paged!.StandIns.Add((nuint)slab, _geometry.WordCount, index >> 6, bit);
        return true;
    }

    private void ReturnStandIn(void* standIn)
    {
        if (standIn == null)
            return;
        var word = WordOf(standIn, out var bit);
        var index = SlotIn(standIn, out var slab);
        Paged!.StandIns.Remove((nuint)slab, index >> 6, bit);
        // A free through a stale pointer may have freed it.
        if (IsLive(standIn, word, bit))
            Put(standIn, word, bit);
    }

    // Finds the next step of a walk among the slots with pages and those of slabs: the lower address comes first. A
    // slab has no block inside, so a slot with pages lies between two slabs. A walk that has shown one continues at its
    // address with the lowest bit set, at which no word of a slab lies.
    private WalkPlace ContinueAmongPaged(ulong* next, ulong left, ulong* end)
    {
        var isAtPaged = ((nuint)next & 1) != 0;
        var shown = (nuint)next & ~(nuint)1;
        var first = isAtPaged ? _slabs.PositionOf((void*)shown) : 0;
        var place = !isAtPaged ? ContinueInSlabs(next, left, end)
            : first < _slabs.Count ? ContinueFrom(first, 0, end)
            : default;
        var above = isAtPaged || next == null ? shown : (nuint)_geometry.SlabOf(next - 1);
        var paged = Paged!.NextAbove(above);
        if (paged == 0 || paged >= (nuint)end
            || (place.Next != null && (nuint)_geometry.SlabOf(place.Next - 1) < paged))
            return place;
        return new WalkPlace { Next = (ulong*)(paged | 1), WordBase = (byte*)paged, Live = 1, Version = _version };
    }
}
