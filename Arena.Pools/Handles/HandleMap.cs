using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Values behind generational handles: a handle of a value that was freed never resolves, whatever lives in its slot
/// now, and whether or not the slot's memory is still the map's.
/// </summary>
/// <remarks>
/// <para>
/// A handle is a slot's index and its generation. No two slots of one arena have the same index at a time, whichever
/// maps they are of, and a slot has a new generation for each value. Slots that lose their storage, with a
/// <see cref="Trim"/> or with their map, leave their generations behind, and slots that get the same indexes later
/// start above them. So within one arena it is exact: a handle resolves in the map that gave it and nowhere else, as
/// long as its value lives and never again. In a map of another arena it is a matter of chance: there a handle finds a
/// slot of its index and generation about once in 2^29 times.
/// </para>
/// <para>
/// After some 2^31 values a slot is retired and never used again, so that no generation repeats; see
/// <see cref="RetiredCount"/>. A slot that nearly was leaves that to the 256 slots at most that get its indexes later.
/// </para>
/// <para>
/// For one thread at a time; use by two is noticed and refused as by <see cref="Pool{T}"/>. Pointers and references to
/// values stay valid until the value is freed.
/// </para>
/// </remarks>
/// <typeparam name="T">The element, without references.</typeparam>
[DebuggerTypeProxy(typeof(HandleMapDebugView<>))]
public sealed unsafe partial class HandleMap<T> : IDisposable
    where T : unmanaged
{
    private readonly PageArena _arena;
    private readonly HandleSpace _handles;
    private readonly Pool<HandleSlot<T>> _pool;

    // What stands beside this map's slots in the arena's table, and nothing once it is disposed.
    private uint _owner = Allocator.NoToken;

    // The first slab's slots, as far as all of them have a generation: most handles are found there.
    private uint _firstIndex;
    private uint _readyCount;
    private byte* _firstSlot;
    private readonly nuint _strideBytes;

    // Exact division by the stride, see SlabGeometry.
    private readonly ulong _inverse;
    private readonly int _shift;

    private int _retiredCount;

    /// <summary>A map on an arena.</summary>
    /// <param name="arena">Where its slabs come from.</param>
    /// <param name="options">
    /// As for a pool. Sizes and the alignment are those of a slot: the generation, 4 bytes, and behind it the value,
    /// with the padding that the type needs.
    /// </param>
    /// <exception cref="ArgumentException">An option cannot be; the message says which.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The initial slots cannot be had.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public HandleMap(PageArena arena, PoolOptions? options = null)
        : this(arena, options, "handle map", 0)
    {
    }

    // With bytes beside each slot that its user has elsewhere.
    internal HandleMap(PageArena arena, PoolOptions? options, string kind, nuint bytesElsewhere)
    {
        ArgumentNullException.ThrowIfNull(arena);
        _arena = arena;
        _handles = arena.Handles;
        _pool = new Pool<HandleSlot<T>>(arena, options, typeof(T).Name, kind, this, bytesElsewhere);
        _strideBytes = (nuint)_pool.Layout.StrideBytes;
        (_inverse, _shift) = _pool.Geometry.Divisor;
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
        value = slot == null ? null : &slot->Value;
        return slot != null;
    }

    /// <summary>Frees the value of a handle.</summary>
    /// <param name="handle">Any handle.</param>
    /// <returns>False, and nothing changed, where the handle is none, stale or of another map.</returns>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public bool Free(Handle<T> handle)
    {
        var slot = Find(handle);
        if (slot == null)
            return false;
        FreeFound(slot);
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

    /// <summary>
    /// Walks the live values with their handles, in address order, by the rule of all walks:
    /// <see cref="Pool{T}.GetEnumerator"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>
    /// Gives all memory back to the arena. What is still alive is told by <see cref="PageArena.LeaksFound"/>.
    /// </summary>
    public void Dispose() => _pool.Dispose();

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => _pool.ToString();

    /// <summary>Frees what <see cref="Find(Handle{T})"/> found.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void FreeFound(HandleSlot<T>* slot)
    {
        if (slot->Generation == uint.MaxValue)
        {
            Retire(slot);
            return;
        }
        slot->Generation++;
        _pool.Free(slot);
    }

    // Its generation would repeat. The pool goes on taking it for live, so that it is never handed out again.
    private void Retire(HandleSlot<T>* slot)
    {
        slot->Generation--;
        _retiredCount++;
        Throw.If(_pool.NotifyFreed(slot, _pool.ReportedBytes));
    }

    /// <summary>
    /// The slot of a live value, or null. All of it is inline: a call that returns would make the loops of callers
    /// spill their registers.
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
    /// A slot with storage and a generation, whatever lives in it, or null. So nothing but a generation is ever read,
    /// of a handle that was made up, too.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal HandleSlot<T>* SlotOf(uint index)
    {
        var place = unchecked(index - _firstIndex);
        if (place < _readyCount)
            return (HandleSlot<T>*)(_firstSlot + (place * _strideBytes));
        // Beyond the first slab or beyond a hole in it, or not this map's.
        var groups = _handles.Groups;
        var number = index >> HandleSpace.GroupShift;
        if (number >= (uint)groups.Length)
            return null;
        ref readonly var group = ref groups[number];
        if (group.Owner != _owner || !group.IsStored(index))
            return null;
        return unchecked((HandleSlot<T>*)(group.First + (index % HandleSpace.IndexesPerGroup * _strideBytes)));
    }

    // As in Throw, these are seen not to return because a throw is all they do.
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

        // Not the slot: to take the address of its field is a look at its memory, which may be gone.
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
