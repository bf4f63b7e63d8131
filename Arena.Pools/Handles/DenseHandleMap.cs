using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Keeps values side by side behind generational handles, so that walking them is walking an array. A handle
/// of a value that was freed never resolves.
/// </summary>
/// <remarks>
/// <para>
/// A handle leads to a slot, and the slot holds the value's index in the array. Freeing a value moves the last one into
/// its place and updates that value's slot:
/// <code>
/// handles   a   b   c   d          free b          a   c   d
///           |   |   |   |                          |   |   |
/// slots     0   1   2   3                          0   2   1
/// values  | A | B | C | D |                      | A | D | C |
/// </code>
/// </para>
/// <para>
/// Take this map where all values are visited often and few are freed between: systems, particles, bodies. Take a
/// <see cref="HandleMap{T}"/> where references and addresses must stay valid: there a value never moves, a lookup reads
/// one line of memory instead of two, and a walk skips the holes.
/// </para>
/// <para>
/// References, spans and indexes are valid until the next call that allocates, frees, sorts or trims. Each value takes
/// its size, 8 bytes for its handle, and a slot of 8 bytes. For one thread.
/// </para>
/// </remarks>
/// <typeparam name="T">The element, without references.</typeparam>
/// <example>
/// <code>
/// using var particles = new DenseHandleMap&lt;Bullet&gt;(arena);
/// var spark = particles.Allocate(new Bullet { Speed = 3 });
/// foreach (ref var particle in particles.AsSpan())    // side by side
///     particle.Speed *= 0.9f;
/// particles.Free(spark);
/// </code>
/// </example>
[DebuggerDisplay("{ToString(),nq}")]
public sealed unsafe partial class DenseHandleMap<T> : IDisposable
    where T : unmanaged
{
    private const string Kind = "dense handle map";
    private const int FewestCapacity = 64;

    private readonly PageArena _arena;
    private readonly int _maximum;

    // The place of each live value by handle, with the generations that make a stale handle fail.
    private readonly HandleMap<int> _places;
    private DenseArray<T> _values;
    private DenseArray<Handle<T>> _handles;
    private T* _first;
    private int _count;

    // 0 while every call checks its thread, on the slow path.
    private int _capacity;

    /// <summary>Makes a map on an arena.</summary>
    /// <param name="arena">The arena that its memory comes from.</param>
    /// <param name="options">
    /// Name, tag, first and largest size, and the slab size of the slots of its handles. Values lie side by side, so
    /// <c>Alignment</c> must be 0.
    /// </param>
    /// <exception cref="ArgumentNullException">The arena is null.</exception>
    /// <exception cref="ArgumentException">An option is invalid; the message names it and the valid range.</exception>
    /// <exception cref="ArenaOutOfMemoryException">There is no memory for the initial slots.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    /// <example><code>using var particles = new DenseHandleMap&lt;Bullet&gt;(arena);</code></example>
    public DenseHandleMap(PageArena arena, PoolOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(arena);
        _arena = arena;
        options ??= new PoolOptions();
        PoolOptions.Require(
            $"{Kind} '{options.Name ?? typeof(T).Name}'", options.Alignment == 0, nameof(PoolOptions.Alignment),
            options.Alignment, "0: values lie side by side, so pad the type to the alignment that it needs");
        _maximum = options.MaximumSlots == 0 ? int.MaxValue : options.MaximumSlots;
        _places = new HandleMap<int>(
            arena, options with { Name = options.Name ?? typeof(T).Name }, Kind,
            (nuint)sizeof(T) + (nuint)sizeof(Handle<T>));
        _places.KeepValuesIn(this);
        try
        {
            GrowTo(options.InitialSlots);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The name shown in errors and reports.</summary>
    public string Name => _places.Name;

    /// <inheritdoc cref="HandleMap{T}.Arena"/>
    public PageArena Arena => _arena;

    /// <inheritdoc cref="Allocator.Tag"/>
    public string? Tag
    {
        get => _places.Tag;
        set => _places.Tag = value;
    }

    /// <inheritdoc cref="Allocator.IgnoreLeaks"/>
    public bool IgnoreLeaks
    {
        get => _places.IgnoreLeaks;
        set => _places.IgnoreLeaks = value;
    }

    /// <summary>True once the map, or its arena, was disposed.</summary>
    public bool IsDisposed => _places.IsDisposed;

    /// <summary>Live values.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public int LiveCount
    {
        get
        {
            ThrowIfDisposed();
            return _count;
        }
    }

    /// <summary>The number of values that fit before the array must grow.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public int Capacity
    {
        get
        {
            ThrowIfDisposed();
            return Room;
        }
    }

    /// <summary>The handles of the values, in the order of <see cref="AsSpan"/>.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public ReadOnlySpan<Handle<T>> Handles
    {
        get
        {
            ThrowIfDisposed();
            return new(_handles.First, _count);
        }
    }

    /// <summary>The live value of a handle.</summary>
    /// <param name="handle">A handle of this map.</param>
    /// <exception cref="InvalidOperationException">The handle is none, is stale, or belongs to another map.</exception>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public ref T this[Handle<T> handle]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _first[_places[Unsafe.BitCast<Handle<T>, Handle<int>>(handle)]];
    }

    /// <summary>Puts a value into the map, behind the last one.</summary>
    /// <param name="value">Copied. It may be a value of this map.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArenaOutOfMemoryException">
    /// The map's maximum, the arena or the OS allows no more; the map is unchanged.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Handle<T> Allocate(
        in T value,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var count = _count;
        return count < _capacity
            ? Append(in value, _places.Allocate(count, file, line, member), (uint)count)
            : AllocateSlowly(value, file, line, member);
    }

    /// <summary>Puts a value into the map, or returns false if there is no memory for it.</summary>
    /// <param name="value">Copied. It may be a value of this map.</param>
    /// <param name="handle">The handle, or none.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public bool TryAllocate(
        in T value, out Handle<T> handle,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        var count = _count;
        if (count < _capacity && _places.TryAllocate(count, out var place, file, line, member))
        {
            handle = Append(in value, place, (uint)count);
            return true;
        }
        return TryAllocateSlowly(value, out handle, new SourceLine(file, line, member));
    }

    /// <summary>Frees the value of a handle; the last value moves to its place.</summary>
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

    /// <summary>Returns whether a handle resolves, because its value lives in this map.</summary>
    /// <param name="handle">Any handle.</param>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(Handle<T> handle) => _places.Contains(Unsafe.BitCast<Handle<T>, Handle<int>>(handle));

    /// <summary>Finds the live value of a handle without throwing.</summary>
    /// <param name="handle">Any handle.</param>
    /// <param name="found">False if the handle is none, stale or of another map.</param>
    /// <returns>The value itself, or a null reference, which must not be read.</returns>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Find(Handle<T> handle, out bool found)
    {
        found = _places.TryGet(Unsafe.BitCast<Handle<T>, Handle<int>>(handle), out var place);
        return ref *(found ? _first + *place : null);
    }

    /// <summary>
    /// Returns the index of a handle's value in <see cref="AsSpan"/>, or -1 if the handle does not resolve.
    /// </summary>
    /// <param name="handle">Any handle.</param>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public int IndexOf(Handle<T> handle) =>
        _places.TryGet(Unsafe.BitCast<Handle<T>, Handle<int>>(handle), out var place) ? *place : -1;

    /// <summary>Returns all values, side by side.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> AsSpan()
    {
        if (IsDisposed)
            ThrowIfDisposed();
        return new(_first, _count);
    }

    /// <summary>Walks the values. Nothing may be allocated, freed or sorted meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T>.Enumerator GetEnumerator() => AsSpan().GetEnumerator();

    /// <summary>Sorts the values. Every handle still leads to its value. The sort is not stable.</summary>
    /// <param name="comparer">Orders two values.</param>
    /// <exception cref="ArgumentNullException">The comparer is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// The comparer threw. The values are in an unspecified order, and every handle still leads to its value.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public void Sort(IComparer<T> comparer)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(comparer);
        using var call = _places.Call();
        try
        {
            AsSpan().Sort(new Span<Handle<T>>(_handles.First, _count), comparer);
        }
        finally
        {
            for (var i = 0; i < _count; i++)
                _places[Unsafe.BitCast<Handle<T>, Handle<int>>(_handles.First[i])] = i;
        }
    }

    /// <summary>Sorts the values. Every handle still leads to its value. The sort is not stable.</summary>
    /// <param name="comparison">Orders two values.</param>
    /// <exception cref="ArgumentNullException">The comparison is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// The comparison threw. The values are in an unspecified order, and every handle still leads to its value.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public void Sort(Comparison<T> comparison)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(comparison);
        Sort(Comparer<T>.Create(comparison));
    }

    /// <summary>Frees every value at once; all handles become stale.</summary>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public void Clear()
    {
        ThrowIfDisposed();
        using var call = _places.Call();
        _count = 0;
        _places.Clear();
    }

    /// <summary>Takes and keeps memory for this many values, live ones included.</summary>
    /// <param name="slotCount">Values.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The map's maximum, the arena or the OS allows no more.</exception>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public void Reserve(int slotCount)
    {
        _places.Reserve(slotCount);
        using var call = _places.Call();
        GrowTo(slotCount);
    }

    /// <summary>Gives memory that no value needs back to the arena and to the operating system.</summary>
    /// <returns>
    /// Bytes given back to the OS; pages behind the last value stay with the arena until its own Trim.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public nuint Trim()
    {
        ThrowIfDisposed();
        using var call = _places.Call();
        var owner = _places.OwnerToken;
        var bytes = _values.Trim(_arena, owner, _count) + _handles.Trim(_arena, owner, _count);
        Rebase();
        return bytes + _places.Trim();
    }

    /// <summary>
    /// Gives all memory back to the arena. <see cref="PageArena.LeaksFound"/> is raised for values that are still
    /// alive.
    /// </summary>
    public void Dispose()
    {
        if (IsDisposed)
            return;
        var owner = _places.OwnerToken;
        _values.GiveBack(_arena, owner);
        _handles.GiveBack(_arena, owner);
        _first = null;
        (_count, _capacity) = (0, 0);
        _places.Dispose();
    }

    /// <summary>Kind, name and counts.</summary>
    public override string ToString() => IsDisposed
        ? $"{Kind} '{Name}' (disposed)"
        : $"{Kind} '{Name}': {_count} live of {Room} values";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Handle<T> Append(in T value, Handle<int> place, uint count)
    {
        _first[count] = value;
        // This is one store of one word, as Free reads it; a load after two half-word stores would have to wait for
        // both.
        ((ulong*)_handles.First)[count] = ((ulong)place.Generation << 32) | place.Index;
        _count = (int)count + 1;
        return Unsafe.BitCast<Handle<int>, Handle<T>>(place);
    }

    private void ThrowIfDisposed() => _places.ThrowIfDisposed();
}
