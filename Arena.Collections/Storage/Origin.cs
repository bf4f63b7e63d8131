using System.Diagnostics.CodeAnalysis;

namespace Arena.Collections;

/// <summary>
/// The origin of a container: the allocator that serves it, the line that made it, and its ticket, which it has from
/// its first memory until it is disposed. Of several copies, the one that grows or is disposed first keeps the ticket;
/// frame memory has none.
/// </summary>
internal unsafe struct Origin
{
    // The line of the call that grew it is not known.
    private static readonly SourceLine Growth = new("", 0, "a method that resizes a container");

    private readonly AllocatorHandle _allocator;
    private readonly int _line;
    private Ticket _ticket;

    public Origin(AllocatorHandle allocator, in SourceLine creator)
    {
        _ = AllocatorTable.Get(allocator);
        _allocator = allocator;
        _line = SourceLines.NumberOf(in creator);
    }

    /// <summary>True for the origin of a default container.</summary>
    public readonly bool IsNone => _allocator.IsNone;

    /// <summary>
    /// The container's place in the table of tickets, by which a walk finds how often it was changed.
    /// </summary>
    public readonly ulong Place => ((ulong)(uint)_allocator.Index << 32) | _ticket.Number;

    /// <summary>
    /// Takes memory. The caller replaces the old memory with it, and then calls <see cref="Replaced"/>.
    /// </summary>
    /// <exception cref="ArenaOutOfMemoryException">Nothing was changed.</exception>
    public void* Allocate(nuint byteCount, nuint alignment)
    {
        var entry = Enter();
        if (!entry.Source.TakesBack)
        {
            var forFrame = (void*)entry.Source.Allocate(byteCount, alignment, SourceLines.At(_line));
            _ticket = Ticket.OfFrame(entry.Source.Frame);
            return forFrame;
        }
        if (!_ticket.IsNone)
            return (void*)entry.Source.Allocate(byteCount, alignment, SourceLines.At(_line));
        var ticket = entry.Tickets.Take();
        try
        {
            var address = (void*)entry.Source.Allocate(byteCount, alignment, SourceLines.At(_line));
            _ticket = ticket;
            return address;
        }
        finally
        {
            if (_ticket.IsNone)
                entry.Tickets.TryReturn(ticket);
        }
    }

    /// <summary>Frees memory that was replaced: copies of the container are stale from now on.</summary>
    public void Replaced(void* old, nuint byteCount)
    {
        if (old == null)
            return;
        var entry = Enter();
        Renew(entry);
        if (entry.Source.TakesBack)
            entry.Source.Free((nint)old, byteCount, Growth);
    }

    /// <summary>
    /// Resizes memory, in place if the allocator can. An exception leaves everything unchanged, except one of an
    /// observer that was notified of the old memory's free: then the change is complete.
    /// </summary>
    public void Resize(ref void* items, ref int capacity, int newCapacity, int itemBytes, nuint alignment)
    {
        var (oldBytes, newBytes) = ((nuint)capacity * (nuint)itemBytes, (nuint)newCapacity * (nuint)itemBytes);
        var old = items;
        if (capacity == 0 || newCapacity == 0)
        {
            items = newCapacity == 0 ? null : Allocate(newBytes, alignment);
            capacity = newCapacity;
            Replaced(old, oldBytes);
            return;
        }
        var entry = Enter();
        var resized = (void*)entry.Source.Resize(
            (nint)old, oldBytes, newBytes, alignment, SourceLines.At(_line));
        if (resized != null)
        {
            items = resized;
            capacity = newCapacity;
            Renew(entry);
            return;
        }
        var moved = Allocate(newBytes, alignment);
        var common = Math.Min(oldBytes, newBytes);
        Buffer.MemoryCopy(old, moved, common, common);
        items = moved;
        capacity = newCapacity;
        Replaced(old, oldBytes);
    }

    /// <summary>Ends the container, once.</summary>
    /// <returns>The source that takes the memory back; null if there is nothing to free.</returns>
    /// <exception cref="InvalidFreeException">A copy of it was disposed or has grown.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public readonly IMemorySource? End(void* memory)
    {
        if (_ticket.IsNone)
            return null;
        var entry = AllocatorTable.Get(_allocator);
        if (!entry.Tickets.TryReturn(_ticket))
            ThrowBadEnd(entry, memory);
        return entry.Source;
    }

    /// <summary>Notes the end, so that earlier walks throw, in debug builds of the program.</summary>
    public readonly void TouchBeforeEnd()
    {
        if (!_ticket.IsNone)
            AllocatorTable.Find(_allocator)?.Tickets.Touch(_ticket.Number);
    }

    /// <summary>Throws if this is a stale copy, in debug builds of the program.</summary>
    public readonly void Check()
    {
        if (_ticket.IsNone && _ticket.Frame == 0)
            return;
        ThrowIfStale(AllocatorTable.Get(_allocator));
    }

    /// <summary>Checks like <see cref="Check"/>, before a change, and makes earlier walks throw.</summary>
    public readonly void CheckChange()
    {
        Check();
        if (!_ticket.IsNone)
            AllocatorTable.Get(_allocator).Tickets.Touch(_ticket.Number);
    }

    /// <summary>
    /// Returns how often the container at a <see cref="Place"/> was changed, in debug builds of the program.
    /// </summary>
    public static uint Changes(ulong place)
    {
        var handle = AllocatorTable.At((int)(place >> 32));
        // The allocator of the walk was disposed; no container has this many changes.
        return handle is null ? uint.MaxValue : handle.Tickets.Changes(unchecked((uint)place));
    }

    private readonly AllocatorEntry Enter()
    {
        var entry = AllocatorTable.Get(_allocator);
        ThrowIfStale(entry);
        return entry;
    }

    private readonly void ThrowIfStale(AllocatorEntry entry)
    {
        if (!_ticket.IsNone)
        {
            if (!entry.Tickets.IsCurrent(_ticket))
                ThrowStale();
        }
        else if (_ticket.Frame != 0 && entry.Source.HasEnded(_ticket.Frame))
        {
            ThrowFrameEnded(entry);
        }
    }

    private void Renew(AllocatorEntry entry)
    {
        if (!_ticket.IsNone)
            entry.Tickets.TryRenew(ref _ticket);
    }

    [DoesNotReturn]
    private readonly void ThrowStale() => throw new ObjectDisposedException(
        $"container made at {SourceLines.At(_line)}",
        $"This is a copy of a container made at {SourceLines.At(_line)} that was disposed, or has grown, through "
        + "another copy. Pass containers by ref.");

    [DoesNotReturn]
    private readonly void ThrowFrameEnded(AllocatorEntry entry) => throw new ObjectDisposedException(
        $"container made at {SourceLines.At(_line)}",
        $"The container made at {SourceLines.At(_line)} lives in {entry.Label}, whose memory of that frame was given "
        + "to a later one. Make a new one each frame, or give it a heap.");

    [DoesNotReturn]
    private readonly void ThrowBadEnd(AllocatorEntry entry, void* memory)
    {
        var refused = new InvalidFreeException(
            $"{entry.Label} cannot free 0x{(nuint)memory:x} of a container made at {SourceLines.At(_line)}: it was "
            + "disposed, or has grown, through another copy. Pass containers by ref.", (nuint)memory);
        throw entry.Source is Allocator allocator ? allocator.Arena.NotifyFailed(refused) : refused;
    }
}
