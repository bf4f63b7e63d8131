using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>Allocates any size with any lifetime: malloc for a game, on an arena.</summary>
/// <remarks>
/// <para>
/// A request is rounded up to one of 256 size classes. Up to 512 bytes it is a slot of a slab, a page or two of slots
/// of one class; up to 256 KiB an extent, which lies anywhere between others; above that a block of the arena. To
/// allocate is to pop a place from the magazine of the class and to set the live bit where it starts; to free is to
/// find the bit by the address, clear it, and push. The bit reveals double, foreign, interior and stale frees, in
/// Release too. Freed memory is not written.
/// </para>
/// <para>
/// An empty magazine is filled from the slab, or the gap between extents, at the lowest address; a full one is emptied
/// into these, and slabs without a live slot become gaps again. Before the heap takes more pages, all magazines are
/// emptied, so that they hold little that other size classes could use.
/// </para>
/// <para>
/// A heap is for one thread at a time. Use by two at the same time is usually noticed, and then every call that
/// allocates, frees, resizes or trims throws an <see cref="InvalidOperationException"/> until Dispose; see
/// docs/threads.md. New memory holds whatever was there before, unless zeroed memory is requested.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var heap = new Heap(arena);
/// var name = heap.AllocateSpan&lt;char&gt;(40);
/// "Enterprise".CopyTo(name);
/// heap.FreeSpan(name);
/// </code>
/// </example>
[DebuggerTypeProxy(typeof(HeapDebugView))]
public sealed unsafe partial class Heap : GeneralAllocator, ILentAllocator, IHeapPlaces
{
    // An arena is divided into at least this many segments.
    private const uint FewestSegments = 4;

    // The fast path that Allocate and Free use.
    private FastPath* _fast = FastPath.Gone;
    private FastPath* _fastOfFree = FastPath.Gone;
    private readonly HeapBlocks _blocks;
    private readonly ThreadHeap? _threadHeap;

    // Counts allocations while a guard samples them and the fast paths are open.
    private GuardSampler? _sampler;

    /// <summary>Makes a heap on an arena.</summary>
    /// <param name="arena">The arena that its pages come from.</param>
    /// <param name="name">The name shown in errors and reports.</param>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public Heap(PageArena arena, string name = "heap")
        : base(arena, name)
    {
        using var making = Register();
        _blocks = new HeapBlocks(this, FewestSegments);
        _threadHeap = new ThreadHeap(_blocks, 0);
        ObserversChanged();
        SetMade();
    }

    /// <summary>
    /// The number of sizes to which a heap rounds requests, from 16 bytes to 256 KiB; larger requests are whole pages.
    /// </summary>
    public static int SizeClassCount => SizeClasses.Count;

    /// <inheritdoc/>
    public override string Kind => "heap";

    /// <summary>Live allocations, counted from the live bits: a step per 64 slots.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public int LiveCount
    {
        get
        {
            ThrowIfDisposed();
            return SegmentTally.Clamp(CountOwn());
        }
    }

    /// <summary>Bytes granted to live allocations, at least those requested.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint LiveBytes
    {
        get
        {
            ThrowIfDisposed();
            var bytes = _blocks.SumLive();
            return Guard?.Shown(bytes) ?? bytes;
        }
    }

    /// <summary>Bytes of the pages that the heap holds, its own tables included; 0 once disposed.</summary>
    public nuint CommittedBytes => IsDisposed ? 0 : _threadHeap!.CommittedBytes + _blocks.LargeBytes;

    /// <summary>Allocates memory.</summary>
    /// <param name="byteCount">Bytes; 0 is valid and gives a unique address.</param>
    /// <param name="alignment">A power of two; 0 means 16.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The arena or the OS cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override void* Allocate(
        nuint byteCount, nuint alignment = Align.Default,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (FastPath.TryPop<OneThread>(_fast, byteCount, alignment, out var address))
            return address;
        address = AllocateFromMagazine(byteCount, alignment);
        return address != null ? address : AllocateSlowly(byteCount, alignment, file, line, member);
    }

    /// <summary>Allocates memory, or returns false if there is none.</summary>
    /// <param name="byteCount">Bytes; 0 is valid and gives a unique address.</param>
    /// <param name="alignment">A power of two; 0 means 16.</param>
    /// <param name="address">The allocation, or null.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException">The alignment is not a power of two.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override bool TryAllocate(
        nuint byteCount, nuint alignment, out void* address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (FastPath.TryPop<OneThread>(_fast, byteCount, alignment, out address))
            return true;
        address = TryAllocateSlowly(byteCount, alignment, file, line, member);
        return address != null;
    }

    /// <summary>
    /// Allocates memory that reads as zero. Pages fresh from the OS are zero already and are not touched.
    /// </summary>
    /// <inheritdoc cref="Allocate"/>
    public void* AllocateZeroed(
        nuint byteCount, nuint alignment = Align.Default,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var caller = new SourceLine(file, line, member);
        var address = TakePlace(byteCount, alignment, in caller, out var isZero, out var why);
        if (address == null)
            Throw.OutOfMemory(this, byteCount, why!);
        if (!isZero)
            NativeMemory.Clear(address, byteCount);
        return address;
    }

    /// <summary>Allocates memory that reads as zero, or returns false if there is none.</summary>
    /// <inheritdoc cref="TryAllocate"/>
    public bool TryAllocateZeroed(
        nuint byteCount, nuint alignment, out void* address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var caller = new SourceLine(file, line, member);
        address = TakePlace(byteCount, alignment, in caller, out var isZero, out _);
        if (address != null && !isZero)
            NativeMemory.Clear(address, byteCount);
        return address != null;
    }

    /// <summary>
    /// Resizes an allocation, in place if its size class or the memory behind it allows, and otherwise by a move. The
    /// contents up to the smaller size are kept.
    /// </summary>
    /// <param name="address">A live allocation of this heap; null allocates.</param>
    /// <param name="byteCount">Bytes; 0 is the smallest allocation, not a free.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>
    /// The address from now on, aligned to at least 16 bytes. An allocation that moves loses a larger alignment.
    /// </returns>
    /// <exception cref="InvalidFreeException">The address is not live in this heap; nothing was changed.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// There is no memory for the new size; the allocation is unchanged.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public override void* Reallocate(
        void* address, nuint byteCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var moved = ResizeOrMove(address, byteCount, new SourceLine(file, line, member), out var why);
        if (moved == null)
            Throw.OutOfMemory(this, byteCount, why!);
        return moved;
    }

    /// <summary>
    /// Resizes an allocation, or returns false, with the allocation unchanged, if there is no memory.
    /// </summary>
    /// <param name="address">A live allocation of this heap; null allocates.</param>
    /// <param name="byteCount">Bytes; 0 is the smallest allocation, not a free.</param>
    /// <param name="moved">
    /// The address from now on, aligned to at least 16 bytes, or null. An allocation that moves loses a larger
    /// alignment.
    /// </param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>True if the allocation has the new size.</returns>
    /// <exception cref="InvalidFreeException">The address is not live in this heap; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public bool TryReallocate(
        void* address, nuint byteCount, out void* moved,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        moved = ResizeOrMove(address, byteCount, new SourceLine(file, line, member), out _);
        return moved != null;
    }

    /// <summary>Frees an allocation. Null is ignored.</summary>
    /// <param name="address">A live allocation of this heap.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidFreeException">The address is not one; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override void Free(
        void* address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (!FastPath.TryFree<OneThread>(_fastOfFree, address))
            FreeSlowly(address, file, line, member);
    }

    /// <summary>
    /// Returns how many bytes of a live allocation may be used: at least those requested; 0 for null.
    /// </summary>
    /// <exception cref="InvalidFreeException">The address is not live in this heap.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public override nuint UsableBytes(void* address)
    {
        ThrowIfDisposed();
        if (address != null && Guard is { } guard && UsableGuarded(guard, address, out var usable))
            return usable;
        return address == null ? 0 : FindLive(address).ByteCount;
    }

    /// <summary>Gives everything that is not live back to the arena, and its storage to the operating system.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint Trim()
    {
        Enter();
        try
        {
            ThrowIfDisposed();
            LetGoForTrim();
            return _threadHeap!.Trim();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// Gives pages that were idle for 64 calls or more back to the operating system, a few at a time, so that the
    /// call's cost is bounded. Call it once a frame. Pages that the heap uses again meanwhile stay.
    /// </summary>
    /// <param name="mostPages">
    /// The most pages of 4 KiB to give back (but at least one page of the OS, unless 0), in a few calls to the OS.
    /// Freed allocations above 256 KiB go back too, once the arena has kept their pages for a whole round.
    /// </param>
    /// <returns>Bytes given back to the OS.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint TrimStep(int mostPages)
    {
        Enter();
        try
        {
            ThrowIfDisposed();
            ArgumentOutOfRangeException.ThrowIfNegative(mostPages);
            return _threadHeap!.TrimStep(mostPages);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Counts where the heap's bytes are: live, free, or lost to rounding. It allocates nothing.</summary>
    /// <param name="bySizeClass">
    /// Receives the counts by size class, if it has room for all <see cref="SizeClassCount"/>; classes that the heap
    /// does not use stay at 0 bytes.
    /// </param>
    /// <exception cref="ArgumentException">The span has room, but not for all classes.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public HeapFragmentation Fragmentation(Span<SizeClassUse> bySizeClass = default)
    {
        ThrowIfDisposed();
        return _blocks.Tally(CommittedBytes, bySizeClass);
    }

    /// <summary>
    /// Walks the START / LEN table: every live allocation in address order, read from the live bits alone.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public AllocationWalk Allocations()
    {
        ThrowIfDisposed();
        return new AllocationWalk(_blocks);
    }

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => IsDisposed
        ? $"{Label} (disposed)"
        : $"{Label}: {LiveCount} live allocations of {LiveBytes} bytes, {CommittedBytes} committed";
}
