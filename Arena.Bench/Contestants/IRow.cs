namespace Arena.Bench.Contestants;

/// <summary>A list of ints, as the loops use it.</summary>
internal interface IRow : IDisposable
{
    int Count { get; }

    void Make();

    void Clear();

    void Add(int value);

    int At(int index);

    void RemoveAtSwapBack(int index);

    ulong Sum();
}
