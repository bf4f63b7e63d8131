using System.Diagnostics;

namespace Arena;

// Notifications of the arena itself: its blocks, its failures, and the time that its cold calls take.
public sealed unsafe partial class PageArena
{
    private readonly UserBlocks _lentBlocks;
    private long _coldCalls;
    private long _coldTicks;

    /// <summary>The number of calls for pages, by allocators and the user, while an observer was attached.</summary>
    internal long ColdCalls => Interlocked.Read(ref _coldCalls);

    /// <summary>The time that those calls took, including waits for the arena's lock, in units of Stopwatch.</summary>
    internal long ColdTicks => Interlocked.Read(ref _coldTicks);

    /// <summary>Returns all observed allocators, youngest first; the blocks of the user come last.</summary>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    internal Allocator[] Allocators()
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            return [.. _owners.YoungestFirst(), _lentBlocks];
        }
    }

    /// <summary>
    /// Notifies observers of an exception that is about to be thrown, and returns it. It is not called under a lock.
    /// </summary>
    internal TException NotifyFailed<TException>(TException failure)
        where TException : Exception
    {
        Debug.Assert(!_lock.IsHeldByCurrentThread, "an observer may wait for a thread that waits for this lock");
        foreach (var observer in _observers)
        {
            try
            {
                observer.Failed(this, failure);
            }
            catch (Exception)
            {
                // The call fails anyway, with an exception that says why.
            }
        }
        return failure;
    }

    /// <summary>Finds the next run of pages that have storage, lent or kept, in address order.</summary>
    internal bool NextCommitted(nuint from, out nuint address, out nuint byteCount)
    {
        lock (_lock)
        {
            var known = _disposed ? 0 : _map.KnownPages;
            var page = (int)Math.Min(Align.Up(from, _pageBytes) >> _pageShift, (nuint)known);
            page = known == 0 ? 0 : _map.Committed.FirstSet(page, known);
            var end = page == known ? known : _map.Committed.FirstClear(page, known);
            address = (nuint)PageAddress(page);
            byteCount = (nuint)(end - page) << _pageShift;
            return end > page;
        }
    }

    private string? LendToUser(nuint byteCount, nuint alignment, out Block block, in SourceLine caller)
    {
        block = default;
        var why = _lentBlocks.WhyRefused(GrantedBytes(byteCount));
        if (why is not null)
            return why;
        why = Lend(byteCount, alignment, OwnerRegistry.UserBlock, out block);
        if (why is null)
            _lentBlocks.NotifyAllocated(block.Address, block.ByteCount, in caller);
        else
            _lentBlocks.Withdraw();
        return why;
    }

    // Frees a block and notifies observers between two entries of the lock. Meanwhile the block is neither free nor the
    // user's.
    private void FreeObserved(Block block)
    {
        if (!BeginFree(block))
            return;
        var failure = _lentBlocks.NotifyFreed(block.Address, block.ByteCount);
        EndFree(block);
        Throw.If(failure);
    }

    private bool BeginFree(Block block)
    {
        string? why;
        using var cold = Cold();
        lock (_lock)
        {
            if (_disposed)
                Throw.Disposed("arena", Name);
            if (block.Address == null)
                return false;
            why = WhyNotLent(block, OwnerRegistry.UserBlock, out var page);
            if (why is null)
            {
                _map.SetOwner(page, 1, OwnerRegistry.None);
                return true;
            }
        }
        throw InvalidFree(block, why);
    }

    private void EndFree(Block block)
    {
        lock (_lock)
        {
            if (!_disposed && WhyNotLent(block, OwnerRegistry.None, out var page) is null)
                TakeBack(page, decommit: false);
        }
    }

    // Calls are timed only while an observer is attached: reading the clock twice costs as much as a short call.
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
