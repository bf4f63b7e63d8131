using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// A list of unmanaged values that lives in an allocator. A struct to be passed by ref; a copy is stale once the
/// original was disposed or has grown.
/// </summary>
/// <remarks>
/// <para>
/// <c>default</c> is empty and readable; whatever needs memory throws an <see cref="InvalidOperationException"/> then.
/// A call that runs out of memory throws an <see cref="ArenaOutOfMemoryException"/> and leaves the list as it was. An
/// argument may be an element of the list itself. References and spans hold until the list grows or is disposed.
/// </para>
/// <para>
/// Without a capacity it takes no memory before the first element. It doubles when it is full, in place where its
/// allocator can; capacities that are asked for are exact. Elements are aligned to 16 bytes or what they need beyond.
/// For one thread at a time, and no more than its allocator allows.
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

    /// <summary>An empty list.</summary>
    /// <param name="allocator">Where it lives: a heap, a buddy or frame allocator, or one of your own.</param>
    /// <param name="capacity">Elements that it takes memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeList(
        AllocatorHandle allocator, int capacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _origin = new Origin(allocator, file, line, member);
        if (capacity > 0)
            SetCapacity(capacity);
    }

    /// <summary>Elements in it.</summary>
    public readonly int Count => _count;

    /// <summary>Elements that it has memory for.</summary>
    public readonly int Capacity => _capacity;

    private static nuint Alignment => NaturalAlignment.AtLeast16<T>();

    private readonly T* Items => (T*)_items;

    /// <summary>An element, to be read and written where it lies.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not.</exception>
    public readonly ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (Checks.IsOn)
                _origin.Check();
            // Read once and widened without its sign: a loop then keeps the count in a register.
            var count = (uint)_count;
            if ((uint)index >= count)
                Fail.Index(index, count);
            return ref Items[(uint)index];
        }
    }

    /// <summary>Adds an element at the end.</summary>
    /// <param name="value">Copied.</param>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
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

    /// <summary>Adds a default element at the end, to be filled where it lies.</summary>
    /// <returns>The element.</returns>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T AddDefault()
    {
        Add(default);
        return ref Items[(uint)_count - 1];
    }

    /// <summary>
    /// Adds elements at the end that hold whatever was there before, for one who writes all of them: saves the copy of
    /// <see cref="AddRange"/>.
    /// </summary>
    /// <param name="count">Elements; 0 adds none.</param>
    /// <returns>The elements, until the list grows or is disposed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public Span<T> AddUninitialized(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var added = Reserve(count)[..count];
        _count += count;
        return added;
    }

    /// <summary>Adds elements at the end, in their order.</summary>
    /// <param name="values">Copied; may be a part of the list.</param>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public void AddRange(ReadOnlySpan<T> values)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if (values.Length > _capacity - _count)
            values = GrowFor(values);
        values.CopyTo(new Span<T>(Items + _count, values.Length));
        _count += values.Length;
    }

    /// <summary>Inserts an element; those from the index on move up.</summary>
    /// <param name="index">At least 0 and at most the count.</param>
    /// <param name="value">Copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not.</exception>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
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

    /// <summary>Removes an element; those behind it move down.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not.</exception>
    public void RemoveAt(int index)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if ((uint)index >= (uint)_count)
            Fail.Index(index, (uint)_count);
        _count--;
        new ReadOnlySpan<T>(Items + index + 1, _count - index).CopyTo(new Span<T>(Items + index, _count - index));
    }

    /// <summary>Removes an element at once: the last one takes its place.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not.</exception>
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

    /// <summary>Removes the last element, or returns false where there is none.</summary>
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

    /// <summary>Removes everything; the capacity stays.</summary>
    public void Clear()
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        _count = 0;
    }

    /// <summary>Takes memory for that many elements where there is less: exactly as many where it had none.</summary>
    /// <param name="capacity">Elements.</param>
    /// <returns>The capacity thereafter.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    /// <exception cref="InvalidOperationException">The list has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
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

    /// <summary>Gives back the memory that no element uses.</summary>
    public void TrimExcess()
    {
        if (_count == _capacity)
            return;
        if (Checks.IsOn)
            _origin.CheckChange();
        SetCapacity(_count);
    }

    /// <summary>The elements, until the list grows or is disposed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Span<T> AsSpan()
    {
        if (Checks.IsOn)
            _origin.Check();
        return new Span<T>(_items, _count);
    }

    /// <summary>Walks the elements in order, by reference: <c>foreach (ref var x in list)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Enumerator GetEnumerator()
    {
        if (Checks.IsOn)
            _origin.Check();
        return new Enumerator(Items, Items + _count, Checks.IsOn ? _origin.Place : 0);
    }

    /// <summary>Frees its memory. It is default thereafter; frame memory dies with its frame.</summary>
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

    /// <summary>Room for more at the end, for one who fills it and calls <see cref="Advance"/>.</summary>
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

    // What lies in the list itself is found again after it has moved.
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

    /// <summary>A walk over a list. In programs that are debugged, a change meanwhile throws.</summary>
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

        /// <summary>The element that the walk is at.</summary>
        public readonly ref T Current
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => ref *_current;
        }

        /// <summary>Goes on, or returns false at the end.</summary>
        /// <exception cref="InvalidOperationException">It was changed (in programs that are debugged).</exception>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            if (Checks.IsOn && Origin.Changes(_place) != _changes)
                Fail.ChangedDuringWalk();
            return ++_current < _end;
        }
    }
}
