using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// Allocates any size from one block of memory, in regions whose size is a power of two, which are split and merged.
/// </summary>
/// <remarks>
/// <para>
/// A request is rounded up to a power of two. If no free region has that size, the smallest larger one is <b>split</b>
/// in halves, buddies, until one fits; of several the lowest address is taken. A freed region is <b>merged</b> with its
/// buddy when that is free as a whole, then the pair with its own buddy, as far as it goes. A region of 2^k bytes
/// starts at a multiple of 2^k, so the buddy's address differs in the one bit k: no list is searched and no header lies
/// in front of a region. (Knowlton, CACM 8, 1965; Knuth, The Art of Computer Programming 1, section 2.5.)
/// </para>
/// <para>
/// The price is memory. Inside a region, less than half is unused. Outside: let M be the most bytes that are live at a
/// time, each rounded up, and n the largest region, both in minimum regions, M a multiple of n. In less than N = M (1 +
/// log2(n) / 2) - n + 1 no allocator of powers of two can promise to serve all that, whatever it does (Robson, J. ACM
/// 18, 1971, and 21, 1974); in M (1 + log2 n) a buddy always can (Knuth 2.5, exercise 41). Where M and n are small
/// enough to try every sequence, N rounded up to a multiple of n is enough for this one. With n = 1024 that is 5 to 11
/// times M in the worst case; ordinary programs come nowhere near it.
/// </para>
/// <para>
/// Free memory is never written: the free regions are in bitmaps in a block of their own (2 bits and a byte per minimum
/// region). So a double, foreign, interior or misaligned free is detected from one byte, at once and always, and
/// changes nothing. An allocation finds its region in a step per 64-fold of the capacity.
/// </para>
/// <para>
/// The allocator is for one thread, or for several in turn; use by two at a time is often noticed in its first calls,
/// and in all calls while an observer or a guard is attached. A region holds whatever was there before.
/// </para>
/// </remarks>
[DebuggerTypeProxy(typeof(BuddyDebugView))]
// The parameters keep this class's own word, region, because callers may name them.
#pragma warning disable CA1725
public sealed unsafe partial class BuddyAllocator : GeneralAllocator
{
    private const nuint DefaultAlignment = 16;
    private const nuint SmallestMinimum = 8;

    // Blocks start on a page of the OS, which is never smaller: every base address offers this alignment.
    private const nuint PageAlignment = 4096;

    private readonly nuint _baseAlignment;
    private readonly Block _memory;
    private readonly Block _treeMemory;
    private readonly BuddyTree* _tree;

    // The tree, or the closed one while an observer is attached, while threads are checked, and after Dispose: then
    // every fast path misses. That of Allocate is open also while a guard that samples counts nothing. Free must not
    // take the places of pages that a sampled allocation has.
    private BuddyTree* _openTree = BuddyTree.Closed;
    private BuddyTree* _treeOfFree = BuddyTree.Closed;

    /// <summary>Makes a buddy allocator on an arena.</summary>
    /// <param name="arena">The arena that lends the memory, and the memory of the bitmaps.</param>
    /// <param name="byteCount">Bytes to divide, rounded up to the minimum; they need not be a power of two.</param>
    /// <param name="minimumRegionBytes">
    /// The size of the smallest region, a power of two of at least 8; the bitmaps take about 1.3 bytes for each.
    /// </param>
    /// <param name="name">The name shown in errors and reports.</param>
    /// <exception cref="ArgumentNullException">The arena is null.</exception>
    /// <exception cref="ArgumentException">
    /// The bytes are 0, or the minimum is less than 8 or not a power of two.
    /// </exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// The arena cannot lend the memory, or it is more than 2^31 - 1 minimum regions.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public BuddyAllocator(PageArena arena, nuint byteCount, nuint minimumRegionBytes = 16, string name = "buddy")
        : base(arena, name)
    {
        ArgumentOutOfRangeException.ThrowIfZero(byteCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumRegionBytes, SmallestMinimum);
        if (!BitOperations.IsPow2(minimumRegionBytes))
        {
            throw new ArgumentException(
                $"The minimum region is a power of two, and {minimumRegionBytes} is not.", nameof(minimumRegionBytes));
        }
        using var making = Register();
        if (Lend(byteCount, minimumRegionBytes, out _memory, out _treeMemory, out var isZero) is { } why)
        {
            Dispose();
            Throw.OutOfMemory(this, byteCount, why);
        }
        var atomCount = AtomCount(byteCount, minimumRegionBytes);
        if (!isZero)
            NativeMemory.Clear(_treeMemory.Address, BuddyTree.TreeBytes(atomCount));
        var atomShift = BitOperations.TrailingZeroCount(minimumRegionBytes);
        _tree = BuddyTree.Create(_treeMemory.Address, _memory.Address, atomCount, atomShift);
        _baseAlignment = (nuint)1 << BitOperations.TrailingZeroCount((nuint)_memory.Address);
        ObserversChanged();
        SetMade();
    }

    /// <inheritdoc/>
    public override string Kind => "buddy";

    /// <summary>The bytes of the live regions, each counted whole.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    public nuint LiveBytes
    {
        get
        {
            var bytes = Tree->LiveAtoms << Tree->AtomShift;
            return Guard?.Shown(bytes) ?? bytes;
        }
    }

    /// <summary>Live regions.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    public int LiveCount => Tree->LiveCount - (Guard?.WaitingCount ?? 0);

    /// <summary>The bytes that it divides.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    public nuint CapacityBytes => Tree->AtomCount << Tree->AtomShift;

    /// <summary>The largest request that can be served now; 0 when full.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    public nuint LargestFreeBytes =>
        Tree->FreeOrders == 0 ? 0 : (nuint)1 << (BitOperations.Log2(Tree->FreeOrders) + Tree->AtomShift);

    private BuddyTree* Tree
    {
        get
        {
            ThrowIfDisposed();
            return _tree;
        }
    }

    /// <summary>Allocates a region.</summary>
    /// <param name="byteCount">Bytes; 0 gives a minimum region.</param>
    /// <param name="alignment">
    /// A power of two; 0 takes 16. An alignment above the size needs a larger free region, but the region granted is no
    /// larger.
    /// </param>
    /// <param name="file">Filled by the compiler.</param>
    /// <param name="line">Filled by the compiler.</param>
    /// <param name="member">Filled by the compiler.</param>
    /// <returns>Memory that holds whatever was there before.</returns>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ArenaOutOfMemoryException">No free region has the size and alignment.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override void* Allocate(
        nuint byteCount, nuint alignment = DefaultAlignment,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var region = IsUsual(alignment) ? Take(_openTree, byteCount, alignment) : null;
        return region != null ? region : AllocateOrThrow(byteCount, alignment, file, line, member);
    }

    /// <summary>Allocates a region, or returns false if there is none.</summary>
    /// <param name="byteCount">Bytes; 0 gives a minimum region.</param>
    /// <param name="alignment">A power of two; 0 takes 16.</param>
    /// <param name="region">The region, or null.</param>
    /// <param name="file">Filled by the compiler.</param>
    /// <param name="line">Filled by the compiler.</param>
    /// <param name="member">Filled by the compiler.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override bool TryAllocate(
        nuint byteCount, nuint alignment, out void* region,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        region = IsUsual(alignment) ? Take(_openTree, byteCount, alignment) : null;
        if (region == null)
            region = AllocateSlowly(byteCount, alignment, file, line, member);
        return region != null;
    }

    /// <summary>
    /// Resizes a region: in place if it shrinks, or if it is a left half and the memory behind it is free; otherwise
    /// the contents move.
    /// </summary>
    /// <param name="region">A live region; null allocates.</param>
    /// <param name="byteCount">Bytes; 0 keeps a minimum region.</param>
    /// <param name="file">Filled by the compiler.</param>
    /// <param name="line">Filled by the compiler.</param>
    /// <param name="member">Filled by the compiler.</param>
    /// <returns>
    /// The region, aligned to 16. An earlier, larger alignment is kept only if the region does not move.
    /// </returns>
    /// <exception cref="InvalidFreeException">No live region starts there; nothing was changed.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// There is no memory for the new size; the region is unchanged.
    /// </exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override void* Reallocate(
        void* region, nuint byteCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        TryResize(_treeOfFree, region, byteCount) ? region : ReallocateSlowly(region, byteCount, file, line, member);

    /// <summary>Frees a region and merges it with free buddies at once. Null is ignored.</summary>
    /// <param name="region">A live region of this allocator.</param>
    /// <param name="file">Filled by the compiler.</param>
    /// <param name="line">Filled by the compiler.</param>
    /// <param name="member">Filled by the compiler.</param>
    /// <exception cref="InvalidFreeException">No live region starts there; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override void Free(
        void* region,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (!TryGive(_treeOfFree, region))
            FreeSlowly(region, file, line, member);
    }

    /// <summary>Returns the bytes of a live region, at least those requested; 0 for null.</summary>
    /// <exception cref="InvalidFreeException">No live region starts there.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    public override nuint UsableBytes(void* region)
    {
        ThrowIfDisposed();
        if (region != null && Guard is { } guard && UsableGuarded(guard, region, out var usable))
            return usable;
        return region == null ? 0 : GrantedBytes(LiveOrderAt(region));
    }

    /// <summary>Name and sizes.</summary>
    public override string ToString() => IsDisposed
        ? $"{Label} (disposed)"
        : $"{Label}: {LiveCount} regions, {LiveBytes} of {CapacityBytes} bytes live, largest free {LargestFreeBytes}";

    /// <summary>Returns the live regions in address order.</summary>
    internal LiveRegions LiveRegions()
    {
        ThrowIfDisposed();
        return new LiveRegions(_tree);
    }

    internal override void ObserversChanged()
    {
        _guard.ChecksAll = ChecksThreads;
        Reopen();
    }

    // Only from the one to the other: the owner may close it at the same time.
    internal override void SamplingChanged()
    {
        var opens = RestsSampling;
        if (_tree == null || (opens && _guard.KeepsClosed))
            return;
        var (open, closed) = ((nint)_tree, (nint)BuddyTree.Closed);
        fixed (BuddyTree** tree = &_openTree)
            Interlocked.CompareExchange(ref *(nint*)tree, opens ? open : closed, opens ? closed : open);
    }

    internal override void Undo(void* address, nuint byteCount) => Free(address, "", 0, "");

    internal override LiveTotals CountLive() => IsDisposed ? default : new(LiveCount, LiveBytes);

    internal override LeakNotice? FindLeaks()
    {
        if (_tree == null || LiveCount == 0)
            return null;
        List<nuint> addresses = [];
        foreach (var (place, byteCount) in LiveRegions())
        {
            if (IsShown(place, byteCount, out var address, out _))
                addresses.Add(address);
            if (addresses.Count == LeakNotice.MaximumAddresses)
                break;
        }
        return Notice(LiveCount, LiveBytes, addresses);
    }

    internal override void Walk(IMemoryVisitor visitor)
    {
        visitor.Block(new BlockPicture((nuint)_treeMemory.Address, _treeMemory.ByteCount, 0, 0));
        visitor.Block(new BlockPicture((nuint)_memory.Address, _memory.ByteCount, CapacityBytes, 0));
        foreach (var (place, placeBytes) in LiveRegions())
        {
            if (IsShown(place, placeBytes, out var address, out var byteCount))
                visitor.Live(address, byteCount);
        }
    }

    internal override void Close()
    {
        Reopen();
        Arena.TakeBack(_memory, OwnerToken);
        Arena.TakeBack(_treeMemory, OwnerToken);
    }

    internal override void Reopen()
    {
        var open = IsDisposed || _tree == null || _guard.KeepsClosed ? BuddyTree.Closed : _tree;
        _openTree = ClosesFastPath ? BuddyTree.Closed : open;
        _treeOfFree = IsObserved ? BuddyTree.Closed : open;
    }

    private static nuint AtomCount(nuint byteCount, nuint atomBytes) => (byteCount - 1) / atomBytes + 1;

    // A constant in compiled code if the alignment is one. Other alignments are left to the slow path.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUsual(nuint alignment) => BitOperations.IsPow2(alignment) && alignment <= PageAlignment;

    // Returns null if the tree has no such region. This is one call, instead of forty instructions in every caller.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void* Take(BuddyTree* tree, nuint byteCount, nuint alignment) =>
        tree->Take(tree->OrderOf(Math.Max(byteCount, 1)), tree->OrderOf(Math.Max(byteCount, alignment)));

    // The caller's line is loaded for the slow path only, so this is a method of its own.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryGive(BuddyTree* tree, void* region)
    {
        var order = tree->OrderAt(region);
        if (order < 0)
            return false;
        tree->Give(region, order);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryResize(BuddyTree* tree, void* region, nuint byteCount)
    {
        var order = tree->OrderAt(region);
        var newOrder = tree->OrderOf(Math.Max(byteCount, 1));
        return order >= 0 && (order == newOrder || tree->TryResize(region, order, newOrder));
    }
}
