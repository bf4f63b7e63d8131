using System.Diagnostics;

namespace Arena.Diagnostics;

/// <summary>
/// Keeps all samples since the beginning in bounded memory: when it is full, neighbours are merged in pairs, and from
/// then on twice as many samples make a cell.
/// </summary>
/// <remarks>
/// <code>
/// | cell | cell | ... | open cell | free ... |      a cell stands for 2^level samples, the open one for fewer
/// </code>
/// So there are always between half and all of the cells, at even distances, after an hour or a year. Means and floors
/// of a cell are those of all its samples: nothing depends on when it was merged. The memory is in an arena of its own,
/// not the collector's. For one thread at a time.
/// </remarks>
internal sealed unsafe class SampleStore : IDisposable
{
    private readonly GrowingPages _memory = new("memory sampler");
    private readonly MemoryCell* _cells;

    /// <param name="cellsMax">The most cells, an even number.</param>
    public SampleStore(int cellsMax)
    {
        CellsMax = cellsMax;
        _cells = (MemoryCell*)_memory.Allocate((nuint)(cellsMax * sizeof(MemoryCell))).Address;
        Tags = new CategoryColumns(_memory, cellsMax);
        Sites = new CategoryColumns(_memory, cellsMax);
    }

    /// <summary>The most cells.</summary>
    public int CellsMax { get; }

    public CategoryColumns Tags { get; }

    public CategoryColumns Sites { get; }

    /// <summary>The number of cells that stand for 2^<see cref="Level"/> samples each.</summary>
    public int ClosedCount { get; private set; }

    /// <summary>The number of closed cells, plus one if there is an open cell.</summary>
    public int CellCount => ClosedCount + (OpenSamples > 0 ? 1 : 0);

    /// <summary>The number of samples in the open cell, fewer than in a closed one.</summary>
    public int OpenSamples { get; private set; }

    public int Level { get; private set; }

    public ReadOnlySpan<MemoryCell> Cells => new(_cells, CellCount);

    /// <summary>Committed bytes of the store itself.</summary>
    public long CommittedBytes => (long)_memory.CommittedBytes;

    /// <summary>Adds a sample, with the live bytes of all categories that have a column.</summary>
    public void Add(in MemoryCell sample, ReadOnlySpan<long> tags, ReadOnlySpan<long> sites)
    {
        Tags.Add(sample.LiveBytes, tags, ClosedCount, OpenSamples);
        Sites.Add(sample.LiveBytes, sites, ClosedCount, OpenSamples);
        Add(in sample);
    }

    /// <summary>Adds an existing cell, with a value for every column, to a store of its level.</summary>
    public void Add(in MemoryCell cell, ReadOnlySpan<CategoryCell> tags, ReadOnlySpan<CategoryCell> sites)
    {
        double share = cell.SampleCount / ((double)OpenSamples + cell.SampleCount);
        Tags.Add(tags, ClosedCount, share);
        Sites.Add(sites, ClosedCount, share);
        Add(in cell);
    }

    /// <summary>Sets the number of samples of a cell, for a store that is still empty.</summary>
    public void Begin(int level)
    {
        Debug.Assert(CellCount == 0, "cells of two levels would be mixed");
        Level = level;
    }

    public void Dispose() => _memory.Dispose();

    private void Add(in MemoryCell cell)
    {
        ref var open = ref _cells[ClosedCount];
        open = OpenSamples == 0 ? cell : open.Merge(in cell);
        OpenSamples += cell.SampleCount;
        if (OpenSamples < 1 << Level)
            return;
        OpenSamples = 0;
        ClosedCount++;
        if (ClosedCount == CellsMax)
            MergeNeighbours();
    }

    private void MergeNeighbours()
    {
        Tags.MergeNeighbours(CellsMax);
        Sites.MergeNeighbours(CellsMax);
        for (int i = 0; i < CellsMax / 2; i++)
            _cells[i] = _cells[2 * i].Merge(in _cells[2 * i + 1]);
        ClosedCount = CellsMax / 2;
        Level++;
    }
}
