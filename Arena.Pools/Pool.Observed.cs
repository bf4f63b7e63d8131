using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The fast path once more, out of line, for a pool with an observer of one of two kinds.
//
// An observer of everything: Allocate and Free find nothing in the fields that they read, while the same state lives in
// fields that they do not read. So an observed call costs little more than an ordinary one and the notification.
//
// An observer of a sample: allocations come here to be counted. Frees do not. The free bits of the word in use stay in
// the slab, so that the bitmap and the hot slot always say what is alive, and the observer reads there which of its
// samples have died. If a sample's slot is handed out again first, the observer is notified of the free then.
public sealed unsafe partial class Pool<T>
{
    private nuint _observedLast = (nuint)NoSlot;
    private ulong _observedBits;

    // The word of the slab in use from which sampled allocations are taken; it is not in the summary.
    private ulong* _sampledWord = PoolConstants.NoWord;

    internal override bool AsksFilter => true;

    // An observer or a guard needs the slow path; one that checks threads does as an observer of everything.
    private bool IsWatched => IsObserved || _guard.ChecksAll;

    private bool NotifiesAll => IsWatched && Filter is null;

    // The last event and the free bits of the word in use, for the path that is open.
    private ref nuint Last => ref NotifiesAll ? ref _observedLast : ref _last;

    private ref ulong Bits => ref NotifiesAll ? ref _observedBits : ref _bits;

    internal override bool IsLive(nuint address)
    {
        var slab = _geometry.SlabOf((void*)address);
        var index = _geometry.IndexOf(slab, (void*)address);
        var free = Volatile.Read(ref SlabGeometry.Words(slab)[index >> 6]);
        return (free >> (int)index & 1) == 0 && Volatile.Read(ref _last) != ~address;
    }

    internal override void Walk(IMemoryVisitor visitor)
    {
        ThrowIfDisposed();
        for (var i = 0; i < _slabs.Count; i++)
        {
            var slab = _slabs[i];
            var capacity = (nuint)_geometry.State(slab).SlotCount * _strideBytes;
            visitor.Block(new BlockPicture(
                (nuint)slab, (nuint)_geometry.Layout.SlabBytes, capacity, _strideBytes));
            for (var word = 0; word < _slabs.WordCount(slab); word++)
                ShowLive(visitor, slab, word, LiveOf(slab, word));
        }
        Paged?.Walk(visitor);
    }

    // Moves the state between the two sets of fields when an observer comes or goes.
    private void CarryOver()
    {
        var last = _last == (nuint)NoSlot ? _observedLast : _last;
        var bits = _bits | _observedBits;
        (_last, _observedLast) = ((nuint)NoSlot, (nuint)NoSlot);
        (_bits, _observedBits) = (0, 0);
        Last = last;
        Bits = bits;
    }

    // Takes a slot and counts it for a sampling observer. Returns null if none is ready, or the observer has to be
    // notified. It calls nothing, so that it has no registers to save, and the last event is passed in one: waiting for
    // a store would be most of the cost of such an allocation.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private T* AllocateUnsampled(nuint last)
    {
        if (Filter is not { } filter)
            return null;
        var slot = ~last;
        if (!IsAddress(last))
        {
            if (filter.MayHold(slot) || !filter.TrySkip(ReportedBytes))
                return null;
        }
        else
        {
            var free = *_sampledWord;
            slot = (nuint)_wordBase + LowestBit(free) * _strideBytes;
            if (free == 0 || filter.MayHold(slot) || !filter.TrySkip(ReportedBytes))
                return null;
            *_sampledWord = free & (free - 1);
        }
        _last = slot;
        return (T*)slot;
    }

    // Takes a slot of which an observer has to be notified.
    private void* TakeObservedSlot(in SourceLine caller, out string? why)
    {
        ThrowIfDisposed();
        var guard = Guard;
        if (guard is not null && TakesGuarded(guard, in caller, out var guarded, out why))
            return guarded;
        why = WhyRefused(ReportedBytes);
        if (why is not null)
            return null;
        var slot = TakeBare(out why);
        if (slot == null && guard is not null && LetGo(guard, all: true))
            slot = TakeBare(out why);
        if (slot != null)
            NotifyIfWanted(slot, ReportedBytes, in caller);
        else
            Withdraw();
        return slot;
    }

    private void* TakeBare(out string? why)
    {
        why = null;
        var slot = Filter is null ? PopObserved() : (void*)PopSampled(_last);
        return slot != null ? slot : TakeFromBitmaps(out why);
    }

    private nuint PopSampled(nuint last)
    {
        if (!IsAddress(last))
            return _last = ~last;
        var free = *_sampledWord;
        if (free == 0)
            return 0;
        *_sampledWord = free & (free - 1);
        return _last = (nuint)_wordBase + LowestBit(free) * _strideBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void* PopObserved()
    {
        if (!IsAddress(_observedLast))
        {
            _observedLast = ~_observedLast;
        }
        else
        {
            var bits = _observedBits;
            if (bits == 0)
                return null;
            _observedBits = bits & (bits - 1);
            _observedLast = (nuint)_wordBase + LowestBit(bits) * _strideBytes;
        }
        return (void*)_observedLast;
    }

    private void ShowLive(IMemoryVisitor visitor, byte* slab, int word, ulong live)
    {
        // A query closes nothing, so that the next allocation stays the same. In a hole, all slots are free.
        var wordBase = _geometry.WordBase(slab, word);
        for (; live != 0; live &= live - 1)
        {
            var slot = wordBase + LowestBit(live) * _strideBytes;
            if (_listener is null || _listener.IsLive(slot))
                visitor.Live((nuint)slot, _strideBytes);
        }
    }
}
