namespace Arena.Bench.Contestants;

internal struct DotNetRow : IRow
{
    private List<int> _list;

    public readonly int Count => _list.Count;

    public void Make() => _list = [];

    public readonly void Clear() => _list.Clear();

    public readonly void Add(int value) => _list.Add(value);

    public readonly int At(int index) => _list[index];

    public readonly void RemoveAtSwapBack(int index)
    {
        _list[index] = _list[_list.Count - 1];
        _list.RemoveAt(_list.Count - 1);
    }

    public readonly ulong Sum()
    {
        var sum = 0UL;
        foreach (var value in _list)
            sum += (uint)value;
        return sum;
    }

    public readonly void Dispose()
    {
    }
}
