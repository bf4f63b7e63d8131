using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Keeps values behind generational handles. A handle of a value that was freed never resolves, whatever lives in its
/// slot now, and whether or not the slot's memory still belongs to the map.
/// </summary>
/// <remarks>
/// <para>
/// A handle is a slot's index and its generation. No two slots of one arena have the same index at the same time,
/// whichever maps they belong to, and a slot has a new generation for each value. Slots that lose their storage, with a
/// <see cref="Trim"/> or with their map, leave their generations behind, and slots that get the same indexes later
/// start above them. So within one arena the check is exact: a handle resolves only in the map that gave it, and only
/// as long as its value lives. In a map of another arena a handle finds a slot of its index and generation by chance,
/// about once in 2^29 times.
/// </para>
/// <para>
/// After some 2^31 values a slot is retired and never used again, so that no generation repeats; see
/// <see cref="RetiredCount"/>. A slot whose memory goes back just before that hands its high generation on to at most
/// 256 slots that get its indexes later.
/// </para>
/// <para>
/// A map is for one thread at a time; use by two is noticed and refused as by <see cref="Pool{T}"/>. Pointers and
/// references to values stay valid until the value is freed.
/// </para>
/// </remarks>
/// <typeparam name="T">The element, without references.</typeparam>
/// <example>
/// <code>
/// using var ships = new HandleMap&lt;Ship&gt;(arena);
/// var player = ships.Allocate(new Ship { Health = 100 });
/// ships[player].Health -= 10;
/// ships.Free(player);
/// Console.WriteLine(ships.Contains(player));          // False, whatever lives in its slot now
/// </code>
/// </example>
[DebuggerTypeProxy(typeof(HandleMapDebugView<>))]
public sealed unsafe partial class HandleMap<T> : IDisposable
    where T : unmanaged
{
    private readonly PageArena _arena;
    private readonly HandleSpace _handles;
    private readonly Pool<HandleSlot<T>> _pool;

    // This map's token in the arena's table; no slot has it once the map is disposed.
    private uint _owner = Allocator.NoToken;

    // The slots of the first slab up to the first one without a generation: most handles are found there.
    private uint _firstIndex;
    private uint _readyCount;
    private byte* _firstSlot;
    private readonly nuint _strideBytes;

    // Exact division by the stride, see SlabGeometry.
    private readonly ulong _inverse;
    private readonly int _shift;

    private int _retiredCount;

    // Frees of this generation or a higher one take the slow path: the last generation, or all while there is a guard.
    private uint _slowGeneration = uint.MaxValue;

    /// <summary>Makes a map on an arena.</summary>
    /// <param name="arena">The arena that its slabs come from.</param>
    /// <param name="options">
    /// The options of a pool. Sizes and the alignment apply to a slot: the generation, 4 bytes, and behind it the
    /// value, with the padding that the type needs.
    /// </param>
    /// <exception cref="ArgumentException">An option is invalid; the message names it and the valid range.</exception>
    /// <exception cref="ArenaOutOfMemoryException">There is no memory for the initial slots.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public HandleMap(PageArena arena, PoolOptions? options = null)
        : this(arena, options, "handle map", 0)
    {
    }

    // Makes a map whose user keeps further bytes for each slot elsewhere.
    internal HandleMap(PageArena arena, PoolOptions? options, string kind, nuint bytesElsewhere)
    {
        ArgumentNullException.ThrowIfNull(arena);
        _arena = arena;
        _handles = arena.Handles;
        _pool = new Pool<HandleSlot<T>>(arena, options, typeof(T).Name, kind, this, bytesElsewhere);
        _strideBytes = (nuint)_pool.Layout.StrideBytes;
        (_inverse, _shift) = _pool.Geometry.Divisor;
    }

    /// <summary>The name shown in errors and reports.</summary>
    public string Name => _pool.Name;

    /// <summary>True once the map, or its arena, was disposed.</summary>
    public bool IsDisposed => _pool.IsDisposed;

    /// <summary>Live values.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public int LiveCount => _pool.LiveCount - _retiredCount;

    /// <summary>Slots that are never used again, because their generation would repeat.</summary>
    public int RetiredCount => _retiredCount;

    /// <summary>Slots that have storage, live, free and retired.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public int SlotCount => _pool.SlotCount;

    /// <summary>Slabs taken from the arena.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public int SlabCount => _pool.SlabCount;

    /// <summary>The layout of a slab.</summary>
    public SlotLayout Layout => _pool.Layout;

    /// <summary>The live value of a handle.</summary>
    /// <param name="handle">A handle of this map.</param>
    /// <exception cref="InvalidOperationException">The handle is none, is stale, or belongs to another map.</exception>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public ref T this[Handle<T> handle]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var slot = SlotOf(handle.Index);
            if (slot == null || slot->Generation != handle.LiveGeneration)
                ThrowStale(handle);
            return ref slot->Value;
        }
    }

    /// <summary>Puts a value into the map.</summary>
    /// <param name="value">Copied.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArenaOutOfMemoryException">The map's maximum, the arena or the OS allows no more.</exception>
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

    /// <summary>Puts a value into the map, or returns false if there is no memory for it.</summary>
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

    /// <summary>Gets the address of a handle's live value, valid until the value is freed.</summary>
    /// <param name="handle">Any handle.</param>
    /// <param name="value">The value, or null if the handle is none, stale or of another map.</param>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(Handle<T> handle, out T* value)
    {
        var slot = Find(handle);
        value = slot == null ? null : &slot->Value;
        return slot != null;
    }

    /// <summary>Frees the value of a handle.</summary>
    /// <param name="handle">Any handle.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>False, with nothing changed, if the handle is none, stale or of another map.</returns>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Free(
        Handle<T> handle,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        FreeFast(handle) || FreeSlowly(handle, file, line, member);

    /// <summary>Frees every value at once; all handles become stale.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public void Clear()
    {
        foreach (var entry in this)
            Free(entry.Handle, "", 0, nameof(Clear));
    }

    /// <summary>Takes and keeps storage for at least this many slots, live and free together.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public void Reserve(int slotCount) => _pool.Reserve(slotCount);

    /// <summary>Does what <see cref="Pool{T}.Trim"/> does. No handle becomes valid or invalid by it.</summary>
    /// <returns>Bytes given back to the OS.</returns>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public nuint Trim() => _pool.Trim();

    /// <summary>
    /// Walks the live values with their handles, in address order, by the rule of all walks:
    /// <see cref="Pool{T}.GetEnumerator"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>
    /// Gives all memory back to the arena. Values that are still alive are reported by
    /// <see cref="PageArena.LeaksFound"/>.
    /// </summary>
    public void Dispose() => _pool.Dispose();

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => _pool.ToString();

    /// <summary>
    /// Returns the slot of a live value, or null. Everything is inline: a call that returns would make the loops of
    /// callers spill their registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal HandleSlot<T>* Find(Handle<T> handle)
    {
        var slot = SlotOf(handle.Index);
        if (slot != null && slot->Generation == handle.LiveGeneration)
            return slot;
        if (_pool.IsDisposed)
            ThrowDisposed();
        return null;
    }

    /// <summary>
    /// Returns a slot with storage and a generation, live or free, or null. So even for a made-up handle nothing but a
    /// generation is ever read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal HandleSlot<T>* SlotOf(uint index)
    {
        var place = unchecked(index - _firstIndex);
        if (place < _readyCount)
            return (HandleSlot<T>*)(_firstSlot + place * _strideBytes);
        // The index is beyond the first slab, beyond a hole in it, or not this map's.
        var groups = _handles.Groups;
        var number = index >> HandleSpace.GroupShift;
        if (number >= (uint)groups.Length)
            return null;
        ref readonly var group = ref groups[number];
        if (group.Owner != _owner || !group.IsStored(index))
            return null;
        return unchecked((HandleSlot<T>*)(group.First + index % HandleSpace.IndexesPerGroup * _strideBytes));
    }

    // As in Throw, the JIT sees that these do not return because they only throw.
    [DoesNotReturn]
    private void ThrowDisposed() => throw new ObjectDisposedException(_pool.Label);

    [DoesNotReturn]
    private void ThrowStale(Handle<T> handle) => throw Stale(handle);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Handle<T> HandleOf(HandleSlot<T>* slot, uint generation)
    {
        var place = SlabGeometry.IndexOf(unchecked((nuint)slot - (nuint)_firstSlot), _inverse, _shift);
        return new(place < _readyCount ? _firstIndex + (uint)place : _pool.IndexOf(slot), generation);
    }

    private InvalidOperationException Stale(Handle<T> handle)
    {
        _pool.ThrowIfDisposed();
        if (DamageOf(handle) is { } damage)
            return _arena.NotifyFailed(damage);
        return _arena.NotifyFailed(new InvalidOperationException(
            $"{_pool.Label} in arena '{_arena.Name}': {handle} does not resolve; its value was freed, or the "
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
        private Handle<T> _handle;

        // This is not the slot, because taking the address of its field touches its memory, which may be gone.
        private T* _value;

        internal Enumerator(HandleMap<T> map)
        {
            _map = map;
            _slots = map._pool.GetEnumerator();
        }

        /// <summary>The current value and its handle.</summary>
        public readonly Entry Current => new(_handle, ref *_value);

        /// <summary>Goes to the next live value.</summary>
        /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
        public bool MoveNext()
        {
            while (_slots.MoveNext())
            {
                var slot = (HandleSlot<T>*)Unsafe.AsPointer(ref _slots.Current);
                // A retired slot is live to the pool only.
                if (slot->IsRetired)
                    continue;
                _handle = _map.HandleOf(slot, slot->Generation);
                _value = &slot->Value;
                return true;
            }
            return false;
        }
    }
}
