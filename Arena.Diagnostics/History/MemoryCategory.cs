namespace Arena.Diagnostics;

/// <summary>The live bytes of a category (a call site, a tag) in every cell of a <see cref="MemoryRecord"/>.</summary>
/// <param name="Name">The name; <c>(not told apart)</c> is what belongs to no category.</param>
/// <param name="LiveBytes">The mean in each cell. The categories of a kind add up to the live bytes.</param>
/// <param name="FloorBytes">The lowest in each cell.</param>
public sealed record MemoryCategory(string Name, IReadOnlyList<double> LiveBytes, IReadOnlyList<double> FloorBytes)
{
    /// <summary>The name, and the last mean.</summary>
    public override string ToString() => LiveBytes.Count > 0
        ? FormattableString.Invariant($"{Name}: {LiveBytes[^1]:0} bytes live")
        : Name;
}
