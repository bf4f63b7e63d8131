using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Arena.Pools;

/// <summary>Allocates slots of one type outside the garbage-collected heap, in a nanosecond or two each.</summary>
/// <remarks>
/// <para>
/// Each slab of pages begins with one bit a slot. To allocate is to take the lowest set bit of the current word, or
/// the slot that was freed last; to free is to find the bit and set it. The bit also distinguishes a double, foreign,
/// interior or misaligned free from a good one, in Release too, and lets live slots be walked in address order.
/// </para>
/// <para>
/// A slab is a range of addresses that gets storage in steps, the lowest slots first, and most pools never need a
/// second one. Storage stays with the pool until <see cref="Trim"/>, which gives every page without a live slot to the
/// operating system. Of several slabs, the one in use and one empty one stay; when another becomes empty, the one at
/// the higher address goes back to the arena, but never below what
/// <see cref="Reserve"/> asked for. So a pool that shrinks and grows again makes no call to the OS.
/// </para>
/// <para>
/// A pool is for one thread at a time. Use by two at the same time is usually noticed, and then every call that
/// allocates, frees, walks, trims or reserves throws an <see cref="InvalidOperationException"/> until Dispose; see
/// docs/threads.md. A new slot holds whatever was there before.
/// </para>
/// </remarks>
/// <typeparam name="T">The element, without references.</typeparam>
/// <example>
/// <code>
/// using var bullets = new Pool&lt;Bullet&gt;(arena);
/// ref var bullet = ref bullets.Add(new Bullet { Speed = 12 });
/// foreach (ref var each in bullets)
///     each.Speed -= 1;
/// bullets.Free(ref bullet);
/// </code>
/// </example>
[DebuggerTypeProxy(typeof(PoolDebugView<>))]
public sealed unsafe partial class Pool<T> : Allocator
    where T : unmanaged
{
    private const nuint NoWord = uint.MaxValue;

    // The last event, in one word:
    //   the slot handed out last, which is live: freeing it needs no further check;
    //   the complement of the slot freed last, the hot slot, which is handed out next; its bit still says used;
    //   NoSlot. Addresses of programs are below 2^63, so a complement is negative and an address is not.
    private nuint _last = (nuint)NoSlot;

    // If the last event, as a signed number, is below this, Allocate takes it for a hot slot: 0, or the least number
    // while an observer is attached, which must see every allocation.
    private nint _hotBelow;

    // The word in use, one of the slab in use. While the pool allocates from it, its free bits are these, and those in
    // the slab mean nothing: loads and stores of a field follow each other faster than through a pointer.
    private ulong _bits;
    private byte* _wordBase;
    private nuint _word = NoWord;

    // The slab in use: where its slots and its free bits begin, and how many slots it has; 0 if Free takes the slow
    // path.
    private byte* _slots;
    private nuint _slotCount;
    private ulong* _words = PoolConstants.NoWord;
    private readonly nuint _strideBytes;

    // The arena's table of owners, as far as this pool's pages were known to it.
    private byte* _arenaBase;
    private ushort* _owners;
    private nuint _ownerPages;

    private readonly SlabGeometry _geometry;
    private readonly SlabSet _slabs;
    private readonly PoolOptions _options;
    private readonly ISlabListener? _listener;
    private int _reservedSlots;

    // A number that changes whenever the bitmaps may no longer be complete, when slots come or go, and when all are
    // freed at once. While it stays the same, the words that a walk has read are up to date.
    private int _version;
    private bool _isOpen;

    // The slab in use again, or null. The fields above keep their values for a fast path in progress.
    private byte* _slabInUse;

    // Hints on slabs that are not in use: the one of the last free, and one that was found empty.
    private byte* _otherSlab;
    private byte* _spareSlab;

    /// <summary>Makes a pool on an arena.</summary>
    /// <param name="arena">The arena that its slabs come from.</param>
    /// <param name="options">Name, slab size, alignment, first and largest size.</param>
    /// <exception cref="ArgumentException">An option is invalid; the message names it and the valid range.</exception>
    /// <exception cref="ArenaOutOfMemoryException">There is no memory for the initial slots.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public Pool(PageArena arena, PoolOptions? options = null)
        : this(arena, options, typeof(T).Name, "pool", null)
    {
    }

    internal Pool(
        PageArena arena, PoolOptions? options, string defaultName, string kind, ISlabListener? listener,
        nuint bytesElsewhere = 0)
        : base(arena, options?.Name ?? defaultName)
    {
        Kind = kind;
        BytesElsewhere = bytesElsewhere;
        Tag = options?.Tag;
        _listener = listener;
        _options = options ?? new PoolOptions();
        CheckOptions();
        var maximum = _options.MaximumSlots == 0 ? int.MaxValue : _options.MaximumSlots;
        var zones = ZonesOf(arena, _options.AlignmentOf(sizeof(T)));
        var whole = WholeGeometry(maximum, in zones);
        using var making = Register();
        _slabs = TryClaimSparse(in whole, maximum, in zones) ?? new SlabSet(this, in whole, maximum, listener);
        _geometry = _slabs.Geometry;
        _strideBytes = (nuint)_geometry.Layout.StrideBytes;
        try
        {
            Reserve(_options.InitialSlots);
        }
        catch
        {
            Dispose();
            throw;
        }
        SetMade();
    }

    /// <inheritdoc/>
    public override string Kind { get; }

    /// <summary>
    /// Live slots, counted from the bitmaps in a step per 64 slots, so that allocations need not count.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public int LiveCount
    {
        get
        {
            ThrowIfDisposed();
            var free = _slabs.CountFree() + BitOperations.PopCount(Bits);
            free -= _word == NoWord ? 0 : BitOperations.PopCount(_words[_word]);
            return SlotCount - free - (Hot == null ? 0 : 1) - (Guard?.WaitingPlaceCount ?? 0);
        }
    }

    /// <summary>Bytes of the live slots, each with its padding to the stride.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public nuint LiveBytes => (nuint)LiveCount * (nuint)Layout.StrideBytes;

    /// <summary>Slots that have storage, live and free.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public int SlotCount
    {
        get
        {
            ThrowIfDisposed();
            return _slabs.SlotCount + PagedAloneCount;
        }
    }

    /// <summary>Slabs taken from the arena.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public int SlabCount
    {
        get
        {
            ThrowIfDisposed();
            return _slabs.Count;
        }
    }

    /// <summary>The layout of a slab.</summary>
    public SlotLayout Layout => _geometry.Layout;

    /// <summary>
    /// The bytes of a slot in observers' notices and leak notices: its stride, and bytes that belong to it elsewhere.
    /// </summary>
    internal nuint ReportedBytes => _strideBytes + BytesElsewhere;

    internal override nuint BytesElsewhere { get; }

    /// <summary>The arithmetic of its slabs.</summary>
    internal ref readonly SlabGeometry Geometry => ref _geometry;

    private void* Hot => IsAddress(Last) ? null : (void*)~Last;

    private static bool IsAddress(nuint slot) => unchecked((nint)slot) >= 0;

    private static void* NoSlot => PoolConstants.NoSlot;

    // Exact division by the size of an element, see SlabGeometry, with constants in compiled code. An alignment above
    // the element's own makes another stride: then every Free except that of the last slot takes the slow path.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint ElementIndex(nuint offset)
    {
        var shift = BitOperations.TrailingZeroCount(sizeof(T));
        return SlabGeometry.IndexOf(offset, SlabGeometry.InverseOfOdd((ulong)sizeof(T) >> shift), shift);
    }

    // The instruction counts in 64 bits; the portable method narrows to an int, which must be widened again.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint LowestBit(ulong bits) =>
        Bmi1.X64.IsSupported ? (nuint)Bmi1.X64.TrailingZeroCount(bits) : (uint)BitOperations.TrailingZeroCount(bits);

    /// <summary>Allocates a slot, which holds whatever was there before.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>The slot, aligned to <see cref="PoolOptions.Alignment"/>.</returns>
    /// <exception cref="ArenaOutOfMemoryException">The maximum, the arena or the OS ended it.</exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Allocate(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var last = _last;
        nuint slot;
        if (unchecked((nint)last) < _hotBelow)
        {
            slot = ~last;
        }
        else
        {
            var bits = _bits;
            if (bits == 0)
            {
                var unsampled = AllocateUnsampled(last);
                if (unsampled != null)
                    return unsampled;
                return AllocateSlowly(file, line, member);
            }
            _bits = bits & (bits - 1);
            slot = (nuint)_wordBase + LowestBit(bits) * _strideBytes;
        }
        _last = slot;
        return (T*)slot;
    }

    /// <summary>Allocates a slot, or returns false if there is no memory for it.</summary>
    /// <param name="slot">The slot, or null.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public bool TryAllocate(
        out T* slot,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        slot = unchecked((nint)_last) >= _hotBelow && _bits == 0
            ? TryAllocateSlowly(file, line, member)
            : Allocate(file, line, member);
        return slot != null;
    }

    /// <summary>Frees a slot. Null is ignored.</summary>
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
        if ((nuint)slot == _last)
        {
            _last = ~(nuint)slot;
            return;
        }
        var index = ElementIndex(unchecked((nuint)slot - (nuint)_slots));
        if (index < _slotCount)
        {
            var word = index >> 6;
            if (word == _word)
            {
                if ((_bits >> (int)index & 1) == 0 && _last != ~(nuint)slot)
                {
                    _bits |= 1UL << (int)index;
                    return;
                }
            }
            else
            {
                var free = _words[word];
                if ((free >> (int)index & 1) == 0)
                {
                    if (IsAddress(_last))
                    {
                        _last = ~(nuint)slot;
                        return;
                    }
                    if (_last != ~(nuint)slot)
                    {
                        if (free == 0)
                            FreeFirst(index);
                        else
                            _words[word] = free | 1UL << (int)index;
                        return;
                    }
                }
            }
        }
        FreeSlowly(slot, file, line, member);
    }

    /// <summary>Frees every slot at once and keeps the slabs.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public void Clear()
    {
        Enter();
        try
        {
            ThrowIfDisposed();
            var failure = NotifyCleared();
            CloseFastPath();
            _version++;
            if (Guard is { } guard)
                failure = ClearGuarded(guard, new SourceLine("", 0, nameof(Clear))) ?? failure;
            if (Guard is null or { KnowsSome: true })
            {
                // The free of a guarded slot may have opened it.
                CloseFastPath();
                _slabs.FormatAll();
            }
            Throw.If(failure);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Takes and keeps storage for at least this many slots, live and free together.</summary>
    /// <param name="slotCount">The number of slots; a smaller number than there are changes nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// There is no memory for them. The slots taken before that stay and are used.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public void Reserve(int slotCount)
    {
        Enter();
        try
        {
            ThrowIfDisposed();
            ArgumentOutOfRangeException.ThrowIfNegative(slotCount);
            while (_slabs.SlotCount < slotCount)
            {
                if (Grow(byStorageOnly: true) is not { } why)
                    continue;
                // Observers are notified, and Dispose of the arena no longer waits for this constructor.
                EndMaking();
                Throw.OutOfMemory(this, (nuint)_geometry.Layout.SlabBytes, why);
            }
            // This comes last, because a reservation that failed is not kept.
            _reservedSlots = Math.Max(_reservedSlots, slotCount);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// Gives every empty slab back to the arena and its storage to the operating system. If the caller chose no size
    /// for slabs, every run of at least 64 KiB without a live slot loses its storage too. Forgets what
    /// <see cref="Reserve"/> asked for.
    /// </summary>
    /// <returns>Bytes given back to the OS.</returns>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public nuint Trim()
    {
        Enter();
        try
        {
            ThrowIfDisposed();
            LetGoForTrim();
            CloseFastPath();
            _reservedSlots = 0;
            return TrimInside();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => IsDisposed
        ? $"{Label} (disposed)"
        : $"{Label}: {LiveCount} live of {SlotCount} slots, {SlabCount} slabs of {Layout.SlabBytes} bytes";
}
