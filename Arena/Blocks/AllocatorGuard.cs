namespace Arena;

/// <summary>
/// The guard of one allocator. It puts red zones around allocations, fills freed ones with a pattern, and keeps these
/// from being used again for a while.
/// <code>
/// live      | header | FD FD FD FD | CB what was written CB | FD FD FD FD |    zones verified when it is freed
/// waiting   | header | DF DF DF DF | DF DF DF DF DF DF DF DF | DF DF DF DF |   its allocator takes it for live
/// free      | header | DF DF DF DF | DF DF DF DF DF DF DF DF | DF DF DF DF |   verified when it is handed out again
/// </code>
/// </summary>
/// <remarks>
/// The allocator calls it from its slow path, which every call takes while there is a guard. In a shared allocator each
/// method takes the guard's lock. Under it the guard asks the allocator what lives where, and the arena what has
/// storage; neither changes anything, and no observer is called.
/// </remarks>
internal sealed unsafe partial class AllocatorGuard
{
    // The most bytes of rounding behind a zone that are verified as well.
    private const nuint RoundingBytes = 15;

    private readonly ArenaGuard _arena;
    private readonly Allocator _allocator;
    private readonly Lock _lock = new();
    private readonly bool _isShared;
    private readonly GuardSampler? _sampler;

    // The options, without their defaults.
    private readonly bool _poisons;
    private readonly nuint _zoneBytes;
    private readonly nuint _quarantineBytes;
    private readonly uint _quarantineFrames;
    private WaitingQueue _waiting = new();
    private nuint _waitingBytes;
    private nuint _ownBytes;

    /// <param name="arena">The common part of all guards of the arena.</param>
    /// <param name="allocator">The allocator to guard.</param>
    /// <param name="ownsAll">Nothing is live there yet.</param>
    public AllocatorGuard(ArenaGuard arena, Allocator allocator, bool ownsAll)
    {
        _arena = arena;
        _allocator = allocator;
        _isShared = allocator.IsShared;
        _ownsAll = ownsAll;
        _poisons = Options.Poison;
        _zoneBytes = (nuint)Options.RedZoneBytes;
        _quarantineBytes = Options.QuarantineBytes;
        _quarantineFrames = (uint)Options.QuarantineFrames;
        UsualFrontBytes = FrontBytes(Align.Default);
        if (arena.Options.Samples)
            _sampler = new GuardSampler(arena.SampleDistance, _isShared) { IsResting = arena.RestsSampling };
    }

    public GuardOptions Options => _arena.Options;

    /// <summary>The common part of all guards of the arena.</summary>
    public ArenaGuard Common => _arena;

    /// <summary>Freed allocations that are still live to the allocator.</summary>
    public int WaitingCount => _waiting.Count + _waitingPages.Count;

    /// <summary>Those of them that have no pages of their own.</summary>
    public int WaitingPlaceCount => _waiting.Count;

    /// <summary>
    /// Returns the allocator's live bytes as its users see them: without places in quarantine, zones and rounding.
    /// </summary>
    public nuint Shown(nuint liveBytes) => liveBytes - nuint.Min(liveBytes, _waitingBytes + _ownBytes);

    /// <summary>Returns the bytes in front of an allocation of this alignment, which keep it aligned.</summary>
    public nuint FrontBytes(nuint alignment) => FrontBytes(_zoneBytes, alignment);

    /// <summary>Returns the bytes in front of an allocation, for an allocator that is about to be made.</summary>
    public static nuint FrontBytes(GuardOptions options, nuint alignment) =>
        FrontBytes((nuint)options.RedZoneBytes, alignment);

    private static nuint FrontBytes(nuint zoneBytes, nuint alignment) =>
        Align.Up(zoneBytes + GuardHeader.Bytes, nuint.Max(16, alignment));

    /// <summary>Returns the bytes to request of the allocator; a hopeless request stays as it is.</summary>
    public nuint PlaceBytes(nuint byteCount, nuint frontBytes)
    {
        var limit = _arena.Arena.ReservedBytes;
        return byteCount > limit || frontBytes > limit
            ? nuint.Max(byteCount, frontBytes)
            // One byte at least, because the address behind the place may be another allocation's.
            : frontBytes + nuint.Max(1, byteCount + _zoneBytes);
    }

    /// <summary>
    /// Takes over a place that was just allocated. If its memory was written since it was freed, the damage is returned
    /// and forgotten, and the caller gives the place back.
    /// </summary>
    public MemoryCorruptionException? Begin(
        void* place, nuint placeBytes, nuint frontBytes, nuint byteCount, uint mark, in SourceLine caller)
    {
        var line = LineOf(in caller, isFree: false);
        var kept = _allocator.KeptBytes;
        if (!_isShared)
            return Begin((nuint)place, placeBytes, frontBytes, byteCount, kept, mark, line);
        lock (_lock)
            return Begin((nuint)place, placeBytes, frontBytes, byteCount, kept, mark, line);
    }

    private void KeepOther(nuint place, nuint placeBytes, nuint frontBytes, nuint byteCount, uint mark, int line)
    {
        var record = new GuardRecord
        {
            Address = place + frontBytes,
            ByteCount = byteCount,
            PlaceBytes = placeBytes,
            FrontBytes = (uint)frontBytes,
            Mark = mark,
            AllocatedLine = line,
            State = GuardState.Live,
        };
        record.SetKept(_zoneBytes);
        _ownBytes += record.OwnBytes;
        Keep(in record);
        WriteZones(in record);
    }

    /// <summary>
    /// Finds a live allocation. Returns false for an address that is not known; throws for one that was freed.
    /// </summary>
    public bool TryFind(nuint address, out GuardRecord record)
    {
        using (Enter())
            _ = TryRead(address, out record) || TryReadFreed(address, out record);
        // If only a sample is guarded, another allocation may lie there by now, but not where pages begin.
        if (record.State == GuardState.None && IsStartOfPages(address))
            ThrowStartOfPages(address);
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
            _ = TryRead(address, out record);
            if (record.State == GuardState.Live)
            {
                damage = DamageAround(in record);
                record.State = GuardState.Waiting;
                record.FreedLine = line;
                record.FreedFrame = _arena.Frame;
                Store(in record);
                return true;
            }
            _ = record.Address != 0 || TryReadFreed(address, out record);
        }
        if (record.State is GuardState.Waiting or GuardState.Free)
            ThrowFreedBefore(in record);
        return false;
    }

    /// <summary>Takes over an allocation that is older than the guard, to free it like others.</summary>
    public void Adopt(GuardRecord record)
    {
        using var held = Enter();
        if (TryRead(record.Address, out var known) && known.State == GuardState.Live)
            return;
        record.State = GuardState.Live;
        record.SetKept(_zoneBytes);
        _ownBytes += record.OwnBytes;
        Keep(in record);
        WriteZones(in record);
    }

    /// <summary>
    /// Fills a freed allocation and puts it into quarantine; then the caller takes out those that have waited long
    /// enough.
    /// </summary>
    public void EndFree(in GuardRecord record)
    {
        _arena.FreeCounts?.Add(record.AllocatedLine, record.FreedLine);
        using var held = Enter();
        _ownBytes -= nuint.Min(_ownBytes, record.OwnBytes);
        if (record.HasPages)
        {
            EndPages(in record);
            return;
        }
        if (_arena.Poison is { } poison)
        {
            var from = record.Address + _allocator.KeptBytes;
            if (from == record.Address)
            {
                Poison(poison, record.FillStart, record.PlaceEnd);
            }
            else
            {
                Poison(poison, record.FillStart, record.Address);
                Poison(poison, from, record.PlaceEnd);
            }
        }
        _waiting.Add(new WaitingPlace
        {
            Address = record.Address,
            PlaceBytes = record.PlaceBytes,
            FrontBytes = record.FrontBytes,
            FreedFrame = record.FreedFrame,
            Number = WaitingPlace.NoNumber,
        });
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
        if (!all && !HasWaited(in _waiting.First))
            return false;
        place = ReleaseFirst(out _);
        return true;
    }

    /// <summary>Changes the size of an allocation that keeps its place.</summary>
    public void Resize(nuint address, nuint byteCount)
    {
        using var held = Enter();
        // The end of one with pages says where its pages end.
        if (!TryRead(address, out var record) || record.HasPages)
            return;
        _ownBytes += record.ByteCount - byteCount;
        record.ByteCount = byteCount;
        Store(in record);
        WriteZones(in record);
    }

    /// <summary>
    /// Returns the number of a line that allocates or frees; with its tag, if such frees are counted.
    /// </summary>
    public int LineOf(in SourceLine caller, bool isFree) => _arena.FreeCounts is null
        ? SourceLines.NumberOf(in caller)
        : SourceLines.NumberOf(in caller, (isFree ? null : _allocator.Tag) ?? MemoryTag.Current);

    /// <summary>Forgets an allocation that the allocator neither frees nor hands out again.</summary>
    public void Drop(nuint address)
    {
        using var held = Enter();
        if (!TryRead(address, out var record) || record.State != GuardState.Live)
            return;
        _ownBytes -= nuint.Min(_ownBytes, record.OwnBytes);
        Forget(record);
    }

    /// <summary>Returns the damage around a live allocation, or null.</summary>
    public MemoryCorruptionException? DamageAt(nuint address)
    {
        using var held = Enter();
        return TryRead(address, out var record) && record.State == GuardState.Live ? DamageAround(in record) : null;
    }

    /// <summary>Returns the mark of a live allocation; 0 if it has none.</summary>
    public uint MarkOf(nuint address)
    {
        using var held = Enter();
        return TryRead(address, out var record) && record.State == GuardState.Live ? record.Mark : 0;
    }

    private bool HasWaited(in WaitingPlace place) => _waitingBytes - _waitingPageBytes > _quarantineBytes
        && unchecked(_arena.Frame - place.FreedFrame) >= _quarantineFrames;

    private static void Poison(PoisonMap poison, nuint from, nuint end)
    {
        GuardPattern.Fill(from, end, GuardPattern.Freed);
        poison.Mark(from, end);
    }

    private void WriteZones(in GuardRecord record)
    {
        if (!record.HasZones)
            return;
        GuardPattern.FillZone(record.FillStart, record.Address);
        GuardPattern.FillZone(record.End, EndOfZone(in record));
    }

    private nuint EndOfZone(in GuardRecord record) => record.HasPages
        ? record.Place + DataBytes(in record)
        : EndOfZone(record.End, record.PlaceEnd);

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
