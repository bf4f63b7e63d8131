using System.Diagnostics;

namespace Arena;

// A guarded allocator closes its fast path as for an observer, and its slow path asks the guard.
public abstract unsafe partial class Allocator
{
    /// <summary>What guards all its allocations; null while none does.</summary>
    internal AllocatorGuard? Guard => _attachments.Guard;

    /// <summary>Whether a sample of its allocations can have pages of their own.</summary>
    internal virtual bool CanBeSampled => false;

    /// <summary>Whether its allocations can be guarded one by one.</summary>
    internal virtual bool CanBeGuarded => false;

    /// <summary>Bytes at the start of an allocation that are not its user's: neither filled nor verified.</summary>
    internal virtual nuint KeptBytes => 0;

    /// <summary>What a place carries in its kept bytes while it is live; 0 for nothing.</summary>
    internal virtual uint MarkAt(nuint address) => 0;

    /// <summary>Gives a place back whose guard has let it go.</summary>
    internal virtual void GiveBackPlace(void* place) => throw new UnreachableException();

    /// <summary>Whether a live place begins at an address, which may be any.</summary>
    internal virtual bool IsLivePlace(void* place, out nuint placeBytes) => throw new UnreachableException();

    /// <summary>Shows all live places, those that wait too.</summary>
    internal virtual void ShowPlaces(PlaceAction show) => throw new UnreachableException();

    /// <summary>What to know of a live allocation from before there was a guard; throws for every other one.</summary>
    internal virtual GuardRecord LiveRecord(void* address) => throw new UnreachableException();

    /// <summary>The life of what was in a place has ended, before it is filled.</summary>
    internal virtual void EndLife(in GuardRecord record)
    {
    }

    /// <summary>What observers are given for a guarded allocation.</summary>
    internal virtual nuint BytesReported(in GuardRecord record) => record.ByteCount;

    /// <summary>Begins or ends to guard, as the arena does. The fast path changes with <see cref="Observe"/>.</summary>
    internal void FollowGuard()
    {
        var guard = Arena.GuardOfAll;
        AllocatorGuard? own = null;
        if (guard is not null && (guard.Options.GuardsAll ? CanBeGuarded : CanBeSampled))
            own = new AllocatorGuard(guard, this, ownsAll: !Volatile.Read(ref _isMade) || CountLive().Count == 0);
        if (Guard is { } old)
        {
            LetGo(old, all: true);
            own = old.TryDetach() ? own : old;
        }
        _attachments = _attachments with { Guard = own };
    }

    /// <summary>Frees what is guarded.</summary>
    /// <param name="guard">The guard.</param>
    /// <param name="address">What its user was given.</param>
    /// <param name="notifies">Whether observers are notified of this free.</param>
    /// <param name="file">The caller's.</param>
    /// <param name="line">The caller's.</param>
    /// <param name="member">The caller's.</param>
    /// <returns>Null, or what is to be thrown once the caller is done; it was freed all the same.</returns>
    internal Exception? FreeGuarded(
        AllocatorGuard guard, void* address, bool notifies, string file, int line, string member)
    {
        var number = SourceLines.NumberOf(file, line, member);
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
        return damage is null ? failure : Arena.NotifyFailed(damage);
    }

    /// <summary>
    /// Whether a free, a resize or a question goes to the guard: in an allocator of which only a sample is guarded, the
    /// guard must know the address. Throws for what was freed.
    /// </summary>
    internal bool IsGuarded(void* address, out AllocatorGuard guard)
    {
        guard = Guard!;
        return guard is not null && (!guard.KnowsSome || guard.TryFind((nuint)address, out _));
    }

    /// <summary>Gives back what has waited long enough, or all that waits.</summary>
    /// <returns>Whether there was anything.</returns>
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

    /// <summary>What waits keeps no page from a trim.</summary>
    internal void LetGoForTrim()
    {
        if (Guard is { } guard)
            LetGo(guard, all: true);
    }

    /// <summary>Looks at everything, for a thread that is not inside.</summary>
    internal MemoryCorruptionException? VerifyAsVisitor(ref int count)
    {
        using var visit = Visit();
        return visit.IsRefused || !Volatile.Read(ref _isMade) ? null : Guard?.Verify(ref count);
    }

    // At Dispose, before the memory goes.
    private MemoryCorruptionException? VerifyLast()
    {
        var count = 0;
        return _isMade && Guard?.Verify(ref count) is { } damage ? Arena.NotifyFailed(damage) : null;
    }

    /// <summary>Takes over an allocation from before there was a guard; every other address is refused.</summary>
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

/// <summary>Is shown a place of an allocator.</summary>
internal delegate void PlaceAction(nuint place, nuint placeBytes);
