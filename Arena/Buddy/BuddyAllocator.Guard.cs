namespace Arena;

// Guarded regions. Their places are regions of the tree.
public sealed unsafe partial class BuddyAllocator
{
    internal override nuint BytesGranted(nuint byteCount, nuint alignment) => GrantedBytes(byteCount);

    internal override void* TakePagesPlace(nuint byteCount, nuint alignment, out nuint granted)
    {
        granted = BytesGranted(byteCount, alignment);
        return TakePlace(byteCount, alignment, ref granted, out _);
    }

    internal override void* TakePlace(nuint byteCount, nuint alignment, ref nuint granted, out string? why)
    {
        var region = alignment > _baseAlignment ? null : Take(_tree, byteCount, alignment);
        why = region == null ? WhyNone(alignment) : null;
        return region;
    }

    // Gets a live region as its user knows it. Returns false for one in quarantine.
    private bool IsShown(nuint place, nuint placeBytes, out nuint address, out nuint byteCount)
    {
        (address, byteCount) = (place, placeBytes);
        return Guard is not { } guard || guard.TryShow(ref address, ref byteCount);
    }

    internal override void GiveBackPlace(void* place) => _tree->Give(place, _tree->OrderAt(place));

    internal override bool IsLivePlace(void* place, out nuint placeBytes)
    {
        var order = _tree->OrderAt(place);
        placeBytes = order < 0 ? 0 : GrantedBytes(order);
        return order >= 0;
    }

    internal override void ShowPlaces(PlaceAction show)
    {
        foreach (var (place, placeBytes) in LiveRegions())
            show(place, placeBytes);
    }

    internal override GuardRecord LiveRecord(void* address)
    {
        var byteCount = GrantedBytes(LiveOrderAt(address));
        return new GuardRecord { Address = (nuint)address, ByteCount = byteCount, PlaceBytes = byteCount };
    }
}
