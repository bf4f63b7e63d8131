using System.Runtime.CompilerServices;

namespace Arena;

// A guard keeps its records in headers in front of the allocations, if there is room, and finds them by the places that
// are live to the allocator. A table has the others: allocations with pages of their own, those that are older than the
// guard, and slots of a pool that is older.
internal sealed unsafe partial class AllocatorGuard
{
    // The number of freed allocations in the table whose lines are remembered after they left the quarantine.
    private const int MostRemembered = 4_096;

    // The largest distance from the start of a place to a damaged byte in it.
    private const nuint FarthestHeader = 4 << 20;

    private readonly GuardTable _records = new();
    private readonly AddressQueue _remembered = new();

    // True if every live place of the allocator was made under this guard.
    private readonly bool _ownsAll;

    // The bytes from a place to its allocation: one value for each alignment that occurs.
    private nuint[] _fronts = [];

    // The first of them. Not 0 without any: a place that is not guarded by zones has 0 bytes in front.
    private nuint _firstFront = nuint.MaxValue;
    private ulong _key = (ulong)Random.Shared.NextInt64();
    private long _headerCount;

    /// <summary>The slots in quarantine, if the allocator is a pool.</summary>
    public WaitingSlots Slots { get; } = new();

    /// <summary>
    /// Finds the allocation in a place that is live to the allocator. Returns false if it is in quarantine. An unknown
    /// place is an allocation that is older than the guard.
    /// </summary>
    public bool TryShow(ref nuint place, ref nuint byteCount)
    {
        using var held = Enter();
        if (!TryReadPlace(place, byteCount, out var record))
            return true;
        place = record.Address;
        byteCount = record.ByteCount;
        return record.State == GuardState.Live;
    }

    /// <summary>Returns whether an address is a place that belongs to an allocation at another address.</summary>
    public bool IsInside(nuint place, nuint placeBytes)
    {
        using var held = Enter();
        return TryReadPlace(place, placeBytes, out var record) && record.FrontBytes != 0;
    }

    /// <summary>Reads the record of a place that is live to the allocator.</summary>
    private bool TryReadPlace(nuint place, nuint placeBytes, out GuardRecord record)
    {
        if (_pagedByPlace.Count != 0 && _pagedByPlace.TryGetValue(place, out var address))
            return TryReadTable(address, out record);
        if (TryReadTable(place, out record) && record is { FrontBytes: 0, State: not GuardState.Free })
            return true;
        record = default;
        return _fronts.Length != 0 && placeBytes >= GuardHeader.Bytes
            && GuardHeader.TryRead(place, _key, out record) && record.State != GuardState.None;
    }

    // Reads the record of an address; if its header was overwritten, a record that says so.
    private bool TryRead(nuint address, out GuardRecord record)
    {
        if (TryReadTable(address, out record))
            return true;
        GuardRecord destroyed = default;
        foreach (var front in _fronts)
        {
            // The address can be any.
            var place = unchecked(address - front);
            if (!_allocator.IsLivePlace((void*)place, out var placeBytes) || placeBytes < front
                || (_pagedByPlace.Count != 0 && _pagedByPlace.ContainsKey(place)))
                continue;
            if (!GuardHeader.TryRead(place, _key, out record))
                destroyed = Destroyed(address, front, placeBytes);
            else if (record.Address == address)
                return true;
        }
        record = _ownsAll && !IsDetached ? destroyed : default;
        return record.Address != 0;
    }

    // Reads the record of a freed allocation whose memory was not used again.
    private bool TryReadFreed(nuint address, out GuardRecord record)
    {
        foreach (var front in _fronts)
        {
            var place = unchecked(address - front);
            if (MayHaveHeader(place) && GuardHeader.TryRead(place, _key, out record)
                && record.Address == address && record.State == GuardState.Waiting)
                return true;
        }
        record = default;
        return false;
    }

    private bool TryReadTable(nuint address, out GuardRecord record)
    {
        record = default;
        if (_records.Count == 0)
            return false;
        ref var found = ref _records.Find(address);
        if (Unsafe.IsNullRef(ref found))
            return false;
        record = found;
        return true;
    }

    private GuardRecord Destroyed(nuint address, nuint front, nuint placeBytes) => new()
    {
        Address = address,
        ByteCount = placeBytes - front,
        PlaceBytes = placeBytes,
        FrontBytes = (uint)front,
        Mark = _allocator.MarkAt(address),
        State = GuardState.Live,
        HasHeader = true,
        IsDestroyed = true,
    };

    // Keeps what is known of a new allocation.
    private void Keep(in GuardRecord record)
    {
        if (!record.HasHeader)
        {
            _records.FindOrAdd(record.Address) = record;
            return;
        }
        if ((_fronts.Length == 0 || _fronts[0] != record.FrontBytes)
            && Array.IndexOf(_fronts, (nuint)record.FrontBytes) < 0)
            SetFronts([.. _fronts, record.FrontBytes]);
        // A record of a freed allocation at the same address.
        if (_records.Count != 0)
            _records.Remove(record.Address);
        _headerCount++;
        GuardHeader.Write(in record, _key);
    }

    private void SetFronts(nuint[] fronts) =>
        (_fronts, _firstFront) = (fronts, fronts is [var first, ..] ? first : nuint.MaxValue);

    // Keeps what changed.
    private void Store(in GuardRecord record)
    {
        if (!record.HasHeader)
        {
            _records.Find(record.Address) = record;
            return;
        }
        if (record.State == GuardState.Waiting)
            _headerCount--;
        GuardHeader.Write(in record, _key);
    }

    private void Forget(GuardRecord record)
    {
        if (!record.HasHeader)
        {
            _records.Remove(record.Address);
            return;
        }
        record.State = GuardState.None;
        _headerCount--;
        GuardHeader.Write(in record, _key);
    }

    // Gives a place back to its allocator. The header stays, because the place is not live any more; but if the place
    // can be handed out without a header, the old one must go.
    private void Release(nuint address, nuint place)
    {
        if (_records.Count != 0)
        {
            ref var found = ref _records.Find(address);
            if (!Unsafe.IsNullRef(ref found))
            {
                found.State = GuardState.Free;
                Remember(address);
                return;
            }
        }
        if (IsDetached)
            Unsafe.InitBlockUnaligned((void*)place, GuardPattern.Freed, GuardHeader.Bytes);
    }

    private void ForgetAllButPages()
    {
        List<nuint> others = [];
        foreach (ref readonly var record in _records.Entries)
        {
            if (record.State != GuardState.None && !_pagedByPlace.ContainsKey(record.Place))
                others.Add(record.Address);
        }
        others.ForEach(address => _records.Remove(address));
    }

    // Makes the headers of freed allocations invalid.
    private void RenewKey()
    {
        var old = _key;
        var key = (ulong)Random.Shared.NextInt64();
        _allocator.ShowPlaces(new PlaceAction((place, placeBytes) =>
        {
            if (placeBytes >= GuardHeader.Bytes && !_pagedByPlace.ContainsKey(place)
                && GuardHeader.TryRead(place, old, out var record))
                GuardHeader.Write(in record, key);
        }));
        _key = key;
    }

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

    // Finds the freed allocation of a byte: its header is the next one in front. Freed memory is filled, so a header
    // within an allocation of the table is of one that was cut out of its place later.
    private GuardRecord FindFreed(nuint address)
    {
        var inTable = FindFreedInTable(address);
        return FindHeaderInFront(address, out var found) && found.Covers(address)
            && found.State is GuardState.Waiting && (inTable.State is GuardState.None || found.Place >= inTable.Place)
            ? found : inTable;
    }

    private GuardRecord FindFreedInTable(nuint address)
    {
        foreach (ref readonly var record in _records.Entries)
        {
            if (record.State is GuardState.Waiting or GuardState.Free && record.Covers(address))
                return record;
        }
        return default;
    }

    // Returns whether the memory may be read: in a block of the allocator, with storage, and not in guarded pages.
    private bool MayHaveHeader(nuint place)
    {
        if (!_arena.Arena.IsInBlock((void*)place, _allocator.OwnerToken, out _)
            || !_arena.Arena.HasStorage(place, GuardHeader.Bytes))
            return false;
        foreach (var paged in _pagedByPlace.Values)
        {
            ref var record = ref _records.Find(paged);
            if (place + GuardHeader.Bytes > record.Place && place < record.PlaceEnd)
                return false;
        }
        return true;
    }

    private bool FindHeaderInFront(nuint address, out GuardRecord record)
    {
        record = default;
        if (_fronts.Length == 0 || !_arena.Arena.IsInBlock((void*)address, _allocator.OwnerToken, out var block))
            return false;
        var start = (nuint)block.Address;
        if (address - start > FarthestHeader)
            start = address - FarthestHeader;
        var granules = address - 16 & ~(nuint)15;
        nuint knownPage = 0;
        for (var place = granules; place >= start && place <= granules; place -= 16)
        {
            // A header may lie across the border of two pages.
            var page = place / PageBytes;
            if ((page != knownPage || (place + GuardHeader.Bytes - 1) / PageBytes != page)
                && !MayHaveHeader(place))
                continue;
            knownPage = page;
            if (GuardHeader.TryRead(place, _key, out record))
                return true;
        }
        return false;
    }
}
