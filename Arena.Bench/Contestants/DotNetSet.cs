namespace Arena.Bench.Contestants;

internal struct DotNetSet<TKey> : IMap<TKey>
    where TKey : unmanaged, IEquatable<TKey>
{
    private HashSet<TKey> _set;

    public void Make() => _set = [];

    public readonly void Clear() => _set.Clear();

    public readonly void Add(TKey key, int value) => _set.Add(key);

    public readonly int Find(TKey key) => _set.Contains(key) ? 1 : 0;

    public readonly ulong Sum()
    {
        var sum = 0UL;
        foreach (var item in _set)
            sum += (uint)item.GetHashCode();
        return sum;
    }

    public readonly void Dispose()
    {
    }
}
