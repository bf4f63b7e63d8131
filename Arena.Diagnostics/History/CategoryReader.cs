namespace Arena.Diagnostics;

/// <summary>Reads the categories of one kind, and gives each new one a column.</summary>
/// <remarks>
/// Categories beyond the maximum share the last column, so memory stays bounded and the columns add up.
/// Garbage is made only when categories are added.
/// </remarks>
internal sealed class CategoryReader
{
    public const string OthersName = "(others)";

    private readonly IMemoryBreakdown? _source;
    private readonly CategoryColumns _columns;
    private readonly int _categoriesMax;
    private long[] _read = [];
    private long[] _values = [];

    public CategoryReader(IMemoryBreakdown? source, CategoryColumns columns, int partsMax)
    {
        _source = source;
        _columns = columns;
        _categoriesMax = partsMax;
        if (source is not null)
            columns.AddColumn(CategoryColumns.RestName);
    }

    /// <summary>Live bytes of the categories as read last, in the order of their columns.</summary>
    public ReadOnlySpan<long> Values => _values.AsSpan(0, _columns.CategoryCount);

    /// <summary>Reads all categories.</summary>
    /// <returns>The number of categories that were added.</returns>
    public int Read()
    {
        if (_source is null)
            return 0;
        int count = BreakdownReader.Read(_source, ref _read);
        int before = _columns.CategoryCount;
        AddColumns(count);
        _values.AsSpan().Clear();
        for (int category = 0; category < count; category++)
            _values[Math.Min(category, _categoriesMax)] += _read[category];
        return _columns.CategoryCount - before;
    }

    private void AddColumns(int categories)
    {
        while (_columns.CategoryCount < Math.Min(categories, _categoriesMax + 1))
        {
            int category = _columns.CategoryCount;
            _columns.AddColumn(category < _categoriesMax ? _source!.NameOf(category) : OthersName);
        }
        if (_values.Length < _columns.CategoryCount)
            Array.Resize(ref _values, _columns.CategoryCount);
    }
}
