using System.Runtime.CompilerServices;

namespace Arena;

// Numbers for diagnostics, without garbage.
public sealed unsafe partial class PageArena
{
    // The threads that made the arenas; collected with the arenas. It holds threads, because the number of a thread
    // that has ended is used again.
    private static readonly ConditionalWeakTable<PageArena, Thread> Makers = [];

    [ThreadStatic]
    private static long madeByThisThread;

    /// <summary>True once Dispose has begun.</summary>
    internal bool IsDisposed => _closing;

    /// <summary>The bytes of free pages that keep their storage for the next block.</summary>
    internal nuint KeptBytes
    {
        get
        {
            lock (_lock)
                return _storage.KeptBytes(_lentBytes);
        }
    }

    /// <summary>Adds up the live allocations of every allocator, and the blocks that were lent to the user.</summary>
    /// <remarks>
    /// Call it where <see cref="Attach"/> is allowed: outside of single-threaded allocators. An allocator that is
    /// disposed meanwhile counts as empty.
    /// </remarks>
    /// <param name="scratch">An array that the caller keeps from call to call, so that no call makes garbage.</param>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    internal LiveTotals CountLive(ref Allocator?[] scratch)
    {
        int count;
        lock (_lock)
        {
            ThrowIfDisposed();
            count = _owners.CopyTo(ref scratch);
        }
        // This is not under the lock: an allocator may count under a lock of its own, which it also holds when it asks
        // the arena for pages.
        var sum = default(LiveTotals);
        foreach (var allocator in scratch.AsSpan(0, count))
            sum += allocator!.CountLiveAsVisitor();
        scratch.AsSpan(0, count).Clear();
        return sum + CountLentToUser();
    }

    /// <summary>Counts the bytes that are not lent, and the bytes of their longest run.</summary>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    internal (nuint Bytes, nuint LargestBytes) CountFree()
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            return (ReservedBytes - _lentBytes, (nuint)_map.Runs.Longest << _pageShift);
        }
    }

    /// <summary>The mappings of the operating system that the arena holds, if the system limits them.</summary>
    internal int HeldMappings => _mappings.Held;

    /// <summary>The addresses that it reserved, including those of its tables.</summary>
    internal (nuint Address, nuint ByteCount) Reservation => ((nuint)_reservation, _reservationBytes);

    /// <summary>Returns the arenas that this thread made and that are not disposed, in no order.</summary>
    internal static PageArena[] MadeByThisThread() =>
        [.. Makers.Where(pair => pair.Value == Thread.CurrentThread && !pair.Key._closing).Select(pair => pair.Key)];

    /// <summary>Returns the arenas that other threads made and that are not disposed, in no order.</summary>
    internal static PageArena[] MadeByOtherThreads() =>
        [.. Makers.Where(pair => pair.Value != Thread.CurrentThread && !pair.Key._closing).Select(pair => pair.Key)];

    /// <summary>The number of arenas that this thread made, including disposed ones.</summary>
    internal static long MadeByThisThreadCount => madeByThisThread;

    /// <summary>Makes no thread count as the arena's maker, for an arena of the diagnostics themselves.</summary>
    internal void HideFromMaker()
    {
        Makers.Remove(this);
        madeByThisThread--;
    }

    private void NameMaker()
    {
        Makers.Add(this, Thread.CurrentThread);
        madeByThisThread++;
    }

    /// <summary>Counts the blocks that were lent by <see cref="Allocate"/>.</summary>
    internal LiveTotals CountLentToUser()
    {
        var sum = default(LiveTotals);
        for (nuint from = 0; NextBlock(OwnerRegistry.UserBlock, from, out var block);)
        {
            sum += new LiveTotals(1, block.ByteCount);
            from = (nuint)block.Address - (nuint)_base + block.ByteCount;
        }
        return sum;
    }
}
