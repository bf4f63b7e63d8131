using System.Numerics;
using Arena.Os;

namespace Arena;

/// <summary>
/// One reservation of addresses that lends blocks of whole pages: what pools, heaps, buddies and frames stand on.
/// </summary>
/// <remarks>
/// The lowest addresses that fit are lent first. Pages are committed when they are lent, stay committed when they
/// come back (lending them again costs no call to the OS) and are decommitted by <see cref="Trim"/> or when a budget
/// would be exceeded. Thread-safe; every call is a cold call under one lock, a few hundred nanoseconds to
/// microseconds. New blocks hold whatever was there before.
/// </remarks>
public sealed unsafe class PageArena : IDisposable
{
    private const ulong MaximumReserveBytes = 4UL << 40;
    private const nuint MaximumBaseAlignment = 1u << 30;

    private readonly Lock _lock = new();
    private readonly PageArenaOptions _options;
    private readonly VirtualMemory _memory;
    private readonly OwnerRegistry _owners = new();
    private readonly PageMap _map;
    private readonly nuint _pageBytes;
    private readonly int _pageShift;
    private readonly int _pageCount;
    private readonly byte* _reservation;
    private readonly nuint _reservationBytes;
    private readonly byte* _base;
    private IAllocationObserver[] _observers = [];
    private nuint _committedPageBytes;
    private int _lowestFreePage;
    private bool _disposed;

    /// <summary>An arena with default options under a name.</summary>
    /// <param name="name">Named in every error and report.</param>
    /// <exception cref="ArenaOutOfMemoryException">The OS refused the reservation.</exception>
    public PageArena(string name)
        : this(new PageArenaOptions { Name = name })
    {
    }

    /// <summary>An arena.</summary>
    /// <param name="options">What to make.</param>
    /// <exception cref="ArgumentException">An option cannot be; the message says which.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The OS refused the reservation.</exception>
    public PageArena(PageArenaOptions options)
        : this(options, VirtualMemory.Native)
    {
    }

    internal PageArena(PageArenaOptions options, VirtualMemory memory)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Name, nameof(PageArenaOptions.Name));
        if (options.ReserveBytes == 0 || options.ReserveBytes > MaximumReserveBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                $"Arena '{options.Name}': ReserveBytes is {options.ReserveBytes}; give 1 to {MaximumReserveBytes}.");
        }
        _options = options;
        _memory = memory;
        _pageBytes = memory.PageBytes;
        _pageShift = BitOperations.TrailingZeroCount(_pageBytes);
        ReservedBytes = PageMap.RoundUp(options.ReserveBytes, _pageBytes);
        _pageCount = (int)(ReservedBytes >> _pageShift);

        // Addresses are free, so the base is aligned generously: a large aligned block then wastes none.
        var tableBytes = PageMap.TableBytes(memory, _pageCount);
        var alignment = BaseAlignment(ReservedBytes);
        _reservationBytes = alignment + tableBytes + _pageBytes + ReservedBytes;
        var error = memory.Reserve(_reservationBytes, out var reservation);
        if (error.Failed)
            ThrowOutOfMemory(ReservedBytes, $"{error}; a smaller ReserveBytes may fit");
        _reservation = (byte*)reservation;
        _base = (byte*)PageMap.RoundUp((nuint)_reservation + tableBytes + _pageBytes, alignment);
        _map = new PageMap(memory, _base - _pageBytes - tableBytes, _pageCount);
    }

    /// <summary>
    /// Told when an allocator, or the arena itself, is disposed with something alive in it. Raised on the disposing
    /// thread, outside the arena's lock.
    /// </summary>
    public event Action<LeakNotice>? LeaksFound;

    /// <summary>Bytes of one page of the operating system.</summary>
    public static nuint PageBytes => VirtualMemory.Native.PageBytes;

    /// <summary>Named in every error and report.</summary>
    public string Name => _options.Name;

    /// <summary>Bytes of addresses that can be lent.</summary>
    public nuint ReservedBytes { get; }

    /// <summary>Bytes committed now: lent pages, pages kept for lending again, and the arena's own tables.</summary>
    public nuint CommittedBytes => _committedPageBytes + _map.CommittedBytes;

    /// <summary>Bytes of the blocks that are lent now.</summary>
    public nuint LentBytes { get; private set; }

    /// <summary>The most that <see cref="CommittedBytes"/> ever was.</summary>
    public nuint PeakCommittedBytes { get; private set; }

    /// <summary>The ceiling on <see cref="CommittedBytes"/>; <see cref="nuint.MaxValue"/> where none was set.</summary>
    public nuint BudgetBytes => _options.BudgetBytes == 0 ? nuint.MaxValue : _options.BudgetBytes;

    /// <summary>The first lendable address; owners are counted from here.</summary>
    internal byte* Base => _base;

    /// <summary>A token per 4 KiB granule from <see cref="Base"/> on; valid below <see cref="KnownBytes"/>.</summary>
    internal ushort* Owners => _map.Owners;

    /// <summary>Bytes from <see cref="Base"/> whose owners may be read; it only grows.</summary>
    internal nuint KnownBytes => (nuint)_map.KnownPages << _pageShift;

    /// <summary>Lends a block of whole pages.</summary>
    /// <param name="byteCount">Bytes, rounded up to pages (0 gives one page).</param>
    /// <param name="alignment">A power of two; 0 or less than a page means a page.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ArenaOutOfMemoryException">Reservation, budget or OS cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public Block Allocate(nuint byteCount, nuint alignment = 0)
    {
        var why = Lend(byteCount, alignment, OwnerRegistry.UserBlock, out var block);
        if (why is not null)
            ThrowOutOfMemory(byteCount, why);
        return block;
    }

    /// <summary>Lends a block of whole pages, or returns false where none can be had.</summary>
    /// <param name="byteCount">Bytes, rounded up to pages (0 gives one page).</param>
    /// <param name="alignment">A power of two; 0 or less than a page means a page.</param>
    /// <param name="block">The block.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public bool TryAllocate(nuint byteCount, nuint alignment, out Block block) =>
        Lend(byteCount, alignment, OwnerRegistry.UserBlock, out block) is null;

    /// <summary>Takes a block back. Its pages stay committed until <see cref="Trim"/>; <c>default</c> is ignored.</summary>
    /// <param name="block">A block of this arena, as it was lent.</param>
    /// <exception cref="InvalidFreeException">It is not one, or not any more; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public void Free(Block block) => TakeBack(block, OwnerRegistry.UserBlock);

    /// <summary>Whether the address lies in the addresses that this arena lends from, lent or not.</summary>
    public bool Contains(void* address) => (nuint)address - (nuint)_base < ReservedBytes;

    /// <summary>Gives the storage of all pages that are not lent back to the OS.</summary>
    /// <returns>Bytes really given back; a range that the OS refuses stays committed and is not counted.</returns>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public nuint Trim()
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            return DecommitFree(0, _map.KnownPages);
        }
    }

    /// <summary>Watches every allocator of this arena, those that exist and those still to come.</summary>
    /// <remarks>
    /// To be called where no other thread is inside one of the arena's single-threaded allocators: on their thread,
    /// or between frames.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public void Attach(IAllocationObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        SetObservers([.. _observers, observer]);
    }

    /// <summary>Stops watching; an observer that is not attached is ignored. The same remark holds.</summary>
    public void Detach(IAllocationObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        if (!_disposed)
            SetObservers([.. _observers.Where(o => o != observer)]);
    }

    /// <summary>
    /// Disposes every allocator that stands on the arena, then gives all addresses back. What was alive is told by
    /// <see cref="LeaksFound"/>. Disposing twice does nothing.
    /// </summary>
    public void Dispose()
    {
        Allocator[] allocators;
        lock (_lock)
            allocators = _disposed ? [] : _owners.YoungestFirst();
        foreach (var allocator in allocators)
            allocator.Dispose();
        LeakNotice? leak;
        lock (_lock)
        {
            if (_disposed)
                return;
            leak = FindLentBlocks();
            _disposed = true;
            _ = _memory.Release(_reservation, _reservationBytes);
        }
        if (leak is not null)
            Tell(leak);
    }

    /// <summary>Name and sizes.</summary>
    public override string ToString() =>
        $"PageArena '{Name}': {LentBytes} bytes lent, {CommittedBytes} committed, {ReservedBytes} reserved";

    /// <summary>Lends to an allocator; null, or why it cannot be served.</summary>
    internal string? Lend(nuint byteCount, nuint alignment, ushort owner, out Block block)
    {
        if ((alignment & (alignment - 1)) != 0)
            Throw.NotPowerOfTwo(alignment);
        lock (_lock)
        {
            ThrowIfDisposed();
            block = default;
            if (byteCount > ReservedBytes)
                return "the reservation is smaller";
            var pages = Math.Max(1, (int)(PageMap.RoundUp(byteCount, _pageBytes) >> _pageShift));
            var guardPages = _options.GuardPages ? 1 : 0;
            var first = _map.FindFree(
                pages + guardPages, _lowestFreePage, (long)((nuint)_base >> _pageShift),
                Math.Max(1, (long)(alignment >> _pageShift)));
            if (first < 0)
                return "the reservation has no free run of that many pages; a larger ReserveBytes helps";
            if (Commit(first, pages, pages + guardPages) is { } why)
                return why;
            _map.Lend(first, pages + guardPages, pages, owner);
            if (first == _lowestFreePage)
                _lowestFreePage = first + pages + guardPages;
            block = new Block(PageAddress(first), (nuint)pages << _pageShift);
            LentBytes += block.ByteCount;
            return null;
        }
    }

    /// <summary>Takes a block back from its owner, and with <paramref name="decommit"/> returns its storage too.</summary>
    /// <returns>Bytes decommitted.</returns>
    internal nuint TakeBack(Block block, ushort owner, bool decommit = false)
    {
        if (block.Address == null)
            return 0;
        lock (_lock)
        {
            ThrowIfDisposed();
            var page = CheckLent(block, owner);
            var pages = _map.BlockPages(page);
            _map.TakeBack(page, pages);
            LentBytes -= block.ByteCount;
            _lowestFreePage = Math.Min(_lowestFreePage, page);
            return decommit ? DecommitFree(page, page + pages) : 0;
        }
    }

    internal ushort Register(Allocator allocator)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            var token = _owners.Add(allocator);
            if (token == 0)
            {
                throw new InvalidOperationException(
                    $"Arena '{Name}' has {Allocator.NoToken - 1} allocators, as many as it can tell apart: dispose some.");
            }
            allocator.Observe(_observers);
            return token;
        }
    }

    internal void Unregister(Allocator allocator)
    {
        lock (_lock)
            _owners.Remove(allocator);
    }

    internal void Tell(LeakNotice leak) => LeaksFound?.Invoke(leak);

    /// <summary>For messages: what an address is to this arena.</summary>
    internal string Describe(void* address)
    {
        var offset = (nuint)address - (nuint)_base;
        if (offset >= ReservedBytes)
            return $"the address is not in arena '{Name}'";
        lock (_lock)
        {
            var token = !_disposed && offset < KnownBytes ? Owners[offset >> PageMap.OwnerGranuleShift] : (ushort)0;
            return $"the address lies in {_owners.Describe(token)}";
        }
    }

    private static nuint BaseAlignment(nuint reservedBytes)
    {
        var natural = (nuint)1 << BitOperations.Log2(reservedBytes);
        return Math.Clamp(natural, 1u << 16, MaximumBaseAlignment);
    }

    private byte* PageAddress(int page) => _base + ((nuint)page << _pageShift);

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    private void ThrowOutOfMemory(nuint byteCount, string why) =>
        throw new ArenaOutOfMemoryException(
            $"Arena '{Name}' cannot serve {byteCount} bytes: {why} "
            + $"(committed {(_map is null ? 0 : CommittedBytes)}, budget {BudgetBytes}, reserved {ReservedBytes} bytes)",
            byteCount);

    // Commits [first, first + pages) and the tables for it; null, or why not. What was committed before a failure
    // stays and is counted: those pages are merely ready to be lent.
    private string? Commit(int first, int pages, int pagesWithGuard)
    {
        var missing = MissingBytes(first, first + pages) + _map.GrowthBytes(first + pagesWithGuard);
        if (CommittedBytes + missing > BudgetBytes)
        {
            DecommitFree(0, first);
            DecommitFree(first + pages, _map.KnownPages);
        }
        if (CommittedBytes + missing > BudgetBytes)
            return "the budget is spent; free something, or raise BudgetBytes";
        var error = _map.Grow(first + pagesWithGuard);
        if (!error.Failed && pagesWithGuard > pages)
            error = DecommitGuard(first + pages);
        if (!error.Failed && missing > 0)
            error = CommitMissing(first, first + pages);
        PeakCommittedBytes = Math.Max(PeakCommittedBytes, CommittedBytes);
        return error.Failed ? error.ToString() : null;
    }

    private nuint MissingBytes(int first, int end)
    {
        var known = Math.Max(first, Math.Min(end, _map.KnownPages));
        var missing = end - known;
        for (var page = _map.Committed.FirstClear(first, known); page < known;)
        {
            var runEnd = _map.Committed.FirstSet(page, known);
            missing += runEnd - page;
            page = _map.Committed.FirstClear(runEnd, known);
        }
        return (nuint)missing << _pageShift;
    }

    private OsError CommitMissing(int first, int last)
    {
        var (from, end) = CommitRange(first, last);
        for (var page = _map.Committed.FirstClear(from, end); page < end;)
        {
            var runEnd = _map.Committed.FirstSet(page, end);
            var error = CommitRun(page, runEnd);
            if (error.Failed)
                return error;
            page = _map.Committed.FirstClear(runEnd, end);
        }
        AdviseHuge(from, end);
        return OsError.None;
    }

    private OsError CommitRun(int page, int end)
    {
        var byteCount = (nuint)(end - page) << _pageShift;
        var error = _memory.Commit(PageAddress(page), byteCount);
        if (error.Failed)
            return error;
        _map.Committed.Set(page, end - page);
        _committedPageBytes += byteCount;
        return error;
    }

    private nuint DecommitFree(int from, int end)
    {
        nuint givenBack = 0;
        end = Math.Min(end, _map.KnownPages);
        for (var page = _map.Committed.FirstSet(from, end); page < end;)
        {
            var free = _map.Lent.FirstClear(page, end);
            page = _map.Committed.FirstSet(free, end);
            if (page != free)
                continue;
            var runEnd = Math.Min(_map.Committed.FirstClear(page, end), _map.Lent.FirstSet(page, end));
            var byteCount = (nuint)(runEnd - page) << _pageShift;
            if (page < runEnd && !_memory.Decommit(PageAddress(page), byteCount).Failed)
            {
                _map.Committed.Clear(page, runEnd - page);
                _committedPageBytes -= byteCount;
                givenBack += byteCount;
            }
            page = _map.Committed.FirstSet(runEnd, end);
        }
        return givenBack;
    }

    // A guard page may lie on a page that an older block had committed.
    private OsError DecommitGuard(int page)
    {
        if (!_map.Committed[page])
            return OsError.None;
        var error = _memory.Decommit(PageAddress(page), _pageBytes);
        if (!error.Failed)
        {
            _map.Committed.Clear(page, 1);
            _committedPageBytes -= _pageBytes;
        }
        return error;
    }

    // With HugePages the range grows to whole huge pages, as far as budget, tables and guards allow.
    private (int From, int End) CommitRange(int first, int end)
    {
        var hugePages = (int)(_memory.HugePageBytes >> _pageShift);
        if (!_options.HugePages || hugePages == 0 || _options.GuardPages)
            return (first, end);
        var from = first & -hugePages;
        var to = (int)Math.Min((end + (long)hugePages - 1) & -hugePages, _pageCount);
        var missing = MissingBytes(from, to) + _map.GrowthBytes(to);
        return CommittedBytes + missing <= BudgetBytes && !_map.Grow(to).Failed
            ? (from, to)
            : (first, end);
    }

    private void AdviseHuge(int from, int end)
    {
        var hugePages = (int)(_memory.HugePageBytes >> _pageShift);
        if (hugePages == 0)
            return;
        from = (from + hugePages - 1) & -hugePages;
        end &= -hugePages;
        // Only advice: where the OS refuses it, the pages are small and everything works.
        if (from < end)
            _ = _memory.AdviseHugePages(PageAddress(from), (nuint)(end - from) << _pageShift);
    }

    private int CheckLent(Block block, ushort owner)
    {
        var offset = (nuint)block.Address - (nuint)_base;
        var page = (int)(offset >> _pageShift);
        var guardPages = _options.GuardPages ? 1 : 0;
        if (offset >= ReservedBytes || (offset & (_pageBytes - 1)) != 0)
            ThrowInvalidFree(block, "the address is no page of this arena");
        if (page >= _map.KnownPages || !_map.Lent[page] || !_map.Starts[page])
            ThrowInvalidFree(block, "no live block starts there; it was freed before, or lies inside another");
        if (Owners[offset >> PageMap.OwnerGranuleShift] != owner)
            ThrowInvalidFree(block, $"it belongs to {_owners.Describe(Owners[offset >> PageMap.OwnerGranuleShift])}");
        if ((nuint)(_map.BlockPages(page) - guardPages) << _pageShift != block.ByteCount)
            ThrowInvalidFree(block, "the live block there has another size; give it back as it was lent");
        return page;
    }

    private void ThrowInvalidFree(Block block, string why) =>
        throw new InvalidFreeException($"Arena '{Name}' cannot free {block}: {why}.", (nuint)block.Address);

    private LeakNotice? FindLentBlocks()
    {
        var count = 0;
        List<nuint> addresses = [];
        var end = _map.KnownPages;
        for (var page = _map.Starts.FirstSet(0, end); page < end; page = _map.Starts.FirstSet(page + 1, end))
        {
            count++;
            if (addresses.Count < LeakNotice.MaximumAddresses)
                addresses.Add((nuint)PageAddress(page));
        }
        return count == 0 ? null : new LeakNotice
        {
            ArenaName = Name,
            Kind = "arena",
            AllocatorName = Name,
            LiveCount = count,
            LiveBytes = LentBytes,
            FirstAddresses = addresses,
        };
    }

    private void SetObservers(IAllocationObserver[] observers)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            _observers = observers;
            foreach (var allocator in _owners.YoungestFirst())
                allocator.Observe(observers);
        }
    }
}
