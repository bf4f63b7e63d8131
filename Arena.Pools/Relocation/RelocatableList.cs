using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// A list of unmanaged values in a <see cref="RelocatableHeap"/>: a compaction moves it like anything else there.
/// </summary>
/// <remarks>
/// <para>
/// All of it lies behind its handle, so copies of this struct are the same list, and all of them end with the first
/// Dispose. References and spans are valid until the next call that allocates, resizes or compacts in the same heap;
/// <see cref="Pin"/> keeps the list where it is.
/// </para>
/// <para>
/// <c>default</c> is empty and readable; calls that need memory throw an <see cref="InvalidOperationException"/>.
/// A call that runs out of memory throws an <see cref="ArenaOutOfMemoryException"/> and leaves the list as it was. An
/// argument may be an element of the list itself. The list doubles when it is full. It is for one thread.
/// </para>
/// </remarks>
/// <typeparam name="T">The element, without references.</typeparam>
/// <example>
/// <code>
/// using var path = new RelocatableList&lt;float&gt;(movable);
/// path.Add(1.5f);
/// Console.WriteLine(path.AsSpan()[0]);
/// </code>
/// </example>
[DebuggerDisplay("Count = {Count}")]
[SuppressMessage("Naming", "CA1710", Justification = "A list is named for what it is.")]
public readonly unsafe struct RelocatableList<T> : IDisposable
    where T : unmanaged
{
    // The header in front of the elements holds their number.
    private const int HeaderBytes = 8;
    private const int FirstCapacity = 4;

    private readonly RelocatableHeap? _heap;
    private readonly SourceLine _source;

    /// <summary>An empty list.</summary>
    /// <param name="heap">The heap that it lives in.</param>
    /// <param name="capacity">The number of elements to take memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentNullException">The heap is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The heap cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The heap was disposed.</exception>
    public RelocatableList(
        RelocatableHeap heap, int capacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ArgumentNullException.ThrowIfNull(heap);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _heap = heap;
        _source = new SourceLine(file, line, member);
        Handle = heap.Allocate(BytesFor(capacity), file, line, member);
        CountRef(heap.Span(Handle)) = 0;
    }

    /// <summary>The allocation that holds the list; none for <c>default</c>.</summary>
    public RelocatableHandle Handle { get; }

    /// <summary>The number of elements.</summary>
    /// <exception cref="InvalidOperationException">The list was disposed.</exception>
    public int Count => _heap is null ? 0 : CountRef(_heap.Span(Handle));

    /// <summary>The number of elements that it has memory for.</summary>
    /// <exception cref="InvalidOperationException">The list was disposed.</exception>
    public int Capacity => _heap is null ? 0 : CapacityOf(_heap.Span(Handle));

    /// <summary>A reference to an element, to read or write it in place.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    /// <exception cref="InvalidOperationException">The list was disposed.</exception>
    public ref T this[int index]
    {
        get
        {
            var elements = AsSpan();
            if (unchecked((uint)index) >= (uint)elements.Length)
                ThrowIndex(index, elements.Length);
            return ref elements[index];
        }
    }

    /// <summary>Returns the elements, until the next call that allocates, resizes or compacts.</summary>
    /// <exception cref="InvalidOperationException">The list was disposed.</exception>
    public Span<T> AsSpan()
    {
        if (_heap is null)
            return default;
        var bytes = _heap.Span(Handle);
        return Elements(bytes)[..CountRef(bytes)];
    }

    /// <summary>Adds an element at the end.</summary>
    /// <param name="value">Copied.</param>
    /// <exception cref="InvalidOperationException">
    /// The list has no heap, or was disposed, or is pinned and full.
    /// </exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public void Add(in T value)
    {
        var copy = value;
        var bytes = Grown(1);
        ref var count = ref CountRef(bytes);
        Elements(bytes)[count++] = copy;
    }

    /// <summary>Adds elements at the end, in order.</summary>
    /// <param name="values">The elements, which are copied; they may be a part of the list.</param>
    /// <exception cref="InvalidOperationException">
    /// The list has no heap, or was disposed, or is pinned and full.
    /// </exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public void AddRange(ReadOnlySpan<T> values)
    {
        // A part of the list may move when it grows.
        var own = AsSpan().Overlaps(values, out var offset);
        var bytes = Grown(values.Length);
        ref var count = ref CountRef(bytes);
        var elements = Elements(bytes);
        var source = own ? elements.Slice(offset, values.Length) : values;
        source.CopyTo(elements[count..]);
        count += values.Length;
    }

    /// <summary>Inserts an element; the elements from the index on move up.</summary>
    /// <param name="index">At least 0 and at most the count.</param>
    /// <param name="value">Copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    /// <exception cref="InvalidOperationException">
    /// The list has no heap, or was disposed, or is pinned and full.
    /// </exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public void Insert(int index, in T value)
    {
        var copy = value;
        if (unchecked((uint)index) > (uint)Count)
            ThrowIndex(index, Count);
        var bytes = Grown(1);
        ref var count = ref CountRef(bytes);
        var elements = Elements(bytes);
        elements[index..count].CopyTo(elements[(index + 1)..]);
        elements[index] = copy;
        count++;
    }

    /// <summary>Removes an element; the elements behind it move down.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    /// <exception cref="InvalidOperationException">The list was disposed.</exception>
    public void RemoveAt(int index)
    {
        var elements = AsSpan();
        if (unchecked((uint)index) >= (uint)elements.Length)
            ThrowIndex(index, elements.Length);
        elements[(index + 1)..].CopyTo(elements[index..]);
        CountRef(_heap!.Span(Handle))--;
    }

    /// <summary>Removes an element; the last one takes its place.</summary>
    /// <param name="index">At least 0 and less than the count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    /// <exception cref="InvalidOperationException">The list was disposed.</exception>
    public void RemoveAtSwapBack(int index)
    {
        var elements = AsSpan();
        if (unchecked((uint)index) >= (uint)elements.Length)
            ThrowIndex(index, elements.Length);
        elements[index] = elements[^1];
        CountRef(_heap!.Span(Handle))--;
    }

    /// <summary>Removes the last element and returns it, if there is one.</summary>
    /// <param name="value">The element, or a default value.</param>
    /// <exception cref="InvalidOperationException">The list was disposed.</exception>
    public bool TryPop(out T value)
    {
        var elements = AsSpan();
        value = elements.IsEmpty ? default : elements[^1];
        if (elements.IsEmpty)
            return false;
        CountRef(_heap!.Span(Handle))--;
        return true;
    }

    /// <summary>Removes all elements and keeps the memory.</summary>
    /// <exception cref="InvalidOperationException">The list was disposed.</exception>
    public void Clear()
    {
        if (_heap is not null)
            CountRef(_heap.Span(Handle)) = 0;
    }

    /// <summary>Makes room for exactly this many elements, if there is room for fewer.</summary>
    /// <param name="capacity">Elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="InvalidOperationException">The list has no heap, or was disposed, or is pinned.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public void EnsureCapacity(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        if (capacity > Capacity)
            Resize(capacity);
    }

    /// <summary>Gives unused memory back.</summary>
    /// <exception cref="InvalidOperationException">The list was disposed, or is pinned.</exception>
    public void TrimExcess()
    {
        if (_heap is not null && Count < Capacity)
            Resize(Count);
    }

    /// <summary>Keeps the list where it is until the result is disposed. It cannot grow meanwhile.</summary>
    /// <exception cref="InvalidOperationException">The list has no heap, or was disposed.</exception>
    public PinnedBytes Pin() => HeapOrThrow().Pin(Handle);

    /// <summary>Frees the list. Disposing it twice, or after its heap, does nothing.</summary>
    /// <exception cref="InvalidFreeException">The list is pinned.</exception>
    public void Dispose()
    {
        if (_heap is { IsDisposed: false } && _heap.Contains(Handle))
            _heap.Free(Handle);
    }

    /// <summary>Returns at least this many unused elements behind the last one, until the next call.</summary>
    internal Span<T> Room(int count)
    {
        var bytes = Grown(count);
        return Elements(bytes)[CountRef(bytes)..];
    }

    /// <summary>Adds this many elements of that room to the list.</summary>
    internal void Extend(int count) => CountRef(HeapOrThrow().Span(Handle)) += count;

    private static nuint BytesFor(int capacity) => HeaderBytes + (nuint)(uint)capacity * (nuint)sizeof(T);

    private static ref int CountRef(Span<byte> bytes) => ref MemoryMarshal.AsRef<int>(bytes);

    private static Span<T> Elements(Span<byte> bytes) => MemoryMarshal.Cast<byte, T>(bytes[HeaderBytes..]);

    private static int CapacityOf(Span<byte> bytes) => (bytes.Length - HeaderBytes) / sizeof(T);

    [DoesNotReturn]
    private static void ThrowIndex(int index, int count) => throw new ArgumentOutOfRangeException(
        nameof(index), $"The index is {index}, and the list has {count} elements.");

    private RelocatableHeap HeapOrThrow() => _heap ?? throw new InvalidOperationException(
        $"This RelocatableList<{typeof(T).Name}> is default: give it a heap, new RelocatableList<...>(heap).");

    // Returns the list's bytes, with room for this many more elements.
    private Span<byte> Grown(int more)
    {
        var heap = HeapOrThrow();
        var bytes = heap.Span(Handle);
        var needed = (long)CountRef(bytes) + more;
        if (needed <= CapacityOf(bytes))
            return bytes;
        var most = (int.MaxValue - HeaderBytes) / sizeof(T);
        var doubled = Math.Max(FirstCapacity, 2L * CapacityOf(bytes));
        Resize((int)Math.Min(Math.Max(needed, Math.Min(doubled, most)), int.MaxValue));
        return heap.Span(Handle);
    }

    private void Resize(int capacity)
    {
        var heap = HeapOrThrow();
        if (BytesFor(capacity) > int.MaxValue)
            Throw.OutOfMemory(heap, BytesFor(capacity), "a list has at most 2 GiB; use several");
        heap.Resize(Handle, BytesFor(capacity), _source.File, _source.Line, _source.Member);
    }
}
