namespace Arena.Bench.Contestants;

internal struct DotNetMap<TKey> : IMap<TKey>
    where TKey : unmanaged, IEquatable<TKey>
{
    private Dictionary<TKey, int> _map;

    public void Make() => _map = [];

    public readonly void Clear() => _map.Clear();

    public readonly void Add(TKey key, int value) => _map.TryAdd(key, value);

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

    public readonly void Dispose()
    {
    }
}
