using Arena.Collections;

namespace Arena.Bench.Contestants;

internal struct NativeRow(AllocatorHandle allocator) : IRow
{
    private NativeList<int> _list;

    public readonly int Count => _list.Count;

    public void Make()
    {
        _list.Dispose();
        _list = new NativeList<int>(allocator);
    }

    public void Clear() => _list.Clear();

    public void Add(int value) => _list.Add(value);

    public readonly int At(int index) => _list[index];

    public void RemoveAtSwapBack(int index) => _list.RemoveAtSwapBack(index);

    public readonly ulong Sum()
    {
        var sum = 0UL;
        foreach (ref var value in _list)
            sum += (uint)value;
        return sum;
    }

    public void Dispose() => _list.Dispose();
}
