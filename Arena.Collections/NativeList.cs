using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// A list of unmanaged values in the memory of an allocator. It is a struct; pass it by ref. A copy is stale once the
/// original was disposed or has grown.
/// </summary>
/// <remarks>
/// <para>
/// <c>default</c> is empty and readable; calls that need memory throw an <see cref="InvalidOperationException"/>.
/// A call that runs out of memory throws an <see cref="ArenaOutOfMemoryException"/> and leaves the list as it was. An
/// argument may be an element of the list itself. References and spans are valid until the list grows or is disposed.
/// </para>
/// <para>
/// Without a capacity it takes no memory before the first element. It doubles when it is full, in place where its
/// allocator can; requested capacities are exact. Elements are aligned to 16 bytes, or to the larger alignment of their
/// type. A list is for one thread at a time, within the thread rules of its allocator.
/// </para>
/// </remarks>
/// <typeparam name="T">The values' type.</typeparam>
/// <example>
/// <code>
/// using var enemies = new NativeList&lt;Ship&gt;(heap);
/// enemies.Add(new Ship { Health = 50 });
/// foreach (ref var enemy in enemies)
///     enemy.Health--;
/// </code>
/// </example>
[DebuggerDisplay("Count = {Count}")]
public unsafe struct NativeList<T> : IDisposable
    where T : unmanaged
{
    private void* _items;
    private int _count;
    private int _capacity;
    private Origin _origin;

    /// <summary>Makes an empty list.</summary>
    /// <param name="allocator">
    /// The allocator that it lives in: a heap, a buddy or frame allocator, or a custom one.
    /// </param>
    /// <param name="capacity">The number of elements to take memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeList(
        AllocatorHandle allocator, int capacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _origin = new Origin(allocator, new SourceLine(file, line, member));
        if (capacity > 0)
            SetCapacity(capacity);
    }

    /// <summary>The number of elements.</summary>
    public readonly int Count => _count;

    /// <summary>The number of elements that it has memory for.</summary>
    public readonly int Capacity => _capacity;

    private static nuint Alignment => NaturalAlignment.AtLeast16<T>();

    private readonly T* Items => (T*)_items;

    /// <summary>An element, to read or write it in place.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    public readonly ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (Checks.IsOn)
                _origin.Check();
            // The count is read once and widened without its sign, so that a loop keeps it in a register.
            var count = (uint)_count;
            if ((uint)index >= count)
                Fail.Index(index, count);
            return ref Items[(uint)index];
        }
    }

    /// <summary>Adds an element at the end.</summary>
    /// <param name="value">The value, which is copied.</param>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in T value)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        var count = _count;
        if (count < _capacity)
        {
            Items[(uint)count] = value;
            _count = count + 1;
        }
        else
        {
            AddSlowly(value);
        }
    }

    /// <summary>Adds a default element at the end, to be filled in place.</summary>
    /// <returns>The element.</returns>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T AddDefault()
    {
        Add(default);
        return ref Items[(uint)_count - 1];
    }

    /// <summary>
    /// Adds elements at the end that hold whatever was there before, for a caller that writes all of them. It saves the
    /// copy of
    /// <see cref="AddRange"/>.
    /// </summary>
    /// <param name="count">The number of elements; 0 adds none.</param>
    /// <returns>The elements, until the list grows or is disposed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    public Span<T> AddUninitialized(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var added = Reserve(count)[..count];
        _count += count;
        return added;
    }

    /// <summary>Adds elements at the end, in order.</summary>
    /// <param name="values">The elements, which are copied; they may be a part of the list.</param>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    public void AddRange(ReadOnlySpan<T> values)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if (values.Length > _capacity - _count)
            values = GrowFor(values);
        values.CopyTo(new Span<T>(Items + _count, values.Length));
        _count += values.Length;
    }

    /// <summary>Inserts an element; the elements from the index on move up.</summary>
    /// <param name="index">At least 0 and at most the count.</param>
    /// <param name="value">The value, which is copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    public void Insert(int index, in T value)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if ((uint)index > (uint)_count)
            Fail.InsertIndex(index, _count);
        var copy = value;
        if (_count == _capacity)
            Grow(_count + 1L);
        new ReadOnlySpan<T>(Items + index, _count - index).CopyTo(new Span<T>(Items + index + 1, _count - index));
        Items[index] = copy;
        _count++;
    }

    /// <summary>Removes an element; the elements behind it move down.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    public void RemoveAt(int index)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if ((uint)index >= (uint)_count)
            Fail.Index(index, (uint)_count);
        _count--;
        new ReadOnlySpan<T>(Items + index + 1, _count - index).CopyTo(new Span<T>(Items + index, _count - index));
    }

    /// <summary>Removes an element in one step; the last one takes its place.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RemoveAtSwapBack(int index)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        var count = _count;
        if ((uint)index >= (uint)count)
            Fail.Index(index, (uint)count);
        Items[(uint)index] = Items[(uint)count - 1];
        _count = count - 1;
    }

    /// <summary>Removes the last element, or returns false if there is none.</summary>
    /// <param name="value">The element, or default.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPop(out T value)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        var last = _count - 1;
        if (last < 0)
        {
            value = default;
            return false;
        }
        _count = last;
        value = Items[(uint)last];
        return true;
    }

    /// <summary>Removes everything, and keeps the capacity.</summary>
    public void Clear()
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        _count = 0;
    }

    /// <summary>
    /// Takes memory for this many elements, if there is memory for fewer; for exactly this many if it had none.
    /// </summary>
    /// <param name="capacity">The number of elements.</param>
    /// <returns>The capacity thereafter.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    public int EnsureCapacity(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        if (capacity > _capacity)
        {
            if (Checks.IsOn)
                _origin.CheckChange();
            SetCapacity(capacity);
        }
        return _capacity;
    }

    /// <summary>Gives unused memory back.</summary>
    public void TrimExcess()
    {
        if (_count == _capacity)
            return;
        if (Checks.IsOn)
            _origin.CheckChange();
        SetCapacity(_count);
    }

    /// <summary>Returns the elements, valid until the list grows or is disposed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Span<T> AsSpan()
    {
        if (Checks.IsOn)
            _origin.Check();
        return new Span<T>(_items, _count);
    }

    /// <summary>Enumerates the elements in order, by reference: <c>foreach (ref var x in list)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Enumerator GetEnumerator()
    {
        if (Checks.IsOn)
            _origin.Check();
        return new Enumerator(Items, Items + _count, Checks.IsOn ? _origin.Place : 0);
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
        var source = _origin.End(_items);
        var (items, byteCount) = ((nint)_items, (nuint)_capacity * (nuint)sizeof(T));
        this = default;
        if (items != 0)
            source?.Free(items, byteCount, new SourceLine(file, line, member));
    }

    void IDisposable.Dispose() => Dispose("", 0, nameof(Dispose));

    /// <summary>Returns room at the end for a caller that fills it and calls <see cref="Advance"/>.</summary>
    internal Span<T> Reserve(int more)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if (more > _capacity - _count)
            Grow((long)_count + more);
        return new Span<T>(Items + _count, _capacity - _count);
    }

    internal void Advance(int more) => _count += more;

    internal void Truncate(int count) => _count = count;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddSlowly(T value)
    {
        Grow(_count + 1L);
        Items[_count++] = value;
    }

    // Grows the list for values; those that lie in the list itself are found again after it has moved.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ReadOnlySpan<T> GrowFor(ReadOnlySpan<T> values)
    {
        var own = new ReadOnlySpan<T>(_items, _count);
        var isOwn = own.Overlaps(values, out var at);
        Grow((long)_count + values.Length);
        return isOwn ? new ReadOnlySpan<T>(Items + at, values.Length) : values;
    }

    private void Grow(long needed) => SetCapacity(Collections.Capacity.After(_capacity, needed, sizeof(T)));

    private void SetCapacity(int capacity) =>
        _origin.Resize(ref _items, ref _capacity, capacity, sizeof(T), Alignment);

    /// <summary>An enumerator of a list. In debug builds of the program, a change during the walk throws.</summary>
    public ref struct Enumerator
    {
        private readonly T* _end;
        private readonly ulong _place;
        private readonly uint _changes;
        private T* _current;

        internal Enumerator(T* first, T* end, ulong place)
        {
            _current = first - 1;
            _end = end;
            _place = place;
            _changes = Checks.IsOn ? Origin.Changes(place) : 0;
        }

        /// <summary>The element at the current position.</summary>
        public readonly ref T Current
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => ref *_current;
        }

        /// <summary>Goes to the next one, or returns false at the end.</summary>
        /// <exception cref="InvalidOperationException">
        /// The container was changed (in debug builds of the program).
        /// </exception>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            if (Checks.IsOn && Origin.Changes(_place) != _changes)
                Fail.ChangedDuringWalk();
            return ++_current < _end;
        }
    }
}
