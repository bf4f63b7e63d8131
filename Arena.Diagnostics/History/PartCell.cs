namespace Arena.Diagnostics;

/// <summary>The live bytes of one part in one cell.</summary>
internal readonly record struct PartCell(double Mean, double Floor)
{
    public PartCell Merge(PartCell later, double shareOfLater) =>
        new(MemoryCell.Mean(Mean, later.Mean, shareOfLater), Math.Min(Floor, later.Floor));
}
