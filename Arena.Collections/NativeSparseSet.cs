using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Collections;

/// <summary>
/// Keeps values by small integer ids, like components of entities. A value is found by two reads, and all values are in
/// a row. It is a struct; pass it by ref. A copy is stale once the original was disposed or has grown.
/// </summary>
/// <remarks>
/// <para>
/// <c>default</c> is empty and readable; calls that need memory throw an <see cref="InvalidOperationException"/>.
/// A call that runs out of memory throws an <see cref="ArenaOutOfMemoryException"/> and leaves the set as it was.
/// References and spans are valid until the next id is added or removed: a removal moves the last value into the hole.
/// </para>
/// <para>
/// It takes 4 bytes for each id up to the highest one that it ever had, and 4 bytes and the value for each present id.
/// For sparse ids a <see cref="NativeDictionary{TKey, TValue}"/> takes less. A set is for one thread at a time, within
/// the thread rules of its allocator.
/// </para>
/// </remarks>
/// <typeparam name="T">The values' type.</typeparam>
/// <example>
/// <code>
/// using var velocities = new NativeSparseSet&lt;float&gt;(heap);
/// velocities.Add(5, 1.5f);                            // by entity number
/// foreach (ref var velocity in velocities.Values)     // side by side
///     velocity *= 0.98f;
/// </code>
/// </example>
[DebuggerDisplay("Count = {Count}")]
public unsafe struct NativeSparseSet<T> : IDisposable
    where T : unmanaged
{
    // By id: the place in the row plus one, or 0.
    private void* _places;
    private void* _ids;
    private void* _values;
    private int _placeCapacity;
    private int _idCapacity;
    private int _valueCapacity;
    private int _count;
    private Origin _origin;

    /// <summary>Makes an empty set.</summary>
    /// <param name="allocator">
    /// The allocator that it lives in: a heap, a buddy or frame allocator, or a custom one.
    /// </param>
    /// <param name="capacity">The number of values to take memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeSparseSet(
        AllocatorHandle allocator, int capacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _origin = new Origin(allocator, new SourceLine(file, line, member));
        if (capacity == 0)
            return;
        try
        {
            SetCapacity(capacity);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The number of values.</summary>
    public readonly int Count => _count;

    /// <summary>The number of values that it has memory for.</summary>
    public readonly int Capacity => Math.Min(_idCapacity, _valueCapacity);

    /// <summary>The values in a row, in the order of <see cref="Ids"/>.</summary>
    public readonly Span<T> Values
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (Checks.IsOn)
                _origin.Check();
            return new Span<T>(_values, _count);
        }
    }

    /// <summary>The ids of the values.</summary>
    public readonly ReadOnlySpan<int> Ids
    {
        get
        {
            if (Checks.IsOn)
                _origin.Check();
            return new ReadOnlySpan<int>(_ids, _count);
        }
    }

    private readonly int* Places => (int*)_places;

    /// <summary>The value of an id, to read or write it in place.</summary>
    /// <param name="id">An id of the set.</param>
    /// <exception cref="KeyNotFoundException">The id is not in the set.</exception>
    public readonly ref T this[int id]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (Checks.IsOn)
                _origin.Check();
            var place = PlaceOf(id);
            if (place < 0)
                Fail.NoSuchId(id);
            return ref ((T*)_values)[(uint)place];
        }
    }

    /// <summary>Adds a value, or replaces the value of the id.</summary>
    /// <param name="id">The id, at least 0.</param>
    /// <param name="value">The value, which is copied; it may be a value of the set.</param>
    /// <returns>A reference to the value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    /// <exception cref="InvalidOperationException">The set has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    public ref T Add(int id, in T value)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        var place = PlaceOf(id);
        if (place < 0)
            return ref Append(id, value);
        ref var known = ref ((T*)_values)[place];
        known = value;
        return ref known;
    }

    /// <summary>Returns whether an id has a value.</summary>
    /// <param name="id">Any number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Contains(int id)
    {
        if (Checks.IsOn)
            _origin.Check();
        return PlaceOf(id) >= 0;
    }

    /// <summary>
    /// Removes an id and its value, or returns false if it is not there. The last value takes its place.
    /// </summary>
    /// <param name="id">Any number.</param>
    public bool Remove(int id)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        var place = PlaceOf(id);
        if (place < 0)
            return false;
        var last = --_count;
        var lastId = ((int*)_ids)[last];
        ((int*)_ids)[place] = lastId;
        ((T*)_values)[place] = ((T*)_values)[last];
        Places[lastId] = place + 1;
        Places[id] = 0;
        return true;
    }

    /// <summary>Removes everything, and keeps the capacity.</summary>
    public void Clear()
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        foreach (var id in Ids)
            Places[id] = 0;
        _count = 0;
    }

    /// <summary>Takes memory for exactly this many values, if there is memory for fewer.</summary>
    /// <inheritdoc cref="NativeList{T}.EnsureCapacity"/>
    public int EnsureCapacity(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        if (capacity > Capacity)
        {
            if (Checks.IsOn)
                _origin.CheckChange();
            SetCapacity(capacity);
        }
        return Capacity;
    }

    /// <summary>Frees the memory, and makes this a default value; frame memory dies with its frame.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidFreeException">A copy of it was disposed or has grown; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void Dispose(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (Checks.IsOn)
            _origin.TouchBeforeEnd();
        var old = this;
        var source = _origin.End(_values);
        this = default;
        if (source is null)
            return;
        try
        {
            Free(source, old._places, old._placeCapacity, sizeof(int), new SourceLine(file, line, member));
            Free(source, old._ids, old._idCapacity, sizeof(int), new SourceLine(file, line, member));
        }
        finally
        {
            Free(source, old._values, old._valueCapacity, sizeof(T), new SourceLine(file, line, member));
        }
    }

    void IDisposable.Dispose() => Dispose("", 0, nameof(Dispose));

    private static void Free(IMemorySource source, void* memory, int capacity, int itemBytes, in SourceLine line)
    {
        if (memory != null)
            source.Free((nint)memory, (nuint)capacity * (nuint)itemBytes, in line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int PlaceOf(int id) => (uint)id < (uint)_placeCapacity ? Places[(uint)id] - 1 : -1;

    private ref T Append(int id, T value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        if (id >= _placeCapacity)
            GrowPlaces(id);
        if (_count == Capacity)
            SetCapacity(Collections.Capacity.After(Capacity, _count + 1L, sizeof(T)));
        Places[id] = _count + 1;
        ((int*)_ids)[_count] = id;
        ref var added = ref ((T*)_values)[_count];
        added = value;
        _count++;
        return ref added;
    }

    private void GrowPlaces(int id)
    {
        var old = _placeCapacity;
        var capacity = Collections.Capacity.After(old, id + 1L, sizeof(int));
        try
        {
            _origin.Resize(ref _places, ref _placeCapacity, capacity, sizeof(int), NaturalAlignment.AtLeast16<int>());
        }
        finally
        {
            if (_placeCapacity > old)
                NativeMemory.Clear(Places + old, (nuint)(_placeCapacity - old) * sizeof(int));
        }
    }

    // One of the two arrays may fail to grow; the capacity is the smaller one.
    private void SetCapacity(int capacity)
    {
        if (capacity > _idCapacity)
            _origin.Resize(ref _ids, ref _idCapacity, capacity, sizeof(int), NaturalAlignment.AtLeast16<int>());
        if (capacity > _valueCapacity)
            _origin.Resize(ref _values, ref _valueCapacity, capacity, sizeof(T), NaturalAlignment.AtLeast16<T>());
    }
}
