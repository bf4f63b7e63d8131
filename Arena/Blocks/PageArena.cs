using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using Arena.Os;

namespace Arena;

/// <summary>
/// Reserves a range of addresses and lends blocks of whole pages from it to pools, heaps and other allocators.
/// </summary>
/// <remarks>
/// The lowest addresses that fit are lent first. Pages are committed when they are lent, stay committed when they
/// come back (lending them again costs no call to the OS) and are decommitted by <see cref="Trim"/> or when a budget
/// would be exceeded. Thread-safe; every call is a cold call under one lock, a few hundred nanoseconds to
/// microseconds. New blocks hold whatever was there before. An arena that is not disposed keeps its addresses, even if
/// nothing refers to it any more, because pointers into it may be in use. If addresses run out, the error names such
/// arenas.
/// </remarks>
[DebuggerTypeProxy(typeof(PageArenaDebugView))]
public sealed unsafe partial class PageArena : IDisposable
{
    private const nuint MaximumBaseAlignment = 1u << 30;

    private readonly Lock _lock = new();
    private readonly PageArenaOptions _options;
    private readonly VirtualMemory _memory;
    private readonly PageMap _map;
    private readonly PageAccess _access;
    private readonly PageStorage _storage;
    private readonly ArenaMappings _mappings;
    private readonly nuint _pageBytes;
    private readonly int _pageShift;
    private readonly int _pageCount;
    private readonly byte* _reservation;
    private readonly nuint _reservationBytes;
    private readonly byte* _base;
    private readonly long _number;
    private nuint _lentBytes;

    // Closing: the arena lends nothing more, but takes back. Disposed: the addresses are gone.
    private volatile bool _closing;
    private volatile bool _disposed;

    /// <summary>Makes an arena with default options.</summary>
    /// <param name="name">The name shown in errors and reports.</param>
    /// <exception cref="ArenaOutOfMemoryException">The OS refused the reservation.</exception>
    public PageArena(string name)
        : this(new PageArenaOptions { Name = name })
    {
    }

    /// <summary>Makes an arena.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">An option is invalid; the message names it and the valid range.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The OS refused the reservation.</exception>
    public PageArena(PageArenaOptions options)
        : this(options, VirtualMemory.Native)
    {
    }

    internal PageArena(PageArenaOptions options, VirtualMemory memory)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        CheckSharing(options, memory);
        if (options.TracksWrites)
            memory = memory.ForTracking;
        _options = options;
        _memory = memory;
        _pageBytes = memory.PageBytes;
        _pageShift = BitOperations.TrailingZeroCount(_pageBytes);
        ReservedBytes = Align.Up(options.ReserveBytes, _pageBytes);
        _pageCount = (int)(ReservedBytes >> _pageShift);

        // Addresses cost nothing, so the base is aligned generously: a large aligned block then wastes none.
        var tableBytes = PageMap.TableBytes(memory, _pageCount);
        _base = Reserve(tableBytes + _pageBytes, out _reservation, out _reservationBytes);
        _mappings = new ArenaMappings(memory.Mappings);
        if (options.SharePages && ShowFile(_base, ref _memory) is { Failed: true } error)
            throw NotMade(error);
        memory = _memory;
        _map = new PageMap(memory, _mappings, _base - _pageBytes - tableBytes, _pageCount);
        _access = new PageAccess(memory, _mappings, _map, _base, _pageShift, options.GuardPages);
        _storage = new PageStorage(_map, _access, _pageShift, options);
        _sharing = MakeSharing();
        Handles = new HandleSpace(Name);
        HeapNumbers = new HeapNumbers(Handles.Origin, HeapNumbers.Shared.OfProcess);
        _lentBlocks = new UserBlocks(this);
        _number = ForgottenArenas.Add(this);
        _guard = MakeGuard(options);
        NameMaker();
    }

    /// <summary>The bytes of one page of the operating system.</summary>
    public static nuint PageBytes => VirtualMemory.Native.PageBytes;

    /// <summary>The name shown in errors and reports.</summary>
    public string Name => _options.Name;

    /// <summary>The bytes of addresses that can be lent.</summary>
    public nuint ReservedBytes { get; }

    /// <summary>
    /// The bytes committed now: lent pages, pages kept for lending again, and the arena's own tables.
    /// </summary>
    public nuint CommittedBytes => _disposed ? 0 : _storage.CommittedBytes;

    /// <summary>The bytes committed in the blocks that are lent now.</summary>
    public nuint LentBytes => Volatile.Read(ref _lentBytes);

    /// <summary>The peak of <see cref="CommittedBytes"/>.</summary>
    public nuint PeakCommittedBytes => _storage.PeakCommittedBytes;

    /// <summary>The ceiling on <see cref="CommittedBytes"/>; <see cref="nuint.MaxValue"/> if none was set.</summary>
    public nuint BudgetBytes => _options.BudgetBytes == 0 ? nuint.MaxValue : _options.BudgetBytes;

    /// <summary>The committed, allowed and reserved bytes, for out-of-memory messages.</summary>
    internal string Sizes =>
        $"committed {CommittedBytes} bytes, {(_options.BudgetBytes == 0 ? "no budget" : $"budget {BudgetBytes}")}, "
        + $"reserved {ReservedBytes}";

    /// <summary>
    /// Bytes of a page of the system below; <see cref="PageBytes"/> unless a test replaces the system.
    /// </summary>
    internal nuint OsPageBytes => _pageBytes;

    /// <summary>True if storage comes in steps of a huge page.</summary>
    internal bool PrefersHugePages => _storage.CommitsHugePages;

    /// <summary>The first address that it lends; see <see cref="PageArenaOptions.BaseAddress"/>.</summary>
    public nuint BaseAddress => (nuint)_base;

    /// <summary>The first lendable address, from which owners are counted.</summary>
    internal byte* Base => _base;

    /// <summary>A token per 4 KiB from <see cref="Base"/> on; valid below <see cref="KnownBytes"/>.</summary>
    internal ushort* Owners => _map.Owners;

    /// <summary>The bytes from <see cref="Base"/> whose owners may be read; the number only grows.</summary>
    internal nuint KnownBytes => (nuint)_map.KnownPages << _pageShift;

    /// <summary>The numbers of the handles of all maps on this arena.</summary>
    internal HandleSpace Handles { get; }

    /// <summary>The numbers of the relocatable heaps on this arena.</summary>
    internal HeapNumbers HeapNumbers { get; }

    /// <summary>Lends a block of whole pages.</summary>
    /// <param name="byteCount">Bytes, rounded up to pages (0 gives one page).</param>
    /// <param name="alignment">A power of two; 0 or less than a page means a page.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// The reservation, the budget or the OS has no memory for it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public Block Allocate(
        nuint byteCount, nuint alignment = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var why = LendToUser(byteCount, alignment, out var block, new SourceLine(file, line, member));
        if (why is not null)
            ThrowOutOfMemory(byteCount, why);
        return block;
    }

    /// <summary>Lends a block of whole pages, or returns false if there is none.</summary>
    /// <param name="byteCount">Bytes, rounded up to pages (0 gives one page).</param>
    /// <param name="alignment">A power of two; 0 or less than a page means a page.</param>
    /// <param name="block">The block.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public bool TryAllocate(
        nuint byteCount, nuint alignment, out Block block,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        LendToUser(byteCount, alignment, out block, new SourceLine(file, line, member)) is null;

    /// <summary>
    /// Takes a block back. Its pages stay committed until <see cref="Trim"/>; <c>default</c> is ignored.
    /// </summary>
    /// <param name="block">A block of this arena, as it was lent.</param>
    /// <exception cref="InvalidFreeException">The block is not live; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public void Free(Block block)
    {
        if (_lentBlocks.IsObserved)
            FreeObserved(block);
        else
            TakeBack(block, OwnerRegistry.UserBlock);
    }

    /// <summary>Returns whether an address lies in the range that this arena lends from, lent or not.</summary>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public bool Contains(void* address)
    {
        ThrowIfDisposed();
        return OffsetOf(address) < ReservedBytes;
    }

    /// <summary>Gives the storage of all pages that are not lent back to the OS.</summary>
    /// <returns>Bytes given back; a range that the OS refuses stays committed and is not counted.</returns>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public nuint Trim()
    {
        using var cold = Cold();
        lock (_lock)
        {
            ThrowIfDisposed();
            _sharing?.ShowOwnOfFree();
            return _storage.DecommitFree(0, _map.KnownPages);
        }
    }

    /// <summary>Trims a bounded number of pages in a bounded number of calls to the OS.</summary>
    internal nuint TrimStep(int mostPages, int mostRuns)
    {
        using var cold = Cold();
        lock (_lock)
        {
            ThrowIfDisposed();
            return _storage.DecommitStep(mostPages, mostRuns);
        }
    }

    /// <summary>Name and sizes.</summary>
    public override string ToString() =>
        $"PageArena '{Name}': {LentBytes} bytes lent, {CommittedBytes} committed, {ReservedBytes} reserved";

    /// <summary>
    /// Finds the first block of an owner at or after a distance from <see cref="Base"/>; none once disposed.
    /// </summary>
    internal bool NextBlock(ushort owner, nuint from, out Block block)
    {
        lock (_lock)
        {
            var known = _disposed ? 0 : _map.KnownPages;
            var page = (int)Math.Min(Align.Up(from, _pageBytes) >> _pageShift, (nuint)known);
            for (page = _map.Starts.FirstSet(page, known); page < known; page = _map.Starts.FirstSet(page + 1, known))
            {
                if (Owners[((nuint)page << _pageShift) >> PageMap.OwnerPageShift] != owner)
                    continue;
                var pages = _map.BlockPages(page) - GuardPageCount;
                block = new Block(PageAddress(page), (nuint)pages << _pageShift);
                return true;
            }
            block = default;
            return false;
        }
    }

    /// <summary>Returns whether a live block of an owner starts at an address, and its length.</summary>
    internal bool IsBlock(void* address, ushort owner, out Block block)
    {
        block = default;
        lock (_lock)
        {
            var offset = OffsetOf(address);
            var page = (int)Math.Min(offset >> _pageShift, (nuint)_pageCount);
            if (_disposed || page >= _map.KnownPages || (offset & (_pageBytes - 1)) != 0 || !_map.Starts[page]
                || Owners[offset >> PageMap.OwnerPageShift] != owner)
                return false;
            block = new Block(address, (nuint)(_map.BlockPages(page) - GuardPageCount) << _pageShift);
            return true;
        }
    }

    /// <summary>Lends a block to an allocator. Returns null, or why it cannot.</summary>
    internal string? Lend(nuint byteCount, nuint alignment, ushort owner, out Block block) =>
        Lend(byteCount, alignment, owner, out block, out _);

    /// <summary>Lends a block to an allocator; <paramref name="isZero"/> is true if every page is fresh from the OS.
    /// Returns null, or why it cannot.</summary>
    internal string? Lend(nuint byteCount, nuint alignment, ushort owner, out Block block, out bool isZero)
    {
        using var cold = Cold();
        lock (_lock)
        {
            block = default;
            isZero = false;
            if (FindRoom(byteCount, alignment, out var first, out var end) is { } noRoom)
                return noRoom;
            isZero = _storage.IsFresh(first, end);
            if (_storage.Commit(first, end, GuardPageCount, _lentBytes) is { } why)
                return why;
            block = SetLent(first, end, owner, end - first);
            return null;
        }
    }

    /// <summary>
    /// Takes a block back from its owner; with <paramref name="decommit"/> its storage goes back to the OS.
    /// </summary>
    /// <returns>Bytes decommitted.</returns>
    internal nuint TakeBack(Block block, ushort owner, bool decommit = false)
    {
        using var cold = Cold();
        string? why;
        lock (_lock)
        {
            if (_disposed)
                Throw.Disposed("arena", Name);
            if (block.Address == null)
                return 0;
            why = WhyNotLent(block, owner, out var page);
            if (why is null)
                return TakeBack(page, decommit);
        }
        throw InvalidFree(block, why);
    }

    /// <summary>Returns the bytes of the block that a request gets; a hopeless request is not rounded.</summary>
    internal nuint GrantedBytes(nuint byteCount) =>
        byteCount > ReservedBytes ? byteCount : Align.Up(Math.Max(byteCount, 1), _pageBytes);

    private int GuardPageCount => _options.GuardPages ? 1 : 0;

    // The lowest free pages [first, end) for a block; null, or why there are none.
    private string? FindRoom(nuint byteCount, nuint alignment, out int first, out int end)
    {
        first = end = -1;
        ThrowIfDisposed();
        if (alignment != 0 && !BitOperations.IsPow2(alignment))
            Align.ThrowInvalid(alignment);
        if (byteCount > ReservedBytes)
            return "the reservation is smaller; a larger ReserveBytes helps";
        var pages = Math.Max(1, (int)(Align.Up(byteCount, _pageBytes) >> _pageShift));
        first = _map.FindFree(
            pages + GuardPageCount, (long)((nuint)_base >> _pageShift), Math.Max(1, (long)(alignment >> _pageShift)));
        if (first < 0)
            return "the reservation has no free run of that length and alignment; a larger ReserveBytes helps";
        end = first + pages;
        return null;
    }

    private Block SetLent(int first, int end, ushort owner, int ownedPages)
    {
        _map.Lend(first, end - first + GuardPageCount, ownedPages, owner);
        _lentBytes += _storage.CommittedIn(first, end);
        return new Block(PageAddress(first), (nuint)(end - first) << _pageShift);
    }

    // Returns an offset, which wraps for an address below the arena and is then beyond every offset in it.
    private nuint OffsetOf(void* address) => unchecked((nuint)address - (nuint)_base);

    private byte* PageAddress(int page) => _base + ((nuint)page << _pageShift);

    private void ThrowIfDisposed()
    {
        if (_closing)
            Throw.Disposed("arena", Name);
    }

    private void ThrowOutOfMemory(nuint byteCount, string why) =>
        throw NotifyFailed(new ArenaOutOfMemoryException(
            $"Arena '{Name}' cannot serve {byteCount} bytes: {why} ({Sizes})", byteCount)
            { IsOfBudget = ReferenceEquals(why, PageStorage.BudgetIsSpent) });

    // Returns null and the block's first page, or why it is no live block. The caller throws that outside the lock.
    private string? WhyNotLent(Block block, ushort owner, out int page)
    {
        var offset = OffsetOf(block.Address);
        page = -1;
        if (offset >= ReservedBytes || (offset & (_pageBytes - 1)) != 0)
            return "the address is no page of this arena";
        page = (int)(offset >> _pageShift);
        if (page >= _map.KnownPages || !_map.Lent[page] || !_map.Starts[page])
            return "no live block starts there; it was freed before, or lies inside another";
        var its = Owners[offset >> PageMap.OwnerPageShift];
        if (its == OwnerRegistry.None && its != owner)
            return "it is being freed already";
        if (its != owner)
            return $"it belongs to {_owners.Describe(its)}";
        return (nuint)(_map.BlockPages(page) - GuardPageCount) << _pageShift != block.ByteCount
            ? "the live block there has another size; give it back as it was lent"
            : null;
    }

    private InvalidFreeException InvalidFree(Block block, string why) => NotifyFailed(
        new InvalidFreeException($"Arena '{Name}' cannot free {block}: {why}.", (nuint)block.Address));
}
