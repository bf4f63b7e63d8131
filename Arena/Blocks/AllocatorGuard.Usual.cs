using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Arena;

// The usual road of an allocation: one thread, no observer, a header in front, no pages of its own. It does what the
// others do, in one step and with nothing kept between its parts: a call must end within the few hundred instructions
// that a processor looks ahead, so that it fetches what the next call needs meanwhile.
internal sealed unsafe partial class AllocatorGuard
{
    /// <summary>
    /// True if the usual road serves most calls, so that the allocator tries it first while it has no observer.
    /// </summary>
    public bool HasUsualRoad => !_isShared && !IsDetached && _sampler is null && !Options.GuardsAllByPages
        && Options.GuardsAll && _arena.FreeCounts is null;

    /// <summary>The bytes in front of an allocation of the usual alignment.</summary>
    public nuint UsualFrontBytes { get; }

    /// <summary>The bytes that a place has beyond those requested, if its alignment is the usual one.</summary>
    public nuint UsualExtraBytes => UsualFrontBytes + _zoneBytes;

    /// <summary>
    /// Frees an allocation, puts it into quarantine, and gives back those that have waited long enough. Returns false,
    /// with nothing done, if it is not live, or damaged, or anything else is unusual.
    /// </summary>
    /// <param name="places">The allocator's places.</param>
    /// <param name="address">The address to free; it can be any.</param>
    /// <param name="frontBytes">The bytes in front of it, if it is an allocation.</param>
    /// <param name="caller">The line that frees it.</param>
    public bool TryFree<TPlaces>(TPlaces places, nuint address, nuint frontBytes, in SourceLine caller)
        where TPlaces : struct, IGuardedPlaces
    {
        var place = unchecked(address - frontBytes);
        // Where the zone behind it lies is read from its header, in another line of the caches.
        if (Sse.IsSupported)
            Sse.Prefetch0((byte*)address + 64);
        if (_records.Contains(address) || _headerCount == 0 || !places.IsLive(place)
            || !GuardHeader.TryReadLive(place, frontBytes, _key, out var byteCount, out var placeBytes))
            return false;
        var end = address + byteCount;
        var placeEnd = place + placeBytes;
        var fillStart = place + GuardHeader.Bytes;
        if (HasZones(frontBytes)
            && (GuardPattern.FindOther(end, EndOfZone(end, placeEnd), GuardPattern.RedZone)
                | GuardPattern.FindOther(fillStart, address, GuardPattern.RedZone)) != 0)
            return false;
        var frame = _arena.Frame;
        GuardHeader.SetWaiting(place, SourceLines.NumberOf(in caller), frame, _key);
        _headerCount--;
        _ownBytes -= nuint.Min(_ownBytes, placeBytes - byteCount);
        places.EndLife(address);
        if (_arena.Poison is { } poison)
            Poison(poison, fillStart, placeEnd);
        _waiting.Add(new WaitingPlace
        {
            Address = address,
            PlaceBytes = placeBytes,
            FrontBytes = (uint)frontBytes,
            FreedFrame = frame,
        });
        _waitingBytes += placeBytes;
        while (_waiting.Count != 0 && HasWaited(in _waiting.First))
            places.GiveBack(ReleaseFirst());
        return true;
    }

    // Takes the place that has waited longest.
    private nuint ReleaseFirst()
    {
        ref readonly var first = ref _waiting.First;
        var place = first.Address - first.FrontBytes;
        _waitingBytes -= first.PlaceBytes;
        if (_records.Count != 0 || IsDetached)
            Release(first.Address, place);
        _waiting.RemoveFirst();
        if (_waiting.Count != 0)
            Prefetch(in _waiting.First);
        return place;
    }

    // Writes what the guard knows of a new allocation in front of it, and its zones. Returns false, with nothing done,
    // if it has no room there, or anything else is unusual.
    private bool TryKeepInFront(
        nuint place, nuint placeBytes, nuint frontBytes, nuint byteCount, uint mark, int line)
    {
        if (_records.Count != 0 || _fronts.Length == 0 || _fronts[0] != frontBytes
            || !GuardHeader.Fits(byteCount, placeBytes))
            return false;
        _headerCount++;
        _ownBytes += placeBytes - byteCount;
        GuardHeader.WriteLive(place, placeBytes, frontBytes, byteCount, mark, line, _key);
        if (!HasZones(frontBytes))
            return true;
        var address = place + frontBytes;
        var end = address + byteCount;
        GuardPattern.Fill(place + GuardHeader.Bytes, address, GuardPattern.RedZone);
        GuardPattern.Fill(end, EndOfZone(end, place + placeBytes), GuardPattern.RedZone);
        return true;
    }

    // A pool keeps the bytes in front of its slots when another guard is attached, with other zones or none.
    private static bool HasZones(nuint frontBytes) => frontBytes > GuardHeader.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nuint EndOfZone(nuint end, nuint placeEnd) => nuint.Min(placeEnd, end + _zoneBytes + RoundingBytes);
}
