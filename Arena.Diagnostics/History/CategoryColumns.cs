namespace Arena.Diagnostics;

/// <summary>The cells of all categories of one kind, a column for each, in memory of their own.</summary>
/// <remarks>
/// Column 0 is the rest: live bytes of no category, so that the columns add up to the live bytes. Category n has column
/// n + 1. The column of a category that appears late begins with zeros.
/// </remarks>
internal sealed unsafe class CategoryColumns(GrowingPages memory, int cellsMax)
{
    public const string RestName = "(not told apart)";

    private readonly List<Block> _columns = [];
    private readonly List<string> _names = [];

    /// <summary>The number of columns, including the rest; 0 without division.</summary>
    public int Count => _columns.Count;

    /// <summary>The number of categories that have a column.</summary>
    public int CategoryCount => Math.Max(0, Count - 1);

    public string NameOf(int column) => _names[column];

    public ReadOnlySpan<CategoryCell> Column(int column, int cellCount) => Cells(column)[..cellCount];

    /// <summary>Adds first the rest, and then categories in the order of their numbers.</summary>
    public void AddColumn(string name)
    {
        var block = memory.Allocate((nuint)(cellsMax * sizeof(CategoryCell)));
        block.AsSpan().Clear();
        _columns.Add(block);
        _names.Add(name);
    }

    /// <summary>Adds one sample to a cell that holds <paramref name="earlierSamples"/> already.</summary>
    public void Add(double live, ReadOnlySpan<long> categories, int cell, int earlierSamples)
    {
        if (Count == 0)
            return;
        double rest = live;
        for (int category = 0; category < CategoryCount; category++)
        {
            rest -= categories[category];
            Add(category + 1, cell, earlierSamples, categories[category]);
        }
        Add(0, cell, earlierSamples, rest);
    }

    /// <summary>Adds an existing cell, a value a column, with its share of the samples by then.</summary>
    public void Add(ReadOnlySpan<CategoryCell> columns, int cell, double share)
    {
        for (int column = 0; column < Count; column++)
        {
            ref var open = ref Cells(column)[cell];
            open = share == 1 ? columns[column] : open.Merge(columns[column], share);
        }
    }

    /// <summary>Merges neighbours in pairs; both stand for equally many samples.</summary>
    public void MergeNeighbours(int cellCount)
    {
        for (int column = 0; column < Count; column++)
        {
            var cells = Cells(column);
            for (int i = 0; i < cellCount / 2; i++)
                cells[i] = cells[2 * i].Merge(cells[2 * i + 1], 0.5);
            cells[(cellCount / 2)..].Clear();
        }
    }

    private void Add(int column, int cell, int earlierSamples, double bytes)
    {
        ref var open = ref Cells(column)[cell];
        var sample = new CategoryCell(bytes, bytes);
        open = earlierSamples == 0 ? sample : open.Merge(sample, 1.0 / (earlierSamples + 1));
    }

    private Span<CategoryCell> Cells(int column) => new(_columns[column].Address, cellsMax);
}
