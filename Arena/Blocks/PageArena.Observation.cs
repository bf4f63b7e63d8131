using System.Diagnostics;

namespace Arena;

// What observers are told of the arena itself: its blocks, its failures, and the time that its cold calls take.
public sealed unsafe partial class PageArena
{
    private readonly LentBlocks _lentBlocks;
    private long _coldCalls;
    private long _coldTicks;

    /// <summary>Whether it was disposed, or is about to be.</summary>
    internal bool IsClosing => _closing;

    /// <summary>
    /// Calls for pages made while an observer was attached: what all allocators asked of this arena, and the user.
    /// </summary>
    internal long ColdCalls => Interlocked.Read(ref _coldCalls);

    /// <summary>Time that those calls took, waiting for the arena's lock included, in units of Stopwatch.</summary>
    internal long ColdTicks => Interlocked.Read(ref _coldTicks);

    /// <summary>All that is observed, youngest first; the arena's own blocks come last.</summary>
    internal Allocator[] Allocators()
    {
        lock (_lock)
            return [.. _owners.YoungestFirst(), _lentBlocks];
    }

    /// <summary>Tells observers what is about to be thrown, and returns it.</summary>
    internal TException TellFailed<TException>(TException failure)
        where TException : Exception
    {
        foreach (var observer in _observers)
            observer.Failed(this, failure);
        return failure;
    }

    /// <summary>The runs of pages that have storage, lent or kept, in address order.</summary>
    internal bool NextCommitted(nuint from, out nuint address, out nuint byteCount)
    {
        lock (_lock)
        {
            var known = _disposed ? 0 : _map.KnownPages;
            var page = (int)Math.Min(PageMap.RoundUp(from, _pageBytes) >> _pageShift, (nuint)known);
            page = known == 0 ? 0 : _map.Committed.FirstSet(page, known);
            var end = page == known ? known : _map.Committed.FirstClear(page, known);
            address = (nuint)PageAddress(page);
            byteCount = (nuint)(end - page) << _pageShift;
            return end > page;
        }
    }

    private string? LendToUser(
        nuint byteCount, nuint alignment, out Block block, string file, int line, string member)
    {
        block = default;
        var why = _lentBlocks.WhyRefused(byteCount) ?? Lend(byteCount, alignment, OwnerRegistry.UserBlock, out block);
        if (why is null)
            _lentBlocks.TellAllocated(block.Address, block.ByteCount, file, line, member);
        return why;
    }

    // Measured only while somebody is told: reading the clock twice costs as much as a short call.
    private ColdCall Cold() => new(_observers.Length == 0 ? null : this);

    private readonly ref struct ColdCall(PageArena? arena) : IDisposable
    {
        private readonly long _start = arena is null ? 0 : Stopwatch.GetTimestamp();

        public void Dispose()
        {
            if (arena is null)
                return;
            Interlocked.Increment(ref arena._coldCalls);
            Interlocked.Add(ref arena._coldTicks, Stopwatch.GetTimestamp() - _start);
        }
    }
}
