using System.Diagnostics;

namespace Arena;

// The allocators on this arena, its observers, and disposal.
public sealed unsafe partial class PageArena
{
    private readonly Lock _observing = new();
    private readonly OwnerRegistry _owners = new();
    private IAllocationObserver[] _observers = [];

    // True once Dispose has gone through all allocators: the last of them to end releases the addresses.
    private bool _swept;

    /// <summary>
    /// Raised when an allocator, or the arena itself, is disposed with live allocations. It is raised on the disposing
    /// thread, outside the arena's lock.
    /// </summary>
    public event Action<LeakNotice>? LeaksFound;

    /// <summary>
    /// True if the arena and its allocators may be disposed with live allocations without raising
    /// <see cref="LeaksFound"/>: for a game that closes, or a level that ends with everything in it. The default is
    /// false.
    /// </summary>
    public bool IgnoreLeaks { get; set; }

    /// <summary>Attaches an observer to every allocator of this arena, existing or later.</summary>
    /// <remarks>
    /// Call it when no other thread is inside one of the arena's single-threaded allocators: on their thread, or
    /// between frames. It may be called within a notification.
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
    /// Detaches an observer. One that is not attached is ignored, and so is every one once the arena is disposed. The
    /// remark on <see cref="Attach"/> applies.
    /// </summary>
    public void Detach(IAllocationObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (_observing)
            SetObservers([.. _observers.Where(o => o != observer)]);
    }

    /// <summary>
    /// Disposes every allocator of the arena, youngest first, then gives all addresses back. Live allocations are
    /// reported by <see cref="LeaksFound"/>. Disposing twice does nothing.
    /// </summary>
    /// <remarks>
    /// <para>
    /// An exception of a handler or an observer passes only after everything is given back. Other threads may be inside
    /// the arena itself: their calls either complete first or throw an <see cref="ObjectDisposedException"/>; then all
    /// counts of bytes except the peak read 0. No thread may be inside one of its allocators, see
    /// <see cref="Allocator"/>.
    /// </para>
    /// <para>
    /// If another thread is disposing one of the allocators, that thread gives the addresses back when it has finished.
    /// Neither waits for the other, so that a handler that takes a lock cannot deadlock them.
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

    /// <summary>Gives an allocator a token, then its observers.</summary>
    internal void Register(Allocator allocator)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            var token = _owners.Add(allocator);
            if (token == 0)
            {
                throw new InvalidOperationException(
                    $"Arena '{Name}' has {Allocator.NoToken - 1} allocators, the most that it can have: "
                    + "dispose some.");
            }
            allocator.OwnerToken = token;
            allocator.FollowGuard();
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
    /// Gives all addresses back once the last allocator has ended; those that another thread is disposing may end
    /// later.
    /// </summary>
    internal void Release()
    {
        lock (_lock)
        {
            _swept = true;
            ReleaseIfLast();
        }
    }

    /// <summary>Takes back all blocks of an owner that keeps no list of them.</summary>
    internal void TakeBackAll(ushort owner)
    {
        for (nuint from = 0; NextBlock(owner, from, out var block);)
        {
            from = OffsetOf(block.Address) + block.ByteCount;
            TakeBack(block, owner);
        }
    }

    internal void Notify(LeakNotice leak) => LeaksFound?.Invoke(leak);

    /// <summary>Describes, for messages, an address in terms of this arena.</summary>
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

    /// <summary>Returns whether an address is in the arena and in no block.</summary>
    internal bool IsFree(void* address)
    {
        var offset = OffsetOf(address);
        lock (_lock)
            return !_disposed && offset < ReservedBytes && (offset >= KnownBytes || !_map.Lent[PageOf(offset)]);
    }

    /// <summary>Finds the live block of an owner in which an address lies.</summary>
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
            return block.Covers((nuint)address);
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
        HeapNumbers.Release();
        _guard?.EndWindows();
        // There is no way to try again, and the OS refuses only ranges that are no reservation.
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
            Debug.Assert(owner != allocator.OwnerToken, $"{allocator.Label} ended and left a block behind");
        }
    }

    // This runs under _observing, and not under _lock: an allocator may change its path under a lock of its own, which
    // it also holds when it asks the arena for pages.
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
