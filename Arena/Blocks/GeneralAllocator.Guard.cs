using System.Diagnostics;

namespace Arena;

// Guarded allocations of any size. A place is larger than the request, and a resize always moves.
public abstract unsafe partial class GeneralAllocator
{
    internal sealed override bool CanBeGuarded => true;

    internal sealed override bool CanBeSampled => true;

    internal sealed override bool HasPlacesOfOthers => true;

    /// <summary>Returns the bytes that a request would be granted.</summary>
    internal abstract nuint BytesGranted(nuint byteCount, nuint alignment);

    /// <summary>Takes a place without notifying observers. Returns null, and why, if there is none.</summary>
    /// <param name="byteCount">The bytes requested.</param>
    /// <param name="alignment">A power of two, at least 16.</param>
    /// <param name="granted">The bytes granted, if they are more than <see cref="BytesGranted"/>.</param>
    /// <param name="why">The reason why there is none.</param>
    internal abstract void* TakePlace(nuint byteCount, nuint alignment, ref nuint granted, out string? why);

    /// <summary>
    /// Takes whole pages without notifying observers; null if there are none. Where the fast path of Free knows places,
    /// it must not know these: a stale pointer may be their address.
    /// </summary>
    internal abstract void* TakePagesPlace(nuint byteCount, nuint alignment, out nuint granted);

    /// <summary>
    /// Allocates a guarded place, or sets why there is none. Returns false, with nothing done, if only a sample is
    /// guarded and this allocation is not in it.
    /// </summary>
    /// <param name="guard">The guard.</param>
    /// <param name="byteCount">The bytes requested.</param>
    /// <param name="alignment">A power of two, at least 16.</param>
    /// <param name="isPicked">True if the allocation gets pages of its own.</param>
    /// <param name="caller">The line that allocates.</param>
    /// <param name="address">The allocation, or null.</param>
    /// <param name="why">The reason why there is none.</param>
    internal bool TakesGuarded(
        AllocatorGuard guard, nuint byteCount, nuint alignment, bool isPicked, in SourceLine caller,
        out void* address, out string? why)
    {
        address = null;
        why = null;
        if (!isPicked && guard.KnowsSome)
            return false;
        // Observers and vetoes are given the bytes that the user can use.
        why = WhyRefused(byteCount);
        if (why is not null)
            return true;
        if (isPicked)
        {
            var begin = guard.Common.BeginSample();
            address = TakePages(guard, byteCount, alignment, in caller);
            guard.Common.EndSample(begin);
        }
        if (address == null && !guard.KnowsSome)
            address = TakeZoned(guard, byteCount, alignment, in caller, out why);
        if (address != null)
            NotifyAllocated(address, byteCount, in caller);
        else
            Withdraw();
        return address != null || !guard.KnowsSome;
    }

    private void* TakeZoned(
        AllocatorGuard guard, nuint byteCount, nuint alignment, in SourceLine caller, out string? why)
    {
        var front = guard.FrontBytes(alignment);
        var asked = guard.PlaceBytes(byteCount, front);
        var granted = BytesGranted(asked, alignment);
        var place = TakePlace(asked, alignment, ref granted, out why);
        if (place == null && LetGo(guard, all: true))
            place = TakePlace(asked, alignment, ref granted, out why);
        if (place == null)
            return null;
        if (guard.Begin(place, granted, front, byteCount, 0, in caller) is { } damage)
        {
            GiveBackPlace(place);
            Withdraw();
            throw Arena.NotifyFailed(damage);
        }
        return (byte*)place + front;
    }

    // Takes guarded pages. Returns null if there is no room for them, or the system refuses: then the allocation is
    // guarded like others.
    private void* TakePages(AllocatorGuard guard, nuint byteCount, nuint alignment, in SourceLine caller)
    {
        if (byteCount > Arena.ReservedBytes || alignment > Arena.ReservedBytes)
            return null;
        guard.PagesFor(byteCount, alignment, out var front, out var dataBytes);
        var asked = dataBytes + Arena.OsPageBytes;
        alignment = nuint.Max(alignment, Arena.OsPageBytes);
        var place = TakePagesPlace(asked, alignment, out var granted);
        if (place == null)
            return null;
        if (guard.TryBeginPages(place, granted, front, dataBytes, byteCount, 0, in caller))
            return (byte*)place + front;
        GiveBackPlace(place);
        return null;
    }

    /// <summary>Moves a guarded allocation to a place of another size. Returns null, and why, if it cannot.</summary>
    internal void* ResizeGuarded(
        AllocatorGuard guard, void* address, nuint byteCount, in SourceLine caller, out string? why)
    {
        if (!guard.TryFind((nuint)address, out var record))
        {
            Adopt(guard, address);
            guard.TryFind((nuint)address, out record);
        }
        if (guard.DamageAt((nuint)address) is { } damage)
            throw Arena.NotifyFailed(damage);
        void* moved;
        why = null;
        if (guard.KnowsSome)
            moved = TryAllocate(byteCount, 16, out var plain, caller.File, caller.Line, caller.Member) ? plain : null;
        else
            TakesGuarded(guard, byteCount, 16, guard.PicksPages(), in caller, out moved, out why);
        if (moved == null)
        {
            // A smaller size never fails: the allocation stays where it is.
            why ??= "there is no room to move it";
            if (byteCount > record.ByteCount)
                return null;
            why = null;
            guard.Resize((nuint)address, byteCount);
            if (NotifyResized(address, record.ByteCount, address, byteCount, in caller) is { } failure)
            {
                guard.Resize((nuint)address, record.ByteCount);
                Throw.If(failure);
            }
            return address;
        }
        Buffer.MemoryCopy(address, moved, byteCount, nuint.Min(record.ByteCount, byteCount));
        if (NotifyMoved(address, record.ByteCount, in caller) is { } refused)
            UndoAndThrow(moved, byteCount, refused);
        if (FreeGuarded(guard, address, notifies: false, in caller) is { } late)
            throw new UnreachableException("it was verified before", late);
        return moved;
    }

    /// <summary>Gets the usable bytes of a guarded allocation. Returns false if the guard does not know it.</summary>
    internal static bool UsableGuarded(AllocatorGuard guard, void* address, out nuint byteCount)
    {
        var isKnown = guard.TryFind((nuint)address, out var record);
        byteCount = record.ByteCount;
        return isKnown;
    }
}
