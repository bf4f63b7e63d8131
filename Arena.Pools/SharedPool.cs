using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// <see cref="Pool{T}"/> for many threads. Any thread allocates, and any thread frees what any thread allocated.
/// </summary>
/// <remarks>
/// <para>
/// A <see cref="SharedHeap"/> of its own serves all slots: each thread has slabs of its own, in which it allocates and
/// frees without an atomic instruction; a free by another thread sets the slot's pending bit, which the owner takes
/// when it needs slots. A double free is detected at once, whichever threads free. A thread that ends leaves its slabs
/// to the others. There is no lock on these paths. See docs/threads.md.
/// </para>
/// <para>
/// Slots are at least 16 bytes apart, so smaller elements are packed more densely in a <see cref="Pool{T}"/>. A new
/// slot holds whatever was there before.
/// </para>
/// <para>
/// Call Clear, Dispose, the walk and the counts of slots at quiet points, when no other thread is inside the pool.
/// </para>
/// </remarks>
/// <typeparam name="T">The element, without references.</typeparam>
/// <example>
/// <code>
/// using var jobs = new SharedPool&lt;Bullet&gt;(arena);
/// Parallel.For(0, 8, _ =&gt;
/// {
///     ref var job = ref jobs.Add(new Bullet());
///     jobs.Free(ref job);
/// });
/// </code>
/// </example>
public sealed unsafe partial class SharedPool<T> : IDisposable
    where T : unmanaged
{
    private const string Kind = "shared pool";

    private readonly SharedHeap _heap;
    private readonly PoolOptions _options;
    private readonly nuint _strideBytes;
    private readonly nuint _alignment;

    // The class for the fast path: of slots that come from a magazine, in a pool that does not count.
    private readonly nuint _sizeClass;
    private readonly bool _goesSlowly;
    private int _countedSlots;

    /// <summary>Makes a pool on an arena. Threads take their slabs when they first allocate.</summary>
    /// <param name="arena">The arena that its pages come from.</param>
    /// <param name="options">
    /// Name, tag, alignment, first and largest size. The pool chooses the size of slabs: <c>SlabBytes</c> must be 0.
    /// </param>
    /// <exception cref="ArgumentException">An option is invalid; the message names it and the valid range.</exception>
    /// <exception cref="ArenaOutOfMemoryException">There is no memory for the initial slots.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public SharedPool(PageArena arena, PoolOptions? options = null)
    {
        _options = options ?? new PoolOptions();
        var name = _options.Name ?? typeof(T).Name;
        var label = $"{Kind} '{name}'";
        PoolOptions.Require(label, _options.SlabBytes == 0, nameof(PoolOptions.SlabBytes), _options.SlabBytes,
            "0: its slabs are segments, which have the size that suits all threads");
        _options.Check(label);
        _alignment = nuint.Max(Align.Default, (nuint)_options.AlignmentOf(sizeof(T)));
        var stride = Align.Up((nuint)sizeof(T), _alignment);
        var isSlot = stride <= SizeClasses.LargestSlotBytes;
        // An extent begins where there is room; one with a larger alignment than usual takes a search each time.
        _goesSlowly = (!isSlot && _alignment > Align.Default) || stride > SizeClasses.LargestBytes
            || _options.MaximumSlots != 0;
        _sizeClass = stride > SizeClasses.LargestBytes ? 0 : (nuint)SizeClasses.ClassOf(stride);
        _strideBytes = stride > SizeClasses.LargestBytes
            ? Align.Up(stride, arena.OsPageBytes)
            : (nuint)SizeClasses.BytesOf((int)_sizeClass);
        _heap = new SharedHeap(arena, name, Kind)
        {
            Tag = _options.Tag, Pool = this, SlotShape = $"{typeof(T)} of {sizeof(T)} in {_strideBytes} bytes",
        };
        Layout = LayOut();
        try
        {
            Reserve(_options.InitialSlots);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The name shown in errors and reports.</summary>
    public string Name => _heap.Name;

    /// <summary>The arena that its pages come from.</summary>
    public PageArena Arena => _heap.Arena;

    /// <inheritdoc cref="Allocator.Tag"/>
    public string? Tag
    {
        get => _heap.Tag;
        set => _heap.Tag = value;
    }

    /// <inheritdoc cref="Allocator.IgnoreLeaks"/>
    public bool IgnoreLeaks
    {
        get => _heap.IgnoreLeaks;
        set => _heap.IgnoreLeaks = value;
    }

    /// <summary>True once the pool, or its arena, was disposed.</summary>
    public bool IsDisposed => _heap.IsDisposed;

    /// <summary>Live slots, counted from the bitmaps; approximate while other threads are inside.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public int LiveCount => _heap.LiveCount;

    /// <summary>Bytes of the live slots, each with its padding to the stride.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public nuint LiveBytes => _heap.LiveBytes;

    /// <summary>Bytes of the pages that the pool holds, all tables included; 0 once disposed.</summary>
    public nuint CommittedBytes => _heap.CommittedBytes;

    /// <summary>Slots, live and free, in memory that serves only this pool for now.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public int SlotCount
    {
        get
        {
            Span<SizeClassUse> uses = stackalloc SizeClassUse[SizeClasses.Count];
            var liveCount = _heap.Fragmentation(uses).LiveCount;
            return liveCount + (_strideBytes > SizeClasses.LargestBytes ? 0 : uses[(int)_sizeClass].FreeCount);
        }
    }

    /// <summary>Slabs taken from the arena.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public int SlabCount
    {
        get
        {
            _heap.ThrowIfDisposed();
            return _heap.BlockCount;
        }
    }

    /// <summary>The number of threads' parts; see <see cref="SharedHeap.PartCount"/>.</summary>
    public int PartCount => _heap.PartCount;

    /// <summary>The layout of a slab.</summary>
    public SlotLayout Layout { get; }

    /// <inheritdoc cref="Pool{T}.Allocate"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Allocate(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        return !_goesSlowly && _heap.TryPop(_sizeClass, out var slot)
            ? (T*)slot
            : AllocateSlowly(file, line, member);
    }

    /// <inheritdoc cref="Pool{T}.TryAllocate"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocate(
        out T* slot,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (_goesSlowly || !_heap.TryPop(_sizeClass, out var place))
            return TryAllocateSlowly(out slot, file, line, member);
        slot = (T*)place;
        return true;
    }

    /// <summary>Frees a slot, whichever thread allocated it. Null is ignored.</summary>
    /// <param name="slot">A live slot of this pool.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidFreeException">The address is not one; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(
        T* slot,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (_goesSlowly)
            FreeSlowly(slot, file, line, member);
        else
            _heap.Free(slot, file, line, member);
    }

    /// <summary>Finds the calling thread's part once for many calls; see <see cref="SharedHeap.Local"/>.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public LocalPool<T> Local() => new(this, _heap.Local());

    /// <summary>Frees every slot at once and keeps the slabs. Call it at a quiet point.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public void Clear()
    {
        foreach (ref var value in this)
            Free((T*)Unsafe.AsPointer(ref value), "", 0, nameof(Clear));
        Recount();
    }

    /// <summary>
    /// Takes storage for at least this many slots, live ones included, and keeps it until <see cref="Trim"/>. New slots
    /// go to the calling thread's part.
    /// </summary>
    /// <param name="slotCount">Slots, live and free together.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// The pool's maximum, the arena or the OS allows no more. The slots taken before that stay and are used.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public void Reserve(int slotCount)
    {
        _heap.ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(slotCount);
        var missing = SlotCount < slotCount ? slotCount - LiveCount : 0;
        // The slots are taken, each pointing to the one before, and given back: a thread keeps them until Trim.
        void** last = null;
        try
        {
            for (var i = 0; i < missing; i++)
            {
                var slot = (void**)Allocate();
                *slot = last;
                last = slot;
            }
        }
        finally
        {
            while (last != null)
            {
                var slot = last;
                last = (void**)*last;
                Free((T*)slot, "", 0, "");
            }
        }
    }

    /// <inheritdoc cref="SharedHeap.Trim"/>
    public nuint Trim() => _heap.Trim();

    /// <inheritdoc cref="SharedHeap.TrimStep"/>
    public nuint TrimStep(int mostPages) => _heap.TrimStep(mostPages);

    /// <summary>
    /// Walks the live slots of all threads in address order, by the rule of all walks:
    /// <see cref="Pool{T}.GetEnumerator"/>. The call declares a quiet point: no other thread is inside the pool until
    /// the walk ends.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public Enumerator GetEnumerator()
    {
        var walk = _heap.Allocations();
        Recount();
        return new(walk);
    }

    /// <summary>
    /// Gives all memory back to the arena. Slots that are still alive are reported by
    /// <see cref="PageArena.LeaksFound"/>.
    /// </summary>
    public void Dispose() => _heap.Dispose();

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => IsDisposed
        ? $"{_heap.Label} (disposed)"
        : $"{_heap.Label}: {LiveCount} live of {SlotCount} slots, {SlabCount} slabs of {Layout.SlabBytes} bytes, "
            + $"parts of {PartCount} threads";

    /// <summary>Walks live slots; see <see cref="GetEnumerator"/>.</summary>
    public ref struct Enumerator
    {
        private AllocationWalk _walk;

        internal Enumerator(AllocationWalk walk) => _walk = walk;

        /// <summary>The current slot's value.</summary>
        public readonly ref T Current => ref *(T*)_walk.Current.Address;

        /// <summary>Goes to the next live slot.</summary>
        /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
        public bool MoveNext() => _walk.MoveNext();
    }
}
