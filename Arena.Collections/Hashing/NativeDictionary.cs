using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// Values by key, in an allocator. A struct to be passed by ref; a copy is stale once the original was disposed or has
/// grown.
/// </summary>
/// <remarks>
/// <para>
/// <c>default</c> is empty and readable; whatever needs memory throws an <see cref="InvalidOperationException"/> then.
/// A call that runs out of memory throws an <see cref="ArenaOutOfMemoryException"/> and leaves it as it was.
/// References to values hold until the next key is added or removed.
/// </para>
/// <para>
/// Keys and values lie in a row, so that a walk reads memory in order; a removal moves the last pair into the hole.
/// Chains lead to them, at 10.4 bytes a pair when it is full and twice as much when it has just grown. Keys are
/// compared and hashed by themselves, as in a <see cref="Dictionary{TKey, TValue}"/>; the hash is not made to resist
/// keys that an attacker chose. For one thread at a time, and no more than its allocator allows.
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

    /// <summary>An empty dictionary.</summary>
    /// <param name="allocator">Where it lives: a heap, a buddy or frame allocator, or one of your own.</param>
    /// <param name="capacity">Pairs that it takes memory for at once.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeDictionary(
        AllocatorHandle allocator, int capacity = 0,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        _table = new HashTable<TKey, Pair>(new Origin(allocator, file, line, member), capacity);

    /// <summary>Pairs in it.</summary>
    public readonly int Count => _table.Count;

    /// <summary>Pairs that it has memory for.</summary>
    public readonly int Capacity => _table.Capacity;

    /// <summary>The value of a key, to be read and written where it lies.</summary>
    /// <param name="key">A key that is there.</param>
    /// <exception cref="KeyNotFoundException">It is not.</exception>
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

    /// <summary>Adds a pair, or returns false where the key is there already.</summary>
    /// <param name="key">Copied.</param>
    /// <param name="value">Copied; the value that is there stays.</param>
    /// <exception cref="InvalidOperationException">The dictionary has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public bool TryAdd(TKey key, TValue value)
    {
        var hash = Hash.Of(key);
        if (_table.Find(key, hash) != null)
            return false;
        _table.Add(key, hash)->Value = value;
        return true;
    }

    /// <summary>A copy of a key's value, or false where the key is not there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, or default.</param>
    public readonly bool TryGetValue(TKey key, out TValue value)
    {
        var pair = _table.Find(key, Hash.Of(key));
        value = pair == null ? default : pair->Value;
        return pair != null;
    }

    /// <summary>The value of a key, added as default where the key is not there.</summary>
    /// <param name="key">Copied.</param>
    /// <param name="exists">Whether it was there.</param>
    /// <exception cref="InvalidOperationException">The dictionary has no allocator.</exception>
    /// <exception cref="ArenaOutOfMemoryException">It cannot grow; it is as it was.</exception>
    public ref TValue GetOrAdd(TKey key, out bool exists)
    {
        var hash = Hash.Of(key);
        var pair = _table.Find(key, hash);
        exists = pair != null;
        if (pair == null)
        {
            pair = _table.Add(key, hash);
            pair->Value = default;
        }
        return ref pair->Value;
    }

    /// <summary>Whether a key is there.</summary>
    /// <param name="key">The key.</param>
    public readonly bool ContainsKey(TKey key) => _table.Find(key, Hash.Of(key)) != null;

    /// <summary>Removes a key and its value, or returns false where it is not there.</summary>
    /// <param name="key">The key.</param>
    public bool Remove(TKey key) => Remove(key, out _);

    /// <summary>Removes a key and its value, or returns false where it is not there.</summary>
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

    /// <summary>Removes everything; the capacity stays.</summary>
    public void Clear() => _table.Clear();

    /// <summary>Takes memory for that many pairs where there is less.</summary>
    /// <inheritdoc cref="NativeList{T}.EnsureCapacity"/>
    public int EnsureCapacity(int capacity) => _table.EnsureCapacity(capacity);

    /// <summary>Gives back the memory that no pair uses, where the allocator has room for the smaller table.</summary>
    /// <exception cref="ArenaOutOfMemoryException">It has not; the dictionary is as it was.</exception>
    public void TrimExcess() => _table.TrimExcess();

    /// <summary>Walks the pairs: a key, and the value by reference. Keys come in no promised order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Enumerator GetEnumerator()
    {
        if (Checks.IsOn)
            _table.Check();
        return new Enumerator(_table.First, _table.Count, Checks.IsOn ? _table.Place : 0);
    }

    /// <summary>Frees its memory. It is default thereafter; frame memory dies with its frame.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidFreeException">A copy of it was disposed or has grown; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void Dispose(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "") =>
        _table.Dispose(file, line, member);

    void IDisposable.Dispose() => Dispose("", 0, nameof(Dispose));

    /// <summary>A key and its value, where they lie.</summary>
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

        /// <summary>The value, to be read and written.</summary>
        public ref TValue Value
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => ref _pair->Value;
        }

        /// <summary>Copies of both.</summary>
        /// <param name="key">The key.</param>
        /// <param name="value">The value.</param>
        public void Deconstruct(out TKey key, out TValue value) => (key, value) = (_pair->Key, _pair->Value);
    }

    /// <summary>A walk over a dictionary. In programs that are debugged, a change meanwhile throws.</summary>
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

        /// <summary>The pair that the walk is at.</summary>
        public readonly Entry Current
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => new(_current);
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

    internal struct Pair
    {
        public TKey Key;
        public TValue Value;
    }
}
