namespace Arena.Pools;

// Guarded allocations. Their places are ordinary places of the threads' parts.
public sealed unsafe partial class SharedHeap
{
    // Counts live allocations without those in quarantine.
    private long CountOwn() => _blocks!.CountLive() - (Guard?.WaitingCount ?? 0);

    internal override nuint BytesGranted(nuint byteCount, nuint alignment) =>
        _blocks!.GrantedBytes(byteCount, alignment);

    internal override bool MayLieInPages(void* address)
    {
        using var visit = new SegmentVisit(_blocks!.NumberOfVisits);
        return _blocks!.Find(address) == null;
    }

    internal override void* TakePagesPlace(nuint byteCount, nuint alignment, out nuint granted)
    {
        granted = Arena.GrantedBytes(byteCount);
        return _blocks!.TakeLarge(byteCount, alignment, out _, out _);
    }

    internal override void* TakePlace(nuint byteCount, nuint alignment, ref nuint granted, out string? why)
    {
        // A large allocation needs no part, as long as there is memory.
        var large = _blocks!.IsLarge(byteCount, alignment)
            ? _blocks.TakeLarge(byteCount, alignment, out _, out why)
            : null;
        if (large != null)
        {
            why = null;
            return large;
        }
        var threadHeap = FindThreadHeap();
        using var call = new OwnerCall(threadHeap);
        threadHeap.TrimIfAsked();
        return _blocks.TakeAny(threadHeap, byteCount, alignment, ref granted, out _, out why);
    }

    internal override void GiveBackPlace(void* place)
    {
        GiveBack(_blocks!.FindLive(place));
        TrimIfAsked();
    }

    internal override bool IsLivePlace(void* place, out nuint placeBytes)
    {
        var isLive = _blocks!.TryFindLive(place, out var found);
        placeBytes = found.ByteCount;
        return isLive;
    }

    internal override void ShowPlaces(PlaceAction show)
    {
        using var visit = new SegmentVisit(_blocks!.NumberOfVisits);
        var walk = new AllocationWalk(_blocks!, isQuiet: false);
        while (walk.MoveNextPlace())
            show((nuint)walk.Current.Address, walk.Current.ByteCount);
    }

    internal override GuardRecord LiveRecord(void* address)
    {
        var byteCount = _blocks!.FindLive(address).ByteCount;
        return new GuardRecord { Address = (nuint)address, ByteCount = byteCount, PlaceBytes = byteCount };
    }
}
