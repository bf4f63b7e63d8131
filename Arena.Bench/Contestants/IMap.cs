namespace Arena.Bench.Contestants;

/// <summary>A dictionary to int, or a set, as the loops use it.</summary>
/// <typeparam name="TKey">The keys' type.</typeparam>
internal interface IMap<TKey> : IDisposable
{
    void Make();

    void Clear();

    void Add(TKey key, int value);

    int Find(TKey key);

    ulong Sum();
}
