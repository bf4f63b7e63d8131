using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// A queue with two ends, a ring in one piece of an allocator's memory. A struct to be passed by ref; a copy is stale
/// once the original was disposed or has grown.
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

    /// <summary>An empty queue.</summary>
    /// <inheritdoc cref="NativeList{T}(AllocatorHandle, int, string, int, string)"/>
    public NativeQueue(
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

    /// <summary>An element, counted from the one that is dequeued next.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not.</exception>
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
    /// <param name="value">Copied; may be an element of the queue.</param>
    /// <exception cref="InvalidOperationException">The queue has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
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

    /// <summary>Adds an element at the front: it is dequeued next.</summary>
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

    /// <summary>Removes the first element, or returns false where there is none.</summary>
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

    /// <summary>Removes the last element, or returns false where there is none.</summary>
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

    /// <summary>The first element, which stays, or false where there is none.</summary>
    /// <param name="value">The element, or default.</param>
    public readonly bool TryPeek(out T value) => TryRead(0, out value);

    /// <summary>The last element, which stays, or false where there is none.</summary>
    /// <param name="value">The element, or default.</param>
    public readonly bool TryPeekLast(out T value) => TryRead(_count - 1, out value);

    /// <summary>Removes everything; the capacity stays.</summary>
    public void Clear()
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        _head = 0;
        _count = 0;
    }

    /// <summary>Takes memory for that many elements where there is less: exactly as many.</summary>
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

    /// <summary>Walks the elements from the first to the last, by reference.</summary>
    public readonly Enumerator GetEnumerator()
    {
        if (Checks.IsOn)
            _origin.Check();
        return new Enumerator(this);
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

    // A ring that passes the end is parted by the room that comes behind it: what lies before the old end moves up.
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

    /// <summary>A walk over a queue. In programs that are debugged, a change meanwhile throws.</summary>
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

        /// <summary>The element that the walk is at.</summary>
        public readonly ref T Current => ref _queue.Items[_queue.At(_index)];

        /// <summary>Goes on, or returns false at the end.</summary>
        /// <exception cref="InvalidOperationException">It was changed (in programs that are debugged).</exception>
        public bool MoveNext()
        {
            if (Checks.IsOn && Origin.Changes(_queue._origin.Place) != _changes)
                Fail.ChangedDuringWalk();
            return ++_index < _queue._count;
        }
    }
}
