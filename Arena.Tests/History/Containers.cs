using Arena.Collections;
using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>One container of each kind, which lies in the memory that goes back, as its elements do.</summary>
internal struct Containers
{
    private NativeList<int> _list;
    private NativeQueue<long> _queue;
    private NativeDictionary<int, long> _dictionary;
    private NativeHashSet<int> _set;
    private NativeSparseSet<int> _sparse;
    private NativeBitSet _bits;
    private NativeText _text;
    private NativeList<int> _long;

    public Containers(Heap heap, BuddyAllocator buddy, SparseAllocator sparse)
    {
        _list = new(heap);
        _queue = new(buddy);
        _dictionary = new(heap);
        _set = new(buddy);
        _sparse = new(heap);
        _bits = new(heap, 500);
        _text = new(heap);
        _long = new(sparse);
    }

    /// <summary>Makes a random change, and returns what can be seen of it.</summary>
    public ulong Change(Random random)
    {
        var key = random.Next(400);
        switch (random.Next(14))
        {
            case 0:
                for (var i = 0; i < key; i++)
                    _long.Add(key);
                if (_long.Count > 20_000)
                    _long.Clear();
                if (key < 40)
                    _long.TrimExcess();
                return (ulong)_long.Count;
            case 1:
                _list.Add(key);
                return (ulong)_list.Count;
            case 2 when _list.Count > 0:
                _list.RemoveAtSwapBack(key % _list.Count);
                return (ulong)_list.Count;
            case < 5:
                _queue.Enqueue(key);
                return (ulong)_queue.Count;
            case 5:
                return _queue.TryDequeue(out var item) ? (ulong)item : 1000;
            case < 8:
                return (ulong)(_dictionary.GetOrAdd(key, out _) += key);
            case 8:
                return _dictionary.Remove(key) ? 1u : 0;
            case 9:
                return _set.Add(key) ? 1u : 0;
            case 10:
                return _set.Remove(key) ? 1u : 0;
            case 11:
                return (ulong)(_sparse.Add(key, key) + (_sparse.Remove(key / 2) ? 1 : 0));
            case 12:
                _bits.Set(key, (key & 1) == 0);
                return (ulong)_bits.FirstSet();
            default:
                if (_text.Utf8.Length > 2000)
                    _text.Clear();
                _text.Append($"{key} ");
                return (ulong)_text.Utf8.Length;
        }
    }

    /// <summary>Adds all that can be read.</summary>
    public void Read(List<ulong> all)
    {
        foreach (ref var item in _list)
            all.Add((ulong)item);
        var queue = new List<long>();
        while (_queue.TryDequeue(out var item))
            queue.Add(item);
        foreach (var item in queue)
            _queue.Enqueue(item);
        all.AddRange(queue.ConvertAll(item => (ulong)item));
        for (var key = 0; key < 400; key++)
        {
            if (_dictionary.TryGetValue(key, out var value))
                all.Add((ulong)value);
            all.Add((_set.Contains(key) ? 1u : 0) | (_sparse.Contains(key) ? 2u : 0) | (_bits[key] ? 4u : 0));
        }
        all.Add((ulong)_long.Count);
        foreach (ref var item in _long)
            all.Add((ulong)item);
        foreach (var letter in _text.Utf8)
            all.Add(letter);
    }
}
