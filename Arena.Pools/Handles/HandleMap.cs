using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Values behind generational handles: a handle of a value that was freed never resolves, whatever lives in its slot
/// now, and whether or not the slot's memory is still the map's.
/// </summary>
/// <remarks>
/// <para>
/// A handle is the slot's distance from the arena's base and the slot's generation. Freeing makes the generation
/// even, allocating makes it odd again, so an old handle differs in it for 2^31 uses of the slot; after those the
/// slot is retired and never used again. Slots that lose their storage leave their highest generation behind: slots
/// that get storage later start above it. Handles of another map are refused; of a map of the same type in another
/// arena they are refused with a chance of error of about one in 2^29.
/// </para>
/// <para>For one thread. Pointers and references to values stay valid until the value is freed.</para>
/// </remarks>
/// <typeparam name="T">The element, without references.</typeparam>
[DebuggerTypeProxy(typeof(HandleMapDebugView<>))]
public sealed unsafe class HandleMap<T> : IDisposable, ISlabListener
    where T : unmanaged
{
    private const int MinimumUnitShift = 3;

    private static uint mapsMade;

    private readonly PageArena _arena;
    private readonly int _unitShift;

    // The first slab's slots, as far as all may be read.
    private nuint _firstOffset;
    private nuint _firstBytes;
    private byte* _firstSlot;

    private readonly Pool<HandleSlot<T>> _pool;
    private uint _floor;
    private int _retiredCount;

    /// <summary>A map on an arena.</summary>
    /// <param name="arena">Where its slabs come from.</param>
    /// <param name="options">As for a pool; sizes are those of a slot, the value and its generation.</param>
    /// <exception cref="ArgumentException">An option cannot be; the message says which.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The initial slots cannot be had.</exception>
    public HandleMap(PageArena arena, PoolOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(arena);
        options ??= new PoolOptions();
        _arena = arena;
        // 32 bits of index reach across the whole reservation: slots begin on multiples of a unit.
        _unitShift = Math.Max(MinimumUnitShift, BitOperations.Log2(arena.ReservedBytes - 1) + 1 - 32);
        // Maps start at generations of their own, so that a handle that strays into another map meets no equal.
        _floor = (unchecked(Interlocked.Increment(ref mapsMade) * 0x9E3779B2) & 0x3FFF_FFFE) + 2;
        _pool = new Pool<HandleSlot<T>>(
            arena, options with { Alignment = Math.Max(options.Alignment, 1 << _unitShift) },
            typeof(T).Name, "handle map", this);
    }

    /// <summary>Named in every error and report.</summary>
    public string Name => _pool.Name;

    /// <summary>True once disposed, itself or with its arena.</summary>
    public bool IsDisposed => _pool.IsDisposed;

    /// <summary>Live values.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public int LiveCount => _pool.LiveCount - _retiredCount;

    /// <summary>Slots that were used so often that their generation would repeat: never used again.</summary>
    public int RetiredCount => _retiredCount;

    /// <summary>Slots that have storage, live, free and retired.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public int SlotCount => _pool.SlotCount;

    /// <summary>Slabs taken from the arena.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public int SlabCount => _pool.SlabCount;

    /// <summary>How a slab is divided.</summary>
    public SlotLayout Layout => _pool.Layout;

    /// <summary>The live value of a handle.</summary>
    /// <param name="handle">A handle of this map.</param>
    /// <exception cref="InvalidOperationException">The handle is none, stale, or of another map.</exception>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public ref T this[Handle<T> handle]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (!IsReadable(handle, out var slot) || slot->Generation != handle.Generation)
                ThrowStale(handle);
            return ref slot->Value;
        }
    }

    /// <summary>Puts a value into the map.</summary>
    /// <param name="value">Copied.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArenaOutOfMemoryException">The maximum, the arena or the OS ended it.</exception>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Handle<T> Allocate(
        in T value,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var slot = _pool.Allocate(file, line, member);
        slot->Value = value;
        return HandleOf(slot, ++slot->Generation);
    }

    /// <summary>Puts a value into the map, or returns false where no slot can be had.</summary>
    /// <param name="value">Copied.</param>
    /// <param name="handle">The handle, or none.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public bool TryAllocate(
        in T value, out Handle<T> handle,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        handle = default;
        if (!_pool.TryAllocate(out var slot, file, line, member))
            return false;
        slot->Value = value;
        handle = HandleOf(slot, ++slot->Generation);
        return true;
    }

    /// <summary>The address of a handle's live value, valid until it is freed.</summary>
    /// <param name="handle">Any handle.</param>
    /// <param name="value">The value, or null where the handle is none, stale or of another map.</param>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(Handle<T> handle, out T* value)
    {
        var slot = Find(handle);
        if (slot == null)
        {
            value = null;
            _pool.ThrowIfDisposed();
            return false;
        }
        value = &slot->Value;
        return true;
    }

    /// <summary>Frees the value of a handle.</summary>
    /// <param name="handle">Any handle.</param>
    /// <returns>False, and nothing changed, where the handle is none, stale or of another map.</returns>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public bool Free(Handle<T> handle)
    {
        var slot = Find(handle);
        if (slot == null)
        {
            _pool.ThrowIfDisposed();
            return false;
        }
        if (slot->Generation != uint.MaxValue)
        {
            slot->Generation++;
            _pool.Free(slot);
            return true;
        }
        // Its generation would repeat. The pool goes on taking it for live, so nobody gets it again.
        slot->Generation--;
        _retiredCount++;
        Throw.If(_pool.TellFreed(slot, (nuint)Layout.StrideBytes));
        return true;
    }

    /// <summary>Frees every value at once; all handles become stale.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public void Clear()
    {
        foreach (var entry in this)
            Free(entry.Handle);
    }

    /// <summary>As <see cref="Pool{T}.Reserve"/>.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public void Reserve(int slotCount) => _pool.Reserve(slotCount);

    /// <summary>As <see cref="Pool{T}.Trim"/>. No handle becomes valid or invalid by it.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public nuint Trim() => _pool.Trim();

    /// <summary>Walks the live values with their handles, in address order; the current one may be freed.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>
    /// Gives all memory back to the arena. What is still alive is told by <see cref="PageArena.LeaksFound"/>.
    /// </summary>
    public void Dispose() => _pool.Dispose();

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => _pool.ToString();

    void ISlabListener.Added(byte* first, int count, int strideBytes)
    {
        for (var i = 0; i < count; i++)
            ((HandleSlot<T>*)(first + ((nint)i * strideBytes)))->Generation = _floor;
    }

    void ISlabListener.Removing(byte* first, int count, int strideBytes)
    {
        for (var i = 0; i < count; i++)
            _floor = Math.Max(_floor, ((HandleSlot<T>*)(first + ((nint)i * strideBytes)))->Generation);
    }

    void ISlabListener.StorageChanged(byte* first, nuint byteCount)
    {
        _firstSlot = first;
        _firstBytes = byteCount;
        _firstOffset = unchecked((nuint)first - (nuint)_arena.Base);
    }

    bool ISlabListener.IsLive(void* slot) => !((HandleSlot<T>*)slot)->IsRetired;

    void ISlabListener.Closing()
    {
        if (_retiredCount == 0)
            return;
        foreach (ref var slot in _pool)
        {
            if (slot.IsRetired)
                _pool.Free((HandleSlot<T>*)Unsafe.AsPointer(ref slot));
        }
        _retiredCount = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private HandleSlot<T>* Find(Handle<T> handle) =>
        IsReadable(handle, out var slot) && slot->Generation == handle.Generation ? slot : null;

    // Most slots lie in the first slab, and none of them has the generation of "none". Of the others the arena's table
    // knows whether they are this map's.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsReadable(Handle<T> handle, out HandleSlot<T>* slot)
    {
        var offset = (nuint)handle.Index << _unitShift;
        var inFirst = unchecked(offset - _firstOffset);
        slot = (HandleSlot<T>*)unchecked(_firstSlot + inFirst);
        return inFirst < _firstBytes || (!handle.IsNone && _pool.Owns(offset));
    }

    private Handle<T> HandleOf(HandleSlot<T>* slot, uint generation) =>
        new((uint)((nuint)((byte*)slot - _pool.ArenaBase) >> _unitShift), generation);

    private Handle<T> HandleOf(HandleSlot<T>* slot) => HandleOf(slot, slot->Generation);

    // It throws and does nothing else, so that the JIT sees that it does not return: a loop then keeps its registers.
    [DoesNotReturn]
    private void ThrowStale(Handle<T> handle) => throw Stale(handle);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private InvalidOperationException Stale(Handle<T> handle)
    {
        _pool.ThrowIfDisposed();
        return _pool.Arena.TellFailed(new InvalidOperationException(
            $"{_pool.Label} in arena '{_pool.Arena.Name}': {handle} does not resolve; its value was freed, or the "
            + "handle is none or of another map. Use TryGet where that may happen."));
    }

    /// <summary>One live value and its handle.</summary>
    public readonly ref struct Entry
    {
        private readonly ref T _value;

        internal Entry(Handle<T> handle, ref T value)
        {
            Handle = handle;
            _value = ref value;
        }

        /// <summary>The value's handle.</summary>
        public Handle<T> Handle { get; }

        /// <summary>The value itself, not a copy.</summary>
        public ref T Value => ref _value;
    }

    /// <summary>Walks live values; see <see cref="GetEnumerator"/>.</summary>
    public ref struct Enumerator
    {
        private readonly HandleMap<T> _map;
        private Pool<HandleSlot<T>>.Enumerator _slots;

        internal Enumerator(HandleMap<T> map)
        {
            _map = map;
            _slots = map._pool.GetEnumerator();
        }

        /// <summary>The current value and its handle.</summary>
        public readonly Entry Current
        {
            get
            {
                var slot = (HandleSlot<T>*)Unsafe.AsPointer(ref _slots.Current);
                return new Entry(_map.HandleOf(slot), ref slot->Value);
            }
        }

        /// <summary>Goes to the next live value.</summary>
        public bool MoveNext()
        {
            while (_slots.MoveNext())
            {
                // A retired slot is live to the pool only.
                if (!_slots.Current.IsRetired)
                    return true;
            }
            return false;
        }
    }
}
