using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// <see cref="Heap"/> for many threads. Any thread allocates, and any thread frees what any thread allocated.
/// </summary>
/// <remarks>
/// <para>
/// Each thread has segments of its own, in which it allocates and frees without an atomic instruction, as in a
/// <see cref="Heap"/>. A free by another thread sets the place's pending bit, with one atomic instruction; the owner
/// takes what is pending when it runs out of places. A double free is detected at once, whichever threads free: the bit
/// is pending, or nothing is live there. Freed memory is not written. There is no lock on these paths.
/// </para>
/// <para>
/// When a thread ends, its live allocations and free memory go to the next new thread, and its segments to threads that
/// need room, so there are never more parts than threads that lived at the same time. Thread-pool threads and
/// <c>async</c> methods that continue on other threads need no special care.
/// </para>
/// <para>
/// Every call finds the thread's part by a load from thread-local storage; <see cref="Local"/> finds it once for many
/// calls. A thread that does not use the heap for long keeps the free memory of its segments: let it call
/// <see cref="TrimStep"/> now and then, or trim for all with <see cref="TrimAll"/> or <see cref="RequestTrim"/>.
/// </para>
/// <para>
/// Dispose, <see cref="Allocations"/> and <see cref="Fragmentation"/> are for quiet points, when no other thread is
/// inside the heap; a Debug build asserts that for the walk.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var heap = new SharedHeap(arena);
/// Parallel.For(0, 8, i =&gt;
/// {
///     var scratch = heap.AllocateSpan&lt;int&gt;(100 * (i + 1));
///     heap.FreeSpan(scratch);                         // any thread may free it
/// });
/// </code>
/// </example>
public sealed unsafe partial class SharedHeap : GeneralAllocator, ILentAllocator, IHeapPlaces
{
    private readonly SharedHeapBlocks? _blocks;
    private ulong _number = ThreadSlot.None;

    /// <summary>Makes a heap on an arena. Threads take their parts when they first allocate.</summary>
    /// <param name="arena">The arena that its pages come from.</param>
    /// <param name="name">The name shown in errors and reports.</param>
    /// <exception cref="ArenaOutOfMemoryException">The arena cannot hold its first page.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public SharedHeap(PageArena arena, string name = "shared heap")
        : this(arena, name, "shared heap")
    {
    }

    internal SharedHeap(PageArena arena, string name, string kind)
        : base(arena, name)
    {
        Kind = kind;
        using var making = Register();
        var why = SharedHeapBlocks.Create(this, out _blocks);
        if (why is not null)
        {
            Dispose();
            Throw.OutOfMemory(this, 0, why);
        }
        _number = ThreadSlot.NextNumber();
        SetMade();
    }

    /// <inheritdoc/>
    public override string Kind { get; }

    /// <summary>Live allocations, counted from the live bits; approximate while other threads are inside.</summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public int LiveCount
    {
        get
        {
            using var visit = VisitOrThrow();
            return SegmentTally.Clamp(CountOwn());
        }
    }

    /// <summary>
    /// Bytes granted to live allocations, at least those requested; approximate while other threads are inside.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint LiveBytes
    {
        get
        {
            using var visit = VisitOrThrow();
            var bytes = _blocks!.SumLive();
            return Guard?.Shown(bytes) ?? bytes;
        }
    }

    /// <summary>Bytes of the pages that the heap holds, all tables included; 0 once disposed.</summary>
    public nuint CommittedBytes => IsDisposed ? 0 : SumCommitted();

    /// <summary>The number of segments taken from the arena and of allocations that are blocks of their own.</summary>
    internal int BlockCount => _blocks!.SegmentCount + _blocks.LargeCount;

    /// <summary>The bytes of a segment.</summary>
    internal nuint CommittedInSegments => _blocks!.SegmentBytes;

    /// <summary>Returns whether a request becomes a block of the arena, because no segment has room for it.</summary>
    internal bool IsLarge(nuint byteCount, nuint alignment) => _blocks!.IsLarge(byteCount, alignment);

    /// <summary>The number of threads' parts: the most threads that ever allocated at the same time.</summary>
    public int PartCount => IsDisposed ? 0 : _blocks!.Parts.Length;

    /// <inheritdoc cref="Heap.Allocate"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override void* Allocate(
        nuint byteCount, nuint alignment = Align.Default,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        CountEntry();
        var number = _number;
        var slot = ThreadSlot.Of(number);
        return slot->Number == number
            && FastPath.TryPop<ManyThreads>((FastPath*)slot->Value, byteCount, alignment, out var address)
            ? address
            : AllocateSlowly(byteCount, alignment, file, line, member);
    }

    /// <inheritdoc cref="Heap.TryAllocate"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override bool TryAllocate(
        nuint byteCount, nuint alignment, out void* address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        CountEntry();
        var number = _number;
        var slot = ThreadSlot.Of(number);
        return (slot->Number == number
                && FastPath.TryPop<ManyThreads>((FastPath*)slot->Value, byteCount, alignment, out address))
            || TryAllocateSlowly(byteCount, alignment, out address, file, line, member);
    }

    /// <inheritdoc cref="Heap.AllocateZeroed"/>
    public void* AllocateZeroed(
        nuint byteCount, nuint alignment = Align.Default,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        CountEntry();
        var caller = new SourceLine(file, line, member);
        var address = TakePlace(byteCount, alignment, in caller, out var isZero, out var why);
        if (address == null)
            Throw.OutOfMemory(this, byteCount, why!);
        if (!isZero)
            NativeMemory.Clear(address, byteCount);
        return address;
    }

    /// <inheritdoc cref="Heap.TryAllocateZeroed"/>
    public bool TryAllocateZeroed(
        nuint byteCount, nuint alignment, out void* address,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        CountEntry();
        var caller = new SourceLine(file, line, member);
        address = TakePlace(byteCount, alignment, in caller, out var isZero, out _);
        if (address != null && !isZero)
            NativeMemory.Clear(address, byteCount);
        return address != null;
    }

    /// <inheritdoc cref="Heap.Reallocate"/>
    public override void* Reallocate(
        void* address, nuint byteCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        CountEntry();
        var caller = new SourceLine(file, line, member);
        var moved = HeapCalls.Resize(this, address, byteCount, in caller, out var why);
        if (moved == null)
            Throw.OutOfMemory(this, byteCount, why!);
        return moved;
    }

    /// <inheritdoc cref="Heap.TryReallocate"/>
    public bool TryReallocate(
        void* address, nuint byteCount, out void* moved,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        CountEntry();
        moved = HeapCalls.Resize(this, address, byteCount, new SourceLine(file, line, member), out _);
        return moved != null;
    }

    /// <summary>Frees an allocation, whichever thread made it. Null is ignored.</summary>
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
        CountEntry();
        var number = _number;
        var slot = ThreadSlot.Of(number);
        if (slot->Number != number || !FastPath.TryFree<ManyThreads>((FastPath*)slot->Value, address))
            FreeSlowly(slot, address, file, line, member);
    }

    /// <inheritdoc cref="Heap.UsableBytes"/>
    public override nuint UsableBytes(void* address)
    {
        ThrowIfDisposed();
        if (address != null && Guard is { } guard && UsableGuarded(guard, address, out var usable))
            return usable;
        return address == null ? 0 : FindLive(address).ByteCount;
    }

    /// <summary>
    /// Finds the calling thread's part once for many calls; a job calls this at its beginning. The view is not for
    /// other threads, and not for longer than the heap lives; it cannot leave the method.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public LocalHeap Local()
    {
        ThrowIfDisposed();
        return new LocalHeap(this, FindThreadHeap().Fast);
    }

    /// <summary>
    /// Gives memory that is not live in the calling thread's part, and in parts of threads that ended, back to the
    /// operating system, and the addresses of empty segments to the arena. Parts of running threads are not touched:
    /// <see cref="RequestTrim"/> asks them to trim, <see cref="TrimAll"/> trims them at a quiet point.
    /// </summary>
    /// <returns>Bytes given back to the OS.</returns>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint Trim()
    {
        ThrowIfDisposed();
        CountEntry();
        LetGoForTrim();
        var threadHeap = FindThreadHeap();
        using var call = new OwnerCall(threadHeap);
        while (_blocks!.TryAdopt(threadHeap))
        {
        }
        threadHeap.TakePending();
        return threadHeap.Trim() + _blocks.GiveBackEmpty();
    }

    /// <summary>
    /// Trims the parts of all threads, from any thread, at any time. This call trims the calling thread's part and
    /// those of idle threads; what it cannot reach, each thread trims within its next call of Allocate or Free.
    /// </summary>
    /// <remarks>
    /// This call cannot reach pages of an idle thread's part in which something is live, nor the two places of each
    /// size class that the thread freed last. Each thread's next call takes as long as a <see cref="Trim"/>.
    /// </remarks>
    /// <returns>Bytes given back to the OS by this call, without what other threads will give back.</returns>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint RequestTrim()
    {
        ThrowIfDisposed();
        var own = FindThreadHeap();
        _blocks!.AskOthers(own);
        using var call = new OwnerCall(own);
        nuint givenBack = 0;
        _blocks.TakeIdle(own, ref givenBack);
        return givenBack + Trim();
    }

    /// <summary>
    /// Gives memory that is not live in the parts of all threads, idle ones too, back to the operating system. The call
    /// declares a quiet point: no other thread is inside the heap until it returns. A Debug build asserts that.
    /// </summary>
    /// <returns>Bytes given back to the OS.</returns>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public nuint TrimAll()
    {
        ThrowIfDisposed();
        CountEntry();
        LetGoForTrim();
        var entries = _blocks!.EntriesOfOthers;
        var givenBack = _blocks.TrimAll();
        Debug.Assert(
            _blocks.EntriesOfOthers == entries,
            $"{Label}: another thread was inside it while all was trimmed; let the other threads wait until it ends.");
        return givenBack;
    }

    /// <summary>
    /// Does what <see cref="Heap.TrimStep"/> does for the calling thread's part. Each worker calls it once a frame.
    /// </summary>
    /// <inheritdoc cref="Heap.TrimStep"/>
    public nuint TrimStep(int mostPages)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(mostPages);
        CountEntry();
        if (FindOwn() is not { } threadHeap)
            return 0;
        using var call = new OwnerCall(threadHeap);
        threadHeap.TakePending();
        return threadHeap.TrimStep(mostPages);
    }

    /// <inheritdoc cref="Heap.Fragmentation"/>
    public HeapFragmentation Fragmentation(Span<SizeClassUse> bySizeClass = default)
    {
        ThrowIfDisposed();
        return _blocks!.Tally(CommittedBytes, bySizeClass);
    }

    /// <summary>
    /// Walks the START / LEN table: every live allocation of all threads in address order, read from the live bits
    /// alone. The call declares a quiet point: no other thread is inside the heap until the walk ends.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public AllocationWalk Allocations()
    {
        ThrowIfDisposed();
        return new AllocationWalk(_blocks!);
    }

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => IsDisposed
        ? $"{Label} (disposed)"
        : $"{Label}: {LiveCount} live allocations of {LiveBytes} bytes, {CommittedBytes} committed, "
            + $"parts of {PartCount} threads";

    /// <summary>Pops a place of a class from the calling thread's magazine, if one is ready.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryPop(nuint sizeClass, out void* place)
    {
        place = null;
        CountEntry();
        var number = _number;
        var slot = ThreadSlot.Of(number);
        return slot->Number == number && FastPath.TryPop<ManyThreads>((FastPath*)slot->Value, sizeClass, out place);
    }
}
