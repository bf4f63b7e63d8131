using System.Diagnostics;

namespace Arena;

// Any size, guarded: the place is larger than what was asked for, and a resize always moves.
public abstract unsafe partial class GeneralAllocator
{
    internal sealed override bool CanBeGuarded => true;

    /// <summary>The bytes that a request would be granted.</summary>
    internal abstract nuint BytesGranted(nuint byteCount, nuint alignment);

    /// <summary>Takes a place, without notice to observers; null, or why there is none.</summary>
    /// <param name="byteCount">Asked for.</param>
    /// <param name="alignment">A power of two, at least 16.</param>
    /// <param name="granted">What it was granted, where that is more than <see cref="BytesGranted"/>.</param>
    /// <param name="why">Why there is none.</param>
    internal abstract void* TakePlace(nuint byteCount, nuint alignment, ref nuint granted, out string? why);

    /// <summary>Allocates a guarded place; null, or why there is none.</summary>
    internal void* TakeGuarded(
        AllocatorGuard guard, nuint byteCount, nuint alignment, string file, int line, string member, out string? why)
    {
        var front = guard.FrontBytes(alignment);
        var asked = guard.PlaceBytes(byteCount, front);
        // Observers are given what its user can use, and a veto is asked for that.
        why = WhyRefused(byteCount);
        if (why is not null)
            return null;
        var granted = BytesGranted(asked, alignment);
        var place = TakePlace(asked, alignment, ref granted, out why);
        if (place == null && LetGo(guard, all: true))
            place = TakePlace(asked, alignment, ref granted, out why);
        if (place == null)
            return null;
        if (guard.Begin(place, granted, front, byteCount, 0, file, line, member) is { } damage)
        {
            GiveBackPlace(place);
            throw Arena.NotifyFailed(damage);
        }
        var address = (byte*)place + front;
        NotifyAllocated(address, byteCount, file, line, member);
        return address;
    }

    /// <summary>Moves a guarded allocation to a place of another size; null, or why it cannot.</summary>
    internal void* ResizeGuarded(
        AllocatorGuard guard, void* address, nuint byteCount, string file, int line, string member, out string? why)
    {
        if (!guard.TryFind((nuint)address, out var record))
        {
            Adopt(guard, address);
            guard.TryFind((nuint)address, out record);
        }
        if (guard.DamageAt((nuint)address) is { } damage)
            throw Arena.NotifyFailed(damage);
        var moved = TakeGuarded(guard, byteCount, 16, file, line, member, out why);
        if (moved == null)
        {
            // A smaller size never fails: it stays where it is.
            if (byteCount > record.ByteCount)
                return null;
            why = null;
            guard.Resize((nuint)address, byteCount);
            if (NotifyResized(address, record.ByteCount, address, byteCount, file, line, member) is { } failure)
            {
                guard.Resize((nuint)address, record.ByteCount);
                Throw.If(failure);
            }
            return address;
        }
        Buffer.MemoryCopy(address, moved, byteCount, nuint.Min(record.ByteCount, byteCount));
        if (NotifyMoved(address, record.ByteCount, file, line, member) is { } refused)
            UndoAndThrow(moved, byteCount, refused);
        if (FreeGuarded(guard, address, notifies: false, file, line, member) is { } late)
            throw new UnreachableException("it was looked at before", late);
        return moved;
    }

    /// <summary>What its user may use of a guarded allocation; false where none is known.</summary>
    internal static bool UsableGuarded(AllocatorGuard guard, void* address, out nuint byteCount)
    {
        var isKnown = guard.TryFind((nuint)address, out var record);
        byteCount = record.ByteCount;
        return isKnown;
    }
}
