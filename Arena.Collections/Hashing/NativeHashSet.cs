using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// A set of values in the memory of an allocator. It is a struct; pass it by ref. A copy is stale once the original was
/// disposed or has grown.
/// </summary>
/// <remarks>
/// It works like a <see cref="NativeDictionary{TKey, TValue}"/> without values, with the items in a row.
/// </remarks>
/// <typeparam name="T">The items' type.</typeparam>
/// <example>
/// <code>
/// using var visited = new NativeHashSet&lt;int&gt;(heap);
/// if (visited.Add(12))
///     Console.WriteLine("for the first time");
/// </code>
/// </example>
[DebuggerDisplay("Count = {Count}")]
public unsafe struct NativeHashSet<T> : IDisposable
    where T : unmanaged, IEquatable<T>
{
    private HashTable<T, T> _table;

    /// <summary>Makes an empty set.</summary>
    /// <param name="allocator">
    /// The allocator that it lives in: a heap, a buddy or frame allocator, or a custom one.
    /// </param>
    /// <param name="capacity">The number of items to take memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeHashSet(
        AllocatorHandle allocator, int capacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        _table = new HashTable<T, T>(new Origin(allocator, new SourceLine(file, line, member)), capacity);

    /// <summary>The number of items.</summary>
    public readonly int Count => _table.Count;

    /// <summary>The number of items that it has memory for.</summary>
    public readonly int Capacity => _table.Capacity;

    /// <summary>Adds an item, or returns false if it is there already.</summary>
    /// <param name="item">The item, which is copied.</param>
    /// <exception cref="InvalidOperationException">The set has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    public bool Add(T item)
    {
        var hash = Hash.Of(item);
        var bucket = _table.BucketOf(hash);
        if (_table.Find(item, hash, bucket) != null)
            return false;
        _table.Add(item, hash, bucket);
        return true;
    }

    /// <summary>Returns whether an item is there.</summary>
    /// <param name="item">The item.</param>
    public readonly bool Contains(T item) => _table.Find(item, Hash.Of(item)) != null;

    /// <summary>Removes an item, or returns false if it is not there.</summary>
    /// <param name="item">The item.</param>
    public bool Remove(T item)
    {
        var hash = Hash.Of(item);
        var found = _table.Find(item, hash);
        if (found == null)
            return false;
        _table.Remove(found, hash);
        return true;
    }

    /// <summary>Removes everything, and keeps the capacity.</summary>
    public void Clear() => _table.Clear();

    /// <summary>Takes memory for this many items, if there is memory for fewer.</summary>
    /// <inheritdoc cref="NativeList{T}.EnsureCapacity"/>
    public int EnsureCapacity(int capacity) => _table.EnsureCapacity(capacity);

    /// <inheritdoc cref="NativeDictionary{TKey, TValue}.TrimExcess"/>
    public void TrimExcess() => _table.TrimExcess();

    /// <summary>Enumerates the items in an unspecified order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Enumerator GetEnumerator()
    {
        if (Checks.IsOn)
            _table.Check();
        return new Enumerator(_table.First, _table.Count, Checks.IsOn ? _table.Place : 0);
    }

    /// <summary>Frees the memory, and makes this a default value; frame memory dies with its frame.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidFreeException">A copy of it was disposed or has grown; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void Dispose(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        _table.Dispose(new SourceLine(file, line, member));

    void IDisposable.Dispose() => Dispose("", 0, nameof(Dispose));

    /// <summary>An enumerator of a set. In debug builds of the program, a change during the walk throws.</summary>
    public ref struct Enumerator
    {
        private readonly T* _end;
        private readonly ulong _place;
        private readonly uint _changes;
        private T* _current;

        internal Enumerator(T* first, int count, ulong place)
        {
            _current = first - 1;
            _end = first + count;
            _place = place;
            _changes = Checks.IsOn ? Origin.Changes(place) : 0;
        }

        /// <summary>The item at the current position.</summary>
        public readonly ref readonly T Current
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
