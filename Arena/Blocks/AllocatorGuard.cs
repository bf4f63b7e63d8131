using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The guard of one allocator. It puts red zones around allocations, fills freed ones with a pattern, and keeps these
/// from being used again for a while.
/// <code>
/// live      | FD FD FD FD | CB CB what was written CB CB | FD FD FD FD |     zones verified when it is freed
/// waiting   | DF DF DF DF | DF DF DF DF DF DF DF DF DF DF | DF DF DF DF |    its allocator takes it for live
/// free      | DF DF DF DF | DF DF DF DF DF DF DF DF DF DF | DF DF DF DF |    verified when it is handed out again
/// </code>
/// </summary>
/// <remarks>
/// The allocator calls it from its slow path, which every call takes while there is a guard. In a shared allocator each
/// method takes the guard's lock, and none calls the allocator, an observer or the arena under it.
/// </remarks>
internal sealed unsafe partial class AllocatorGuard(ArenaGuard arena, Allocator allocator)
{
    // The most bytes of rounding behind a zone that are verified as well.
    private const nuint RoundingBytes = 15;

    // The number of freed allocations whose lines are remembered after they left the quarantine.
    private const int MostRemembered = 4_096;

    private readonly GuardTable _records = new();
    private readonly AddressQueue _waiting = new();
    private readonly AddressQueue _remembered = new();
    private readonly Lock _lock = new();
    private readonly bool _isShared = allocator.IsShared;
    private nuint _waitingBytes;
    private nuint _ownBytes;

    // Bit n is set if an allocation at an alignment of 2^n was requested.
    private ulong _alignments;

    public GuardOptions Options => arena.Options;

    /// <summary>Freed allocations that are still live to the allocator.</summary>
    public int WaitingCount => _waiting.Count + _waitingPages.Count;

    /// <summary>Bytes that are live to the allocator and not in use: places in quarantine, zones, rounding.</summary>
    public nuint HiddenBytes => _waitingBytes + _ownBytes;

    /// <summary>Returns the bytes in front of an allocation of this alignment, which keep it aligned.</summary>
    public nuint FrontBytes(nuint alignment)
    {
        var bit = (ulong)nuint.Max(16, alignment);
        if ((Volatile.Read(ref _alignments) & bit) == 0)
            Interlocked.Or(ref _alignments, bit);
        return FrontBytes(Options, alignment);
    }

    /// <summary>Returns the bytes in front of an allocation, for an allocator that is about to be made.</summary>
    public static nuint FrontBytes(GuardOptions options, nuint alignment) =>
        Align.Up((nuint)options.RedZoneBytes, nuint.Max(16, alignment));

    /// <summary>Returns the bytes to request of the allocator; a hopeless request stays as it is.</summary>
    public nuint PlaceBytes(nuint byteCount, nuint frontBytes)
    {
        var limit = arena.Arena.ReservedBytes;
        return byteCount > limit || frontBytes > limit
            ? nuint.Max(byteCount, frontBytes)
            : frontBytes + byteCount + (nuint)Options.RedZoneBytes;
    }

    /// <summary>
    /// Takes over a place that was just allocated. If its memory was written since it was freed, the damage is returned
    /// and forgotten, and the caller gives the place back.
    /// </summary>
    public MemoryCorruptionException? Begin(
        void* place, nuint placeBytes, nuint frontBytes, nuint byteCount, uint mark,
        string file, int line, string member)
    {
        var number = SourceLines.NumberOf(file, line, member);
        var record = new GuardRecord
        {
            Address = (nuint)place + frontBytes,
            ByteCount = byteCount,
            PlaceBytes = placeBytes,
            FrontBytes = (uint)frontBytes,
            Mark = mark,
            AllocatedLine = number,
            State = GuardState.Live,
            HasZones = Options.RedZoneBytes != 0,
        };
        using var held = Enter();
        if (arena.Poison?.FindDamage(record.Place, record.PlaceEnd, forgets: true) is { } damage and not 0)
            return DamageOfFree(damage);
        _ownBytes += record.OwnBytes;
        WriteZones(in record);
        if (Options.Poison)
            GuardPattern.Fill(record.Address + allocator.KeptBytes, record.End, GuardPattern.Fresh);
        _records.FindOrAdd(record.Address) = record;
        return null;
    }

    /// <summary>
    /// Finds a live allocation. Returns false for an address that is not known; throws for one that was freed.
    /// </summary>
    public bool TryFind(nuint address, out GuardRecord record)
    {
        using (Enter())
        {
            ref var found = ref _records.Find(address);
            record = Unsafe.IsNullRef(ref found) ? default : found;
        }
        // If only a sample is guarded, another allocation may lie there by now.
        if (record.State == GuardState.Waiting || (record.State == GuardState.Free && !KnowsSome))
            ThrowFreedBefore(in record);
        return record.State == GuardState.Live;
    }

    /// <summary>
    /// Marks an allocation as freed, with the line that did. Returns false for an address that is not known; throws
    /// for one that was freed before.
    /// </summary>
    /// <param name="address">The address to free.</param>
    /// <param name="line">A number of <see cref="SourceLines"/>.</param>
    /// <param name="record">The record as it is now.</param>
    /// <param name="damage">The damage around it, or null.</param>
    public bool TryBeginFree(nuint address, int line, out GuardRecord record, out MemoryCorruptionException? damage)
    {
        damage = null;
        using (Enter())
        {
            ref var found = ref _records.Find(address);
            record = Unsafe.IsNullRef(ref found) ? default : found;
            if (record.State == GuardState.Live)
            {
                damage = DamageAround(in record);
                found.State = GuardState.Waiting;
                found.FreedLine = line;
                found.FreedFrame = arena.Frame;
                record = found;
                return true;
            }
        }
        if (record.State is GuardState.Waiting or GuardState.Free)
            ThrowFreedBefore(in record);
        return false;
    }

    /// <summary>Takes over an allocation that is older than the guard, to free it like others.</summary>
    public void Adopt(void* address, nuint byteCount)
    {
        using var held = Enter();
        ref var record = ref _records.FindOrAdd((nuint)address);
        if (record.State == GuardState.Live)
            return;
        record = new GuardRecord
        {
            Address = (nuint)address,
            ByteCount = byteCount,
            PlaceBytes = byteCount,
            State = GuardState.Live,
        };
    }

    /// <summary>
    /// Fills a freed allocation and puts it into quarantine; then the caller takes out those that have waited long
    /// enough.
    /// </summary>
    public void EndFree(in GuardRecord record)
    {
        using var held = Enter();
        _ownBytes -= record.OwnBytes;
        if (record.HasPages)
        {
            EndPages(in record);
            return;
        }
        if (arena.Poison is { } poison)
        {
            var from = record.Address + allocator.KeptBytes;
            GuardPattern.Fill(record.Place, record.Address, GuardPattern.Freed);
            GuardPattern.Fill(from, record.PlaceEnd, GuardPattern.Freed);
            poison.Mark(record.Place, record.Address);
            poison.Mark(from, record.PlaceEnd);
        }
        _waiting.Add(record.Address);
        _waitingBytes += record.PlaceBytes;
    }

    /// <summary>
    /// Takes the place that has waited longest, if it has waited long enough or the quarantine is emptied.
    /// </summary>
    public bool TryRelease(bool all, out nuint place)
    {
        using var held = Enter();
        if (TryReleasePages(all, out place))
            return true;
        if (_waiting.Count == 0)
            return false;
        ref var record = ref _records.Find(_waiting.First);
        if (!all && !HasWaited(in record))
            return false;
        _waiting.Take();
        _waitingBytes -= record.PlaceBytes;
        place = record.Place;
        record.State = GuardState.Free;
        Remember(record.Address);
        return true;
    }

    /// <summary>Changes the size of an allocation that keeps its place.</summary>
    public void Resize(nuint address, nuint byteCount)
    {
        using var held = Enter();
        ref var record = ref _records.Find(address);
        // The end of the allocation determines where its pages end.
        if (record.HasPages)
            return;
        _ownBytes += record.ByteCount - byteCount;
        record.ByteCount = byteCount;
        WriteZones(in record);
    }

    /// <summary>Forgets an allocation that the allocator neither frees nor hands out again.</summary>
    public void Drop(nuint address)
    {
        using var held = Enter();
        ref var record = ref _records.Find(address);
        if (Unsafe.IsNullRef(ref record) || record.State != GuardState.Live)
            return;
        _ownBytes -= record.OwnBytes;
        _records.Remove(address);
    }

    /// <summary>Returns the damage around a live allocation, or null.</summary>
    public MemoryCorruptionException? DamageAt(nuint address)
    {
        using var held = Enter();
        ref var record = ref _records.Find(address);
        return !Unsafe.IsNullRef(ref record) && record.State == GuardState.Live ? DamageAround(in record) : null;
    }

    /// <summary>Returns the mark of a live allocation; 0 if it has none.</summary>
    public uint MarkOf(nuint address)
    {
        using var held = Enter();
        ref var record = ref _records.Find(address);
        return !Unsafe.IsNullRef(ref record) && record.State == GuardState.Live ? record.Mark : 0;
    }

    /// <summary>Returns whether an allocation is in quarantine.</summary>
    public bool IsWaiting(nuint address)
    {
        using var held = Enter();
        ref var record = ref _records.Find(address);
        return !Unsafe.IsNullRef(ref record) && record.State == GuardState.Waiting;
    }

    /// <summary>
    /// Finds the allocation in a place that is live to the allocator. Returns false if it is in quarantine. An unknown
    /// place is an allocation that is older than the guard.
    /// </summary>
    public bool TryShow(ref nuint place, ref nuint byteCount)
    {
        using var held = Enter();
        ref var record = ref FindByPlace(place);
        if (Unsafe.IsNullRef(ref record))
            return true;
        place = record.Address;
        byteCount = record.ByteCount;
        return record.State == GuardState.Live;
    }

    /// <summary>Returns whether an address is a place that belongs to an allocation at another address.</summary>
    public bool IsInside(nuint place)
    {
        using var held = Enter();
        ref var record = ref FindByPlace(place);
        return !Unsafe.IsNullRef(ref record) && record.FrontBytes != 0;
    }

    private ref GuardRecord FindByPlace(nuint place)
    {
        ref var record = ref _records.Find(place);
        if (_pagedByPlace.TryGetValue(place, out var address))
            return ref _records.Find(address);
        if (!Unsafe.IsNullRef(ref record) && record is { FrontBytes: 0, State: not GuardState.Free })
            return ref record;
        // The alignment determines how far behind its place an allocation lies, and few alignments occur.
        for (var alignments = _alignments; alignments != 0; alignments &= alignments - 1)
        {
            var alignment = (nuint)1 << BitOperations.TrailingZeroCount(alignments);
            record = ref _records.Find(place + FrontBytes(Options, alignment));
            if (!Unsafe.IsNullRef(ref record) && record.Place == place && record.State != GuardState.Free)
                return ref record;
        }
        return ref Unsafe.NullRef<GuardRecord>();
    }

    private bool HasWaited(in GuardRecord record) => _waitingBytes - _waitingPageBytes > Options.QuarantineBytes
        && unchecked(arena.Frame - record.FreedFrame) >= (uint)Options.QuarantineFrames;

    // Remembers the lines of the last freed allocations.
    private void Remember(nuint address)
    {
        _remembered.Add(address);
        if (_remembered.Count <= MostRemembered)
            return;
        var oldest = _remembered.Take();
        ref var record = ref _records.Find(oldest);
        if (!Unsafe.IsNullRef(ref record) && record.State == GuardState.Free)
            _records.Remove(oldest);
    }

    private void WriteZones(in GuardRecord record)
    {
        if (!record.HasZones)
            return;
        GuardPattern.Fill(record.Place, record.Address, GuardPattern.RedZone);
        GuardPattern.Fill(record.End, EndOfZone(in record), GuardPattern.RedZone);
    }

    private nuint EndOfZone(in GuardRecord record) => record.HasPages
        ? record.Place + DataBytes(in record)
        : nuint.Min(
            record.PlaceEnd, record.End + (nuint)Options.RedZoneBytes + RoundingBytes);

    private HeldLock Enter()
    {
        if (_isShared)
            _lock.Enter();
        return new HeldLock(_isShared ? _lock : null);
    }

    private readonly ref struct HeldLock(Lock? held)
    {
        public void Dispose() => held?.Exit();
    }
}
