namespace Arena.Diagnostics;

/// <summary>The live bytes of one category in one cell.</summary>
internal readonly record struct CategoryCell(double Mean, double Floor)
{
    public CategoryCell Merge(CategoryCell later, double shareOfLater) =>
        new(MemoryCell.Mean(Mean, later.Mean, shareOfLater), Math.Min(Floor, later.Floor));
}
