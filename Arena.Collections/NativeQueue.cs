using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// A double-ended queue, which is a ring in one piece of an allocator's memory. It is a struct; pass it by ref. A copy
/// is stale once the original was disposed or has grown.
/// </summary>
/// <inheritdoc cref="NativeList{T}" path="/remarks"/>
/// <typeparam name="T">The values' type.</typeparam>
/// <example>
/// <code>
/// using var orders = new NativeQueue&lt;int&gt;(heap);
/// orders.Enqueue(3);
/// while (orders.TryDequeue(out var order))
///     Console.WriteLine(order);
/// </code>
/// </example>
[DebuggerDisplay("Count = {Count}")]
public unsafe struct NativeQueue<T> : IDisposable
    where T : unmanaged
{
    private void* _items;
    private int _head;
    private int _count;
    private int _capacity;
    private Origin _origin;

    /// <summary>Makes an empty queue.</summary>
    /// <inheritdoc cref="NativeList{T}(AllocatorHandle, int, string, int, string)"/>
    public NativeQueue(
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

    /// <summary>A reference to an element, counted from the one that is dequeued next.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    public readonly ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (Checks.IsOn)
                _origin.Check();
            var count = (uint)_count;
            if ((uint)index >= count)
                Fail.Index(index, count);
            return ref Items[At(index)];
        }
    }

    /// <summary>Adds an element at the end.</summary>
    /// <param name="value">The value, which is copied; it may be an element of the queue.</param>
    /// <exception cref="InvalidOperationException">The queue has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enqueue(in T value)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        var count = _count;
        if (count < _capacity)
        {
            Items[At(count)] = value;
            _count = count + 1;
        }
        else
        {
            EnqueueSlowly(value);
        }
    }

    /// <summary>Adds an element at the front, which is dequeued next.</summary>
    /// <inheritdoc cref="Enqueue"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EnqueueFirst(in T value)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if (_count < _capacity)
        {
            var head = (_head == 0 ? _capacity : _head) - 1;
            Items[(uint)head] = value;
            _head = head;
            _count++;
        }
        else
        {
            EnqueueFirstSlowly(value);
        }
    }

    /// <summary>Removes the first element, or returns false if there is none.</summary>
    /// <param name="value">The element, or default.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryDequeue(out T value)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if (_count == 0)
        {
            value = default;
            return false;
        }
        var head = _head;
        value = Items[(uint)head];
        head++;
        _head = head == _capacity ? 0 : head;
        _count--;
        return true;
    }

    /// <summary>Removes the last element, or returns false if there is none.</summary>
    /// <param name="value">The element, or default.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryDequeueLast(out T value)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        var last = _count - 1;
        if (last < 0)
        {
            value = default;
            return false;
        }
        value = Items[At(last)];
        _count = last;
        return true;
    }

    /// <summary>Gets the first element, which stays, or returns false if there is none.</summary>
    /// <param name="value">The element, or default.</param>
    public readonly bool TryPeek(out T value) => TryRead(0, out value);

    /// <summary>Gets the last element, which stays, or returns false if there is none.</summary>
    /// <param name="value">The element, or default.</param>
    public readonly bool TryPeekLast(out T value) => TryRead(_count - 1, out value);

    /// <summary>Removes everything, and keeps the capacity.</summary>
    public void Clear()
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        _head = 0;
        _count = 0;
    }

    /// <summary>Takes memory for exactly this many elements, if there is memory for fewer.</summary>
    /// <inheritdoc cref="NativeList{T}.EnsureCapacity"/>
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

    /// <summary>Enumerates the elements from the first to the last, by reference.</summary>
    public readonly Enumerator GetEnumerator()
    {
        if (Checks.IsOn)
            _origin.Check();
        return new Enumerator(this);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint At(int index)
    {
        var at = (uint)_head + (uint)index;
        return at < (uint)_capacity ? at : at - (uint)_capacity;
    }

    private readonly bool TryRead(int index, out T value)
    {
        if (Checks.IsOn)
            _origin.Check();
        if (_count == 0)
        {
            value = default;
            return false;
        }
        value = Items[At(index)];
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnqueueSlowly(T value)
    {
        Grow();
        Items[At(_count)] = value;
        _count++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnqueueFirstSlowly(T value)
    {
        Grow();
        EnqueueFirst(in value);
    }

    private void Grow() => SetCapacity(Collections.Capacity.After(_capacity, _count + 1L, sizeof(T)));

    // Changes the capacity. New room behind the old end splits a ring that wraps there: the elements before the old end
    // move up.
    private void SetCapacity(int capacity)
    {
        var old = _capacity;
        try
        {
            _origin.Resize(ref _items, ref _capacity, capacity, sizeof(T), Alignment);
        }
        finally
        {
            var more = _capacity - old;
            if (more > 0 && _count > old - _head)
            {
                new ReadOnlySpan<T>(Items + _head, old - _head).CopyTo(new Span<T>(Items + _head + more, old - _head));
                _head += more;
            }
        }
    }

    /// <summary>An enumerator of a queue. In debug builds of the program, a change during the walk throws.</summary>
    public ref struct Enumerator
    {
        private readonly NativeQueue<T> _queue;
        private readonly uint _changes;
        private int _index;

        internal Enumerator(NativeQueue<T> queue)
        {
            _queue = queue;
            _index = -1;
            _changes = Checks.IsOn ? Origin.Changes(queue._origin.Place) : 0;
        }

        /// <summary>The element at the current position.</summary>
        public readonly ref T Current => ref _queue.Items[_queue.At(_index)];

        /// <summary>Goes to the next one, or returns false at the end.</summary>
        /// <exception cref="InvalidOperationException">
        /// The container was changed (in debug builds of the program).
        /// </exception>
        public bool MoveNext()
        {
            if (Checks.IsOn && Origin.Changes(_queue._origin.Place) != _changes)
                Fail.ChangedDuringWalk();
            return ++_index < _queue._count;
        }
    }
}
