using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The guard of one allocator: around each allocation it has red zones, in freed ones a pattern, and it keeps those
/// from being used again for a while.
/// <code>
/// live      | FD FD FD FD | CB CB what was written CB CB | FD FD FD FD |     zones verified when it is freed
/// waiting   | DF DF DF DF | DF DF DF DF DF DF DF DF DF DF | DF DF DF DF |    its allocator takes it for live
/// free      | DF DF DF DF | DF DF DF DF DF DF DF DF DF DF | DF DF DF DF |    verified when it is handed out again
/// </code>
/// </summary>
/// <remarks>
/// The allocator calls it from its slow path, which every call takes while there is a guard. In an allocator that many
/// threads share each method takes the guard's lock, and none calls the allocator, an observer or the arena within it.
/// </remarks>
internal sealed unsafe partial class AllocatorGuard(ArenaGuard arena, Allocator allocator)
{
    // What a place has beyond its zone because sizes are rounded is verified up to here.
    private const nuint RoundingBytes = 15;

    // Freed allocations whose lines are remembered after they left the quarantine.
    private const int MostRemembered = 4_096;

    private readonly GuardTable _records = new();
    private readonly AddressQueue _waiting = new();
    private readonly AddressQueue _remembered = new();
    private readonly Lock _lock = new();
    private readonly bool _isShared = allocator.IsShared;
    private nuint _waitingBytes;
    private nuint _ownBytes;

    // Bit n: something was allocated at an alignment of 2^n, or was to be.
    private ulong _alignments;

    public GuardOptions Options => arena.Options;

    /// <summary>Freed allocations that the allocator still takes for live.</summary>
    public int WaitingCount => _waiting.Count + _waitingPages.Count;

    /// <summary>What the allocator counts as live and is not its users': places that wait, zones, rounding.</summary>
    public nuint HiddenBytes => _waitingBytes + _ownBytes;

    /// <summary>Bytes in front of an allocation of this alignment, which keep it aligned.</summary>
    public nuint FrontBytes(nuint alignment)
    {
        var bit = (ulong)nuint.Max(16, alignment);
        if ((Volatile.Read(ref _alignments) & bit) == 0)
            Interlocked.Or(ref _alignments, bit);
        return FrontBytes(Options, alignment);
    }

    /// <summary>Bytes in front, for an allocator that is about to be made.</summary>
    public static nuint FrontBytes(GuardOptions options, nuint alignment) =>
        Align.Up((nuint)options.RedZoneBytes, nuint.Max(16, alignment));

    /// <summary>Bytes to ask of the allocator; a request that is hopeless stays as it is.</summary>
    public nuint PlaceBytes(nuint byteCount, nuint frontBytes)
    {
        var limit = arena.Arena.ReservedBytes;
        return byteCount > limit || frontBytes > limit
            ? nuint.Max(byteCount, frontBytes)
            : frontBytes + byteCount + (nuint)Options.RedZoneBytes;
    }

    /// <summary>
    /// Takes over a place that was just allocated. Where its memory was written since it was freed, the damage is
    /// returned and forgotten: the caller gives the place back.
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
        // Where only a sample is guarded, something else may lie there by now.
        if (record.State == GuardState.Waiting || (record.State == GuardState.Free && !KnowsSome))
            ThrowFreedBefore(in record);
        return record.State == GuardState.Live;
    }

    /// <summary>
    /// Marks an allocation as freed, with the line that did. Returns false for an address that is not known; throws
    /// for one that was freed before.
    /// </summary>
    /// <param name="address">What is freed.</param>
    /// <param name="line">A number of <see cref="SourceLines"/>.</param>
    /// <param name="record">As it is now.</param>
    /// <param name="damage">What was written around it, or null.</param>
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

    /// <summary>Takes an allocation over that was made before there was a guard, to free it like others.</summary>
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

    /// <summary>Fills what was freed and lets it wait; then the caller takes what has waited long enough.</summary>
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

    /// <summary>The place that has waited longest, if it has waited long enough or all are to go.</summary>
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

    /// <summary>An allocation keeps its place and has another size from now on.</summary>
    public void Resize(nuint address, nuint byteCount)
    {
        using var held = Enter();
        ref var record = ref _records.Find(address);
        // Its end says where its pages end.
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

    /// <summary>What was written around a live allocation, or null.</summary>
    public MemoryCorruptionException? DamageAt(nuint address)
    {
        using var held = Enter();
        ref var record = ref _records.Find(address);
        return !Unsafe.IsNullRef(ref record) && record.State == GuardState.Live ? DamageAround(in record) : null;
    }

    /// <summary>The mark of a live allocation; 0 where it has none.</summary>
    public uint MarkOf(nuint address)
    {
        using var held = Enter();
        ref var record = ref _records.Find(address);
        return !Unsafe.IsNullRef(ref record) && record.State == GuardState.Live ? record.Mark : 0;
    }

    /// <summary>Whether an allocation waits.</summary>
    public bool IsWaiting(nuint address)
    {
        using var held = Enter();
        ref var record = ref _records.Find(address);
        return !Unsafe.IsNullRef(ref record) && record.State == GuardState.Waiting;
    }

    /// <summary>
    /// The allocation in a place that the allocator takes for live: false where it waits. A place that is not known
    /// is an allocation from before there was a guard.
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

    /// <summary>Whether an address is a place that belongs to an allocation at another address.</summary>
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
        // The alignment says how far behind its place an allocation lies, and there are few different ones.
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

    // The lines of the last ones stay known.
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
