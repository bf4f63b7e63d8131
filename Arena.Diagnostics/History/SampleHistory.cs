namespace Arena.Diagnostics;

/// <summary>
/// The contents of a sampler's file in a reader: the cells that a <see cref="SampleStore"/> of that size has, in
/// memory proportional to what was read.
/// </summary>
internal sealed class SampleHistory(int cellsMax)
{
    // The most samples whose number fits, in a cell and its neighbour.
    private const int LevelMax = 30;

    private readonly List<MemoryCell> _cells = [];
    private int _openSamples;

    public CategoryHistories Tags { get; } = new();

    public CategoryHistories Sites { get; } = new();

    public int Level { get; private set; }

    public IReadOnlyList<MemoryCell> Cells => _cells;

    /// <summary>The number of cells that stand for 2^<see cref="Level"/> samples each.</summary>
    public int ClosedCount => _cells.Count - (_openSamples > 0 ? 1 : 0);

    /// <summary>The position of the next sample.</summary>
    public CellPosition Next => new(ClosedCount, _openSamples, 1 << Level);

    /// <summary>Sets the number of samples of a cell, for a history without samples.</summary>
    public void Begin(int level)
    {
        if (_cells.Count > 0 || level > LevelMax)
            throw new InvalidDataException("cells of this level cannot come here");
        Level = level;
    }

    /// <summary>Checks that samples fit into the open cell.</summary>
    public void CheckRoom(int samples)
    {
        if (samples < 1 || samples > (1 << Level) - _openSamples)
            throw new InvalidDataException("a cell stands for more samples than it has room for");
    }

    /// <summary>Adds a sample, or several as one, once all categories have it.</summary>
    public void Add(in MemoryCell cell)
    {
        if (_openSamples == 0)
            _cells.Add(cell);
        else
            _cells[^1] = _cells[^1].Merge(in cell);
        _openSamples += cell.SampleCount;
        if (_openSamples < 1 << Level)
            return;
        _openSamples = 0;
        if (_cells.Count == cellsMax)
            MergeNeighbours();
    }

    private void MergeNeighbours()
    {
        if (Level == LevelMax)
            throw new InvalidDataException("there are more samples than can be counted");
        Tags.MergeNeighbours(Next);
        Sites.MergeNeighbours(Next);
        for (var i = 0; i < cellsMax / 2; i++)
        {
            var later = _cells[2 * i + 1];
            _cells[i] = _cells[2 * i].Merge(in later);
        }
        _cells.RemoveRange(cellsMax / 2, cellsMax / 2);
        Level++;
    }
}
