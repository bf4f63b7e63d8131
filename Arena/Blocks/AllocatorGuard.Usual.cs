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

    private RecentLine _allocating;
    private RecentLine _freeing;

    /// <summary>The bytes in front of an allocation of the usual alignment.</summary>
    public nuint UsualFrontBytes { get; }

    /// <summary>The bytes that a place has beyond those requested, if its alignment is the usual one.</summary>
    public nuint UsualExtraBytes => UsualFrontBytes + _zoneBytes;

    /// <summary>Takes over a place as Begin does, on the usual road.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MemoryCorruptionException? BeginUsual(
        void* place, nuint placeBytes, nuint frontBytes, nuint byteCount, nuint keptBytes, uint mark,
        in SourceLine caller) => Begin(
        (nuint)place, placeBytes, frontBytes, byteCount, keptBytes, mark, _allocating.NumberOf(in caller));

    /// <summary>
    /// Frees an allocation, puts it into quarantine, and gives back those that have waited long enough. Returns false,
    /// with nothing done, if it is not live, or damaged, or anything else is unusual.
    /// </summary>
    /// <param name="places">The allocator's places.</param>
    /// <param name="address">The address to free; it can be any.</param>
    /// <param name="frontBytes">The bytes in front of it, if it is an allocation.</param>
    /// <param name="caller">The line that frees it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFree<TPlaces>(TPlaces places, nuint address, nuint frontBytes, in SourceLine caller)
        where TPlaces : struct, IGuardedPlaces
    {
        var place = unchecked(address - frontBytes);
        // Where the zone behind it lies is read from its header, in another line of the caches.
        if (Sse.IsSupported)
            Sse.Prefetch0((byte*)address + 64);
        if (_records.Contains(address) || _headerCount == 0 || !places.IsLive(place, out var number))
            return false;
        var mark = places.MarkAt(address);
        if (!GuardHeader.TryReadLive(place, frontBytes, mark, _key, out var byteCount, out var placeBytes))
            return false;
        var end = address + byteCount;
        var placeEnd = place + placeBytes;
        var fillStart = place + GuardHeader.Bytes;
        if (HasZones(frontBytes)
            && GuardPattern.AreDamaged(end, EndOfZone(end, placeEnd), fillStart, address))
            return false;
        var frame = _arena.Frame;
        GuardHeader.SetWaiting(place, _freeing.NumberOf(in caller), frame);
        _headerCount--;
        _ownBytes -= nuint.Min(_ownBytes, placeBytes - byteCount);
        places.EndLife(address, number, mark);
        if (_arena.Poison is { } poison)
        {
            if (places.KeptBytes != 0)
                Poison(poison, fillStart, address);
            Poison(poison, places.KeptBytes == 0 ? fillStart : address + places.KeptBytes, placeEnd);
        }
        _waiting.Add(new WaitingPlace
        {
            Address = address,
            PlaceBytes = placeBytes,
            FrontBytes = (uint)frontBytes,
            FreedFrame = frame,
            Number = number,
        });
        _waitingBytes += placeBytes;
        // This guard has no pages that wait.
        while (_waitingBytes > _quarantineBytes && unchecked(frame - _waiting.First.FreedFrame) >= _quarantineFrames)
            places.GiveBack(ReleaseFirst(out number), number);
        return true;
    }

    // Takes the place that has waited longest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nuint ReleaseFirst(out uint number)
    {
        ref readonly var first = ref _waiting.First;
        var place = first.Address - first.FrontBytes;
        number = first.Number;
        _waitingBytes -= first.PlaceBytes;
        if (_records.Count != 0 || IsDetached)
            Release(first.Address, place);
        _waiting.RemoveFirst();
        if (_waiting.Count != 0)
            Prefetch(in _waiting.First);
        return place;
    }

    // As a rule the place that leaves next is handed out after that, and it left the caches while it waited.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch(in WaitingPlace waiting)
    {
        if (!Sse.IsSupported)
            return;
        var place = (byte*)(waiting.Address - waiting.FrontBytes);
        Sse.Prefetch0(place);
        Sse.Prefetch0(place + 64);
        if (waiting.PlaceBytes > 128)
            PrefetchLong(place, waiting.PlaceBytes);
        _arena.Poison?.Prefetch((nuint)place);
    }

    private static void PrefetchLong(byte* place, nuint placeBytes)
    {
        Sse.Prefetch0(place + 128);
        if (placeBytes > 192)
            Sse.Prefetch0(place + 192);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MemoryCorruptionException? Begin(
        nuint place, nuint placeBytes, nuint frontBytes, nuint byteCount, nuint keptBytes, uint mark, int line)
    {
        if (_arena.Poison is { } poison)
        {
            var damage = poison.FindDamage(place, place + placeBytes, forgets: true);
            if (damage != 0)
                return DamageOfFree(damage);
        }
        if (!TryKeepInFront(place, placeBytes, frontBytes, byteCount, mark, line))
            KeepOther(place, placeBytes, frontBytes, byteCount, mark, line);
        if (_poisons)
            GuardPattern.FillBytes(place + frontBytes + keptBytes, byteCount - keptBytes, GuardPattern.Fresh);
        return null;
    }

    // Writes what the guard knows of a new allocation in front of it, and its zones. Returns false, with nothing done,
    // if it has no room there, or anything else is unusual.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryKeepInFront(
        nuint place, nuint placeBytes, nuint frontBytes, nuint byteCount, uint mark, int line)
    {
        if (_records.Count != 0 || _firstFront != frontBytes || !GuardHeader.Fits(byteCount, placeBytes))
            return false;
        _headerCount++;
        _ownBytes += placeBytes - byteCount;
        GuardHeader.WriteLive(place, placeBytes, frontBytes, byteCount, mark, line, _key);
        if (!HasZones(frontBytes))
            return true;
        var address = place + frontBytes;
        var end = address + byteCount;
        GuardPattern.FillZone(place + GuardHeader.Bytes, address);
        GuardPattern.FillZone(end, EndOfZone(end, place + placeBytes));
        return true;
    }

    // A pool keeps the bytes in front of its slots when another guard is attached, with other zones or none.
    private static bool HasZones(nuint frontBytes) => frontBytes > GuardHeader.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nuint EndOfZone(nuint end, nuint placeEnd) => nuint.Min(placeEnd, end + _zoneBytes + RoundingBytes);
}
