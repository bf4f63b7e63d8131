using Arena.Collections;

namespace Arena.Bench.Contestants;

internal struct NativeSet<TKey>(AllocatorHandle allocator) : IMap<TKey>
    where TKey : unmanaged, IEquatable<TKey>
{
    private NativeHashSet<TKey> _set;

    public void Make()
    {
        _set.Dispose();
        _set = new NativeHashSet<TKey>(allocator);
    }

    public void Clear() => _set.Clear();

    public void Add(TKey key, int value) => _set.Add(key);

    public readonly int Find(TKey key) => _set.Contains(key) ? 1 : 0;

    public readonly ulong Sum()
    {
        var sum = 0UL;
        foreach (var item in _set)
            sum += (uint)item.GetHashCode();
        return sum;
    }

    public void Dispose() => _set.Dispose();
}
