using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Threads that come for the first time, frees of what others own, large blocks, observers, and wrong calls.
public sealed unsafe partial class SharedHeap
{
    internal override void ObserversChanged() => _space?.Signal(HotHeap.Observed, IsObserved);

    internal override bool IsShared => true;

    Exception? ILentAllocator.FreeAndReport(void* address, string file, int line, string member) =>
        FreeAndReport(address, file, line, member);

    internal override void Undo(void* address, nuint byteCount) => Free(address, "", 0, "");

    internal override LiveTotals CountLive() => IsDisposed ? default : new LiveTotals(LiveCount, LiveBytes);

    internal override LeakNotice? FindLeaks()
    {
        if (_space is null || LiveCount == 0)
            return null;
        return Notice(LiveCount, LiveBytes, Heap.FirstAddresses(Allocations()));
    }

    // Also of a heap that is at work, for a tracker that attaches to it: about what lives then.
    internal override void Walk(IMemoryVisitor visitor)
    {
        ThrowIfDisposed();
        using var visit = new SegmentVisit(isShared: true);
        Heap.Show(this, new AllocationWalk(_space!, isQuiet: false), visitor);
    }

    [Conditional("DEBUG")]
    internal void CountEntry() => _space?.CountEntry();

    internal override void Close()
    {
        _number = ThreadSlot.Nobody;
        _space?.Close();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void* AllocateSlowly(nuint byteCount, nuint alignment, string file, int line, string member)
    {
        var address = TakePlace(byteCount, alignment, file, line, member, out _, out var why);
        if (address == null)
            Throw.OutOfMemory(this, byteCount, why!);
        return address;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool TryAllocateSlowly(
        nuint byteCount, nuint alignment, out void* address, string file, int line, string member)
    {
        address = TakePlace(byteCount, alignment, file, line, member, out _, out _);
        return address != null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(ThreadSlot* slot, void* address, string file, int line, string member)
    {
        var own = slot->Number == _number ? (HotHeap*)slot->Value : FindOwnHot();
        FreeSlowly(own, address, file, line, member);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void FreeSlowly(HotHeap* own, void* address, string file, int line, string member)
    {
        var visit = SegmentVisits.Own;
        SegmentVisits.Enter<ManyThreads>(visit);
        var segment = _space!.Find(address);
        var isForeign = segment != null && ((nuint)address & (Heap.DefaultAlignment - 1)) == 0
            && segment->Owner != own && !IsObserved;
        var done = isForeign ? _space.Free(segment, address) : ForeignFree.NotLive;
        SegmentVisits.Leave<ManyThreads>(visit);
        if (!isForeign)
            FreeAnything(address, file, line, member);
        else if (done != ForeignFree.Done)
            Throw.InvalidFree(this, address, Why(done, address));
    }

    private void FreeForeign(void* address)
    {
        var done = ForeignFree.NotLive;
        using (new SegmentVisit(isShared: true))
        {
            var segment = _space!.Find(address);
            if (segment != null)
                done = _space.Free(segment, address);
        }
        if (done != ForeignFree.Done)
            Throw.InvalidFree(this, address, Why(done, address));
    }

    // The calling thread's part, where it owns the segment: that stays as long as the part has it.
    private HeapCore? FindOwner(in HeapPlace place)
    {
        if (place.Segment == null)
            return null;
        using var visit = new SegmentVisit(isShared: true);
        var segment = _space!.Find(place.Address);
        return segment != null && segment->Owner == FindOwnHot() ? FindOwn() : null;
    }

    private void FreeAnything(void* address, string file, int line, string member) =>
        Throw.If(FreeAndReport(address, file, line, member));

    /// <summary>As <see cref="Free"/>, for a caller with more to do: what an observer threw is returned.</summary>
    internal Exception? FreeAndReport(void* address, string file, int line, string member)
    {
        CountEntry();
        if (HotHeap.TryFree<ManyThreads>(FindOwnHot(), address))
            return null;
        ThrowIfDisposed();
        if (address == null)
            return null;
        if (IsGuarded(address, out var guard))
            return FreeGuarded(guard, address, notifies: true, file, line, member);
        var place = _space!.FindLive(address);
        var failure = TellFreedIfWanted(address, place.ByteCount);
        GiveBack(in place);
        FindOwn()?.TrimIfAsked();
        return failure;
    }

    private void GiveBack(in HeapPlace place)
    {
        if (place.Segment == null)
            _space!.FreeLarge(in place);
        else if (FindOwner(in place) is { } own)
            own.Put(place.Segment, place.Granule, place.SizeClass);
        else
            FreeForeign(place.Address);
    }

    private string Why(ForeignFree done, void* address) => done == ForeignFree.FreedBefore
        ? "another thread has freed it already."
        : _space!.WhyNotLive(address);

    private void* TakePlace(
        nuint byteCount, nuint alignment, string file, int line, string member, out bool isZero, out string? why)
    {
        isZero = false;
        why = null;
        if (!Heap.IsAlignment(alignment))
            Throw.NotPowerOfTwo(alignment);
        if (byteCount <= SizeClasses.LargestBytes && alignment <= Heap.DefaultAlignment)
        {
            var sizeClass = (nuint)SizeClasses.ClassOf(byteCount);
            if (HotHeap.TryPop<ManyThreads>(FindOwnHot(), sizeClass, out var ready))
                return ready;
        }
        ThrowIfDisposed();
        alignment = Math.Max(alignment, Heap.DefaultAlignment);
        if (Guard is { } guard
            && TakesGuarded(guard, byteCount, alignment, file, line, member, out var guarded, out why))
            return guarded;
        var asked = _space!.GrantedBytes(byteCount, alignment);
        why = WhyRefused(asked);
        if (why is not null)
            return null;
        var granted = asked;
        // What is large needs no part, as long as there is room.
        var address = _space.IsLarge(byteCount, alignment)
            ? _space.TakeLarge(byteCount, alignment, out isZero, out why)
            : null;
        if (address == null)
        {
            var core = FindCore();
            core.TrimIfAsked();
            address = _space.TakeAny(core, byteCount, alignment, ref granted, out isZero, out why);
        }
        if (address == null || !IsObserved)
            return address;
        // An extent in place of a slot.
        if (granted > asked && (why = WhyRefused(granted)) is not null)
        {
            GiveBack(FindLive(address));
            return null;
        }
        TellIfWanted(address, granted, file, line, member);
        return address;
    }

    private void* ResizeOrMove(
        void* address, nuint byteCount, string file, int line, string member, out string? why)
    {
        if (address == null)
            return TakePlace(byteCount, Heap.DefaultAlignment, file, line, member, out _, out why);
        if (IsGuarded(address, out var guard))
            return ResizeGuarded(guard, address, byteCount, file, line, member, out why);
        var place = FindLive(address);
        var oldBytes = place.ByteCount;
        why = WhyGrowthRefused(oldBytes, _space!.GrantedBytes(byteCount, Heap.DefaultAlignment));
        if (why is not null)
            return null;
        var owner = FindOwner(in place);
        if (_space!.FitsInPlace(ref place, byteCount, owner))
            return Resized(ref place, oldBytes, owner, file, line, member);
        var moved = TakePlace(byteCount, Heap.DefaultAlignment, file, line, member, out _, out why);
        if (moved == null)
        {
            // Moving would only have saved memory: a smaller size never fails, it stays where it is.
            if (byteCount > oldBytes)
                return null;
            why = null;
            return _space!.ShrinksInPlace(ref place, byteCount, owner)
                ? Resized(ref place, oldBytes, owner, file, line, member)
                : address;
        }
        Buffer.MemoryCopy(address, moved, byteCount, Math.Min(place.ByteCount, byteCount));
        if (TellMoved(address, oldBytes, file, line, member) is { } refused)
            UndoAndThrow(moved, byteCount, refused);
        GiveBack(in place);
        return moved;
    }

    // Of a place that has its new size already.
    private void* Resized(
        ref HeapPlace place, nuint oldBytes, HeapCore? core, string file, int line, string member)
    {
        var failure = TellResized(place.Address, oldBytes, place.Address, place.ByteCount, file, line, member);
        if (failure is not null)
        {
            // What it grew into, or left, is still behind it.
            _space!.Restore(ref place, oldBytes, core);
            Throw.If(failure);
        }
        return place.Address;
    }

    // The calling thread's part, made if it has none.
    private HeapCore FindCore() => FindOwn() ?? Claim();

    private HeapCore Claim()
    {
        var core = _space!.Claim();
        Remember(core);
        // Whoever attached or detached meanwhile may not have seen this part.
        bool wasObserved;
        do
        {
            wasObserved = IsObserved;
            SharedHeapSpace.Signal(core.Hot, HotHeap.Observed, wasObserved);
        }
        while (wasObserved != IsObserved);
        return core;
    }

    private HeapCore? FindOwn() =>
        FindOwnHot() is var hot && hot != HotHeap.Gone ? _space!.Parts[hot->Number].Part : null;

    // The hot part of the calling thread's; of a heap that is gone, if it has none.
    private HotHeap* FindOwnHot()
    {
        // What a thread remembers must not outlive the parts.
        if (IsDisposed)
            return HotHeap.Gone;
        var slot = ThreadSlot.Of(_number);
        if (slot->Number != _number)
            return Remember(_space!.FindOwn());
        return (HotHeap*)slot->Value;
    }

    private HotHeap* Remember(HeapCore? own)
    {
        var hot = own is null ? HotHeap.Gone : own.Hot;
        ThreadSlot.Remember(_number, (nuint)hot);
        return hot;
    }

    private HeapPlace FindLive(void* address)
    {
        ThrowIfDisposed();
        return _space!.FindLive(address);
    }

    private nuint SumCommitted()
    {
        var bytes = _space!.SparedBytes + _space.LeftBytes + _space.LargeBytes;
        foreach (var part in _space.Parts)
            bytes += part.Part.CommittedBytes;
        return bytes;
    }
}
