namespace Arena.Diagnostics;

/// <summary>The categories of one kind, and the rest; see <see cref="CategoryColumns"/>.</summary>
internal sealed class CategoryHistories
{
    private readonly CategoryHistory _rest = new(CategoryColumns.RestName);
    private readonly List<CategoryHistory> _categories = [];
    private long _sum;

    /// <summary>True if anything is divided.</summary>
    public bool IsUsed { get; private set; }

    public void Begin() => IsUsed = true;

    /// <summary>Names the next category.</summary>
    public void Add(string name)
    {
        if (!IsUsed)
            throw new InvalidDataException("a category is of a kind that the file does not divide by");
        if (_categories.Count > MemorySamplerOptions.CategoriesMax)
            throw new InvalidDataException("there are more categories than a sampler keeps apart");
        _categories.Add(new CategoryHistory(name));
    }

    /// <summary>Reads the changes of the categories in the next sample.</summary>
    public void Change(ref ByteReader record, CellPosition at, long live)
    {
        var category = -1;
        for (var changes = record.Number(); changes > 0; changes--)
        {
            var skipped = record.Count();
            if (skipped >= _categories.Count - category - 1)
                throw new InvalidDataException("a sample is of a category that has no name");
            category += skipped + 1;
            var difference = record.Signed();
            _sum = unchecked(_sum + difference);
            _categories[category].Set(at, unchecked(_categories[category].Bytes + difference));
        }
        if (IsUsed)
            _rest.Set(at, live - (double)_sum);
    }

    /// <summary>Skips the values of a cell after checking them.</summary>
    public void CheckCell(ref ByteReader record)
    {
        for (var column = IsUsed ? _categories.Count : -1; column >= 0; column--)
            Value(ref record);
    }

    /// <summary>Reads a value for each of the categories in a cell.</summary>
    public void AddCell(ref ByteReader record, CellPosition at, int samples)
    {
        if (!IsUsed)
            return;
        _rest.Add(at, Value(ref record), samples);
        foreach (var category in _categories)
            category.Add(at, Value(ref record), samples);
    }

    public void MergeNeighbours(CellPosition end)
    {
        if (!IsUsed)
            return;
        _rest.MergeNeighbours(end);
        foreach (var category in _categories)
            category.MergeNeighbours(end);
    }

    public MemoryCategory[] Build(CellPosition end) =>
        IsUsed ? [_rest.Build(end), .. _categories.Select(category => category.Build(end))] : [];

    private static CategoryCell Value(ref ByteReader record) =>
        new(SampleValues.Bytes(ref record), SampleValues.Bytes(ref record));
}
