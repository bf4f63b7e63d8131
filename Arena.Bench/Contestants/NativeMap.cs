using Arena.Collections;

namespace Arena.Bench.Contestants;

internal struct NativeMap<TKey>(AllocatorHandle allocator) : IMap<TKey>
    where TKey : unmanaged, IEquatable<TKey>
{
    private NativeDictionary<TKey, int> _map;

    public void Make()
    {
        _map.Dispose();
        _map = new NativeDictionary<TKey, int>(allocator);
    }

    public void Clear() => _map.Clear();

    public void Add(TKey key, int value) => _map.TryAdd(key, value);

    public readonly int Find(TKey key)
    {
        _map.TryGetValue(key, out var value);
        return value;
    }

    public readonly ulong Sum()
    {
        var sum = 0UL;
        foreach (var pair in _map)
            sum += (uint)pair.Value;
        return sum;
    }

    public void Dispose() => _map.Dispose();
}
