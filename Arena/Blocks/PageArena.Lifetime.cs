using System.Diagnostics;

namespace Arena;

// Who stands on the arena: the allocators that hold its pages, those that watch them, and how all of it ends.
public sealed unsafe partial class PageArena
{
    private readonly Lock _observing = new();
    private readonly OwnerRegistry _owners = new();
    private IAllocationObserver[] _observers = [];

    // Dispose has gone through all allocators: the last of them to go takes the addresses along.
    private bool _swept;

    /// <summary>
    /// Told when an allocator, or the arena itself, is disposed with something alive in it. Raised on the disposing
    /// thread, outside the arena's lock.
    /// </summary>
    public event Action<LeakNotice>? LeaksFound;

    /// <summary>
    /// Whether the arena and all that is on it may be disposed with live allocations without raising
    /// <see cref="LeaksFound"/>: for a game that closes, or a level that ends with everything in it. False unless set.
    /// </summary>
    public bool IgnoreLeaks { get; set; }

    /// <summary>Watches every allocator of this arena, those that exist and those still to come.</summary>
    /// <remarks>
    /// To be called where no other thread is inside one of the arena's single-threaded allocators: on their thread,
    /// or between frames. Also from within a notification.
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

    /// <summary>
    /// Stops watching; an observer that is not attached is ignored, and so is every one once the arena is disposed. The
    /// remark of <see cref="Attach"/> holds.
    /// </summary>
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
    /// <remarks>
    /// <para>
    /// An exception of a handler or an observer leaves only after everything is given back. Other threads may be inside
    /// the arena itself: their calls end before, or throw an <see cref="ObjectDisposedException"/>; the numbers of
    /// bytes read 0 then, but the peak. None may be inside one of its allocators, see <see cref="Allocator"/>.
    /// </para>
    /// <para>
    /// Where another thread is just disposing one of the allocators, that thread gives the addresses back when it has
    /// finished: neither waits for the other, so that a handler that locks cannot make them wait for ever.
    /// </para>
    /// </remarks>
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
        var failures = new Failures();
        foreach (var allocator in allocators)
            failures.Catch(allocator.Dispose);
        failures.Catch(_lentBlocks.Dispose);
        failures.Throw();
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
            ReleaseIfLast();
        }
    }

    /// <summary>
    /// Gives all addresses back, once the last allocator has ended: those that another thread is just disposing may
    /// come later.
    /// </summary>
    internal void Release()
    {
        lock (_lock)
        {
            _swept = true;
            ReleaseIfLast();
        }
    }

    /// <summary>Takes back whatever an owner holds, which does not know it.</summary>
    internal void TakeBackAll(ushort owner)
    {
        for (nuint from = 0; NextBlock(owner, from, out var block);)
        {
            from = OffsetOf(block.Address) + block.ByteCount;
            TakeBack(block, owner);
        }
    }

    internal void Notify(LeakNotice leak) => LeaksFound?.Invoke(leak);

    /// <summary>For messages: what an address is to this arena.</summary>
    internal string Describe(void* address)
    {
        var offset = OffsetOf(address);
        if (offset >= ReservedBytes)
            return $"the address is not in arena '{Name}'";
        lock (_lock)
        {
            var token = !_disposed && offset < KnownBytes ? Owners[offset >> PageMap.OwnerPageShift] : (ushort)0;
            return $"the address lies in {_owners.Describe(token)}";
        }
    }

    /// <summary>Whether an address lies in the arena, and in no block.</summary>
    internal bool IsFree(void* address)
    {
        var offset = OffsetOf(address);
        lock (_lock)
            return !_disposed && offset < ReservedBytes && (offset >= KnownBytes || !_map.Lent[PageOf(offset)]);
    }

    /// <summary>The live block of an owner in which an address lies.</summary>
    internal bool IsInBlock(void* address, ushort owner, out Block block)
    {
        block = default;
        var offset = OffsetOf(address);
        lock (_lock)
        {
            if (_disposed || offset >= KnownBytes || !_map.Lent[PageOf(offset)])
                return false;
            var first = _map.Starts.LastSet(0, PageOf(offset) + 1);
            if (first < 0 || Owners[((nuint)first << _pageShift) >> PageMap.OwnerPageShift] != owner)
                return false;
            block = new Block(PageAddress(first), (nuint)(_map.BlockPages(first) - GuardPageCount) << _pageShift);
            return (nuint)address - (nuint)block.Address < block.ByteCount;
        }
    }

    private int PageOf(nuint offset) => (int)(offset >> _pageShift);

    private void ReleaseIfLast()
    {
        if (!_swept || !_owners.IsEmpty)
            return;
        _disposed = true;
        _lentBytes = 0;
        ForgottenArenas.Remove(_number);
        // Nothing is left that could try again, and the OS refuses only what is no reservation.
        if (!_memory.Release(_reservation, _reservationBytes).Failed)
            _mappings.Release();
    }

    // A page left behind would belong to the next allocator with this token.
    [Conditional("DEBUG")]
    private void AssertHoldsNothing(Allocator allocator)
    {
        var end = _map.KnownPages;
        for (var page = _map.Starts.FirstSet(0, end); page < end; page = _map.Starts.FirstSet(page + 1, end))
        {
            var owner = Owners[((nuint)page << _pageShift) >> PageMap.OwnerPageShift];
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
