using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The slow paths: a thread's first call, frees of other threads' places, large blocks, observers, and invalid calls.
public sealed unsafe partial class SharedHeap
{
    internal override void ObserversChanged() => _blocks?.Signal(FastPath.Observed, ClosesFastPath);

    internal override void SamplingChanged() => ObserversChanged();

    internal override bool IsShared => true;

    Exception? ILentAllocator.FreeAndReport(void* address, in SourceLine caller) =>
        FreeAndReport(address, in caller);

    bool ILentAllocator.TryTakeReady(nuint sizeClass, out void* address) => TryPop(sizeClass, out address);

    bool ILentAllocator.TryGiveReady(void* address, out nuint sizeClass)
    {
        CountEntry();
        var number = _number;
        var slot = ThreadSlot.Of(number);
        sizeClass = 0;
        return slot->Number == number
            && FastPath.TryFree<ManyThreads>((FastPath*)slot->Value, address, out sizeClass);
    }

    HeapBlocks IHeapPlaces.Blocks => _blocks!;

    void* IHeapPlaces.TakePlace(
        nuint byteCount, nuint alignment, in SourceLine caller, out bool isZero, out string? why) =>
        TakePlace(byteCount, alignment, in caller, out isZero, out why);

    ThreadHeap? IHeapPlaces.OwnerOf(in HeapPlace place) => FindOwner(in place);

    void IHeapPlaces.GiveBack(in HeapPlace place) => GiveBack(in place);

    internal override void Undo(void* address, nuint byteCount) => Free(address, "", 0, "");

    internal override LiveTotals CountLive() => IsDisposed ? default : new LiveTotals(CountOwn(), LiveBytes);

    internal override LeakNotice? FindLeaks()
    {
        if (_blocks is null || LiveCount == 0)
            return null;
        return Notice(LiveCount, LiveBytes, Heap.FirstAddresses(Allocations()));
    }

    // Other threads may be inside, when a tracker attaches: then it shows approximately what lives.
    internal override void Walk(IMemoryVisitor visitor)
    {
        ThrowIfDisposed();
        using var visit = new SegmentVisit(_blocks!.NumberOfVisits);
        Heap.Show(this, new AllocationWalk(_blocks!, isQuiet: false), visitor);
    }

    [Conditional("DEBUG")]
    internal void CountEntry() => _blocks?.CountEntry();

    internal override void Close()
    {
        _number = ThreadSlot.None;
        _blocks?.Close();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void* AllocateSlowly(nuint byteCount, nuint alignment, string file, int line, string member)
    {
        var caller = new SourceLine(file, line, member);
        var address = TakePlace(byteCount, alignment, in caller, out _, out var why);
        if (address == null)
            Throw.OutOfMemory(this, byteCount, why!);
        return address;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool TryAllocateSlowly(
        nuint byteCount, nuint alignment, out void* address, string file, int line, string member)
    {
        address = TakePlace(byteCount, alignment, new SourceLine(file, line, member), out _, out _);
        return address != null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(ThreadSlot* slot, void* address, string file, int line, string member)
    {
        var own = slot->Number == _number ? (FastPath*)slot->Value : FindOwnFast();
        FreeFrom(own, address, file, line, member);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void FreeFrom(FastPath* own, void* address, string file, int line, string member)
    {
        var visit = SegmentVisits.OwnFor(_blocks!.NumberOfVisits);
        SegmentVisits.Enter<ManyThreads>(visit);
        var segment = _blocks.Find(address);
        var isRemote = segment != null && ((nuint)address & (Align.Default - 1)) == 0
            && segment->Owner != FastPath.SignalsOf(own) && (!IsObserved || IsSampledByGuard);
        var done = isRemote ? _blocks.Free(segment, address) : RemoteFreeResult.NotLive;
        SegmentVisits.Leave<ManyThreads>(visit);
        if (!isRemote)
            FreeAnything(address, file, line, member);
        else if (done != RemoteFreeResult.Done)
            Throw.InvalidFree(this, address, Why(done, address));
    }

    private void FreeRemotely(void* address)
    {
        var done = RemoteFreeResult.NotLive;
        using (new SegmentVisit(_blocks!.NumberOfVisits))
        {
            var segment = _blocks!.Find(address);
            if (segment != null)
                done = _blocks.Free(segment, address);
        }
        if (done != RemoteFreeResult.Done)
            Throw.InvalidFree(this, address, Why(done, address));
    }

    // Returns the calling thread's part if it owns the segment; only this thread can change that.
    private ThreadHeap? FindOwner(in HeapPlace place)
    {
        if (place.Segment == null)
            return null;
        using var visit = new SegmentVisit(_blocks!.NumberOfVisits);
        var segment = _blocks!.Find(place.Address);
        return segment != null && segment->Owner == FastPath.SignalsOf(FindOwnFast()) ? FindOwn() : null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeAnything(void* address, string file, int line, string member) =>
        Throw.If(FreeAndReport(address, new SourceLine(file, line, member)));

    /// <summary>
    /// Frees like <see cref="Free"/>, but returns an observer's exception, for a caller that has more to do.
    /// </summary>
    internal Exception? FreeAndReport(void* address, in SourceLine caller)
    {
        CountEntry();
        if (FastPath.TryFree<ManyThreads>(FindOwnFast(), address))
            return null;
        ThrowIfDisposed();
        if (address == null)
            return null;
        if (IsGuarded(address, out var guard))
            return FreeGuarded(guard, address, notifies: true, in caller);
        var place = _blocks!.FindLive(address);
        var failure = NotifyFreedIfWanted(address, place.ByteCount);
        GiveBack(in place);
        TrimIfAsked();
        return failure;
    }

    private void GiveBack(in HeapPlace place)
    {
        if (place.Segment == null)
            _blocks!.FreeLarge(in place);
        else if (FindOwner(in place) is { } own)
        {
            using var call = new OwnerCall(own);
            own.Put(place.Segment, place.Granule, place.SizeClass);
        }
        else
        {
            FreeRemotely(place.Address);
        }
    }

    private void TrimIfAsked()
    {
        if (FindOwn() is not { } own)
            return;
        using var call = new OwnerCall(own);
        own.TrimIfAsked();
    }

    private string Why(RemoteFreeResult done, void* address) => done == RemoteFreeResult.FreedBefore
        ? "another thread has freed it already."
        : _blocks!.WhyNotLive(address);

    private void* TakePlace(nuint byteCount, nuint alignment, in SourceLine caller, out bool isZero, out string? why)
    {
        isZero = false;
        why = null;
        if (!Align.IsValid(alignment))
            Align.ThrowInvalid(alignment);
        if (byteCount <= SizeClasses.LargestBytes && alignment <= Align.Default)
        {
            var sizeClass = (nuint)SizeClasses.ClassOf(byteCount);
            if (FastPath.TryPop<ManyThreads>(FindOwnFast(), sizeClass, out var ready))
                return ready;
        }
        ThrowIfDisposed();
        alignment = Math.Max(alignment, Align.Default);
        if (Guard is { } guard
            && TakesGuarded(
                guard, byteCount, alignment, guard.PicksPages(), in caller, out var guarded, out why))
            return guarded;
        var asked = _blocks!.GrantedBytes(byteCount, alignment);
        why = WhyRefused(asked);
        if (why is not null)
            return null;
        var granted = asked;
        // A large allocation needs no part, as long as there is memory.
        var address = _blocks.IsLarge(byteCount, alignment)
            ? _blocks.TakeLarge(byteCount, alignment, out isZero, out why)
            : null;
        if (address == null)
        {
            var threadHeap = FindThreadHeap();
            using var call = new OwnerCall(threadHeap);
            threadHeap.TrimIfAsked();
            address = _blocks.TakeAny(threadHeap, byteCount, alignment, ref granted, out isZero, out why);
        }
        return HeapCalls.Report(this, address, asked, granted, in caller, ref why);
    }

    // Returns the calling thread's part, and makes one if it has none.
    private ThreadHeap FindThreadHeap() => FindOwn() ?? Claim();

    private ThreadHeap Claim()
    {
        var threadHeap = _blocks!.Claim();
        Remember(threadHeap);
        // An observer that attached or detached meanwhile may not have seen this part.
        bool isClosed;
        do
        {
            isClosed = ClosesFastPath;
            SharedHeapBlocks.Signal(threadHeap.Fast, FastPath.Observed, isClosed);
        }
        while (isClosed != ClosesFastPath);
        return threadHeap;
    }

    private ThreadHeap? FindOwn() =>
        FindOwnFast() is var fast && fast != FastPath.Gone ? _blocks!.Parts[fast->Number].Part : null;

    // Returns the fast path of the calling thread's heap, or that of a disposed heap if it has none.
    private FastPath* FindOwnFast()
    {
        // A thread must not remember a part longer than the part exists.
        if (IsDisposed)
            return FastPath.Gone;
        var slot = ThreadSlot.Of(_number);
        if (slot->Number != _number)
            return Remember(_blocks!.FindOwn());
        return (FastPath*)slot->Value;
    }

    private FastPath* Remember(ThreadHeap? own)
    {
        var fast = own is null ? FastPath.Gone : own.Fast;
        ThreadSlot.Remember(_number, (nuint)fast);
        return fast;
    }

    private HeapPlace FindLive(void* address)
    {
        ThrowIfDisposed();
        return _blocks!.FindLive(address);
    }

    private nuint SumCommitted()
    {
        var bytes = _blocks!.SparedBytes + _blocks.LeftBytes + _blocks.LargeBytes;
        foreach (var part in _blocks.Parts)
            bytes += part.Part.CommittedBytes;
        return bytes;
    }
}
