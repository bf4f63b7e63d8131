using System.Runtime.CompilerServices;

namespace Arena;

// What diagnostics read of an arena, without garbage.
public sealed unsafe partial class PageArena
{
    // Which thread made which arena; forgets with the collector. A thread's number is another's once it has ended.
    private static readonly ConditionalWeakTable<PageArena, Thread> Makers = [];

    [ThreadStatic]
    private static long madeByThisThread;

    /// <summary>Whether Dispose has begun.</summary>
    internal bool IsDisposed => _closing;

    /// <summary>Adds up what is alive in every allocator, and the blocks that were lent to the user.</summary>
    /// <remarks>
    /// To be called where <see cref="Attach"/> may be: outside of single-threaded allocators. An allocator that is
    /// disposed meanwhile counts as empty.
    /// </remarks>
    /// <param name="scratch">Kept by the caller from one call to the next, so that none makes garbage.</param>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    internal LiveTotals CountLive(ref Allocator?[] scratch)
    {
        int count;
        lock (_lock)
        {
            ThrowIfDisposed();
            count = _owners.CopyTo(ref scratch);
        }
        // Not under the lock: an allocator may take one of its own, which it holds when it asks the arena for pages.
        var sum = default(LiveTotals);
        foreach (var allocator in scratch.AsSpan(0, count))
            sum += allocator!.CountLiveAsVisitor();
        scratch.AsSpan(0, count).Clear();
        return sum + CountLentToUser();
    }

    /// <summary>Bytes that are not lent, and those of the longest run of them.</summary>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    internal (nuint Bytes, nuint LargestBytes) CountFree()
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            return (ReservedBytes - _lentBytes, (nuint)_map.Runs.Longest << _pageShift);
        }
    }

    /// <summary>Bytes of free pages that keep their storage for the next block.</summary>
    internal nuint KeptBytes
    {
        get
        {
            lock (_lock)
                return _storage.KeptBytes(_lentBytes);
        }
    }

    /// <summary>Mappings of the operating system that the arena holds, where it limits them.</summary>
    internal int HeldMappings => _mappings.Held;

    /// <summary>The addresses that it reserved, those of its tables included.</summary>
    internal (nuint Address, nuint ByteCount) Reservation => ((nuint)_reservation, _reservationBytes);

    /// <summary>The arenas that this thread made and that are not disposed, in no order.</summary>
    internal static PageArena[] MadeByThisThread() =>
        [.. Makers.Where(pair => pair.Value == Thread.CurrentThread && !pair.Key._closing).Select(pair => pair.Key)];

    /// <summary>The arenas that other threads made and that are not disposed, in no order.</summary>
    internal static PageArena[] MadeByOtherThreads() =>
        [.. Makers.Where(pair => pair.Value != Thread.CurrentThread && !pair.Key._closing).Select(pair => pair.Key)];

    /// <summary>How many arenas this thread made, those that were disposed included.</summary>
    internal static long MadeByThisThreadCount => madeByThisThread;

    /// <summary>For an arena of the diagnostics themselves: no thread counts as its maker afterwards.</summary>
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

    /// <summary>The blocks that were lent by <see cref="Allocate"/>.</summary>
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
