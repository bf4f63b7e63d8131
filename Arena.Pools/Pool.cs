using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Typed slots of fixed size outside the garbage-collected heap, a nanosecond or two each.
/// </summary>
/// <remarks>
/// <para>
/// Each slab of pages begins with one bit a slot. To allocate is to take the lowest set bit of the current word, or
/// the slot that was freed last; to free is to find the bit and set it. The bit also tells a double, foreign,
/// interior or misaligned free from a good one, in Release too, and lets live slots be walked in address order.
/// </para>
/// <para>
/// Growth and shrinkage: slabs are taken one at a time, at the lowest address that the arena has. One slab that
/// became empty stays in hand; when another becomes empty, the one at the higher address goes back to the arena,
/// but never below what <see cref="Reserve"/> asked for. Pages that went back stay committed in the arena, so
/// a pool that breathes costs no call to the OS.
/// </para>
/// <para>For one thread. A new slot holds whatever was there before.</para>
/// </remarks>
/// <typeparam name="T">The element, without references.</typeparam>
[DebuggerTypeProxy(typeof(PoolDebugView<>))]
public sealed unsafe partial class Pool<T> : Allocator
    where T : unmanaged
{
    // What the hot path reads, first of all one word that says what happened last:
    //   the slot handed out last, which is live: freeing it needs no further check;
    //   the complement of the slot freed last, the hot slot, which is handed out next; its bit still says used;
    //   NoSlot. Addresses of programs are below 2^63, so a complement is negative and an address is not.
    private nuint _last = (nuint)NoSlot;
    private ulong* _word = EmptyWord;
    private byte* _wordBase;
    private ushort* _owners;
    private byte* _arenaBase;
    private nuint _granules;
    private ushort _token = NoToken;
    private readonly SlabGeometry _geometry;

    private readonly SlabSet _slabs;
    private readonly PoolOptions _options;
    private readonly ISlabListener? _listener;
    private int _reservedSlots;
    private byte* _spare;

    /// <summary>A pool on an arena.</summary>
    /// <param name="arena">Where its slabs come from.</param>
    /// <param name="options">Name, slab size, alignment, first and largest size.</param>
    /// <exception cref="ArgumentException">An option cannot be; the message says which.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The initial slots cannot be had.</exception>
    public Pool(PageArena arena, PoolOptions? options = null)
        : this(arena, options, typeof(T).Name, "pool", null)
    {
    }

    internal Pool(PageArena arena, PoolOptions? options, string defaultName, string kind, ISlabListener? listener)
        : base(arena, options?.Name ?? defaultName)
    {
        Kind = kind;
        Tag = options?.Tag;
        _listener = listener;
        _options = options ?? new PoolOptions();
        CheckOptions();
        var maximum = _options.MaximumSlots == 0 ? int.MaxValue : _options.MaximumSlots;
        var alignment = Math.Max(_options.Alignment, LineAlignment);
        _geometry = new SlabGeometry(sizeof(T), alignment, ChooseSlabBytes(alignment), maximum);
        _slabs = new SlabSet(this, _geometry, maximum);
        Register();
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

    /// <inheritdoc/>
    public override string Kind { get; }

    /// <summary>Live slots, counted from the bitmaps: a step per 64 slots. (So allocating need not count.)</summary>
    public int LiveCount
    {
        get
        {
            ThrowIfDisposed();
            return SlotCount - _slabs.CountFree() - (Hot == null ? 0 : 1);
        }
    }

    /// <summary>Bytes of the live slots, each with its padding to the stride.</summary>
    public nuint LiveBytes => (nuint)LiveCount * (nuint)Layout.StrideBytes;

    /// <summary>Slots in all slabs, live and free.</summary>
    public int SlotCount
    {
        get
        {
            ThrowIfDisposed();
            return _slabs.SlotCount;
        }
    }

    /// <summary>Slabs taken from the arena.</summary>
    public int SlabCount
    {
        get
        {
            ThrowIfDisposed();
            return _slabs.Count;
        }
    }

    /// <summary>How a slab is divided.</summary>
    public SlotLayout Layout => _geometry.Layout;

    /// <summary>Where the distances of <see cref="Owns"/> begin.</summary>
    internal byte* ArenaBase => _arenaBase;

    // Elements of a line's size, or a part of it that is a power of two, never straddle two lines. That costs no
    // stride, because the size is a multiple of it, and is never less than what the compiler asks for T.
    private static int LineAlignment => Math.Min(64, sizeof(T) & -sizeof(T));

    // The slot freed last and the word allocated from, of whichever path is open.
    private void* Hot => IsComplement(_last) ? (void*)~_last : _watched.Hot;

    private ulong* CurrentWord => _watched.Word == EmptyWord ? _word : _watched.Word;

    private static bool IsComplement(nuint last) => unchecked((nint)last) < 0;

    // A word that has no free slot for ever, and an address that no caller can know.
    private static ulong* EmptyWord => PoolConstants.EmptyWord;

    private static void* NoSlot => PoolConstants.EmptyWord;

    /// <summary>Takes a slot. It holds whatever was there before.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>The slot, aligned as <see cref="PoolOptions.Alignment"/> says.</returns>
    /// <exception cref="ArenaOutOfMemoryException">The maximum, the arena or the OS ended it.</exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Allocate(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var last = _last;
        byte* slot;
        if (IsComplement(last))
        {
            slot = (byte*)~last;
        }
        else
        {
            var word = _word;
            var free = *word;
            if (free == 0)
                return AllocateSlowly(file, line, member);
            *word = free & (free - 1);
            slot = _wordBase + (nuint)(uint)BitOperations.TrailingZeroCount(free) * (uint)_geometry.Layout.StrideBytes;
        }
        _last = (nuint)slot;
        return (T*)slot;
    }

    /// <summary>Takes a slot, or returns false where none can be had.</summary>
    /// <param name="slot">The slot, or null.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public bool TryAllocate(
        out T* slot,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        slot = !IsComplement(_last) && *_word == 0
            ? TryAllocateSlowly(file, line, member)
            : Allocate(file, line, member);
        return slot != null;
    }

    /// <summary>Gives a slot back. Null is ignored.</summary>
    /// <param name="slot">A live slot of this pool.</param>
    /// <exception cref="InvalidFreeException">It is not one; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(T* slot)
    {
        if ((nuint)slot == _last)
        {
            _last = ~(nuint)slot;
            return;
        }
        var granule = unchecked((nuint)slot - (nuint)_arenaBase) >> PageMap.OwnerGranuleShift;
        if (granule >= _granules || _owners[granule] != _token)
        {
            FreeSlowly(slot);
            return;
        }
        var index = _geometry.IndexOf(slot);
        if (index >= (uint)_geometry.SlotCount)
            ThrowNoSlot(slot);
        var word = (ulong*)_geometry.SlabOf(slot) + (index >> 6);
        var bit = 1UL << (int)index;
        var free = *word;
        if ((free & bit) != 0 || ~(nuint)slot == _last)
            ThrowNotLive(slot);
        if (!IsComplement(_last))
        {
            _last = ~(nuint)slot;
            return;
        }
        free |= bit;
        *word = free;
        if (free == bit || free == _geometry.FullWord((int)(index >> 6)))
            WordChanged(word);
    }

    /// <summary>Whether the page at a distance from the arena's base is in one of this pool's slabs now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Owns(nuint offset)
    {
        var granule = offset >> PageMap.OwnerGranuleShift;
        return granule < _granules && _owners[granule] == OwnerToken;
    }

    /// <summary>Frees every slot at once and keeps the slabs.</summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public void Clear()
    {
        ThrowIfDisposed();
        TellCleared();
        LeaveFastPath();
        _slabs.FormatAll();
    }

    /// <summary>Takes slabs until there are at least so many slots, live and free together, and keeps them.</summary>
    /// <param name="slotCount">Slots; fewer than there are changes nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// They cannot be had. Slabs taken before that stay and are used.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public void Reserve(int slotCount)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(slotCount);
        _reservedSlots = Math.Max(_reservedSlots, slotCount);
        while (_slabs.SlotCount < slotCount)
        {
            if (Grow() is { } why)
                Throw.OutOfMemory(this, (nuint)_geometry.Layout.SlabBytes, why);
        }
    }

    /// <summary>
    /// Gives every empty slab back to the arena, and its storage to the operating system; forgets what
    /// <see cref="Reserve"/> asked for.
    /// </summary>
    /// <returns>Bytes given back to the OS.</returns>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public nuint Trim()
    {
        ThrowIfDisposed();
        LeaveFastPath();
        _reservedSlots = 0;
        _spare = null;
        nuint givenBack = 0;
        for (var i = _slabs.Count - 1; i >= 0; i--)
        {
            if (_slabs.IsEmpty(_slabs[i]))
                givenBack += Retire(_slabs[i], decommit: true);
        }
        return givenBack;
    }

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => IsDisposed
        ? $"{Label} (disposed)"
        : $"{Label}: {LiveCount} live of {SlotCount} slots, {SlabCount} slabs of {Layout.SlabBytes} bytes";
}
