namespace Arena.Diagnostics;

/// <summary>
/// The live bytes of one category as a file records them: kept where they change, so that many quiet categories
/// take no more memory than their bytes in the file. The cells are those that a <see cref="SampleStore"/> would have.
/// </summary>
internal sealed class CategoryHistory(string name)
{
    private List<(int Cell, CategoryCell Value)> _cells = [];

    // Everything before this cell is recorded; from here on the category has the value below.
    private int _cell;
    private int _samples;
    private CategoryCell _open;
    private double _value;

    public string Name => name;

    /// <summary>The bytes in the last sample that changed them.</summary>
    public long Bytes { get; private set; }

    /// <summary>Sets the live bytes of the category from the next sample on.</summary>
    /// <param name="at">The position of that sample.</param>
    /// <param name="bytes">The bytes.</param>
    public void Set(CellPosition at, long bytes)
    {
        Set(at, (double)bytes);
        Bytes = bytes;
    }

    /// <summary>Sets the live bytes to a value that is not an integer of a file.</summary>
    public void Set(CellPosition at, double bytes)
    {
        MoveTo(at);
        _value = bytes;
    }

    /// <summary>Adds samples that are already one cell.</summary>
    public void Add(CellPosition at, CategoryCell cell, int samples)
    {
        MoveTo(at);
        Merge(cell, samples);
        _value = 0;
    }

    /// <summary>Merges neighbours in pairs.</summary>
    /// <param name="end">The position after the last of them.</param>
    public void MergeNeighbours(CellPosition end)
    {
        MoveTo(end);
        var cells = _cells;
        _cells = new(cells.Count);
        for (var i = 0; i < cells.Count; i++)
        {
            var (start, value) = cells[i];
            var next = i + 1 < cells.Count ? cells[i + 1].Cell : end.Cell;
            // A run that begins at the second of two neighbours shares their cell with the previous run.
            if (start % 2 != 0)
                Close(start / 2, cells[i - 1].Value.Merge(value, 0.5));
            if ((start + 1) / 2 < next / 2)
                Close((start + 1) / 2, value);
        }
        _cell = end.Cell / 2;
    }

    /// <summary>Builds the category up to a position, for a record.</summary>
    public MemoryCategory Build(CellPosition end)
    {
        MoveTo(end);
        if (_samples > 0)
            Close(_cell, _open);
        int[] starts = [.. _cells.Select(each => each.Cell)];
        var count = end.Cell + (end.Samples > 0 ? 1 : 0);
        return new MemoryCategory(
            name,
            new StepSeries<double>(starts, [.. _cells.Select(each => each.Value.Mean)], count),
            new StepSeries<double>(starts, [.. _cells.Select(each => each.Value.Floor)], count));
    }

    private void MoveTo(CellPosition to)
    {
        if (_cell < to.Cell)
        {
            Take(to.SamplesPerCell - _samples);
            Close(_cell, _open);
            if (_cell + 1 < to.Cell)
                Close(_cell + 1, new CategoryCell(_value, _value));
            (_cell, _samples) = (to.Cell, 0);
        }
        Take(to.Samples - _samples);
    }

    private void Take(int samples)
    {
        if (samples > 0)
            Merge(new CategoryCell(_value, _value), samples);
    }

    private void Merge(CategoryCell cell, int samples)
    {
        _open = _samples == 0 ? cell : _open.Merge(cell, samples / ((double)_samples + samples));
        _samples += samples;
    }

    // The value holds up to the next one.
    private void Close(int cell, CategoryCell value)
    {
        if (_cells.Count == 0 || _cells[^1].Value != value)
            _cells.Add((cell, value));
    }
}

/// <summary>The position of a sample.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Samples">The earlier samples of that cell.</param>
/// <param name="SamplesPerCell">The number of samples of a whole cell.</param>
internal readonly record struct CellPosition(int Cell, int Samples, int SamplesPerCell);
