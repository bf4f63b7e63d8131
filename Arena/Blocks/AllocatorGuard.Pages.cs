namespace Arena;

// Allocations with pages of their own. The allocation ends where its last page ends, or as close to that as its
// alignment lets it, so that an overrun faults; when it is freed its pages become inaccessible too:
//
//   live      | FD FD FD FD FD | the allocation | up to 15 FD | inaccessible page |
//   waiting   | inaccessible ........................................................ |
internal sealed unsafe partial class AllocatorGuard
{
    // The least bytes of freed allocations with pages that wait, whatever the quarantine is: they hold addresses and no
    // storage.
    private const nuint LeastWaitingPageBytes = 16 << 20;

    private readonly Dictionary<nuint, nuint> _pagedByPlace = [];
    private readonly AddressQueue _waitingPages = new();
    private nuint _waitingPageBytes;

    /// <summary>
    /// True if only a sample of allocations is guarded, or none any more, so that most addresses are not known.
    /// </summary>
    public bool KnowsSome => IsDetached || !Options.GuardsAll;

    /// <summary>True if it guards nothing new, and only waits for its allocations to be freed.</summary>
    public bool IsDetached { get; private set; }

    /// <summary>The filter that decides which allocations take the slow path; null if all do.</summary>
    public SampleFilter? Filter => Options.GuardsAll ? null : _sampler!.Filter;

    /// <summary>The counts by which it samples; null if it does not.</summary>
    public GuardSampler? Sampler => _sampler;

    private nuint PageBytes => _arena.Arena.OsPageBytes;

    /// <summary>Counts an allocation; returns true if it gets pages of its own.</summary>
    public bool PicksPages() => !IsDetached && (
        Options.GuardsAllByPages || _sampler?.Picks(_allocator.Filter is not null) == true);

    /// <summary>
    /// Computes the bytes in front of an allocation with pages of its own, and the bytes of these pages.
    /// </summary>
    public void PagesFor(nuint byteCount, nuint alignment, out nuint frontBytes, out nuint dataBytes)
    {
        var rounded = Align.Up(byteCount, nuint.Min(alignment, PageBytes));
        dataBytes = Align.Up(nuint.Max(rounded, 1), PageBytes);
        frontBytes = dataBytes - rounded;
        // The allocator's fast path must not mistake the allocation for its place.
        if (frontBytes != 0)
            return;
        frontBytes = nuint.Max(alignment, PageBytes);
        dataBytes += frontBytes;
    }

    /// <summary>Makes the page behind an allocation inaccessible. Returns false if that fails.</summary>
    public bool TryBeginPages(
        void* place, nuint placeBytes, nuint frontBytes, nuint dataBytes, nuint byteCount, uint mark,
        in SourceLine caller)
    {
        if (!_arena.Arena.TryProtect((nuint)place + dataBytes, PageBytes))
            return false;
        var record = new GuardRecord
        {
            Address = (nuint)place + frontBytes,
            ByteCount = byteCount,
            PlaceBytes = placeBytes,
            FrontBytes = (uint)frontBytes,
            Mark = mark,
            AllocatedLine = LineOf(in caller, isFree: false),
            State = GuardState.Live,
            HasZones = true,
            HasPages = true,
        };
        using var held = Enter();
        // Nothing is known of it any more.
        _arena.Poison?.Forget(record.Place, record.PlaceEnd);
        _ownBytes += record.OwnBytes;
        WriteZones(in record);
        if (Options.Poison)
            GuardPattern.Fill(record.Address + _allocator.KeptBytes, record.End, GuardPattern.Fresh);
        record.CrashNumber = _arena.CrashFile?.Add(
            in record, record.Place + dataBytes + PageBytes, _allocator.Label) ?? 0;
        _records.FindOrAdd(record.Address) = record;
        _pagedByPlace[record.Place] = record.Address;
        return true;
    }

    /// <summary>
    /// Ends guarding. Returns true if it need not remember anything, because no allocation begins behind its place.
    /// </summary>
    public bool TryDetach()
    {
        using var held = Enter();
        IsDetached = true;
        if (!_allocator.HasPlacesOfOthers)
        {
            // Its slots are where they are without a guard, too; only pages have to be known.
            (_key, _headerCount) = ((ulong)Random.Shared.NextInt64(), 0);
            SetFronts([]);
            ForgetAllButPages();
            return _pagedByPlace.Count == 0;
        }
        if (_headerCount != 0)
        {
            RenewKey();
            return false;
        }
        foreach (ref readonly var record in _records.Entries)
        {
            if (record is { State: GuardState.Live, FrontBytes: not 0 })
                return false;
        }
        return true;
    }

    /// <summary>Makes everything accessible before the allocator gives it back as it is.</summary>
    public void UnprotectAll()
    {
        using var held = Enter();
        foreach (ref readonly var record in _records.Entries)
        {
            if (record.HasPages && record.State is GuardState.Live or GuardState.Waiting)
                Unprotect(in record);
        }
    }

    private bool IsStartOfPages(nuint address)
    {
        using var held = Enter();
        return _pagedByPlace.ContainsKey(address);
    }

    private nuint DataBytes(in GuardRecord record) =>
        Align.Up(nuint.Max(record.FrontBytes + record.ByteCount, 1), PageBytes);

    // Makes the pages of a freed allocation inaccessible; the one behind them already is. Pages for which the system
    // refuses it are filled.
    private void EndPages(in GuardRecord record)
    {
        var dataBytes = DataBytes(in record);
        if (!_arena.Arena.TryProtect(record.Place, dataBytes))
            GuardPattern.Fill(record.Place, record.Place + dataBytes, GuardPattern.Freed);
        if (record.CrashNumber != 0)
            _arena.CrashFile!.Free(record.CrashNumber, in record);
        _waitingPages.Add(record.Address);
        _waitingPageBytes += record.PlaceBytes;
        _waitingBytes += record.PlaceBytes;
    }

    private bool TryReleasePages(bool all, out nuint place)
    {
        place = 0;
        if (_waitingPages.Count == 0
            || (!all && _waitingPageBytes <= nuint.Max(Options.QuarantineBytes, LeastWaitingPageBytes)))
            return false;
        ref var record = ref _records.Find(_waitingPages.Take());
        _waitingPageBytes -= record.PlaceBytes;
        _waitingBytes -= record.PlaceBytes;
        place = record.Place;
        Unprotect(in record);
        if (record.CrashNumber != 0)
            _arena.CrashFile!.Release(record.CrashNumber, record.Address);
        _pagedByPlace.Remove(place);
        record.State = GuardState.Free;
        Remember(record.Address);
        return true;
    }

    private void Unprotect(in GuardRecord record)
    {
        var dataBytes = DataBytes(in record);
        if (record.State == GuardState.Waiting)
            _arena.Arena.Unprotect(record.Place, dataBytes + PageBytes, runs: 2);
        else
            _arena.Arena.Unprotect(record.Place + dataBytes, PageBytes, runs: 1);
    }
}
