namespace Arena.Pools;

// Guarded allocations. Their places are ordinary places of the heap.
public sealed unsafe partial class Heap
{
    // Counts live allocations without those in quarantine.
    private long CountOwn() => _blocks.CountLive() - (Guard?.WaitingCount ?? 0);

    internal override nuint BytesGranted(nuint byteCount, nuint alignment) =>
        _blocks.GrantedBytes(byteCount, alignment);

    internal override bool MayLieInPages(void* address) => _blocks.Find(address) == null;

    internal override void* TakePagesPlace(nuint byteCount, nuint alignment, out nuint granted)
    {
        granted = Arena.GrantedBytes(byteCount);
        return _blocks.TakeLarge(byteCount, alignment, out _, out _);
    }

    // Returns whether an allocation is to be sampled. Those of the usual sizes may be counted already, together with
    // others, so that these find the fast path open.
    private bool IsPicked(AllocatorGuard guard, nuint byteCount, nuint alignment, out void* counted)
    {
        counted = null;
        if (!IsSampledByGuard || byteCount > SizeClasses.LargestBytes || alignment > Align.Default)
            return guard.PicksPages();
        if (guard.Sampler!.IsResting)
            return false;
        var sizeClass = SizeClasses.ClassOf(byteCount);
        counted = _threadHeap!.TakeCounted(sizeClass);
        if (counted == null)
            counted = _threadHeap.TakeReady(sizeClass, guard.Sampler!);
        return counted == null && _threadHeap.CountOne(sizeClass, guard.Sampler!);
    }

    internal override void* TakePlace(nuint byteCount, nuint alignment, ref nuint granted, out string? why) =>
        _blocks.TakeAny(_threadHeap!, byteCount, alignment, ref granted, out _, out why);

    // Takes the usual road of a guard; null if anything is unusual.
    private void* AllocateUsual(AllocatorGuard guard, nuint byteCount, nuint alignment, in SourceLine caller)
    {
        if (alignment > Align.Default || !Align.IsValid(alignment) || byteCount > SizeClasses.LargestBytes / 2)
            return null;
        var asked = nuint.Max(byteCount + guard.UsualExtraBytes, guard.UsualFrontBytes + 1);
        if (asked > SizeClasses.LargestBytes || !_guard.TryEnterFavoured())
            return null;
        try
        {
            var sizeClass = SizeClasses.ClassOf(asked);
            if (IsDisposed || !FastPath.TryPop<OneThread>(_threadHeap!.Fast, (nuint)sizeClass, out var place))
                return null;
            if (guard.BeginUsual(
                place, (nuint)SizeClasses.BytesOf(sizeClass), guard.UsualFrontBytes, byteCount, 0, 0, in caller)
                is { } damage)
            {
                GiveBackPlace(place);
                throw Arena.NotifyFailed(damage);
            }
            return (byte*)place + guard.UsualFrontBytes;
        }
        finally
        {
            _guard.Leave();
        }
    }

    // Takes the usual road of a guard; false, with nothing done, if anything is unusual.
    private bool FreesUsual(AllocatorGuard guard, void* address, in SourceLine caller)
    {
        if (!_guard.TryEnterFavoured())
            return false;
        try
        {
            return !IsDisposed
                && guard.TryFree(new GuardedPlaces(this), (nuint)address, guard.UsualFrontBytes, in caller);
        }
        finally
        {
            _guard.Leave();
        }
    }

    private readonly struct GuardedPlaces(Heap heap) : IGuardedPlaces
    {
        public nuint KeptBytes => 0;

        public bool IsLive(nuint place, out uint number)
        {
            number = WaitingPlace.NoNumber;
            return FastPath.IsLive(heap._threadHeap!.Fast, (void*)place);
        }

        public uint MarkAt(nuint address) => 0;

        public void EndLife(nuint address, uint number, uint mark)
        {
        }

        public void GiveBack(nuint place, uint number)
        {
            if (!FastPath.TryFree<OneThread>(heap._threadHeap!.Fast, (void*)place))
                heap.GiveBackPlace((void*)place);
        }
    }

    // Observers have been notified that everything is freed.
    private Exception? FreeInClear(void* address, in SourceLine caller)
    {
        if (IsGuarded(address, out var guard))
            return FreeGuarded(guard, address, notifies: false, in caller);
        GiveBack(FindLive(address));
        return null;
    }

    internal override void GiveBackPlace(void* place) => GiveBack(_blocks.FindLive(place));

    internal override bool IsLivePlace(void* place, out nuint placeBytes)
    {
        var isLive = _blocks.TryFindLive(place, out var found);
        placeBytes = found.ByteCount;
        return isLive;
    }

    internal override void ShowPlaces(PlaceAction show)
    {
        var walk = new AllocationWalk(_blocks, isQuiet: true);
        while (walk.MoveNextPlace())
            show((nuint)walk.Current.Address, walk.Current.ByteCount);
    }

    internal override GuardRecord LiveRecord(void* address)
    {
        var byteCount = _blocks.FindLive(address).ByteCount;
        return new GuardRecord { Address = (nuint)address, ByteCount = byteCount, PlaceBytes = byteCount };
    }
}
