using System.Diagnostics;

namespace Arena;

// A guarded allocator closes its fast path as for an observer, and its slow path asks the guard.
public abstract unsafe partial class Allocator
{
    /// <summary>The guard of its allocations; null while there is none.</summary>
    internal AllocatorGuard? Guard => _attachments.Guard;

    /// <summary>The guard, if calls try its usual road first; otherwise null.</summary>
    internal AllocatorGuard? UsualGuard => _attachments.UsualGuard;

    /// <summary>True if a guard has every call check that no other thread is inside.</summary>
    internal bool ChecksThreads => Arena.GuardOfAll is { Options.ChecksThreads: true };

    /// <summary>True if a sample of its allocations can have pages of their own.</summary>
    internal virtual bool CanBeSampled => false;

    /// <summary>True if its allocations can be guarded one by one.</summary>
    internal virtual bool CanBeGuarded => false;

    /// <summary>
    /// True if a guarded allocation lies behind the start of a place, so that its address says nothing to the allocator
    /// without a guard.
    /// </summary>
    internal virtual bool HasPlacesOfOthers => false;

    /// <summary>
    /// The bytes at the start of an allocation that are not its user's, and are neither filled nor verified.
    /// </summary>
    internal virtual nuint KeptBytes => 0;

    /// <summary>Returns the mark in a live place's kept bytes; 0 for none.</summary>
    internal virtual uint MarkAt(nuint address) => 0;

    /// <summary>Gives back a place that the guard no longer needs.</summary>
    internal virtual void GiveBackPlace(void* place) => throw new UnreachableException();

    /// <summary>Returns whether a live place begins at an address; for any address.</summary>
    internal virtual bool IsLivePlace(void* place, out nuint placeBytes) => throw new UnreachableException();

    /// <summary>Shows all live places, with those in quarantine.</summary>
    internal virtual void ShowPlaces(PlaceAction show) => throw new UnreachableException();

    /// <summary>
    /// Returns a record of a live allocation that is older than the guard; throws for every other address.
    /// </summary>
    internal virtual GuardRecord LiveRecord(void* address) => throw new UnreachableException();

    /// <summary>Called when the life of a value has ended, before its place is filled.</summary>
    internal virtual void EndLife(in GuardRecord record)
    {
    }

    /// <summary>Returns the bytes that observers see for a guarded allocation.</summary>
    internal virtual nuint BytesReported(in GuardRecord record) => record.ByteCount;

    /// <summary>Begins or ends guarding, as the arena does. The fast path changes with <see cref="Observe"/>.</summary>
    internal void FollowGuard()
    {
        var guard = Arena.GuardOfAll;
        AllocatorGuard? own = null;
        if (guard is not null && (guard.Options.GuardsAll ? CanBeGuarded : guard.Options.Samples && CanBeSampled))
            own = new AllocatorGuard(guard, this, ownsAll: !Volatile.Read(ref _isMade) || CountLive().Count == 0);
        if (Guard is { } old)
        {
            LetGo(old, all: true);
            own = old.TryDetach() ? own : old;
        }
        _attachments = _attachments with { Guard = own, UsualGuard = null };
    }

    /// <summary>Frees a guarded allocation.</summary>
    /// <param name="guard">The guard.</param>
    /// <param name="address">The address that its user has.</param>
    /// <param name="notifies">True to notify observers of this free.</param>
    /// <param name="caller">The line that frees it.</param>
    /// <returns>
    /// Null, or an exception to throw once the caller is done; the allocation was freed all the same.
    /// </returns>
    internal Exception? FreeGuarded(AllocatorGuard guard, void* address, bool notifies, in SourceLine caller)
    {
        var begin = guard.Common.BeginSample();
        var number = guard.LineOf(in caller, isFree: true);
        if (!guard.TryBeginFree((nuint)address, number, out var record, out var damage))
        {
            Adopt(guard, address);
            if (!guard.TryBeginFree((nuint)address, number, out record, out damage))
                throw new UnreachableException();
        }
        var failure = notifies ? NotifyFreed(address, BytesReported(in record)) : null;
        EndLife(in record);
        guard.EndFree(in record);
        LetGo(guard, all: false);
        guard.Common.EndSample(begin);
        return damage is null ? failure : Arena.NotifyFailed(damage);
    }

    /// <summary>
    /// Returns whether a free, a resize or a query goes to the guard. If only a sample is guarded, the guard must know
    /// the address. Throws for a freed address.
    /// </summary>
    internal bool IsGuarded(void* address, out AllocatorGuard guard)
    {
        guard = Guard!;
        return guard is not null && (!guard.KnowsSome
            || ((guard.Options.GuardsAll || MayLieInPages(address)) && guard.TryFind((nuint)address, out _)));
    }

    /// <summary>
    /// Returns false for an address where no allocation with pages of its own can lie, so that a free of what is not
    /// sampled need not search for it; for any address.
    /// </summary>
    internal virtual bool MayLieInPages(void* address) => true;

    /// <summary>Gives back places that have been in quarantine long enough, or all of them.</summary>
    /// <returns>True if there were any.</returns>
    internal bool LetGo(AllocatorGuard guard, bool all)
    {
        var any = false;
        while (guard.TryRelease(all, out var place))
        {
            GiveBackPlace((void*)place);
            any = true;
        }
        return any;
    }

    /// <summary>Empties the quarantine, so that it keeps no page from a trim.</summary>
    internal void LetGoForTrim()
    {
        if (Guard is { } guard)
            LetGo(guard, all: true);
    }

    /// <summary>Verifies everything, for a thread that is not inside.</summary>
    internal MemoryCorruptionException? VerifyAsVisitor(ref int count)
    {
        using var visit = Visit();
        return visit.IsRefused || !Volatile.Read(ref _isMade) ? null : Guard?.Verify(ref count);
    }

    // Verifies everything at Dispose, before the memory goes.
    private MemoryCorruptionException? VerifyLast()
    {
        var count = 0;
        return _isMade && Guard?.Verify(ref count) is { } damage ? Arena.NotifyFailed(damage) : null;
    }

    /// <summary>Takes over an allocation that is older than the guard, and throws for every other address.</summary>
    internal void Adopt(AllocatorGuard guard, void* address)
    {
        var record = LiveRecord(address);
        if (guard.IsInside((nuint)address, record.PlaceBytes))
        {
            Throw.InvalidFree(
                this, address, "it is the red zone in front of a live allocation; free what Allocate returned.");
        }
        guard.Adopt(record);
    }
}

/// <summary>A method that is shown the places of an allocator.</summary>
internal delegate void PlaceAction(nuint place, nuint placeBytes);
