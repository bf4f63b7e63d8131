using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Arena;

// Who stands on the arena: the allocators that hold its pages, those that watch them, and how all of it ends.
public sealed unsafe partial class PageArena
{
    private readonly Lock _observing = new();
    private readonly OwnerRegistry _owners = new();
    private IAllocationObserver[] _observers = [];

    /// <summary>
    /// Told when an allocator, or the arena itself, is disposed with something alive in it. Raised on the disposing
    /// thread, outside the arena's lock.
    /// </summary>
    public event Action<LeakNotice>? LeaksFound;

    /// <summary>Watches every allocator of this arena, those that exist and those still to come.</summary>
    /// <remarks>
    /// To be called where no other thread is inside one of the arena's single-threaded allocators: on their thread,
    /// or between frames.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public void Attach(IAllocationObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (_observing)
        {
            ThrowIfDisposed();
            SetObservers([.. _observers, observer]);
        }
    }

    /// <summary>Stops watching; an observer that is not attached is ignored. The same remark holds.</summary>
    public void Detach(IAllocationObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (_observing)
            SetObservers([.. _observers.Where(o => o != observer)]);
    }

    /// <summary>
    /// Disposes every allocator that stands on the arena, youngest first, then gives all addresses back. What was alive
    /// is told by <see cref="LeaksFound"/>. Disposing twice does nothing.
    /// </summary>
    /// <remarks>An exception of a handler or an observer leaves only after everything is given back.</remarks>
    public void Dispose()
    {
        Allocator[] allocators;
        lock (_lock)
        {
            if (_closing)
                return;
            _closing = true;
            allocators = _owners.YoungestFirst();
        }
        List<Exception> failures = [];
        foreach (var allocator in allocators)
            Attempt(allocator.Dispose, failures);
        Attempt(_lentBlocks.Dispose, failures);
        if (failures.Count == 1)
            ExceptionDispatchInfo.Throw(failures[0]);
        if (failures.Count > 1)
            throw new AggregateException(failures);
    }

    /// <summary>Gives an allocator its token, then its observers.</summary>
    internal void Register(Allocator allocator)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            var token = _owners.Add(allocator);
            if (token == 0)
            {
                throw new InvalidOperationException(
                    $"Arena '{Name}' has {Allocator.NoToken - 1} allocators, as many as it can tell apart: "
                    + "dispose some.");
            }
            allocator.OwnerToken = token;
            allocator.Observe(_observers);
        }
    }

    /// <summary>Frees the token of an allocator that holds no page any more.</summary>
    internal void Unregister(Allocator allocator)
    {
        lock (_lock)
        {
            AssertHoldsNothing(allocator);
            _owners.Remove(allocator);
        }
    }

    internal void Tell(LeakNotice leak) => LeaksFound?.Invoke(leak);

    /// <summary>Gives all addresses back, once every allocator has ended.</summary>
    internal void Release()
    {
        lock (_lock)
        {
            _disposed = true;
            _lentBytes = 0;
            // Nothing is left that could try again, and the OS refuses only what is no reservation.
            _ = _memory.Release(_reservation, _reservationBytes);
        }
    }

    /// <summary>For messages: what an address is to this arena.</summary>
    internal string Describe(void* address)
    {
        var offset = OffsetOf(address);
        if (offset >= ReservedBytes)
            return $"the address is not in arena '{Name}'";
        lock (_lock)
        {
            var token = !_disposed && offset < KnownBytes ? Owners[offset >> PageMap.OwnerGranuleShift] : (ushort)0;
            return $"the address lies in {_owners.Describe(token)}";
        }
    }

    private static void Attempt(Action act, List<Exception> failures)
    {
        try
        {
            act();
        }
        catch (Exception failure)
        {
            failures.Add(failure);
        }
    }


    // A page left behind would belong to the next allocator with this token.
    [Conditional("DEBUG")]
    private void AssertHoldsNothing(Allocator allocator)
    {
        var end = _map.KnownPages;
        for (var page = _map.Starts.FirstSet(0, end); page < end; page = _map.Starts.FirstSet(page + 1, end))
        {
            var owner = Owners[((nuint)page << _pageShift) >> PageMap.OwnerGranuleShift];
            Debug.Assert(owner != allocator.OwnerToken, $"{allocator.Label} went and left a block behind");
        }
    }

    // Under _observing, and not under _lock: an allocator may take a lock of its own to change its path, one that it
    // holds when it asks the arena for pages.
    private void SetObservers(IAllocationObserver[] observers)
    {
        Allocator[] allocators;
        lock (_lock)
        {
            _observers = observers;
            allocators = _owners.YoungestFirst();
        }
        foreach (var allocator in allocators)
            allocator.Observe(observers);
        _lentBlocks.Observe(observers);
    }
}
