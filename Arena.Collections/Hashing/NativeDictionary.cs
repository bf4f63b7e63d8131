using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// A dictionary in the memory of an allocator. It is a struct; pass it by ref. A copy is stale once the original was
/// disposed or has grown.
/// </summary>
/// <remarks>
/// <para>
/// <c>default</c> is empty and readable; calls that need memory throw an <see cref="InvalidOperationException"/>.
/// A call that runs out of memory throws an <see cref="ArenaOutOfMemoryException"/> and leaves it as it was.
/// References to values are valid until the next key is added or removed.
/// </para>
/// <para>
/// Keys and values lie in a row, so that a walk reads memory in order; a removal moves the last pair into the hole.
/// Chains lead to them; these take 8 bytes for each pair of the capacity, and 12 up to a capacity of 65,536. Keys are
/// compared and hashed by their own methods, as in a <see cref="Dictionary{TKey, TValue}"/>; the hash does not resist
/// keys that an attacker chose. A dictionary is for one thread at a time, within the thread rules of its allocator.
/// </para>
/// </remarks>
/// <typeparam name="TKey">The keys' type.</typeparam>
/// <typeparam name="TValue">The values' type.</typeparam>
/// <example>
/// <code>
/// using var scores = new NativeDictionary&lt;int, long&gt;(heap);
/// scores.GetOrAdd(7, out _) += 100;
/// foreach (var (player, score) in scores)
///     Console.WriteLine($"{player}: {score}");
/// </code>
/// </example>
[DebuggerDisplay("Count = {Count}")]
public unsafe struct NativeDictionary<TKey, TValue> : IDisposable
    where TKey : unmanaged, IEquatable<TKey>
    where TValue : unmanaged
{
    private HashTable<TKey, Pair> _table;

    /// <summary>Makes an empty dictionary.</summary>
    /// <param name="allocator">
    /// The allocator that it lives in: a heap, a buddy or frame allocator, or a custom one.
    /// </param>
    /// <param name="capacity">The number of pairs to take memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeDictionary(
        AllocatorHandle allocator, int capacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        _table = new HashTable<TKey, Pair>(new Origin(allocator, new SourceLine(file, line, member)), capacity);

    /// <summary>The number of pairs.</summary>
    public readonly int Count => _table.Count;

    /// <summary>The number of pairs that it has memory for.</summary>
    public readonly int Capacity => _table.Capacity;

    /// <summary>The value of a key, to read or write it in place.</summary>
    /// <param name="key">A key of the dictionary.</param>
    /// <exception cref="KeyNotFoundException">The key is not in the dictionary.</exception>
    public readonly ref TValue this[TKey key]
    {
        get
        {
            var pair = _table.Find(key, Hash.Of(key));
            if (pair == null)
                Fail.NoSuchKey(key);
            return ref pair->Value;
        }
    }

    /// <summary>Adds a pair, or returns false if the key is there already.</summary>
    /// <param name="key">The key, which is copied.</param>
    /// <param name="value">The value, which is copied. An existing value stays.</param>
    /// <exception cref="InvalidOperationException">The dictionary has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    public bool TryAdd(TKey key, TValue value)
    {
        var hash = Hash.Of(key);
        var bucket = _table.BucketOf(hash);
        if (_table.Find(key, hash, bucket) != null)
            return false;
        _table.Add(key, hash, bucket)->Value = value;
        return true;
    }

    /// <summary>Gets a copy of a key's value, or returns false if the key is not there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, or default.</param>
    public readonly bool TryGetValue(TKey key, out TValue value)
    {
        var pair = _table.Find(key, Hash.Of(key));
        value = pair == null ? default : pair->Value;
        return pair != null;
    }

    /// <summary>Returns the value of a key, and adds a default value if the key is not there.</summary>
    /// <param name="key">The key, which is copied.</param>
    /// <param name="exists">True if the key was there.</param>
    /// <exception cref="InvalidOperationException">The dictionary has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow, and is unchanged.</exception>
    public ref TValue GetOrAdd(TKey key, out bool exists)
    {
        var hash = Hash.Of(key);
        var bucket = _table.BucketOf(hash);
        var pair = _table.Find(key, hash, bucket);
        exists = pair != null;
        if (pair == null)
        {
            pair = _table.Add(key, hash, bucket);
            pair->Value = default;
        }
        return ref pair->Value;
    }

    /// <summary>Returns whether a key is there.</summary>
    /// <param name="key">The key.</param>
    public readonly bool ContainsKey(TKey key) => _table.Find(key, Hash.Of(key)) != null;

    /// <summary>Removes a key and its value, or returns false if it is not there.</summary>
    /// <param name="key">The key.</param>
    public bool Remove(TKey key) => Remove(key, out _);

    /// <summary>Removes a key and its value, or returns false if it is not there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value that it had, or default.</param>
    public bool Remove(TKey key, out TValue value)
    {
        var hash = Hash.Of(key);
        var pair = _table.Find(key, hash);
        value = pair == null ? default : pair->Value;
        if (pair == null)
            return false;
        _table.Remove(pair, hash);
        return true;
    }

    /// <summary>Removes everything, and keeps the capacity.</summary>
    public void Clear() => _table.Clear();

    /// <summary>Takes memory for this many pairs, if there is memory for fewer.</summary>
    /// <inheritdoc cref="NativeList{T}.EnsureCapacity"/>
    public int EnsureCapacity(int capacity) => _table.EnsureCapacity(capacity);

    /// <summary>Gives unused memory back, if the allocator has room for the smaller table.</summary>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no room; the dictionary is unchanged.</exception>
    public void TrimExcess() => _table.TrimExcess();

    /// <summary>Enumerates the pairs: a key, and the value by reference. The order is unspecified.</summary>
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

    /// <summary>A key and its value, in place.</summary>
    public readonly ref struct Entry
    {
        private readonly Pair* _pair;

        internal Entry(Pair* pair) => _pair = pair;

        /// <summary>The key.</summary>
        public TKey Key
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => _pair->Key;
        }

        /// <summary>A reference to the value.</summary>
        public ref TValue Value
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => ref _pair->Value;
        }

        /// <summary>Copies both.</summary>
        /// <param name="key">The key.</param>
        /// <param name="value">The value.</param>
        public void Deconstruct(out TKey key, out TValue value) => (key, value) = (_pair->Key, _pair->Value);
    }

    /// <summary>
    /// An enumerator of a dictionary. In debug builds of the program, a change during the walk throws.
    /// </summary>
    public ref struct Enumerator
    {
        private readonly Pair* _end;
        private readonly ulong _place;
        private readonly uint _changes;
        private Pair* _current;

        internal Enumerator(Pair* first, int count, ulong place)
        {
            _current = first - 1;
            _end = first + count;
            _place = place;
            _changes = Checks.IsOn ? Origin.Changes(place) : 0;
        }

        /// <summary>The pair at the current position.</summary>
        public readonly Entry Current
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => new(_current);
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

    internal struct Pair
    {
        public TKey Key;
        public TValue Value;
    }
}
