using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The slow paths: empty and full magazines, large blocks, observers, and invalid calls.
public sealed unsafe partial class Heap
{
    internal override void ObserversChanged()
    {
        if (_threadHeap is null || IsDisposed)
            return;
        _guard.ChecksAll = ChecksThreads;
        _isFastClosed = _guard.KeepsClosed;
        // While an observer is attached, the fast paths see an empty heap, and the slow ones use the magazines. A
        // sampling observer is not notified of frees: it reads the live bits.
        OpenFastPaths();
    }

    private void OpenFastPaths()
    {
        var isClosed = _isFastClosed;
        var counts = IsSampledByGuard;
        if (!counts)
            _threadHeap!.ReturnCounted();
        _sampler = counts && !isClosed ? Guard!.Sampler : null;
        _fast = isClosed || (IsObserved && !counts) ? FastPath.Gone
            : counts && _threadHeap!.Counted.Fast is var counted && !RestsSampling ? counted
            : _threadHeap!.Fast;
        _fastOfFree = isClosed || (IsObserved && Filter is null && !counts) ? FastPath.Gone : _threadHeap!.Fast;
    }

    // Only from the one to the other: the owner may close them at the same time.
    internal override void SamplingChanged()
    {
        if (_threadHeap is not { CountedIfMade: { } made } own)
            return;
        var (counted, open) = ((nint)made.Fast, (nint)own.Fast);
        var opens = RestsSampling;
        fixed (FastPath** fast = &_fast)
            Interlocked.CompareExchange(ref *(nint*)fast, opens ? open : counted, opens ? counted : open);
    }

    internal override bool CountsInAdvance => true;

    internal override bool AsksFilter => true;

    // Frees of large allocations are always notified.
    internal override bool IsLive(nuint address)
    {
        var segment = _blocks.Find((void*)address);
        return segment == null || segment->IsLive(segment->GranuleOf((void*)address));
    }

    Exception? ILentAllocator.FreeAndReport(void* address, in SourceLine caller) =>
        FreeAndReport(address, in caller);

    bool ILentAllocator.TryTakeReady(nuint sizeClass, out void* address) =>
        FastPath.TryPop<OneThread>(_fast, sizeClass, out address);

    bool ILentAllocator.TryGiveReady(void* address, out nuint sizeClass) =>
        FastPath.TryFree<OneThread>(_fastOfFree, address, out sizeClass);

    HeapBlocks IHeapPlaces.Blocks => _blocks;

    void* IHeapPlaces.TakePlace(
        nuint byteCount, nuint alignment, in SourceLine caller, out bool isZero, out string? why) =>
        TakePlace(byteCount, alignment, in caller, out isZero, out why);

    ThreadHeap? IHeapPlaces.OwnerOf(in HeapPlace place) => _threadHeap;

    void IHeapPlaces.GiveBack(in HeapPlace place) => GiveBack(in place);

    internal override void Undo(void* address, nuint byteCount) => Free(address, "", 0, "");

    internal override LiveTotals CountLive() => IsDisposed ? default : new LiveTotals(CountOwn(), LiveBytes);

    internal override LeakNotice? FindLeaks()
    {
        if (_threadHeap is null || LiveCount == 0)
            return null;
        return Notice(LiveCount, LiveBytes, FirstAddresses(Allocations()));
    }

    internal override void Close()
    {
        _fast = _fastOfFree = FastPath.Gone;
        _threadHeap?.Close();
        _blocks.GiveBackAll();
    }

    /// <summary>Returns as many addresses as a leak notice names.</summary>
    internal static List<nuint> FirstAddresses(AllocationWalk allocations)
    {
        List<nuint> addresses = [];
        while (addresses.Count < LeakNotice.MaximumAddresses && allocations.MoveNext())
            addresses.Add((nuint)allocations.Current.Address);
        return addresses;
    }

    // Pops a place that the fast path leaves out: of a larger class, or counted for a sampling observer. Returns null
    // if none is ready, or an observer has to be notified. It calls nothing, so that it has no registers to save.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocateFromMagazine(nuint byteCount, nuint alignment)
    {
        if (byteCount > SizeClasses.LargestBytes || alignment > Align.Default || !Align.IsValid(alignment))
            return null;
        var sizeClass = (nuint)SizeClasses.ClassOf(byteCount);
        if (Filter is not { } filter)
        {
            return FastPath.TryPop<OneThread>(_fast, sizeClass, out var ready) ? ready
                : _sampler is { IsResting: false } sampler ? _threadHeap!.TakeReady((int)sizeClass, sampler)
                : null;
        }
        var place = FastPath.Next(_fastOfFree, sizeClass);
        var granted = (nuint)SizeClasses.BytesOf((int)sizeClass);
        if (place == 0 || filter.MayHold(place) || !filter.TrySkip(granted))
            return null;
        FastPath.TakeNext(_fastOfFree, sizeClass, place);
        return (void*)place;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocateSlowly(nuint byteCount, nuint alignment, string file, int line, string member)
    {
        var caller = new SourceLine(file, line, member);
        void* address;
        if (UsualGuard is { } guard && (address = AllocateUsual(guard, byteCount, alignment, in caller)) != null)
            return address;
        address = TakeFromStorage(byteCount, alignment, in caller, out _, out var why);
        if (address == null)
            Throw.OutOfMemory(this, byteCount, why!);
        return address;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* TryAllocateSlowly(nuint byteCount, nuint alignment, string file, int line, string member)
    {
        var caller = new SourceLine(file, line, member);
        void* address;
        if (UsualGuard is { } guard && (address = AllocateUsual(guard, byteCount, alignment, in caller)) != null)
            return address;
        return TakePlace(byteCount, alignment, in caller, out _, out _);
    }

    private void* TakePlace(nuint byteCount, nuint alignment, in SourceLine caller, out bool isZero, out string? why)
    {
        isZero = false;
        why = null;
        var ready = AllocateFromMagazine(byteCount, alignment);
        return ready != null
            ? ready
            : TakeFromStorage(byteCount, alignment, in caller, out isZero, out why);
    }

    private void* TakeFromStorage(
        nuint byteCount, nuint alignment, in SourceLine caller, out bool isZero, out string? why)
    {
        Enter();
        try
        {
            return TakeInside(byteCount, alignment, in caller, out isZero, out why);
        }
        finally
        {
            Leave();
        }
    }

    private void* TakeInside(nuint byteCount, nuint alignment, in SourceLine caller, out bool isZero, out string? why)
    {
        isZero = false;
        if (!Align.IsValid(alignment))
            Align.ThrowInvalid(alignment);
        ThrowIfDisposed();
        alignment = Math.Max(alignment, Align.Default);
        var guard = Guard;
        if (guard is not null)
        {
            var isPicked = IsPicked(guard, byteCount, alignment, out var counted);
            if (TakesGuarded(guard, byteCount, alignment, isPicked, in caller, out var guarded, out why))
                return guarded;
            if (counted != null)
                return counted;
        }
        var asked = _blocks.GrantedBytes(byteCount, alignment);
        why = WhyRefused(asked);
        if (why is not null)
            return null;
        var granted = asked;
        var address = _blocks.TakeAny(_threadHeap!, byteCount, alignment, ref granted, out isZero, out why);
        if (address == null && guard is not null && LetGo(guard, all: true))
            address = _blocks.TakeAny(_threadHeap!, byteCount, alignment, ref granted, out isZero, out why);
        return HeapCalls.Report(this, address, asked, granted, in caller, ref why);
    }

    private void* ResizeOrMove(void* address, nuint byteCount, in SourceLine caller, out string? why)
    {
        Enter();
        try
        {
            return HeapCalls.Resize(this, address, byteCount, in caller, out why);
        }
        finally
        {
            Leave();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(void* address, string file, int line, string member)
    {
        var caller = new SourceLine(file, line, member);
        if (UsualGuard is not { } guard || !FreesUsual(guard, address, in caller))
            Throw.If(FreeAndReport(address, in caller));
    }

    /// <summary>
    /// Frees like <see cref="Free"/>, but returns an observer's exception, for a caller that has more to do.
    /// </summary>
    internal Exception? FreeAndReport(void* address, in SourceLine caller)
    {
        Enter();
        try
        {
            ThrowIfDisposed();
            if (address == null)
                return null;
            if (IsGuarded(address, out var guard))
                return FreeGuarded(guard, address, notifies: true, in caller);
            var place = _blocks.FindLive(address);
            var failure = NotifyFreedIfWanted(address, place.ByteCount);
            GiveBack(in place);
            return failure;
        }
        finally
        {
            Leave();
        }
    }

    private void GiveBack(in HeapPlace place)
    {
        if (place.Segment == null)
            _blocks.FreeLarge(in place);
        else
            _threadHeap!.Put(place.Segment, place.Granule, place.SizeClass);
    }

    private HeapPlace FindLive(void* address)
    {
        ThrowIfDisposed();
        return _blocks.FindLive(address);
    }
}
